//! What a checked scenario says about the cost of defaults.

/// Laws of LGDs and CCFs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeveritySpec {
    /// What holds for segments not named below.
    pub default: SeverityLaw,
    /// Segments with laws of their own.
    pub segments: Vec<SegmentSeverity>,
}

/// A segment's own laws.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentSeverity {
    /// The segment.
    pub segment: String,
    /// Its laws.
    pub law: SeverityLaw,
    /// Such as `severity.segment.students`.
    pub path: String,
}

/// The laws of a segment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeverityLaw {
    /// Law of LGDs.
    pub lgd: LgdLaw,
    /// b: loading of CCFs on the borrower's systematic part, in 0..1; 0 leaves them fixed.
    pub ccf_loading: f64,
    /// Where the law of LGDs is written, such as `severity.lgd`.
    pub lgd_path: String,
}

/// A law of LGDs, around the LGD of each account.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum LgdLaw {
    /// That LGD.
    #[default]
    Fixed,
    /// Beta with that mean.
    Beta {
        /// Standard deviation, in 0..1/2.
        sd: f64,
    },
    /// A few LGDs, ascending, with probabilities that add up to 1: (LGD, probability).
    Discrete(Vec<(f64, f64)>),
    /// Tied to the conditional PD (Frye and Jacobs 2012).
    FryeJacobs,
}

impl LgdLaw {
    /// Mean of a discrete law; the others have that of each account.
    pub fn own_mean(&self) -> Option<f64> {
        match self {
            Self::Discrete(values) => Some(values.iter().map(|(x, p)| x * p).sum()),
            _ => None,
        }
    }

    /// The law of an account with this mean: one that lies in 0..=1 with a mean at an end has no spread.
    pub fn of(&self, mean: f64) -> &Self {
        match self {
            Self::Beta { .. } | Self::Discrete(_) if mean == 0.0 || mean == 1.0 => &Self::Fixed,
            own => own,
        }
    }

    /// The largest LGD of an account with this mean.
    pub fn largest(&self, mean: f64) -> f64 {
        match self.of(mean) {
            Self::Fixed => mean,
            Self::Discrete(values) => values.last().map_or(1.0, |last| last.0),
            Self::Beta { .. } | Self::FryeJacobs => 1.0,
        }
    }
}

impl SeverityLaw {
    /// Whether a default costs LGD times EAD of the account itself, whatever the year.
    pub fn is_fixed(&self) -> bool {
        self.lgd == LgdLaw::Fixed && self.ccf_loading == 0.0
    }

    /// The largest CCF of an account with this one.
    pub fn largest_ccf(&self, ccf: f64) -> f64 {
        if self.ccf_loading > 0.0 && ccf > 0.0 { 1.0 } else { ccf }
    }
}

impl SeveritySpec {
    /// Whether every default costs LGD times EAD of the account itself.
    pub fn is_fixed(&self) -> bool {
        self.default.is_fixed() && self.segments.iter().all(|own| own.law.is_fixed())
    }

    /// The laws of a segment.
    pub fn of(&self, segment: &str) -> &SeverityLaw {
        let own = self.segments.iter().find(|own| own.segment == segment);
        own.map_or(&self.default, |own| &own.law)
    }
}
