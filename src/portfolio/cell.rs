//! Numbers as they stand in the cells of a tape: exact amounts, fractions, whole counts.

use crate::units::{Currency, Decimal};

/// Largest number of people behind one row: up to here `f64` counts exactly.
pub(super) const LARGEST_COUNT: u64 = 1 << 53;

/// Digits that certainly fit the mantissa of the fast path.
const FAST_DIGITS: usize = 15;

/// A finite number: digits with an optional sign, point and exponent. `nan`, `inf`, `1_000` and
/// `1,000` are refused. Minus zero becomes zero, so that equal numbers have equal bits.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    let x: f64 = text.parse().ok()?;
    x.is_finite().then_some(x + 0.0)
}

/// An amount of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Read {
    /// Smallest units, rounded half away from zero.
    pub minor: i64,
    /// The amount as written, where rounding moved it.
    pub written: Option<Decimal>,
}

impl Read {
    /// An amount that nobody has written.
    pub(super) fn whole(minor: i64) -> Self {
        Self { minor, written: None }
    }

    /// Whether the amount as written is below 0, however little.
    pub(super) fn is_negative(self) -> bool {
        self.minor < 0 || self.written.is_some_and(Decimal::is_negative)
    }

    /// What rounding added, smallest units.
    pub(super) fn moved(self, per_unit: u64) -> f64 {
        self.written.and_then(|own| own.rounded(per_unit)).map_or(0.0, |own| own.moved)
    }
}

/// An amount of currency in smallest units; halves are those of the decimals, not of their nearest
/// binary numbers.
///
/// `Err(true)`: a number, but beyond [`Currency::largest`]; `Err(false)`: not a number.
pub(super) fn amount(cell: &[u8], currency: &Currency) -> Result<Read, bool> {
    if let Some(minor) = plain_decimal(cell, currency.minor_per_unit)
        && minor.unsigned_abs() <= 1 << 53
    {
        return Ok(Read { minor, written: None });
    }
    let written = Decimal::parse(cell).ok_or(false)?;
    // What no `f64` holds is no number of a tape either.
    number(cell).ok_or(false)?;
    let own = written.rounded(currency.minor_per_unit).ok_or(true)?;
    Ok(Read { minor: own.minor, written: (own.moved != 0.0).then_some(written) })
}

/// Plain decimals that are whole in smallest units, without a division where there is no point.
fn plain_decimal(cell: &[u8], minor_per_unit: u64) -> Option<i64> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > FAST_DIGITS {
        return None;
    }
    let (mut mantissa, mut decimals, mut after_point) = (0_u64, 0_u32, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                decimals += u32::from(after_point);
            }
            b'.' if !after_point => after_point = true,
            _ => return None,
        }
    }
    if after_point && digits.len() == 1 {
        return None;
    }
    let scaled = mantissa.checked_mul(minor_per_unit)?;
    let minor = if decimals == 0 {
        scaled
    } else {
        let unit = 10_u64.pow(decimals);
        let whole = scaled / unit;
        if whole * unit != scaled {
            return None;
        }
        whole
    };
    let minor = i64::try_from(minor).ok()?;
    Some(if negative { -minor } else { minor })
}

/// A whole number from 1 to [`LARGEST_COUNT`].
pub(super) fn count(cell: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(cell).ok()?;
    text.parse().ok().filter(|n| (1..=LARGEST_COUNT).contains(n))
}

/// What a wrong number was probably meant to be.
pub(super) fn hint(cell: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(cell);
    if let Some(percent) = text.strip_suffix('%').and_then(|p| number(p.trim().as_bytes())) {
        return Some(format!("shares are fractions: write {}", hundredth(percent)));
    }
    if matches!(text.to_ascii_lowercase().as_str(), "na" | "n/a" | "nan" | "null" | "none") {
        return Some("write a number; only what may be unknown can be left empty".into());
    }
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '_' | '\'' | ' ')).collect();
    if plain.len() < text.len() && number(plain.as_bytes()).is_some() {
        return Some(format!("without thousands separators: write {plain}"));
    }
    None
}

/// `x` percent as a fraction, in decimal digits.
pub(super) fn hundredth(x: f64) -> String {
    let text = format!("{:.12}", x / 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twd() -> Currency {
        Currency { code: "TWD".into(), minor_per_unit: 100 }
    }

    #[test]
    fn amounts_are_exact_and_rounded_half_away_from_zero() {
        let cases: [(&str, i64); 11] = [
            ("20000", 2_000_000),
            ("-104", -10_400),
            ("1234.56", 123_456),
            ("1e5", 10_000_000),
            ("1.005", 101),
            ("-1.005", -101),
            ("1.004", 100),
            (".5", 50),
            ("5.", 500),
            ("+7", 700),
            ("0.000000000000000000001", 0),
        ];
        for (text, minor) in cases {
            assert_eq!(amount(text.as_bytes(), &twd()).map(|own| own.minor), Ok(minor), "{text}");
        }
        for text in ["", "-", ".", "1_000", "1,000", "nan", "inf", "1e999", "0x10", "1 000", "--1"]
        {
            assert_eq!(amount(text.as_bytes(), &twd()), Err(false), "{text}");
        }
        // Halves of decimals, where the nearest binary numbers lie below.
        for (text, minor) in
            [("1005e-3", 101), ("0.1450000000000000", 15), ("2.6750000000000000000", 268)]
        {
            assert_eq!(amount(text.as_bytes(), &twd()).unwrap().minor, minor, "{text}");
        }
        assert_eq!(amount(b"1.25", &twd()).unwrap().written, None);
        assert!(amount(b"1.255", &twd()).unwrap().written.is_some());
        assert_eq!(amount(b"1e15", &twd()), Err(true));
        assert_eq!(amount(b"999999999999999", &twd()), Err(true));
    }

    #[test]
    fn counts_are_whole_and_positive() {
        assert_eq!(count(b"12"), Some(12));
        for text in ["0", "-1", "1.5", "1e3", "", "99999999999999999999"] {
            assert_eq!(count(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn hints_say_what_was_probably_meant() {
        assert_eq!(hint(b"3%").unwrap(), "shares are fractions: write 0.03");
        assert_eq!(hint(b"1,234").unwrap(), "without thousands separators: write 1234");
        assert!(hint(b"NaN").unwrap().contains("left empty"));
        assert_eq!(hint(b"abc"), None);
        assert_eq!(hundredth(1.7), "0.017");
    }
}
