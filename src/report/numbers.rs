//! Figures for people: scaled amounts, counts with separators, values with their band.

use crate::measures::{Estimate, Quality};

/// A power of a thousand that amounts are printed in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Divisor.
    pub by: f64,
    /// As written in a heading: ``, `k`, `m`, `bn`, `trn`.
    pub suffix: &'static str,
}

impl Scale {
    /// The scale in which an amount has one to three digits before the point.
    pub fn of(amount: f64) -> Self {
        let a = amount.abs();
        let (by, suffix) = match a {
            _ if a >= 1e12 => (1e12, "trn"),
            _ if a >= 1e9 => (1e9, "bn"),
            _ if a >= 1e6 => (1e6, "m"),
            _ if a >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        Self { by, suffix }
    }

    /// `TWD m`, or just the code.
    pub fn unit(&self, currency: &str) -> String {
        if self.suffix.is_empty() {
            currency.to_owned()
        } else {
            format!("{currency} {}", self.suffix)
        }
    }
}

/// `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 borrower`, `30,000 borrowers`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `TWD 1.54 bn`.
pub fn amount(x: f64, currency: &str) -> String {
    let scale = Scale::of(x);
    // Three digits of what two decimals would take to 0.
    let decimals = match x.abs() {
        size if size > 0.0 && size < 0.1 => (2.0 - size.log10().floor()).min(300.0) as usize,
        _ => 2,
    };
    let value = format!("{currency} {}", decimal(x / scale.by, decimals));
    if scale.suffix.is_empty() { value } else { format!("{value} {}", scale.suffix) }
}

/// A fixed number of decimals with separators and without `-0`.
pub fn decimal(x: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, x.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(w, r)| (w, r));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    let negative = x < 0.0 && text.chars().any(|c| ('1'..='9').contains(&c));
    let sign = if negative { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A level: `99.9 %`.
pub fn percent(level: f64) -> String {
    let text = decimal(100.0 * level, 6);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A value with the half-width of its band in units of `per`, to the decimals that the band
/// supports: `34.6 ±0.1`, `+8.1 ±0.2`; `< 0.3` for a bound; a `?` marks too few tail trials.
pub fn banded(estimate: &Estimate, per: f64, sign: Sign) -> String {
    banded_to(estimate, per, sign, usize::MAX)
}

/// As [`banded`] with at most two decimals, where room is short: `-0.27 ±<0.01`.
pub fn banded_short(estimate: &Estimate, per: f64, sign: Sign) -> String {
    banded_to(estimate, per, sign, 2)
}

fn banded_to(estimate: &Estimate, per: f64, sign: Sign, most: usize) -> String {
    let value = estimate.value / per;
    match estimate.quality {
        Quality::Bound => match estimate.upper {
            Some(upper) => format!("0 (< {})", decimal(upper / per, digits_for(upper / per))),
            None => "0".to_owned(),
        },
        Quality::Exact | Quality::Approximation => signed(value, exact_digits(value, per), sign),
        Quality::Good | Quality::TooFew => {
            let doubt = if estimate.quality == Quality::TooFew { "?" } else { "" };
            match estimate.half_width() {
                Some(half) => {
                    let half = half / per;
                    let decimals = if half == 0.0 { 1 } else { digits_for(half) };
                    let decimals = decimals.min(most);
                    let least = 10_f64.powi(-(decimals as i32));
                    let band = if half > 0.0 && half < 0.5 * least {
                        format!("<{}", decimal(least, decimals))
                    } else {
                        decimal(half, decimals)
                    };
                    format!("{} ±{band}{doubt}", signed(value, decimals, sign))
                }
                None => format!("{} ±?", signed(value, 1, sign)),
            }
        }
    }
}

/// Whether positive numbers carry a plus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Only minus.
    Minus,
    /// Plus and minus: for changes.
    Both,
}

fn signed(x: f64, decimals: usize, sign: Sign) -> String {
    let text = decimal(x, decimals);
    let zero = !text.chars().any(|c| ('1'..='9').contains(&c));
    if sign == Sign::Both && x > 0.0 && !zero { format!("+{text}") } else { text }
}

/// One decimal, or the first digit of an amount that is smaller in units of currency themselves.
fn exact_digits(value: f64, per: f64) -> usize {
    let size = value.abs();
    match per == 1.0 && size > 0.0 && size < 0.05 {
        true => (1.0 - libm::floor(libm::log10(size))).clamp(1.0, 18.0) as usize,
        false => 1,
    }
}

/// Decimals that show a band with one significant digit (two if it starts with 1), 1 to 4.
pub fn digits_for(half: f64) -> usize {
    if half <= 0.0 || !half.is_finite() {
        return 1;
    }
    let exponent = libm::floor(libm::log10(half));
    let lead = half / libm::pow(10.0, exponent);
    let extra = if lead < 2.0 { 1.0 } else { 0.0 };
    (extra - exponent).clamp(1.0, 4.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::Figures;

    #[test]
    fn counts_and_amounts() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "person", "people"), "1 person");
        assert_eq!(counted(2_000, "person", "people"), "2,000 people");
        assert_eq!(amount(1_536_699_927.0, "TWD"), "TWD 1.54 bn");
        assert_eq!(amount(950.0, "EUR"), "EUR 950.00");
        assert_eq!(amount(0.00032, "EUR"), "EUR 0.000320");
        assert_eq!(amount(0.0, "EUR"), "EUR 0.00");
        assert_eq!(exact_digits(0.02, 1.0), 3);
        assert_eq!(
            (exact_digits(0.02, 0.01), exact_digits(0.0, 1.0), exact_digits(7.0, 1.0)),
            (1, 1, 1)
        );
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(-1234.5, 1), "-1,234.5");
    }

    #[test]
    fn bands_decide_the_decimals() {
        let estimate = |value, half: f64, quality| {
            Estimate::of(Figures {
                value,
                standard_error: Some(half / 2.0),
                lower: Some(value - half),
                upper: Some(value + half),
                confidence: 0.95,
                quality,
                effective_trials: None,
                variance_ratio: None,
            })
        };
        assert_eq!(banded(&estimate(34.61, 0.27, Quality::Good), 1.0, Sign::Minus), "34.6 ±0.3");
        assert_eq!(banded(&estimate(34.61, 0.134, Quality::Good), 1.0, Sign::Minus), "34.61 ±0.13");
        assert_eq!(banded(&estimate(0.081, 0.002, Quality::Good), 0.01, Sign::Both), "+8.1 ±0.2");
        assert_eq!(banded(&estimate(5.0, 3.0, Quality::TooFew), 1.0, Sign::Minus), "5.0 ±3.0?");
        let fine = estimate(-0.002_694, 0.000_005, Quality::TooFew);
        assert_eq!(banded_short(&fine, 0.01, Sign::Both), "-0.27 ±<0.01?");
        assert_eq!(banded(&fine, 0.01, Sign::Both), "-0.2694 ±0.0005?");
    }
}
