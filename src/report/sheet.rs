//! A table before it has a form: headings with units, numbers with their bands. Text, Markdown and LaTeX
//! are made of it, so that all three say the same.

use super::numbers::{Scale, decimal};
use crate::measures::{Estimate, Quality};

/// At most so many decimals of amounts and percentages; the files have all digits.
const MOST: usize = 2;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name, as `--table` takes it.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub caption: String,
    /// Where its numbers come from: version, seed, trials.
    pub provenance: String,
    /// What the label of a LaTeX table is made of.
    pub label: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, as long as the columns.
    pub rows: Vec<Row>,
    /// What to know before trusting a number, below the table.
    pub notes: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading without the unit.
    pub heading: String,
    /// The unit, such as `EUR k`; empty where cells carry their own or have none.
    pub unit: String,
    /// Whether it names the row: repeated where a table is broken into several below each other.
    pub is_key: bool,
    /// Whether its cells are numbers.
    pub is_number: bool,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Whether it continues the row before: no line between the two.
    pub continues: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// There is no such number.
    None,
    /// Nothing stands here.
    Empty,
    /// Words.
    Text(String),
    /// The name of a row that belongs to the one above.
    Under(String),
    /// A policy: its id where room is short, else its title.
    Policy {
        /// Id.
        id: String,
        /// Title.
        title: String,
    },
    /// A number, or words and a number where `unit` differs from row to row.
    Number(Number),
}

/// A number in print.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Divided by the scale of its unit already.
    pub estimate: Estimate,
    /// What follows it: ` %`, or nothing.
    pub unit: String,
    /// Whether positive numbers carry a plus.
    pub plus: bool,
    /// Decimals.
    pub decimals: usize,
    /// Whether something marks it, such as a difference clear of 0.
    pub marked: bool,
}

/// A number taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The value without its unit.
    pub value: String,
    /// Its band.
    pub band: Band,
    /// Whether too few trials bear on it.
    pub doubt: bool,
}

/// A band in print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Band {
    /// The number is exact.
    None,
    /// Nothing was seen: less than this.
    Below(String),
    /// Both ends and half of what lies between; `None` for an end that is not known.
    Ends {
        /// Lower end.
        lower: Option<String>,
        /// Upper end.
        upper: Option<String>,
        /// Half the width.
        half: Option<String>,
    },
}

impl Column {
    /// A column that names rows.
    pub fn key(heading: &str) -> Self {
        Self { heading: heading.to_owned(), unit: String::new(), is_key: true, is_number: false }
    }

    /// A column of words.
    pub fn words(heading: &str) -> Self {
        Self { is_key: false, ..Self::key(heading) }
    }

    /// A column of numbers.
    pub fn number(heading: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { heading: heading.into(), unit: unit.into(), is_key: false, is_number: true }
    }
}

impl Row {
    /// A row of its own.
    pub fn of(cells: Vec<Cell>) -> Self {
        Self { cells, continues: false }
    }
}

impl Cell {
    /// An amount in a scale.
    pub fn amount(estimate: Option<Estimate>, scale: Scale) -> Self {
        Self::number(estimate, scale.by, "", false)
    }

    /// A difference of amounts.
    pub fn difference(estimate: Option<Estimate>, scale: Scale) -> Self {
        Self::number(estimate, scale.by, "", true)
    }

    /// A share in percent.
    pub fn share(estimate: Option<Estimate>) -> Self {
        Self::number(estimate, 0.01, " %", false)
    }

    /// A relative change in percent.
    pub fn change(estimate: Option<Estimate>) -> Self {
        Self::number(estimate, 0.01, " %", true)
    }

    /// Any number.
    pub fn number(estimate: Option<Estimate>, per: f64, unit: &str, plus: bool) -> Self {
        let Some(estimate) = estimate else { return Self::None };
        let over = |x: f64| x / per;
        let estimate = Estimate {
            value: over(estimate.value),
            standard_error: estimate.standard_error.map(over),
            lower: estimate.lower.map(over),
            upper: estimate.upper.map(over),
            ..estimate
        };
        let decimals = decimals_for(&estimate);
        Self::Number(Number { estimate, unit: unit.to_owned(), plus, decimals, marked: false })
    }

    /// A number without error, in so many decimals.
    pub fn exact(value: f64, per: f64, unit: &str, decimals: usize) -> Self {
        let estimate = Estimate::exact(value / per, 0.95);
        let unit = unit.to_owned();
        Self::Number(Number { estimate, unit, plus: false, decimals, marked: false })
    }

    /// A number of people or things.
    pub fn count(n: u64) -> Self {
        Self::exact(n as f64, 1.0, "", 0)
    }

    /// A limit of a band: the number as it was given, without trailing zeros.
    pub fn given(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, |x| Self::Text(plain(x)))
    }

    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// The same number, marked.
    #[must_use]
    pub fn marked(self, marked: bool) -> Self {
        match self {
            Self::Number(number) => Self::Number(Number { marked, ..number }),
            other => other,
        }
    }
}

impl Sheet {
    /// Gives the numbers of a column in one unit the same number of decimals, that they stand point
    /// below point.
    #[must_use]
    pub fn aligned(mut self) -> Self {
        for at in 0..self.columns.len() {
            let kind = |number: &Number| (number.unit.clone(), number.plus);
            let mut most: Vec<((String, bool), usize, usize)> = Vec::new();
            for row in &self.rows {
                let Some(Cell::Number(number)) = row.cells.get(at) else { continue };
                if number.estimate.quality == Quality::Bound {
                    continue;
                }
                // A large number keeps few decimals, and its column with it.
                match most.iter_mut().find(|(own, ..)| *own == kind(number)) {
                    Some((_, decimals, least)) => {
                        *decimals = (*decimals).max(number.decimals);
                        *least = (*least).min(most_decimals(&number.estimate));
                    }
                    None => {
                        let least = most_decimals(&number.estimate);
                        most.push((kind(number), number.decimals, least));
                    }
                }
            }
            for row in &mut self.rows {
                let Some(Cell::Number(number)) = row.cells.get_mut(at) else { continue };
                if number.estimate.quality == Quality::Bound {
                    continue;
                }
                let own = most.iter().find(|(own, ..)| *own == kind(number));
                if let Some(&(_, decimals, least)) = own {
                    number.decimals = decimals.min(least);
                }
            }
        }
        self
    }

    /// What the marks in the table mean, as far as they occur.
    pub fn legend(&self) -> Vec<String> {
        let numbers = || {
            self.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| match cell {
                Cell::Number(number) => Some(number),
                _ => None,
            })
        };
        let mut lines = Vec::new();
        if numbers().any(|number| number.parts().doubt) {
            lines.push("? fewer than 50 tail trials: the band is indicative".to_owned());
        }
        if numbers().any(|number| matches!(number.parts().band, Band::Below(_))) {
            lines.push("0 (< x): not seen in any trial, and below x".to_owned());
        }
        if numbers().any(|number| number.marked) {
            lines.push("* clear of 0 after allowing for all that are shown".to_owned());
        }
        lines
    }
}

impl Number {
    /// Taken apart for print.
    pub fn parts(&self) -> Parts {
        let Estimate { value, lower, upper, quality, .. } = self.estimate;
        let print = |x: f64| signed(x, self.decimals, self.plus);
        let doubt = quality == Quality::TooFew;
        match quality {
            Quality::Bound => Parts {
                value: "0".to_owned(),
                band: upper.map_or(Band::None, |x| Band::Below(decimal(x, self.decimals))),
                doubt,
            },
            Quality::Exact | Quality::Approximation => {
                Parts { value: print(value), band: Band::None, doubt }
            }
            Quality::Good | Quality::TooFew => {
                // A difference that is nothing by construction has no band to show.
                let is_point = lower == Some(value) && upper == Some(value);
                let half = self.estimate.half_width().map(|half| {
                    let least = 10_f64.powi(-(self.decimals as i32));
                    if half > 0.0 && half < 0.5 * least {
                        format!("<{}", decimal(least, self.decimals))
                    } else {
                        decimal(half, self.decimals)
                    }
                });
                let band = if is_point {
                    Band::None
                } else {
                    Band::Ends { lower: lower.map(print), upper: upper.map(print), half }
                };
                Parts { value: print(value), band, doubt }
            }
        }
    }

    /// `34.6 ±0.3`, with `?` and `*` behind it: where room is short.
    pub fn short(&self) -> String {
        let Parts { value, band, doubt } = self.parts();
        let (doubt, star) = (if doubt { "?" } else { "" }, if self.marked { "*" } else { "" });
        let unit = &self.unit;
        match band {
            Band::None => format!("{value}{unit}{star}"),
            Band::Below(end) => format!("{value} (< {end}){unit}{star}"),
            Band::Ends { half, .. } => {
                let half = half.unwrap_or_else(|| "?".to_owned());
                format!("{value}{unit} ±{half}{doubt}{star}")
            }
        }
    }

    /// The band with both ends: `(34.3 to 34.9)`, `(< 0.3)`, or nothing.
    pub fn ends(&self) -> Option<String> {
        match self.parts().band {
            Band::None => None,
            Band::Below(end) => Some(format!("(< {end})")),
            Band::Ends { lower, upper, .. } => {
                let end = |x: Option<String>| x.unwrap_or_else(|| "?".to_owned());
                Some(format!("({} to {})", end(lower), end(upper)))
            }
        }
    }

    /// The marks behind a number.
    pub fn marks(&self) -> String {
        let doubt = if self.parts().doubt { "?" } else { "" };
        format!("{doubt}{}", if self.marked { "*" } else { "" })
    }
}

fn signed(x: f64, decimals: usize, plus: bool) -> String {
    let text = decimal(x, decimals);
    let zero = !text.chars().any(|c| ('1'..='9').contains(&c));
    if plus && x > 0.0 && !zero { format!("+{text}") } else { text }
}

/// Breaks columns into blocks that fit, about as many in each: where each block ends.
pub fn broken(widths: &[usize], room: usize) -> Vec<usize> {
    let broken_at = |most: usize| {
        let (mut ends, mut used, mut count) = (Vec::new(), 0, 0);
        for (at, width) in widths.iter().enumerate() {
            if count > 0 && (used + width > room || count == most) {
                ends.push(at);
                (used, count) = (0, 0);
            }
            used += width;
            count += 1;
        }
        ends.push(widths.len());
        ends
    };
    let needed = broken_at(usize::MAX);
    let even = broken_at(widths.len().div_ceil(needed.len()));
    if even.len() == needed.len() { even } else { needed }
}

/// A number as it was given.
pub fn plain(x: f64) -> String {
    let text = decimal(x, 6);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Decimals that show the band with one significant digit, two if it starts with 1; of an exact number
/// three digits or more.
fn decimals_for(estimate: &Estimate) -> usize {
    let most = most_decimals(estimate);
    let shown = match estimate.quality {
        Quality::Bound => estimate.upper,
        Quality::Exact | Quality::Approximation if estimate.value == 0.0 => return 0,
        Quality::Exact | Quality::Approximation => {
            let size = libm::floor(libm::log10(estimate.value.abs()));
            if size >= 3.0 && estimate.value.fract() == 0.0 {
                return 0;
            }
            return (2.0 - size).clamp(1.0, most as f64) as usize;
        }
        Quality::Good | Quality::TooFew => estimate.half_width(),
    };
    let Some(half) = shown.filter(|&half| half > 0.0 && half.is_finite()) else { return 1 };
    let exponent = libm::floor(libm::log10(half));
    let lead = half / libm::pow(10.0, exponent);
    let wanted = if lead < 2.0 { 1.0 - exponent } else { -exponent };
    let least = if estimate.value.abs() >= 1e4 { 0.0 } else { 1.0 };
    wanted.clamp(least, most as f64) as usize
}

/// Small numbers get more than [`MOST`], that their digits are seen at all.
fn most_decimals(estimate: &Estimate) -> usize {
    let size = match estimate.quality {
        Quality::Bound => estimate.upper.unwrap_or(0.0),
        _ => estimate.value.abs(),
    };
    if size > 0.0 && size < 0.1 { MOST + 2 } else { MOST }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(value: f64, half: f64, quality: Quality) -> Estimate {
        Estimate {
            value,
            standard_error: Some(half / 2.0),
            lower: Some(value - half),
            upper: Some(value + half),
            confidence: 0.95,
            quality,
            effective_trials: None,
            variance_ratio: None,
        }
    }

    #[test]
    fn columns_are_spread_evenly_over_as_few_blocks_as_will_do() {
        assert_eq!(broken(&[10, 30, 30, 30, 30, 30], 70), [2, 4, 6]);
        assert_eq!(broken(&[10, 10], 100), [2]);
        // What fits nowhere stands alone.
        assert_eq!(broken(&[200, 10, 10], 100), [1, 3]);
    }

    #[test]
    fn numbers_are_printed_with_what_is_known_of_them() {
        let print = |cell: Cell| match cell {
            Cell::Number(number) => {
                let ends = number.ends().unwrap_or_default();
                (number.short(), format!("{ends}{}", number.marks()))
            }
            _ => panic!("no number"),
        };
        let own = |short: &str, long: &str| (short.to_owned(), long.to_owned());
        let thousand = Scale::of(20_000.0);
        let amount =
            |value, half, quality| Cell::amount(Some(good(value, half, quality)), thousand);
        assert_eq!(
            print(amount(12_300.0, 420.0, Quality::Good)),
            own("12.3 ±0.4", "(11.9 to 12.7)")
        );
        assert_eq!(
            print(amount(12_300.0, 420.0, Quality::TooFew).marked(true)),
            own("12.3 ±0.4?*", "(11.9 to 12.7)?*")
        );
        assert_eq!(
            print(Cell::change(Some(good(0.081, 0.002, Quality::Good)))),
            own("+8.1 % ±0.2", "(+7.9 to +8.3)")
        );
        let fine = Cell::change(Some(good(-0.002_694, 0.000_005, Quality::Good)));
        assert_eq!(print(fine), own("-0.27 % ±<0.01", "(-0.27 to -0.27)"));
        assert_eq!(
            print(Cell::share(Some(Estimate::bound(0.003, 0.95)))),
            own("0 (< 0.3) %", "(< 0.3)")
        );
        assert_eq!(print(Cell::count(1_234)), own("1,234", ""));
        let open = Estimate { lower: None, ..good(2.0, 0.5, Quality::TooFew) };
        assert_eq!(print(Cell::number(Some(open), 1.0, "", false)), own("2.0 ±??", "(? to 2.5)?"));
    }
}
