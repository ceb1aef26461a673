//! Hints: what a reader sees who points at a mark. Names, value and band, in the words of the figure.

use super::clip::{Point, Rect};
use super::money::MoneyUnit;
use super::sheet::Sheet;
use super::style;

/// Radius around a mark within which it is pointed at.
const REACH: f64 = style::MARK + 2.0;
/// Significant digits of amounts and of shares.
const DIGITS: (i32, i32) = (4, 3);

/// Where a hint shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spot {
    /// Around a mark.
    Mark(Point),
    /// On a disc.
    Disc(Point, f64),
    /// On a bar or a cell.
    Area(Rect),
}

impl Spot {
    /// The box that it covers.
    pub fn around(self) -> Rect {
        let box_of = |(x, y): Point, radius: f64| {
            Rect { left: x, right: x, top: y, bottom: y }.grown(radius)
        };
        match self {
            Self::Mark(at) => box_of(at, REACH),
            Self::Disc(at, radius) => box_of(at, radius.max(REACH)),
            Self::Area(place) => place,
        }
    }
}

/// A hint about an amount of money.
pub fn money(
    sheet: &Sheet,
    unit: &MoneyUnit,
    names: &[&str],
    value: f64,
    ends: [Option<f64>; 2],
) -> String {
    let number = |x: f64| sheet.numbers.digits(x / unit.size, DIGITS.0);
    said(sheet, names, (value, unit.amount(value, DIGITS.0)), ends, number)
}

/// A hint about a share.
pub fn share(sheet: &Sheet, names: &[&str], value: f64, ends: [Option<f64>; 2]) -> String {
    let number = |x: f64| percent(sheet, x);
    said(sheet, names, (value, number(value)), ends, number)
}

/// A share in percent.
pub fn percent(sheet: &Sheet, share: f64) -> String {
    sheet.numbers.percent(&sheet.numbers.digits(100.0 * share, DIGITS.1))
}

/// Names, value and the ends of its band, as far as they are known and differ from it.
fn said(
    sheet: &Sheet,
    names: &[&str],
    (x, value): (f64, String),
    ends: [Option<f64>; 2],
    number: impl Fn(f64) -> String,
) -> String {
    let words = sheet.words;
    // What was never seen has a bound above it only.
    let low = ends[0].filter(|low| *low != x || ends[1] == ends[0]);
    let ends = [low, ends[1]].map(|end| end.filter(|x| x.is_finite()).map(&number));
    let value = match ends {
        [Some(low), Some(high)] if low == high => value,
        [Some(low), Some(high)] => (words.between)(&value, &low, &high),
        [Some(low), None] => (words.at_least)(&value, &low),
        [None, Some(high)] => (words.at_most)(&value, &high),
        [None, None] => value,
    };
    (words.hint)(&names.join(" · "), &value)
}

/// Some of many, evenly taken, so that a figure stays light.
pub fn some<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len().div_ceil(most.max(1)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_say_name_value_and_band() {
        let sheet = Sheet::column();
        let unit = MoneyUnit::for_range(sheet.words, 1.23e7, "TWD");
        let ends = [1.19e7, 1.28e7].map(Some);
        let found = money(&sheet, &unit, &["Cap 50k", "ES 99.9 %"], 1.23e7, ends);
        assert_eq!(found, "Cap 50k · ES 99.9 %: TWD 12.30 million (11.90 to 12.80)");
        let of = |value, ends| share(&sheet, &["P"], value, ends);
        assert_eq!(of(-0.0517, [Some(-0.06), None]), "P: −5.17 % (at least −6.00 %)");
        assert_eq!(of(0.0, [None, Some(3e-7)]), "P: 0 % (at most 3.0·10⁻⁵ %)");
        assert_eq!(of(0.5, [Some(0.5), Some(0.5)]), "P: 50.0 %");
        assert_eq!(of(0.0, [Some(0.0), Some(0.01)]), "P: 0 % (at most 1.00 %)");
        assert_eq!(of(0.5, [Some(f64::NAN), Some(f64::INFINITY)]), "P: 50.0 %");
    }

    #[test]
    fn some_of_many_are_no_more_than_asked_for() {
        let all: Vec<usize> = (0..1_000).collect();
        assert_eq!(some(&all, 40).count(), 40);
        assert_eq!(some(&all[..7], 40).count(), 7);
        assert_eq!(some(&all[..0], 40).count(), 0);
    }
}
