//! A number and its error: the only way a statistic leaves `measures`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An estimate with its standard error and confidence interval. Read its numbers as fields ([`Figures`]); none can be
/// changed, so that no estimate has a negative standard error or ends that cross.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate(Figures);

/// An estimate with its standard error and confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Estimate")]
pub struct Figures {
    /// The point estimate, in the unit of its measure.
    pub value: f64,
    /// Standard error; `null` where the sample gives none (nothing seen, one trial).
    pub standard_error: Option<f64>,
    /// Lower end of the interval, `null` if open.
    pub lower: Option<f64>,
    /// Upper end of the interval, `null` if open.
    pub upper: Option<f64>,
    /// Coverage the interval claims, such as 0.95.
    pub confidence: f64,
    /// How far the interval can be trusted.
    pub quality: Quality,
    /// Trials that bear on it: counted, or (sum w)^2 / sum w^2 where they weigh differently; `null`
    /// where no trials do.
    #[serde(default)]
    pub effective_trials: Option<f64>,
    /// Squared error of as many plain trials over its own; `null` under plain sampling, where it is
    /// 1 by definition, and where there is no error.
    #[serde(default)]
    pub variance_ratio: Option<f64>,
}

/// Why numbers are no estimate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// A standard error below 0, or none that is a number.
    #[error("standard error is `{0}`, must be a number >= 0")]
    Error(f64),
    /// Ends that cross, or none that are numbers.
    #[error("interval runs from `{0}` to `{1}`, its ends must be in order")]
    Ends(f64, f64),
}

impl std::ops::Deref for Estimate {
    type Target = Figures;

    fn deref(&self) -> &Figures {
        &self.0
    }
}

impl Serialize for Estimate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Estimate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Figures::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Estimate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Figures::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Figures::json_schema(generator)
    }
}

/// How far an interval can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Not a statistic: known without error.
    Exact,
    /// Not a statistic, but the value of an approximation: without sampling error, and off by what the approximation
    /// leaves out.
    Approximation,
    /// Enough trials bear on it.
    Good,
    /// Fewer than 50 tail trials bear on it: the interval is only indicative.
    TooFew,
    /// No such trial was seen: `upper` is an exact one-sided bound, the value is 0.
    Bound,
}

/// Ends that cross by no more than this, as a share of the larger one, do so by rounding.
const ROUNDING: f64 = 1e-9;
impl Quality {
    /// Whether there is no sampling error.
    pub const fn is_unsampled(self) -> bool {
        matches!(self, Self::Exact | Self::Approximation)
    }
}

impl Estimate {
    /// Checks numbers that somebody else made.
    ///
    /// # Errors
    ///
    /// A standard error that is no number >= 0, and ends that cross.
    pub fn new(numbers: Figures) -> Result<Self, Invalid> {
        if let Some(error) = numbers.standard_error.filter(|&error| error.is_nan() || error < 0.0) {
            return Err(Invalid::Error(error));
        }
        let (lower, upper) = (numbers.lower, numbers.upper);
        let known = (lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY));
        match known.0 <= known.1 {
            true => Ok(Self(numbers)),
            false => Err(Invalid::Ends(known.0, known.1)),
        }
    }

    /// An estimate of these numbers. What they cannot say is left open: a standard error that is no number >= 0 is
    /// none, ends that cross are no interval, and then the number decides nothing.
    pub fn of(numbers: Figures) -> Self {
        let is_error = |error: &f64| *error >= 0.0;
        let standard_error = numbers.standard_error.filter(is_error);
        let [lower, upper] = [numbers.lower, numbers.upper].map(|end| end.filter(|x| !x.is_nan()));
        let numbers = Figures { standard_error, lower, upper, ..numbers };
        let (Some(low), Some(high)) = (lower, upper) else { return Self(numbers) };
        if low <= high {
            return Self(numbers);
        }
        if low - high <= ROUNDING * low.abs().max(high.abs()) {
            return Self(Figures { lower: Some(high), upper: Some(low), ..numbers });
        }
        let (quality, standard_error) = (Quality::TooFew, None);
        Self(Figures { lower: None, upper: None, standard_error, quality, ..numbers })
    }

    /// A number that has no sampling error.
    pub fn exact(value: f64, confidence: f64) -> Self {
        Self(Figures {
            value,
            standard_error: Some(0.0),
            lower: Some(value),
            upper: Some(value),
            confidence,
            quality: Quality::Exact,
            effective_trials: None,
            variance_ratio: None,
        })
    }

    /// A number of an approximation: no sampling error, and an error that no interval tells.
    pub fn approximate(value: f64, confidence: f64) -> Self {
        Self::exact(value, confidence).with_quality(Quality::Approximation)
    }

    /// 0, because nothing was seen, below a bound.
    pub fn bound(upper: f64, confidence: f64) -> Self {
        let exact = *Self::exact(0.0, confidence);
        let (upper, quality) = (Some(upper), Quality::Bound);
        Self::of(Figures { standard_error: None, upper, quality, ..exact })
    }

    /// The same with another interval.
    #[must_use]
    pub fn within(self, lower: Option<f64>, upper: Option<f64>) -> Self {
        Self::of(Figures { lower, upper, ..self.0 })
    }

    /// The same with another interval, of which half makes so many standard errors.
    #[must_use]
    pub fn boxed(self, (lower, upper): (Option<f64>, Option<f64>), reach: f64) -> Self {
        let standard_error = lower.zip(upper).map(|(low, high)| 0.5 * (high - low) / reach);
        Self::of(Figures { lower, upper, standard_error, ..self.0 })
    }

    /// The same of another quality.
    #[must_use]
    pub fn with_quality(self, quality: Quality) -> Self {
        Self(Figures { quality, ..self.0 })
    }

    /// The same with an interval that holds another one's as well.
    #[must_use]
    pub fn joined(self, other: &Self, reach: f64) -> Self {
        let lower = self.lower.zip(other.lower).map(|(a, b)| a.min(b));
        let upper = self.upper.zip(other.upper).map(|(a, b)| a.max(b));
        match (lower, upper) == (self.lower, self.upper) {
            true => self,
            false => self.boxed((lower, upper), reach),
        }
    }

    /// The same with ends that lie further out by so much, of which the sample does not tell enough.
    #[must_use]
    pub fn widened(self, below: f64, above: f64) -> Self {
        let lower = self.lower.unwrap_or(self.value) - below;
        let upper = self.upper.unwrap_or(self.value) + above;
        self.within(Some(lower), Some(upper)).with_quality(Quality::TooFew)
    }

    /// The same divided by a number above 0.
    #[must_use]
    pub fn over(self, by: f64) -> Self {
        let end = |end: Option<f64>| end.map(|x| x / by);
        Self::of(Figures {
            value: self.value / by,
            standard_error: end(self.standard_error),
            lower: end(self.lower),
            upper: end(self.upper),
            ..self.0
        })
    }

    /// Half the width of the interval, if both ends are known.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.upper? - self.lower?) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        *Estimate::exact(2.0, 0.95)
    }

    #[test]
    fn no_estimate_has_a_negative_error_or_crossed_ends() {
        let crossed = Figures { lower: Some(3.0), upper: Some(1.0), ..figures() };
        assert_eq!(Estimate::new(crossed), Err(Invalid::Ends(3.0, 1.0)));
        let found = Estimate::of(crossed);
        assert_eq!((found.lower, found.upper, found.quality), (None, None, Quality::TooFew));
        let negative = Figures { standard_error: Some(-0.0041), ..figures() };
        assert_eq!(Estimate::new(negative), Err(Invalid::Error(-0.0041)));
        assert_eq!(Estimate::of(negative).standard_error, None);
        let nothing =
            Figures { lower: Some(f64::NAN), standard_error: Some(f64::NAN), ..figures() };
        assert!(Estimate::new(nothing).is_err());
        assert_eq!(
            (Estimate::of(nothing).lower, Estimate::of(nothing).standard_error),
            (None, None)
        );
        // Rounding is put in order, and what is in order stays as it is.
        let rounded = Figures { lower: Some(2.0_f64.next_up()), ..figures() };
        assert_eq!(Estimate::of(rounded).lower, Some(2.0));
        assert_eq!(Estimate::new(figures()).map(|own| *own), Ok(figures()));
    }

    #[test]
    fn what_is_read_is_checked_and_what_is_written_is_plain() {
        let text = serde_json::to_string(&Estimate::exact(2.0, 0.95)).unwrap();
        assert!(text.starts_with(r#"{"value":2.0,"standard_error":0.0,"lower":2.0"#), "{text}");
        assert!(serde_json::from_str::<Estimate>(&text).is_ok());
        let crossed = text.replace(r#""lower":2.0"#, r#""lower":2.5"#);
        let error = serde_json::from_str::<Estimate>(&crossed).unwrap_err().to_string();
        assert!(error.starts_with("interval runs from `2.5` to `2`"), "{error}");
    }
}
