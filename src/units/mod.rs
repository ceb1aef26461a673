//! The numbers that must not be confused with one another: probabilities, shares, correlations,
//! loadings, levels, confidences and amounts of money.
//!
//! Every share is a fraction inside (0.03, never 3); percent exists only in print. Amounts are
//! integers of the scenario's smallest unit ([`Currency::minor_per_unit`], a hundredth by default).

mod decimal;
pub mod fineness;

use std::fmt;

pub use decimal::{Decimal, Rounded};
use serde::{Deserialize, Serialize};

/// Why a number was refused by one of the units below: what is required of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {requirement}")]
pub struct OutOfRange {
    /// The requirement in words, ready to follow "must be".
    pub requirement: &'static str,
}

macro_rules! bounded_unit {
    ($(#[$doc:meta])* $name:ident, $requirement:literal, |$x:ident| $holds:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// What a number must be to become one of these, ready to follow "must be".
            pub const REQUIREMENT: &'static str = $requirement;

            /// Checks the range; NaN and infinity never pass.
            pub fn new($x: f64) -> Result<Self, OutOfRange> {
                if $holds { Ok(Self($x)) } else { Err(OutOfRange { requirement: $requirement }) }
            }

            /// The number itself.
            pub const fn get(self) -> f64 {
                self.0
            }
        }
    };
}

bounded_unit!(
    /// A probability of default per horizon.
    Probability,
    "a probability in 0..=1",
    |x| (0.0..=1.0).contains(&x)
);
bounded_unit!(
    /// A share of something: LGD, CCF, run-off, pass-through.
    Fraction,
    "a fraction in 0..=1",
    |x| (0.0..=1.0).contains(&x)
);
bounded_unit!(
    /// The correlation of two borrowers' latent assets: the *square* of the [`Loading`].
    AssetCorrelation,
    "a correlation in 0..1 (1 excluded)",
    |x| (0.0..1.0).contains(&x)
);
bounded_unit!(
    /// The weight of a systematic factor in a borrower's latent asset; its square is the
    /// [`AssetCorrelation`].
    Loading,
    "a loading in -1..1 (ends excluded)",
    |x| x > -1.0 && x < 1.0
);
bounded_unit!(
    /// The coverage that an error band claims, such as 0.95.
    Confidence,
    "a confidence in 0.5..1 (1 excluded), such as 0.95",
    |x| (0.5..1.0).contains(&x)
);

impl Fraction {
    /// The whole.
    pub const ONE: Self = Self(1.0);
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
}

impl From<AssetCorrelation> for Loading {
    fn from(rho: AssetCorrelation) -> Self {
        Self(rho.0.sqrt())
    }
}

/// A level of VaR or ES as an exact decimal, so that ranks are computed in integers.
///
/// `0.999` is 999/1000, whatever its nearest binary number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Level {
    numerator: u64,
    denominator: u64,
}

impl Level {
    /// What a number must be to become a level.
    pub const REQUIREMENT: &'static str =
        "a level in 0..1 (ends excluded) with at most 12 decimals, such as 0.999";

    /// Reads the shortest decimal that stands for `x`.
    pub fn new(x: f64) -> Result<Self, OutOfRange> {
        let refused = OutOfRange { requirement: Self::REQUIREMENT };
        if !(x > 0.0 && x < 1.0) {
            return Err(refused);
        }
        let text = format!("{x}");
        let digits = text.strip_prefix("0.").ok_or(refused)?;
        if digits.len() > 12 {
            return Err(refused);
        }
        let numerator = digits.parse().map_err(|_| refused)?;
        Ok(Self { numerator, denominator: 10_u64.pow(digits.len() as u32) })
    }

    /// The nearest binary number.
    pub fn get(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// 1 - level, without cancellation.
    pub fn tail(self) -> f64 {
        (self.denominator - self.numerator) as f64 / self.denominator as f64
    }

    /// The fewest trials of which so many lie beyond the level: ceil(beyond / (1 - level)).
    pub fn trials_for(self, beyond: u64) -> u64 {
        let all = u128::from(beyond) * u128::from(self.denominator);
        all.div_ceil(u128::from(self.denominator - self.numerator)) as u64
    }

    /// The rank k = ceil(n q) of the order statistic that is VaR, from 1 to n.
    pub fn rank(self, n: usize) -> usize {
        let exact = n as u128 * u128::from(self.numerator);
        let k = exact.div_ceil(u128::from(self.denominator)) as usize;
        k.clamp(1, n.max(1))
    }
}

impl fmt::Display for Level {
    /// In percent without trailing zeros: `99.9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = Self { numerator: self.numerator * 100, denominator: self.denominator };
        let whole = percent.numerator / percent.denominator;
        let rest = percent.numerator % percent.denominator;
        write!(f, "{whole}")?;
        if rest > 0 {
            let width = percent.denominator.ilog10() as usize;
            let decimals = format!("{rest:0width$}");
            write!(f, ".{}", decimals.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl Serialize for Level {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let x = f64::deserialize(deserializer)?;
        Self::new(x).map_err(serde::de::Error::custom)
    }
}

/// An amount of money in the scenario's smallest unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount(pub i64);

/// The scenario's currency: its code for print and how many smallest units make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO code or any short name, such as `TWD`.
    pub code: String,
    /// Smallest units in one unit of currency; 100 unless the scenario says otherwise or its data
    /// need more.
    pub minor_per_unit: u64,
}

/// Smallest units in one unit of currency where nothing else is said.
pub const HUNDREDTHS: u64 = 100;
/// The most of them.
pub const FINEST: u64 = 1_000_000_000_000_000;

impl Currency {
    /// Largest amount that a scenario or a tape may hold, in units of currency: below it every
    /// amount in smallest units is an exact `f64`.
    pub fn largest(&self) -> f64 {
        (1_i64 << 53) as f64 / self.per_unit()
    }

    /// Smallest units in one unit of currency, exactly.
    pub fn per_unit(&self) -> f64 {
        self.minor_per_unit as f64
    }

    /// Rounds the shortest decimal that stands for `units` to the nearest smallest unit, half away
    /// from zero; `None` if not finite or too large.
    pub fn amount(&self, units: f64) -> Option<Amount> {
        Some(Amount(Decimal::of(units)?.rounded(self.minor_per_unit)?.minor))
    }

    /// Units of currency, for statistics and print.
    pub fn units(&self, amount: Amount) -> f64 {
        amount.0 as f64 / self.per_unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_infinity_never_pass() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Probability::new(x).is_err());
            assert!(Loading::new(x).is_err());
            assert!(Level::new(x).is_err());
            assert!(Confidence::new(x).is_err());
        }
    }

    #[test]
    fn ranks_are_exact_where_floating_point_is_not() {
        // 0.999 * 100_000 is 99900.00000000001 in f64 on some routes; the rank must be 99_900.
        let q = Level::new(0.999).unwrap();
        assert_eq!(q.rank(100_000), 99_900);
        assert_eq!(q.rank(1), 1);
        assert_eq!(q.rank(999), 999);
        assert_eq!(q.rank(1001), 1000);
        assert_eq!(Level::new(0.07).unwrap().rank(100), 7);
        assert_eq!(Level::new(0.29).unwrap().rank(100), 29);
    }

    #[test]
    fn trials_beyond_a_level_are_counted_in_integers() {
        for (x, trials) in [(0.99, 10_000), (0.9999999, 1_000_000_000), (0.7, 334), (0.95, 2_000)] {
            assert_eq!(Level::new(x).unwrap().trials_for(100), trials);
        }
        assert_eq!(Level::new(0.999999999999).unwrap().trials_for(100), 100_000_000_000_000);
    }

    #[test]
    fn levels_print_as_percent() {
        for (x, text) in
            [(0.999, "99.9"), (0.99, "99"), (0.9995, "99.95"), (0.5, "50"), (0.05, "5")]
        {
            assert_eq!(Level::new(x).unwrap().to_string(), text);
        }
    }

    #[test]
    fn amounts_round_to_the_smallest_unit_and_refuse_what_is_too_large() {
        let twd = Currency { code: "TWD".into(), minor_per_unit: 100 };
        assert_eq!(twd.amount(0.125), Some(Amount(13)));
        assert_eq!(twd.amount(1.005), Some(Amount(101)));
        assert_eq!(twd.amount(-1.0), Some(Amount(-100)));
        assert_eq!(twd.amount(1e15), None);
        assert_eq!(twd.amount(f64::NAN), None);
    }
}
