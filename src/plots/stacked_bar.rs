//! A stacked bar: its parts and their total.

use plotters::style::RGBColor;

use super::money::MoneyUnit;
use super::numbers::Numbers;

/// Significant digits of a total.
const DIGITS: i32 = 3;

/// A part of a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// Its fill.
    pub colour: RGBColor,
    /// Its length, units of currency.
    pub value: f64,
    /// Ends of the band of its length, where they are known.
    pub ends: [Option<f64>; 2],
    /// Its share of the whole, where there is a whole.
    pub share: Option<f64>,
    /// Whether the band is only indicative.
    pub is_doubtful: bool,
}

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Its parts from 0 on.
    pub parts: Vec<Part>,
}

impl Stack {
    /// All parts together.
    pub fn sum(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }

    /// Whether the band of some part is only indicative.
    pub fn is_doubtful(&self) -> bool {
        self.parts.iter().any(|part| part.is_doubtful)
    }

    /// The total as printed; a star where some band is only indicative.
    pub fn total(&self, numbers: Numbers, unit: &MoneyUnit) -> String {
        let star = if self.is_doubtful() { "*" } else { "" };
        format!("{}{star}", numbers.plain_digits(self.sum() / unit.size, DIGITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::style;

    #[test]
    fn totals_are_the_sum_of_their_parts_with_a_star_where_one_is_doubtful() {
        let part = |value: f64, is_doubtful| Part {
            name: "",
            colour: style::INK,
            value,
            ends: [None, None],
            share: None,
            is_doubtful,
        };
        let words = crate::plots::Language::English.words();
        let unit = MoneyUnit::for_range(words, 5e6, "TWD");
        let sure = Stack { parts: vec![part(2.5e6, false), part(1.25e6, false)] };
        assert_eq!(sure.total(words.numbers, &unit), "3.75");
        let unsure = Stack { parts: vec![part(2.5e6, false), part(9e6, true)] };
        assert_eq!(unsure.total(words.numbers, &unit), "11.5*");
    }
}
