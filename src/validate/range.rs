//! Where chance may put a number whose law is known.
//!
//! Every range misses a right number with probability [`ALPHA`] at most, so that all checks together
//! give a false alarm in less than 1 of 500 seeds:
//!
//! 1. means: the exact value +- Z standard errors of the exact law, Z the normal quantile at
//!    1 - ALPHA / 2;
//! 2. counts: from the binomial law itself;
//! 3. VaR, the k-th of n losses: it is Q(U) with Q the exact quantile function and U the k-th of n
//!    uniforms, P(U <= u) = P(Binomial(n, u) >= k); no density is needed and atoms do no harm;
//! 4. ES of a sample is the least of x + mean (L - x)+ / (1 - q) over x and is taken at the sample's
//!    VaR: at most as for the exact VaR by equation 1, at least the least of equation 1 over the x of
//!    equation 3.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::Basis;
use super::exact::Exact;

/// Probability with which a right number is called wrong, per check that rests on chance.
pub const ALPHA: f64 = 2e-6;

/// Numbers that pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub lower: f64,
    /// The largest.
    pub upper: f64,
    /// Where the range comes from.
    pub basis: Basis,
}

impl Range {
    /// The range in other units.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { lower: self.lower * factor, upper: self.upper * factor, ..self }
    }

    /// The range somewhere else.
    #[must_use]
    pub fn moved(self, by: f64) -> Self {
        Self { lower: self.lower + by, upper: self.upper + by, ..self }
    }

    /// The range with this much more on both sides.
    #[must_use]
    pub fn widened(self, by: f64) -> Self {
        Self { lower: self.lower - by, upper: self.upper + by, ..self }
    }
}

/// Z of equation 1.
pub fn z() -> f64 {
    -super::law::quantile(0.5 * ALPHA)
}

/// Nothing but rounding: this far off at most.
pub fn within(expected: f64, tolerance: f64) -> Range {
    Range { lower: expected - tolerance, upper: expected + tolerance, basis: Basis::Rounding }
}

/// Equation 1; an error of 0 leaves rounding alone.
pub fn normal(expected: f64, error: f64) -> Range {
    if error > 0.0 {
        Range { basis: Basis::StandardErrors, ..within(expected, z() * error) }
    } else {
        within(expected, 1e-9 * expected.abs().max(1.0))
    }
}

/// Equation 2, as a share of `n`.
pub fn counts(p: f64, n: u64) -> Range {
    let share = |k: u64| k as f64 / n as f64;
    let Ok(law) = Binomial::new(p, n) else { return within(p, 0.0) };
    if p <= 0.0 || p >= 1.0 {
        return within(p, 0.0);
    }
    // The first k in 0..n at which `holds` turns true.
    let first = |holds: &dyn Fn(u64) -> bool| {
        let (mut low, mut high) = (0, n);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let lower = first(&|k| law.cdf(k) > 0.5 * ALPHA);
    // P(B > k) falls in k; the largest count that is not too rare is the first beyond which all are.
    let upper = first(&|k| law.sf(k) <= 0.5 * ALPHA);
    Range { lower: share(lower), upper: share(upper), basis: Basis::Counts }
}

/// U of equation 3: the ends between which the k-th of n uniforms lies.
fn uniforms(q: f64, n: u64) -> (f64, f64) {
    let k = (n as f64 * q - 1e-6).ceil() as u64;
    let at_most = |u: f64| Binomial::new(u, n).map_or(0.0, |law| law.sf(k.saturating_sub(1)));
    let find = |target: f64| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if at_most(middle) < target { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    (find(0.5 * ALPHA), find(1.0 - 0.5 * ALPHA))
}

/// Equation 3.
pub fn value_at_risk(law: &dyn Exact, q: f64, n: u64) -> Range {
    let (low, high) = uniforms(q, n);
    let (lower, upper) = (law.quantile(low), law.quantile(high));
    let room = 1e-9 * upper.abs().max(1.0);
    Range { basis: Basis::OrderStatistics, lower: lower - room, upper: upper + room }
}

/// Equation 4.
pub fn expected_shortfall(law: &dyn Exact, q: f64, n: u64) -> Range {
    let reach = |x: f64| {
        let (mean, square) = law.excess(x);
        let error = (square - mean * mean).max(0.0).sqrt() / (1.0 - q) / (n as f64).sqrt();
        (x + mean / (1.0 - q), z() * error)
    };
    let (var, es) = (law.quantile(q), law.expected_shortfall(q));
    let (_, above) = reach(var);
    let (low, high) = uniforms(q, n);
    let candidates = law.between(law.quantile(low), law.quantile(high));
    let lower = candidates.into_iter().map(reach).map(|(at, error)| at - error);
    let lower = lower.fold(es - above, f64::min);
    if lower == es && above == 0.0 {
        return normal(es, 0.0);
    }
    let room = 1e-9 * es.abs().max(1.0);
    let (lower, upper) = (lower - room, es + above + room);
    Range { lower, upper, basis: Basis::StandardErrors }
}

/// The mean of n draws.
pub fn mean(law: &dyn Exact, n: u64) -> Range {
    normal(law.mean(), law.sd() / (n as f64).sqrt())
}

/// The standard deviation of n draws: its error is sqrt(E d^4 - sd^4) / (2 sd sqrt n).
pub fn standard_deviation(law: &dyn Exact, n: u64) -> Range {
    let sd = law.sd();
    if sd == 0.0 {
        return normal(0.0, 0.0);
    }
    let spread = (law.fourth() - sd.powi(4)).max(0.0).sqrt() / (2.0 * sd);
    normal(sd, spread / (n as f64).sqrt())
}
