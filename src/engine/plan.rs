//! Sampling plans: which normals a trial draws for the factors, and what the trial then weighs.
//!
//! The factors of a trial are a transformation of d independent standard normals e. A plan draws e
//! from a mixture of normals, proposal j having share a_j and mean m_j, the standard deviation s_j along
//! m_j and 1 across it,
//!
//! 1. g(e) = sum_j a_j g_j(e),   g_j / phi = exp((t^2 - ((t - M) / s)^2) / 2) / s,   t = m_j'e / M,   M = |m_j|,
//!
//! and gives the trial the weight of the law over the mixture,
//!
//! 2. w = phi(e) / g(e).
//!
//! A year beyond a quantile lies hardly farther out than it has to, so that s is well below 1 far out.
//!
//! The first proposal is the law itself (m = 0, s = 1), so that no weight exceeds 1 / a_0 (a defensive
//! mixture: Hesterberg 1995, Owen and Zhou 2000). The means come from `pilot`.
//!
//! The uniforms behind e are independent, or evenly spread: trial t is then point t div R of
//! randomisation t mod R, a Sobol sequence of its own scrambling, whose first dimension chooses
//! the proposal. Shares are sixteenths, so that the points of each proposal are a net by themselves.
//! Each point's digits behind the 32nd are random, so that it is uniform to the last bit. Factors
//! beyond the dimensions of the sequence are drawn independently.

use serde::{Deserialize, Serialize};

use crate::random::sobol::{DIMENSIONS, Dimension};
use crate::random::{Address, Purpose, Stream, uniform};
use crate::special::exponential::exp;
use crate::special::normal;

/// Independent randomisations of evenly spread points.
pub const RANDOMISATIONS: u32 = 64;
/// Shares of proposals are multiples of one over this.
pub const SHARES: u32 = 16;

/// How trials are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Plan {
    /// Its name.
    pub name: PlanName,
    /// Independent randomisations of evenly spread points, trial t belonging to number t mod this;
    /// `null` where trials are independent.
    pub randomisations: Option<u32>,
    /// The mixture that factors are drawn from; empty where it is their law.
    pub proposals: Vec<Proposal>,
}

/// Names of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanName {
    /// Independent trials of equal weight.
    Plain,
    /// Independent trials, more of them where losses are large.
    Importance,
    /// Evenly spread factors.
    Quasi,
    /// Evenly spread factors, more of them where losses are large.
    ImportanceQuasi,
}

impl PlanName {
    /// As written in scenarios.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Importance => "importance",
            Self::Quasi => "quasi",
            Self::ImportanceQuasi => "importance-quasi",
        }
    }

    /// Whether it draws from a mixture.
    pub const fn is_weighted(self) -> bool {
        matches!(self, Self::Importance | Self::ImportanceQuasi)
    }

    /// Whether its points are evenly spread.
    pub const fn is_even(self) -> bool {
        matches!(self, Self::Quasi | Self::ImportanceQuasi)
    }
}

/// One part of the mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Proposal {
    /// Share of the trials.
    pub share: f64,
    /// Means of the independent normals behind the factors.
    pub shift: Vec<f64>,
    /// Their standard deviation along `shift`; it is 1 across it.
    #[serde(default = "unit_spread")]
    pub spread: f64,
    /// Loss in smallest units that defaults are drawn to give on average, once the factors are drawn;
    /// `null` where they are drawn by their own conditional PDs.
    pub aims_at: Option<f64>,
    /// What it is made for, such as `system beyond 99.9 %`; `the law itself` for the first.
    pub purpose: String,
}

/// The spread of proposals before they had one.
fn unit_spread() -> f64 {
    1.0
}

impl Proposal {
    /// Where e lies along the shift, and the length of the shift; nothing where there is none.
    fn along(&self, e: &[f64]) -> Option<(f64, f64)> {
        let length = self.shift.iter().map(|m| m * m).sum::<f64>().sqrt();
        let along: f64 = self.shift.iter().zip(e).map(|(m, e)| m * e).sum();
        (length > 0.0).then(|| (along / length, length))
    }

    /// ln(g_j / phi) of equation 1.
    fn tilt(&self, e: &[f64]) -> f64 {
        let Some((t, length)) = self.along(e) else { return 0.0 };
        let z = (t - length) / self.spread;
        0.5 * (t * t - z * z) - libm::log(self.spread)
    }

    /// Standard normals as a draw of this proposal.
    fn moved(&self, mut z: Vec<f64>) -> Vec<f64> {
        let Some((t, length)) = self.along(&z) else { return z };
        let more = 1.0 + (self.spread - 1.0) * t / length;
        z.iter_mut().zip(&self.shift).for_each(|(z, m)| *z += m * more);
        z
    }
}

impl Plan {
    /// The reference: independent trials of equal weight.
    pub fn plain() -> Self {
        Self { name: PlanName::Plain, randomisations: None, proposals: Vec::new() }
    }

    /// A plan with the proposals of a pilot, of which there may be none.
    pub fn new(name: PlanName, proposals: Vec<Proposal>) -> Self {
        let randomisations = name.is_even().then_some(RANDOMISATIONS);
        Self { name, randomisations, proposals }
    }

    /// No weight exceeds this.
    pub fn heaviest(&self) -> f64 {
        self.proposals.first().map_or(1.0, |law| 1.0 / law.share)
    }

    /// Whether defaults are drawn with PDs of their own, see `twist`.
    pub fn is_twisted(&self) -> bool {
        self.proposals.iter().any(|proposal| proposal.aims_at.is_some())
    }

    /// Equation 2; `more(j)` is what proposal j adds to the exponent.
    pub fn weight(&self, e: &[f64], more: impl Fn(usize) -> f64) -> f64 {
        if self.proposals.is_empty() {
            return 1.0;
        }
        let density = |(j, proposal): (usize, &Proposal)| {
            // A trial as far out as that weighs nothing.
            proposal.share * exp((proposal.tilt(e) + more(j)).clamp(-700.0, 700.0))
        };
        1.0 / self.proposals.iter().enumerate().map(density).sum::<f64>()
    }
}

/// The normals of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// One independent normal per factor.
    pub normals: Vec<f64>,
    /// Which proposal they come from; 0 if there is none.
    pub proposal: usize,
}

/// A plan ready to draw.
#[derive(Debug, Clone)]
pub struct Draws {
    seed: u64,
    factors: usize,
    plan: Plan,
    /// Randomisation x dimension.
    sequences: Vec<Vec<Dimension>>,
}

impl Draws {
    /// Prepares a plan for so many factors.
    pub fn new(seed: u64, factors: usize, plan: Plan) -> Self {
        let dimensions = (factors + usize::from(!plan.proposals.is_empty())).min(DIMENSIONS);
        let sequence = |randomisation: u32| {
            let scrambled = |dimension: usize| {
                let at = Address {
                    purpose: Purpose::Scrambling,
                    period: 0,
                    trial: u64::from(randomisation),
                    cell: dimension as u32,
                };
                Dimension::new(dimension, Stream::new(seed, at).word())
            };
            (0..dimensions).map(scrambled).collect()
        };
        let sequences = (0..plan.randomisations.unwrap_or(0)).map(sequence).collect();
        Self { seed, factors, plan, sequences }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The normals of a trial.
    pub fn draw(&self, period: u8, trial: u64) -> Draw {
        // Another period would need scramblings of its own.
        debug_assert_eq!(period, 0);
        let proposals = &self.plan.proposals;
        let offset = usize::from(!proposals.is_empty());
        let at = |purpose, cell| Address { purpose, period, trial, cell };
        let proposal = match offset {
            0 => 0,
            _ => {
                let stream = Stream::new(self.seed, at(Purpose::Proposal, 0));
                chosen(proposals, self.uniform(trial, 0, stream))
            }
        };
        let normals = (0..self.factors)
            .map(|factor| {
                let stream = Stream::new(self.seed, at(Purpose::Factor, factor as u32));
                normal::quantile(self.uniform(trial, offset + factor, stream))
            })
            .collect();
        let normals = match proposals.get(proposal) {
            Some(own) => own.moved(normals),
            None => normals,
        };
        Draw { normals, proposal }
    }

    /// Weight of a trial whose defaults are drawn by their own conditional PDs.
    pub fn weight(&self, period: u8, trial: u64) -> f64 {
        self.plan.weight(&self.draw(period, trial).normals, |_| 0.0)
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The coordinate of a trial in a dimension; what is not evenly spread comes from `stream`.
    fn uniform(&self, trial: u64, dimension: usize, mut stream: Stream) -> f64 {
        let count = self.sequences.len() as u64;
        if count == 0 || dimension >= self.sequences[0].len() {
            return uniform(&mut stream);
        }
        let sequence = &self.sequences[(trial % count) as usize];
        // A sequence has 2^32 points; a scenario allows fewer.
        sequence[dimension].point_with((trial / count) as u32, stream.word())
    }
}

/// The proposal at a place of 0..1.
fn chosen(proposals: &[Proposal], u: f64) -> usize {
    let mut end = 0.0;
    let found = proposals.iter().position(|proposal| {
        end += proposal.share;
        u < end
    });
    found.unwrap_or(proposals.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(share: f64, shift: &[f64], spread: f64) -> Proposal {
        Proposal { share, shift: shift.to_vec(), spread, aims_at: None, purpose: String::new() }
    }

    fn plan(name: PlanName) -> Plan {
        let proposals = match name.is_weighted() {
            true => vec![
                proposal(0.25, &[0.0, 0.0], 1.0),
                proposal(0.375, &[-2.0, 0.5], 1.0),
                proposal(0.375, &[-3.0, -1.0], 0.5),
            ],
            false => Vec::new(),
        };
        Plan::new(name, proposals)
    }

    const NAMES: [PlanName; 4] =
        [PlanName::Plain, PlanName::Importance, PlanName::Quasi, PlanName::ImportanceQuasi];

    #[test]
    fn weighted_normals_have_the_moments_of_normals() {
        // n = 64,000, seed 3, tolerance 4.75 standard errors of independent trials (evenly spread
        // ones are nearer still).
        let n = 64_000_u64;
        for name in NAMES {
            let draws = Draws::new(3, 2, plan(name));
            let drawn: Vec<(Vec<f64>, f64)> =
                (0..n).map(|t| (draws.draw(0, t).normals, draws.weight(0, t))).collect();
            type Moment = (&'static str, fn(&[f64]) -> f64, f64);
            let moments: [Moment; 7] = [
                ("1", |_| 1.0, 1.0),
                ("e1", |e| e[0], 0.0),
                ("e2", |e| e[1], 0.0),
                ("e1^2", |e| e[0] * e[0], 1.0),
                ("e2^2", |e| e[1] * e[1], 1.0),
                ("e1 e2", |e| e[0] * e[1], 0.0),
                ("e1 < -2", |e| f64::from(u8::from(e[0] < -2.0)), 0.022_750_131_948_179_2),
            ];
            for (what, of, want) in moments {
                let values: Vec<f64> = drawn.iter().map(|(e, w)| w * of(e)).collect();
                let mean = values.iter().sum::<f64>() / n as f64;
                let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
                let error = square.sqrt() / n as f64;
                let gap = (mean - want).abs();
                assert!(gap <= 4.75 * error + 1e-12, "{name:?} {what}: {mean}, {error}");
                // Even points are more exact than the error of independent ones by far.
                if name.is_even() {
                    assert!(gap <= 0.6 * error + 1e-12, "{name:?} {what}: {mean}, {error}");
                }
                // The wrong twin: weights left out.
                let bare = drawn.iter().map(|(e, _)| of(e)).sum::<f64>() / n as f64;
                if name.is_weighted() && what == "e1" {
                    assert!((bare - want).abs() > 100.0 * error, "{bare}");
                }
            }
            assert!(drawn.iter().all(|(_, w)| *w <= plan(name).heaviest()));
        }
    }

    #[test]
    fn a_plain_plan_draws_the_stream_of_each_factor() {
        let draws = Draws::new(7, 2, Plan::plain());
        let found = draws.draw(0, 5);
        for (factor, e) in found.normals.iter().enumerate() {
            let at = Address { purpose: Purpose::Factor, period: 0, trial: 5, cell: factor as u32 };
            assert_eq!(*e, normal::quantile(uniform(&mut Stream::new(7, at))));
        }
        assert_eq!(draws.weight(0, 5), 1.0);
    }

    #[test]
    fn more_factors_than_dimensions_are_drawn_independently() {
        let draws = Draws::new(1, DIMENSIONS + 3, plan(PlanName::Quasi));
        let n = 6_400;
        let drawn: Vec<Vec<f64>> = (0..n).map(|t| draws.draw(0, t).normals).collect();
        for factor in 0..DIMENSIONS + 3 {
            let square = drawn.iter().map(|e| e[factor] * e[factor]).sum::<f64>() / n as f64;
            assert!((square - 1.0).abs() < 4.75 * (2.0 / n as f64).sqrt(), "{factor}: {square}");
        }
    }
}
