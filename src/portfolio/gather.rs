//! Columns that grow row by row while the tape is read and choose their compact form at the end.

// Hashed maps are only looked up here, never iterated: their order reaches no result.
#![allow(clippy::disallowed_types)]

use std::collections::HashMap;

use super::{Codes, Labels, Numbers};

/// Up to so many distinct numbers a column is coded; beyond, each row has its own.
const MOST_CODED: usize = 1 << 16;

/// Collects a column of numbers; the result depends on the rows only, not on their order
/// beyond itself: distinct values stand in ascending order.
#[derive(Debug, Default)]
pub(super) struct GatherNumbers {
    /// Distinct values in order of appearance, while there are few.
    values: Vec<f64>,
    codes: Codes,
    /// Looked up, never iterated.
    code_of: HashMap<u64, u32>,
    last: u32,
    /// One value per row, once there are too many distinct ones.
    each: Option<Vec<f64>>,
}

impl GatherNumbers {
    /// Appends a number; every NaN is taken as the same missing value.
    pub(super) fn push(&mut self, x: f64) {
        let x = if x.is_nan() { f64::NAN } else { x };
        if let Some(each) = &mut self.each {
            each.push(x);
            return;
        }
        let repeats = self.values.get(self.last as usize);
        if repeats.is_none_or(|last| last.to_bits() != x.to_bits()) {
            let new = self.values.len() as u32;
            self.last = *self.code_of.entry(x.to_bits()).or_insert(new);
            if self.last == new {
                if self.values.len() == MOST_CODED {
                    self.spread(x);
                    return;
                }
                self.values.push(x);
            }
        }
        self.codes.push(self.last);
    }

    fn spread(&mut self, x: f64) {
        let rows = self.codes.len();
        let mut each = Vec::with_capacity(2 * rows);
        each.extend((0..rows).map(|i| self.values[self.codes.get(i)]));
        each.push(x);
        *self = Self { each: Some(each), ..Self::default() };
    }

    /// The number in row `i`; NaN where it is missing.
    pub(super) fn get(&self, i: usize) -> f64 {
        self.each.as_ref().map_or_else(|| self.values[self.codes.get(i)], |each| each[i])
    }

    /// The column in its final form.
    pub(super) fn finish(self) -> Numbers {
        if let Some(each) = self.each {
            return Numbers::Each(each);
        }
        if let [only] = self.values[..] {
            return Numbers::Same(only);
        }
        let (order, codes) = ascending(&self.codes, self.values.len(), |a, b| {
            self.values[a].total_cmp(&self.values[b])
        });
        Numbers::Coded { values: order.into_iter().map(|old| self.values[old]).collect(), codes }
    }

    /// The column in its final form, or nothing if every value is missing.
    pub(super) fn finish_known(self) -> Option<Numbers> {
        Some(self.finish()).filter(|column| !matches!(column, Numbers::Same(x) if x.is_nan()))
    }
}

impl FromIterator<f64> for GatherNumbers {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut gathered = Self::default();
        numbers.into_iter().for_each(|x| gathered.push(x));
        gathered
    }
}

/// Collects a column of names; names end up ascending.
#[derive(Debug, Default)]
pub(super) struct GatherNames {
    names: Vec<String>,
    codes: Codes,
    /// Looked up, never iterated.
    code_of: HashMap<Box<str>, u32>,
    last: u32,
}

impl GatherNames {
    /// Appends a name and returns its code, a number in order of first appearance.
    pub(super) fn push(&mut self, name: &str) -> u32 {
        if self.names.get(self.last as usize).is_none_or(|last| last != name) {
            self.last = match self.code_of.get(name) {
                Some(&code) => code,
                None => {
                    let new = self.names.len() as u32;
                    self.code_of.insert(name.into(), new);
                    self.names.push(name.to_owned());
                    new
                }
            };
        }
        self.codes.push(self.last);
        self.last
    }

    /// The name in row `i`.
    pub(super) fn get(&self, i: usize) -> &str {
        &self.names[self.codes.get(i)]
    }

    /// The column in its final form.
    pub(super) fn finish(mut self) -> Labels {
        let (order, codes) =
            ascending(&self.codes, self.names.len(), |a, b| self.names[a].cmp(&self.names[b]));
        let names = order.into_iter().map(|old| std::mem::take(&mut self.names[old])).collect();
        Labels { names, codes }
    }
}

/// Sorts a dictionary of `size` entries: the old codes in their new order, and the recoded rows.
fn ascending(
    codes: &Codes,
    size: usize,
    compare: impl Fn(usize, usize) -> std::cmp::Ordering,
) -> (Vec<usize>, Codes) {
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_unstable_by(|&a, &b| compare(a, b));
    let mut new_code = vec![0; size];
    for (new, &old) in order.iter().enumerate() {
        new_code[old] = new as u32;
    }
    let mut recoded = Codes::default();
    (0..codes.len()).for_each(|i| recoded.push(new_code[codes.get(i)]));
    (order, recoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_are_coded_in_ascending_order() {
        let column: GatherNumbers = [3.0, 1.0, f64::NAN, 3.0].into_iter().collect();
        let Numbers::Coded { values, codes } = column.finish() else { panic!("not coded") };
        assert_eq!(values[..2], [1.0, 3.0]);
        assert!(values[2].is_nan());
        assert_eq!(codes, Codes::Byte(vec![1, 0, 2, 1]));
        assert_eq!([7.0; 3].into_iter().collect::<GatherNumbers>().finish(), Numbers::Same(7.0));
        assert_eq!([f64::NAN; 3].into_iter().collect::<GatherNumbers>().finish_known(), None);
    }

    #[test]
    fn many_numbers_stand_each_in_its_row() {
        for distinct in [MOST_CODED, MOST_CODED + 1] {
            let column: GatherNumbers = (0..distinct).rev().map(|i| i as f64).collect();
            assert_eq!(column.get(1), (distinct - 2) as f64);
            let column = column.finish();
            assert_eq!(matches!(column, Numbers::Each(_)), distinct > MOST_CODED);
            assert!((0..distinct).all(|i| column.get(i) == (distinct - 1 - i) as f64));
        }
    }

    #[test]
    fn names_stand_in_ascending_order() {
        let mut names = GatherNames::default();
        for name in ["b", "a", "b", "c"] {
            names.push(name);
        }
        assert_eq!(names.get(0), "b");
        let labels = names.finish();
        assert_eq!(labels.names, ["a", "b", "c"]);
        assert_eq!(labels.codes, Codes::Byte(vec![1, 0, 1, 2]));
    }
}
