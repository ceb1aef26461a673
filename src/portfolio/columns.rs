//! Compact columns: amounts in 4 bytes where they fit, names and repeated numbers as codes.
//!
//! These carry the memory promise: a borrower-account row that differs from all others costs
//! 4 bytes of limit, 4 of balance and 8 of PD, and nothing for what is the same everywhere.

use std::cmp::Ordering;

use super::permute::{How, Rearrange};

/// Non-negative amounts in smallest units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amounts {
    /// Every amount fits 32 bits.
    Narrow(Vec<u32>),
    /// Some amount does not.
    Wide(Vec<i64>),
}

impl Default for Amounts {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Amounts {
    /// Appends an amount, widening the column when the first large one arrives.
    ///
    /// # Panics
    /// If `amount` is negative: amounts are checked at the door.
    pub fn push(&mut self, amount: i64) {
        assert!(amount >= 0, "amounts in a portfolio are not negative");
        match self {
            Self::Narrow(values) => match u32::try_from(amount) {
                Ok(small) => values.push(small),
                Err(_) => {
                    let mut wide: Vec<i64> = values.iter().map(|&v| i64::from(v)).collect();
                    wide.push(amount);
                    *self = Self::Wide(wide);
                }
            },
            Self::Wide(values) => values.push(amount),
        }
    }

    /// The amount in row `i`.
    #[inline]
    pub fn get(&self, i: usize) -> i64 {
        match self {
            Self::Narrow(values) => i64::from(values[i]),
            Self::Wide(values) => values[i],
        }
    }

    /// Bytes that a row takes.
    pub fn bytes_each(&self) -> u64 {
        match self {
            Self::Narrow(_) => 4,
            Self::Wide(_) => 8,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(values) => values.len(),
            Self::Wide(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<i64> for Amounts {
    fn from_iter<I: IntoIterator<Item = i64>>(amounts: I) -> Self {
        let mut column = Self::default();
        for amount in amounts {
            column.push(amount);
        }
        column
    }
}

/// Small integers that index a dictionary, in as few bytes as they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// Every row has code 0; holds the number of rows.
    Same(usize),
    /// Up to 256 entries.
    Byte(Vec<u8>),
    /// Up to 65,536 entries.
    Short(Vec<u16>),
    /// More.
    Long(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Same(0)
    }
}

impl Codes {
    /// Appends a code, widening the column as needed.
    pub fn push(&mut self, code: u32) {
        match self {
            Self::Same(rows) if code == 0 => *rows += 1,
            Self::Byte(codes) if code <= u32::from(u8::MAX) => codes.push(code as u8),
            Self::Short(codes) if code <= u32::from(u16::MAX) => codes.push(code as u16),
            Self::Long(codes) => codes.push(code),
            _ => {
                let rows = self.len();
                let old = (0..rows).map(|i| self.get(i) as u32);
                let wider = if code <= u32::from(u8::MAX) && matches!(self, Self::Same(_)) {
                    Self::Byte(old.map(|c| c as u8).collect())
                } else if code <= u32::from(u16::MAX) {
                    Self::Short(old.map(|c| c as u16).collect())
                } else {
                    Self::Long(old.collect())
                };
                *self = wider;
                self.push(code);
            }
        }
    }

    /// The code in row `i`.
    #[inline]
    pub fn get(&self, i: usize) -> usize {
        match self {
            Self::Same(_) => 0,
            Self::Byte(codes) => usize::from(codes[i]),
            Self::Short(codes) => usize::from(codes[i]),
            Self::Long(codes) => codes[i] as usize,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Same(rows) => *rows,
            Self::Byte(codes) => codes.len(),
            Self::Short(codes) => codes.len(),
            Self::Long(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The bits of a number, rising with it in the total order of floats.
pub fn rising_bits(x: f64) -> u64 {
    let bits = x.to_bits();
    // All bits of negative ones are flipped, else the sign.
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of [`rising_bits`].
pub fn of_rising_bits(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}

/// Names (segments, lenders, products): a dictionary and a code per row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// The names, in the order of their codes (ascending by name in a finished portfolio).
    pub names: Vec<String>,
    /// Code of each row.
    pub codes: Codes,
}

impl Labels {
    /// Code of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

/// Numbers that may be the same everywhere, repeat, or differ in each row.
///
/// Two columns are equal when their bits are, so that a missing number equals a missing number.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// One number for all rows.
    Same(f64),
    /// Few distinct numbers.
    Coded {
        /// The distinct numbers, ascending; a missing one (NaN) last.
        values: Vec<f64>,
        /// Index into `values`, per row.
        codes: Codes,
    },
    /// A number per row. NaN marks a missing one, here and only here.
    Each(Vec<f64>),
}

impl Numbers {
    /// The number in row `i`; NaN where it is missing.
    #[inline]
    pub fn get(&self, i: usize) -> f64 {
        match self {
            Self::Same(x) => *x,
            Self::Coded { values, codes } => values[codes.get(i)],
            Self::Each(values) => values[i],
        }
    }

    /// The number in row `i`, if there is one.
    pub fn known(&self, i: usize) -> Option<f64> {
        Some(self.get(i)).filter(|x| !x.is_nan())
    }

    /// Compares rows `a` and `b` by size; a missing number comes last.
    #[inline]
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Self::Same(_) => Ordering::Equal,
            Self::Coded { codes, .. } => codes.get(a).cmp(&codes.get(b)),
            Self::Each(values) => values[a].total_cmp(&values[b]),
        }
    }
}

impl Rearrange for Amounts {
    fn rearrange(&mut self, how: How<'_>) {
        match self {
            Self::Narrow(v) => v.rearrange(how),
            Self::Wide(v) => v.rearrange(how),
        }
    }
}

impl Rearrange for Codes {
    fn rearrange(&mut self, how: How<'_>) {
        match self {
            Self::Same(rows) => *rows = how.rows(*rows),
            Self::Byte(v) => v.rearrange(how),
            Self::Short(v) => v.rearrange(how),
            Self::Long(v) => v.rearrange(how),
        }
    }
}

impl Rearrange for Labels {
    fn rearrange(&mut self, how: How<'_>) {
        self.codes.rearrange(how);
    }
}

impl Rearrange for Numbers {
    fn rearrange(&mut self, how: How<'_>) {
        match self {
            Self::Same(_) => {}
            Self::Coded { codes, .. } => codes.rearrange(how),
            Self::Each(v) => v.rearrange(how),
        }
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let bits = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
        };
        match (self, other) {
            (Self::Same(x), Self::Same(y)) => x.to_bits() == y.to_bits(),
            (Self::Coded { values, codes }, Self::Coded { values: v, codes: c }) => {
                bits(values, v) && codes == c
            }
            (Self::Each(x), Self::Each(y)) => bits(x, y),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_widen_without_losing_a_row() {
        let values = [0, 7, i64::from(u32::MAX), i64::from(u32::MAX) + 1, 5];
        let column: Amounts = values.into_iter().collect();
        assert!(matches!(column, Amounts::Wide(_)));
        assert_eq!((0..5).map(|i| column.get(i)).collect::<Vec<_>>(), values);
    }

    #[test]
    fn codes_widen_without_losing_a_row() {
        let values = [0, 0, 3, 255, 256, 65_535, 65_536, 1];
        let mut codes = Codes::default();
        for v in values {
            codes.push(v);
        }
        assert!(matches!(codes, Codes::Long(_)));
        assert_eq!((0..8).map(|i| codes.get(i) as u32).collect::<Vec<_>>(), values);
        assert_eq!(codes.reordered(&[7, 0, 5]), Codes::Long(vec![1, 0, 65_535]));
    }
}
