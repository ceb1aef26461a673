//! Numbers as a figure prints them.

/// How a language writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// What parts thousands.
    pub group: char,
    /// What stands before the fraction.
    pub point: char,
    /// What stands between a number and its percent sign.
    pub before_percent: &'static str,
}

impl Numbers {
    /// A number in figures of English with its thousands parted.
    pub fn grouped(&self, number: &str) -> String {
        let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
        let (whole, fraction) =
            number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
        let mut text = String::from(sign);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                text.push(self.group);
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push(self.point);
            text.push_str(fraction);
        }
        text
    }

    /// A value with so many decimals.
    pub fn fixed(&self, value: f64, decimals: usize) -> String {
        let text = format!("{value:.decimals$}");
        // Rounding may leave a negative zero.
        let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
        self.grouped(if zero { text.trim_start_matches('-') } else { &text })
    }

    /// A value with at most six decimals, without the zeros at its end.
    pub fn plain(&self, value: f64) -> String {
        let text = format!("{value:.6}");
        self.grouped(text.trim_end_matches('0').trim_end_matches('.'))
    }

    /// A value with so many significant digits, never in powers of ten.
    pub fn plain_digits(&self, value: f64, digits: i32) -> String {
        let power = if value > 0.0 { value.log10().floor() as i32 } else { 0 };
        self.fixed(value, (digits - 1 - power).max(0) as usize)
    }

    /// A value of any sign with so many significant digits, in powers of ten where it is very small.
    pub fn digits(&self, value: f64, digits: i32) -> String {
        let size = value.abs();
        if value == 0.0 || !value.is_finite() {
            return self.fixed(value, 0);
        }
        let power = size.log10().floor() as i32;
        if power >= -4 {
            return self.fixed(value, (digits - 1 - power).clamp(0, 8) as usize);
        }
        format!("{}·{}", self.fixed(value / 10_f64.powi(power), 1), power_of_ten(power))
    }

    /// A positive value with two significant digits, or one and a power of ten where it is very small.
    pub fn two_digits(&self, value: f64) -> String {
        if value >= 0.001 {
            return self.plain_digits(value, 2);
        }
        let power = value.log10().floor() as i32;
        format!("{}·{}", self.fixed(value / 10_f64.powi(power), 0), power_of_ten(power))
    }

    /// A number as a percentage.
    pub fn percent(&self, number: &str) -> String {
        format!("{number}{}%", self.before_percent)
    }

    /// A share as a percentage, such as `99.9 %`.
    pub fn share(&self, share: f64) -> String {
        self.percent(&self.plain(100.0 * share))
    }

    /// A share of a whole in whole percent, with a decimal where less than the whole would read as all of it.
    pub fn whole_percent(&self, share: f64) -> String {
        let percent = 100.0 * share;
        let text = match percent {
            99.95..100.0 => format!("> {}", self.fixed(99.9, 1)),
            99.5..99.95 => self.fixed(percent, 1),
            _ => self.fixed(percent, 0),
        };
        self.percent(&text)
    }

    /// The probability 10^exponent as a percentage, or as a power of ten below 0.0001 %.
    pub fn percent_of_power(&self, exponent: i32) -> String {
        match exponent {
            0.. => {
                self.percent(&self.grouped(&10_u64.pow(2 + exponent.unsigned_abs()).to_string()))
            }
            -6..0 => self.percent(&self.plain(10_f64.powi(exponent + 2))),
            _ => power_of_ten(exponent),
        }
    }

    /// `part` x 10^exponent as briefly as an axis can say it: 200, 5k, 10M.
    pub fn brief(&self, part: u32, exponent: i32) -> String {
        match exponent {
            -4..0 => self.plain(f64::from(part) * 10_f64.powi(exponent)),
            0..9 => {
                let power = brief_power(exponent);
                let digits = power.trim_end_matches(char::is_alphabetic);
                let sign = &power[digits.len()..];
                format!("{part}{}{sign}", &digits[1..])
            }
            _ if part == 1 => power_of_ten(exponent),
            _ => format!("{part}·{}", power_of_ten(exponent)),
        }
    }
}

/// A power of ten in figures, such as 10⁻⁵.
pub fn power_of_ten(exponent: i32) -> String {
    let raise = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(digit as u32 - '0' as u32 + 0x2070).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(raise).collect::<String>())
}

/// 10^exponent as briefly as an axis can say it: 100, 1k, 10M, from there a power of ten.
pub fn brief_power(exponent: i32) -> String {
    let (rest, sign) = match exponent {
        0..3 => (exponent, ""),
        3..6 => (exponent - 3, "k"),
        6..9 => (exponent - 6, "M"),
        _ => return power_of_ten(exponent),
    };
    format!("{}{sign}", 10_u32.pow(rest.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::language::Language;

    #[test]
    fn numbers_read_as_in_print() {
        let numbers = Language::English.words().numbers;
        assert_eq!(numbers.grouped("1234567.25"), "1,234,567.25");
        assert_eq!(numbers.grouped("-123"), "−123");
        assert_eq!(numbers.plain(99.9), "99.9");
        assert_eq!(numbers.plain_digits(0.5591, 2), "0.56");
        let short = [100.0, 85.27, 1.26, 0.00123, 3.2e-7].map(|x| numbers.two_digits(x));
        assert_eq!(short, ["100", "85", "1.3", "0.0012", "3·10⁻⁷"]);
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!([0, 2, 3, 5, 7, 9].map(brief_power), ["1", "100", "1k", "100k", "10M", "10⁹"]);
        let whole = [0.004, 0.31, 0.9949, 0.9951, 0.9996, 1.0].map(|x| numbers.whole_percent(x));
        assert_eq!(whole, ["0 %", "31 %", "99 %", "99.5 %", "> 99.9 %", "100 %"]);
        assert_eq!(numbers.percent_of_power(0), "100 %");
        assert_eq!(numbers.percent_of_power(-5), "0.001 %");
        assert_eq!(numbers.percent_of_power(-8), "10⁻⁸");
    }

    #[test]
    fn languages_write_numbers_in_their_own_way() {
        let german = Language::German.words().numbers;
        assert_eq!(german.fixed(-1_234.5, 1), "−1.234,5");
        assert_eq!(german.share(0.999), "99,9 %");
        assert_eq!(german.grouped("99.95"), "99,95");
        let chinese = Language::Chinese.words().numbers;
        assert_eq!(chinese.fixed(1_234.5, 1), "1,234.5");
        assert_eq!(chinese.percent_of_power(-3), "0.1%");
    }
}
