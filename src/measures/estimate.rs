//! A number and its error: the only way a statistic leaves `measures`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An estimate with its standard error and confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
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

impl Quality {
    /// Whether there is no sampling error.
    pub const fn is_unsampled(self) -> bool {
        matches!(self, Self::Exact | Self::Approximation)
    }
}

impl Estimate {
    /// A number that has no sampling error.
    pub fn exact(value: f64, confidence: f64) -> Self {
        Self {
            value,
            standard_error: Some(0.0),
            lower: Some(value),
            upper: Some(value),
            confidence,
            quality: Quality::Exact,
            effective_trials: None,
            variance_ratio: None,
        }
    }

    /// A number of an approximation: no sampling error, and an error that no interval tells.
    pub fn approximate(value: f64, confidence: f64) -> Self {
        Self { quality: Quality::Approximation, ..Self::exact(value, confidence) }
    }

    /// 0, because nothing was seen, below a bound.
    pub fn bound(upper: f64, confidence: f64) -> Self {
        let exact = Self::exact(0.0, confidence);
        Self { standard_error: None, upper: Some(upper), quality: Quality::Bound, ..exact }
    }

    /// The same divided by a number above 0.
    pub fn over(self, by: f64) -> Self {
        let end = |end: Option<f64>| end.map(|x| x / by);
        Self {
            value: self.value / by,
            standard_error: end(self.standard_error),
            lower: end(self.lower),
            upper: end(self.upper),
            ..self
        }
    }

    /// Half the width of the interval, if both ends are known.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.upper? - self.lower?) / 2.0)
    }
}
