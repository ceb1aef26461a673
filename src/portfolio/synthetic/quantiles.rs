//! Quantile functions of the laws of a segment.
//!
//! With G the quantile of the standard normal, I^-1 that of the beta law and u in (0, 1):
//!
//! 1. lognormal: median exp(sigma G(u));      2. normal: mean + sd G(u);
//! 3. beta: from + (to - from) I^-1(u);       4. uniform: from + (to - from) u;
//! 5. values x_1 <= x_2 <= ... with weights w: the least x_k with w_1 + ... + w_k >= u sum w.
//!
//! Then rounded to the law's grid, and clipped. All from portable functions.

use super::{Point, observed};
use crate::error::Fault;
use crate::scenario::law::{Law, LawKind};
use crate::scenario::synthetic::{Attribute, SyntheticSegment};
use crate::special::{beta, normal};

/// The laws of a segment, by [`Attribute`].
pub(super) struct Quantiles {
    laws: Vec<Option<Quantile>>,
}

impl Quantiles {
    /// Reads what files have to say.
    pub(super) fn new(segment: &SyntheticSegment) -> Result<Self, Vec<Fault>> {
        let mut laws = Vec::new();
        let mut faults = Vec::new();
        for attribute in Attribute::ALL {
            let law = segment.law(attribute).map(|law| Quantile::new(law, attribute));
            match law.transpose() {
                Ok(law) => laws.push(law),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Self { laws }) } else { Err(faults) }
    }

    /// The value of an attribute at a point; `None` if the segment gives it no law.
    pub(super) fn value(&self, attribute: Attribute, u: &Point) -> Option<f64> {
        let law = self.laws[attribute as usize].as_ref()?;
        Some(law.value(u[attribute as usize]))
    }
}

/// One law ready to be inverted.
struct Quantile {
    law: Law,
    /// Of equation 5: values and running sums of their weights.
    steps: Vec<(f64, f64)>,
}

impl Quantile {
    fn new(law: &Law, attribute: Attribute) -> Result<Self, Vec<Fault>> {
        let mut law = law.clone();
        if let LawKind::Observed(source) = &law.kind {
            let values = observed::read(source, &law, attribute.domain())?;
            law.kind = LawKind::Discrete(values);
        }
        let mut steps = Vec::new();
        if let LawKind::Discrete(values) = &law.kind {
            let mut sum = 0.0;
            steps.extend(values.iter().map(|&(x, weight)| {
                sum += weight;
                (x, sum)
            }));
        }
        Ok(Self { law, steps })
    }

    fn value(&self, u: f64) -> f64 {
        let x = match &self.law.kind {
            LawKind::Fixed(x) => *x,
            LawKind::Lognormal { median, sigma } => median * libm::exp(sigma * normal::quantile(u)),
            LawKind::Normal { mean, sd } => mean + sd * normal::quantile(u),
            LawKind::Beta { a, b, from, to } => from + (to - from) * beta::quantile(*a, *b, u),
            LawKind::Uniform { from, to } => from + (to - from) * u,
            LawKind::Discrete(_) | LawKind::Observed(_) => {
                let total = self.steps.last().map_or(0.0, |step| step.1);
                let at = self.steps.partition_point(|step| step.1 < u * total);
                self.steps[at.min(self.steps.len() - 1)].0
            }
        };
        self.law.clipped(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantile(kind: LawKind) -> Quantile {
        let law = Law { kind, min: None, max: None, round_to: None, path: String::new() };
        Quantile::new(&law, Attribute::Score).unwrap()
    }

    #[test]
    fn laws_have_their_moments() {
        let n = 200_000;
        let moments = |q: &Quantile| {
            let values: Vec<f64> =
                (0..n).map(|i| q.value((f64::from(i) + 0.5) / f64::from(n))).collect();
            let mean = values.iter().sum::<f64>() / f64::from(n);
            let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            (mean, (square / f64::from(n)).sqrt())
        };
        let near = |kind: LawKind, mean: f64, sd: f64| {
            let (m, s) = moments(&quantile(kind.clone()));
            assert!((m / mean - 1.0).abs() < 2e-3, "{kind:?}: mean {m}, not {mean}");
            assert!((s / sd - 1.0).abs() < 1e-2, "{kind:?}: sd {s}, not {sd}");
        };
        // exp(mu + s^2 / 2) and its sd sqrt(exp(s^2) - 1).
        let s = 0.5_f64;
        let mean = 6_000.0 * (s * s / 2.0).exp();
        let sd = mean * ((s * s).exp() - 1.0).sqrt();
        near(LawKind::Lognormal { median: 6_000.0, sigma: s }, mean, sd);
        near(LawKind::Normal { mean: 650.0, sd: 80.0 }, 650.0, 80.0);
        near(LawKind::Uniform { from: 18.0, to: 66.0 }, 42.0, 48.0 / 12.0_f64.sqrt());
        let (a, b) = (0.6, 1.4);
        let sd = (a * b / ((a + b) * (a + b) * (a + b + 1.0_f64))).sqrt();
        near(LawKind::Beta { a, b, from: 0.0, to: 1.0 }, 0.3, sd);
        near(LawKind::Beta { a: 2.0, b: 3.0, from: 20.0, to: 70.0 }, 40.0, 10.0);
        near(LawKind::Discrete(vec![(1.0, 1.0), (3.0, 3.0)]), 2.5, 0.75_f64.sqrt());
    }

    #[test]
    fn weighted_values_change_where_their_weights_say() {
        let q = quantile(LawKind::Discrete(vec![(1.0, 1.0), (3.0, 3.0)]));
        assert_eq!([0.001, 0.25, 0.2501, 0.999_999].map(|u| q.value(u)), [1.0, 1.0, 3.0, 3.0]);
    }

    #[test]
    fn values_are_rounded_before_they_are_clipped() {
        let law = Law {
            kind: LawKind::Uniform { from: 0.0, to: 1_000.0 },
            min: Some(130.0),
            max: Some(905.0),
            round_to: Some(100.0),
            path: String::new(),
        };
        let q = Quantile::new(&law, Attribute::Limit).unwrap();
        assert_eq!([0.01, 0.149, 0.151, 0.99].map(|u| q.value(u)), [130.0, 130.0, 200.0, 905.0]);
    }
}
