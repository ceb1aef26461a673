//! Amounts as their authors wrote them: exact decimals, so that a half is a half and no binary
//! neighbour of it.

/// Digits that are kept: with [`super::FINEST`] units they fit 128 bits, and an `f64` has 17.
const MOST_DIGITS: u32 = 22;
/// Larger exponents leave every amount's range, whatever the digits.
const LARGEST_EXPONENT: i32 = 5_000;
/// Powers of ten that fit 128 bits.
const LARGEST_POWER: i32 = 38;

/// A finite number, `mantissa` x 10^-`decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    mantissa: u128,
    decimals: i32,
}

/// A decimal in whole smallest units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// Nearest whole number, half away from zero.
    pub minor: i64,
    /// What rounding added, smallest units; 0 exactly where the number was whole.
    pub moved: f64,
}

impl Decimal {
    /// Digits with an optional sign, point and exponent. `nan`, `inf`, `1_000` and `1,000` are none.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mut mantissa, mut decimals, mut kept) = (0_u128, 0_i32, 0_u32);
        let (mut digits, mut after_point) = (0_usize, false);
        while let [byte, tail @ ..] = rest {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    if kept < MOST_DIGITS {
                        mantissa = mantissa * 10 + u128::from(byte - b'0');
                        kept += u32::from(mantissa > 0);
                        decimals = decimals.saturating_add(i32::from(after_point));
                    } else {
                        decimals = decimals.saturating_sub(i32::from(!after_point));
                    }
                }
                b'.' if !after_point => after_point = true,
                b'e' | b'E' => break,
                _ => return None,
            }
            rest = tail;
        }
        if digits == 0 {
            return None;
        }
        if let [_, exponent @ ..] = rest {
            let exponent = std::str::from_utf8(exponent).ok()?;
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let size = unsigned.parse().unwrap_or(LARGEST_EXPONENT).min(LARGEST_EXPONENT);
            let exponent = if exponent.starts_with('-') { -size } else { size };
            decimals = decimals.saturating_sub(exponent);
        }
        while mantissa > 0 && mantissa.is_multiple_of(10) {
            mantissa /= 10;
            decimals -= 1;
        }
        Some(Self { negative: negative && mantissa > 0, mantissa, decimals })
    }

    /// The shortest decimal that stands for `x`: what its author wrote, up to 15 digits.
    pub fn of(x: f64) -> Option<Self> {
        x.is_finite().then(|| Self::parse(format!("{x:e}").as_bytes())).flatten()
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// Whether it is above 0.
    pub fn is_positive(self) -> bool {
        self.mantissa > 0 && !self.negative
    }

    /// In smallest units, of which `per_unit` make one; `None` beyond 2^53 of them.
    pub fn rounded(self, per_unit: u64) -> Option<Rounded> {
        if self.mantissa == 0 {
            return Some(Rounded { minor: 0, moved: 0.0 });
        }
        let scaled = self.mantissa * u128::from(per_unit);
        let (whole, moved) = if self.decimals <= 0 {
            let power = u32::try_from(-self.decimals).ok().filter(|&p| p <= LARGEST_POWER as u32);
            (scaled.checked_mul(10_u128.pow(power?))?, 0.0)
        } else if self.decimals > LARGEST_POWER {
            // At most 10^37 stands above, so that this is less than a tenth.
            (0, -(scaled as f64) * libm::pow(10.0, -f64::from(self.decimals)))
        } else {
            let unit = 10_u128.pow(self.decimals as u32);
            let (whole, rest) = (scaled / unit, scaled % unit);
            match rest >= unit - rest {
                true => (whole + 1, (unit - rest) as f64 / unit as f64),
                false => (whole, -(rest as f64) / unit as f64),
            }
        };
        let minor = i64::try_from(whole).ok().filter(|&minor| minor <= 1 << 53)?;
        let sign = if self.negative { -1 } else { 1 };
        Some(Rounded { minor: sign * minor, moved: f64::from(sign as i32) * moved })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str, per_unit: u64) -> Option<i64> {
        Decimal::parse(text.as_bytes()).unwrap().rounded(per_unit).map(|own| own.minor)
    }

    #[test]
    fn halves_are_those_of_the_decimals() {
        // The nearest binary numbers of 1.005, 2.675 and 0.145 lie below the half.
        for (text, cents) in [
            ("1.005", 101),
            ("2.675", 268),
            ("0.145", 15),
            ("14.5e-2", 15),
            ("0.14499999999999999", 14),
            ("-1.005", -101),
            ("1.00500000000000000000000000001", 101),
            ("1e5", 10_000_000),
            ("000000000000000000000000000001", 100),
            ("0.000000000000000000000000000000000000000000001", 0),
            ("5.", 500),
            (".5", 50),
        ] {
            assert_eq!(minor(text, 100), Some(cents), "{text}");
        }
        assert_eq!(Decimal::of(1.005).unwrap().rounded(100).unwrap().minor, 101);
        // The binary product that stood here before.
        assert_eq!((1.005_f64 * 100.0).round(), 100.0);
        assert_eq!(minor("0.1255", 1_000_000_000_000_000), Some(125_500_000_000_000));
        assert_eq!(minor("90071992547409.92", 100), Some(1 << 53));
        assert_eq!(minor("90071992547409.93", 100), None);
        assert_eq!(minor("1e300", 1), None);
        assert_eq!(minor("1e99999999999", 1), None);
        assert_eq!(minor("0e99999999999", 1), Some(0));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "e5", "1e", "1e+", "1_000", "1,000", "nan", "inf", "0x10", "1 0"]
        {
            assert_eq!(Decimal::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Decimal::of(f64::NAN), None);
        assert_eq!(Decimal::of(f64::INFINITY), None);
    }

    #[test]
    fn rounding_says_what_it_moved() {
        let own = Decimal::parse(b"0.003").unwrap();
        let found = own.rounded(100).unwrap();
        assert_eq!(found.minor, 0);
        assert!((found.moved + 0.3).abs() < 1e-15);
        assert_eq!(own.rounded(1000), Some(Rounded { minor: 3, moved: 0.0 }));
        let up = Decimal::parse(b"-0.007").unwrap().rounded(100).unwrap();
        assert_eq!(up.minor, -1);
        assert!((up.moved + 0.3).abs() < 1e-15);
    }

    proptest::proptest! {
        #[test]
        fn numbers_survive(x in -1e30_f64..1e30) {
            let own = Decimal::of(x).unwrap();
            let back = own.mantissa as f64 * libm::pow(10.0, -f64::from(own.decimals));
            proptest::prop_assert!((back - x.abs()).abs() <= 1e-12 * x.abs());
        }
    }
}
