//! Bands of the people of a book: by income, age, score and limit, as far as it knows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::portfolio::{Numbers, Portfolio, of_rising_bits, rising_bits};
use crate::scenario::OutputSpec;
use crate::units::Currency;

/// Bands where the scenario gives no edges: fifths of the people.
const FIFTHS: u64 = 5;

/// What people are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandAttribute {
    /// Nothing: one band of everybody.
    All,
    /// Yearly income, units of currency.
    Income,
    /// Age in years.
    Age,
    /// Score.
    Score,
    /// Sum of the borrower's limits before any policy, units of currency.
    Limit,
}

impl BandAttribute {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Income => "income",
            Self::Age => "age",
            Self::Score => "score",
            Self::Limit => "limit",
        }
    }
}

/// The bands of one attribute: up to each edge, above the last, and the people without a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Banding {
    /// The attribute.
    pub attribute: BandAttribute,
    /// Upper edges, inclusive, ascending.
    pub edges: Vec<f64>,
    per_unit: f64,
}

/// A band as people read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Such as `25 to 35`.
    pub name: String,
    /// Lower end, excluded.
    pub above: Option<f64>,
    /// Upper end, included.
    pub up_to: Option<f64>,
}

/// When a borrower counts as over-indebted.
///
/// 1. repayment = sum over accounts of B (r + 1 / y), r the yearly interest rate, y the years in
///    which a balance is repaid;
/// 2. over-indebted if repayment > line x yearly income.
///
/// Judged where income and all rates of a borrower are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burden {
    /// Line: share of the yearly income.
    pub line: f64,
    /// y.
    pub years: f64,
}

/// All bands of a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// Everybody first, then the attributes that the book has.
    pub bandings: Vec<Banding>,
    /// Where the book has incomes and interest rates.
    pub burden: Option<Burden>,
}

impl Bands {
    /// The bands that the scenario asks for, fifths of the people elsewhere.
    pub fn new(book: &Portfolio, output: &OutputSpec, currency: &Currency) -> Self {
        let per_unit = currency.per_unit();
        let (people, asked) = (&book.borrowers, &output.bands);
        let attributes = [
            (BandAttribute::Income, people.income.is_some(), &asked.income),
            (BandAttribute::Age, people.age.is_some(), &asked.age),
            (BandAttribute::Score, people.score.is_some(), &asked.score),
            (BandAttribute::Limit, true, &asked.limit),
        ];
        let mut bandings = vec![Banding { attribute: BandAttribute::All, edges: vec![], per_unit }];
        for (attribute, known, edges) in attributes {
            if known {
                let mut banding = Banding { attribute, edges: Vec::new(), per_unit };
                banding.edges = edges.clone().unwrap_or_else(|| fifths(&banding, book));
                bandings.push(banding);
            }
        }
        let judged = people.income.is_some() && book.accounts.interest_rate.is_some();
        let burden = Burden { line: output.over_indebted, years: output.repayment_years };
        Self { bandings, burden: judged.then_some(burden) }
    }
}

impl Banding {
    /// Number of bands, that of the people without a value included.
    pub fn len(&self) -> usize {
        self.edges.len() + 2
    }

    /// Never: everybody is in some band.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The band of entry `b`.
    #[inline]
    pub fn of(&self, book: &Portfolio, b: usize) -> usize {
        match self.value(book, b) {
            Some(x) => self.edges.partition_point(|&edge| edge < x),
            None => self.edges.len() + 1,
        }
    }

    /// A band by its number.
    pub fn band(&self, at: usize) -> Band {
        if at > self.edges.len() {
            return Band { name: "unknown".into(), above: None, up_to: None };
        }
        let above = at.checked_sub(1).map(|below| self.edges[below]);
        let up_to = self.edges.get(at).copied();
        let name = match (above, up_to) {
            (None, None) => "all".to_owned(),
            (None, Some(up_to)) => format!("up to {up_to}"),
            (Some(above), Some(up_to)) => format!("{above} to {up_to}"),
            (Some(above), None) => format!("above {above}"),
        };
        Band { name, above, up_to }
    }

    fn value(&self, book: &Portfolio, b: usize) -> Option<f64> {
        let known = |column: &Option<Numbers>| column.as_ref().and_then(|c| c.known(b));
        match self.attribute {
            BandAttribute::All => Some(0.0),
            BandAttribute::Income => known(&book.borrowers.income),
            BandAttribute::Age => known(&book.borrowers.age),
            BandAttribute::Score => known(&book.borrowers.score),
            BandAttribute::Limit => {
                let sum: i64 = book.accounts_of(b).map(|a| book.accounts.limit.get(a)).sum();
                Some(sum as f64 / self.per_unit)
            }
        }
    }
}

/// Edges that cut the people with a value into fifths, as far as equal values allow.
fn fifths(banding: &Banding, book: &Portfolio) -> Vec<f64> {
    let known = || {
        let of = |b: usize| banding.value(book, b).map(|value| (value, book.count(b)));
        (0..book.entries()).filter_map(of)
    };
    let people: u64 = known().map(|(_, people)| people).sum();
    // The least number of people up to the end of each fifth.
    let wanted = (1..FIFTHS)
        .map(|fifth| (u128::from(people) * u128::from(fifth)).div_ceil(u128::from(FIFTHS)) as u64);
    let mut edges = if people == 0 { Vec::new() } else { ranked(known, wanted.collect()) };
    edges.dedup();
    // Nobody lies above the largest value.
    let largest = known().map(|(value, _)| value).max_by(f64::total_cmp);
    if edges.last().copied() == largest {
        edges.pop();
    }
    edges
}

/// The values up to which at least so many people lie, found digit by digit without sorting them.
fn ranked<I: Iterator<Item = (f64, u64)>>(known: impl Fn() -> I, mut wanted: Vec<u64>) -> Vec<f64> {
    const DIGIT: u32 = 16;
    const DIGITS: usize = 1 << DIGIT;
    let mut found = vec![0_u64; wanted.len()];
    for digit in (0..u64::BITS / DIGIT).rev() {
        let shift = digit * DIGIT;
        let mut people = vec![0_u64; found.len() * DIGITS];
        for (value, count) in known() {
            let key = rising_bits(value);
            for (counts, found) in people.chunks_exact_mut(DIGITS).zip(&found) {
                // All digits before this one agree.
                if digit == u64::BITS / DIGIT - 1 || (key ^ found) >> (shift + DIGIT) == 0 {
                    counts[(key >> shift) as usize % DIGITS] += count;
                }
            }
        }
        for ((counts, found), wanted) in
            people.chunks_exact(DIGITS).zip(&mut found).zip(&mut wanted)
        {
            let reached = counts.iter().position(|&count| {
                let here = count >= *wanted;
                *wanted -= if here { 0 } else { count };
                here
            });
            *found |= (reached.expect("all people are as many as wanted") as u64) << shift;
        }
    }
    found.into_iter().map(of_rising_bits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_sorted_values() {
        let values = [3.0, -1.5, 0.0, 7e300, 3.0, 2.9999999999, 3.0000000001, -2e-300, 12.0, 3.0];
        let counts = [2, 1, 5, 1, 3, 1, 1, 4, 2, 1];
        let known = || values.into_iter().zip(counts);
        let mut sorted: Vec<f64> =
            known().flat_map(|(value, count)| std::iter::repeat_n(value, count as usize)).collect();
        sorted.sort_by(f64::total_cmp);
        let wanted: Vec<u64> = (1..=sorted.len() as u64).collect();
        assert_eq!(ranked(known, wanted), sorted);
    }
}
