//! Laws of the attributes of synthetic borrowers.

use std::path::PathBuf;

/// The law of one attribute: a kind, rounded, then clipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// Its shape.
    pub kind: LawKind,
    /// Values below are moved here.
    pub min: Option<f64>,
    /// Values above are moved here.
    pub max: Option<f64>,
    /// Values are rounded to multiples of this.
    pub round_to: Option<f64>,
    /// Where the scenario says it, such as `portfolio.synthetic[0].limit`.
    pub path: String,
}

/// The shape of a law, every number of it checked.
#[derive(Debug, Clone, PartialEq)]
pub enum LawKind {
    /// The same for everybody.
    Fixed(f64),
    /// ln x is normal with mean ln median and standard deviation sigma.
    Lognormal {
        /// Above 0.
        median: f64,
        /// At least 0.
        sigma: f64,
    },
    /// Normal.
    Normal {
        /// Any.
        mean: f64,
        /// At least 0.
        sd: f64,
    },
    /// Beta on the interval from `from` to `to`.
    Beta {
        /// First shape, above 0.
        a: f64,
        /// Second shape, above 0.
        b: f64,
        /// Lower end.
        from: f64,
        /// Upper end, above `from`.
        to: f64,
    },
    /// Uniform on an interval.
    Uniform {
        /// Lower end.
        from: f64,
        /// Upper end, above `from`.
        to: f64,
    },
    /// Some values with weights above 0; ascending by value, at least one.
    Discrete(Vec<(f64, f64)>),
    /// The values of a column of a CSV file, ascending once read.
    Observed(Observed),
}

/// Where observed values stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The CSV file, resolved against the folder of the scenario file.
    pub file: PathBuf,
    /// Header of the column with the values.
    pub column: String,
    /// Header of the column that says how often each value counts; each once without it.
    pub weights: Option<String>,
    /// Where the scenario says so.
    pub path: String,
}

/// What the values of an attribute may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    /// Least value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
    /// The two in words, ready to follow "must be".
    pub required: &'static str,
}

impl Domain {
    /// Limits, utilisations, incomes, ages.
    pub const AT_LEAST_0: Self = Self { low: 0.0, high: f64::INFINITY, required: "at least 0" };
    /// PDs and LGDs.
    pub const SHARE: Self = Self { low: 0.0, high: 1.0, required: "in 0..=1" };
    /// Scores.
    pub const ANY: Self =
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, required: "a number" };

    /// Whether a value may be; NaN may not.
    pub fn holds(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}

impl LawKind {
    /// The least and the largest value it can take; `None` where a file says.
    pub fn range(&self) -> Option<(f64, f64)> {
        match self {
            Self::Fixed(x) => Some((*x, *x)),
            Self::Lognormal { median, sigma: 0.0 } => Some((*median, *median)),
            Self::Lognormal { .. } => Some((0.0, f64::INFINITY)),
            Self::Normal { mean, sd: 0.0 } => Some((*mean, *mean)),
            Self::Normal { .. } => Some((f64::NEG_INFINITY, f64::INFINITY)),
            Self::Beta { from, to, .. } | Self::Uniform { from, to } => Some((*from, *to)),
            Self::Discrete(values) => Some((values.first()?.0, values.last()?.0)),
            Self::Observed(_) => None,
        }
    }
}

impl Law {
    /// The least and the largest value after clipping; `None` where a file says.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.kind.range().map(|(low, high)| (self.clipped(low), self.clipped(high)))
    }

    /// A value of the kind, rounded and clipped.
    pub fn clipped(&self, x: f64) -> f64 {
        let rounded = self.round_to.map_or(x, |step| (x / step).round() * step);
        let low = self.min.map_or(rounded, |min| rounded.max(min));
        self.max.map_or(low, |max| low.min(max))
    }

    /// Whether everybody has the same value.
    pub fn is_fixed(&self) -> bool {
        self.range().is_some_and(|(low, high)| low == high)
    }
}
