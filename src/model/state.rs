//! The state of a trial: what all conditional PDs hang on, made of independent standard normals.
//!
//! Everything systematic is a function of normals e, so that sampling plans need to know nothing else:
//!
//! 1. normal factors Z are linear in e ([`super::factors`]);
//! 2. the mixing variable of Student t: s_nu = sqrt(chi^2_nu / nu), chi^2 the quantile at Phi(e_0), e_0 the
//!    last of the normals. One draw serves all borrowers; with several degrees of freedom (grouped t,
//!    Daul, De Giorgi, Lindskog and McNeil 2003) their mixing variables rise and fall together;
//! 3. gamma sectors: S_k has mean 1 and standard deviation v_k, the quantile of Gamma(1 / v_k^2, v_k^2) at
//!    Phi(-Z_k); a segment with weights w_k has the driver y = -ln(1 - sum w_k + sum w_k S_k);
//! 4. beta mixtures: Q = the quantile of Beta(a, b) at Phi(-Y), Y the segment's direction, and
//!    y = -ln(Q / P): somebody of PD p defaults with probability Q p / P, P the segment's highest PD.
//!
//! Low normals are bad throughout.

use crate::special::{beta, gamma, normal};

/// What a trial holds for all borrowers.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// By driver.
    pub drivers: Vec<f64>,
    /// Scales of thresholds; the first is 1.
    pub scales: Vec<f64>,
}

/// What a segment's conditional PDs hang on, beside the scale.
#[derive(Debug, Clone, PartialEq)]
pub enum Driver {
    /// A direction (its number) among the normal factors.
    Direction(usize),
    /// Equation 3: weights by sector, and what stays at its mean.
    Sectors {
        /// 1 - sum of the weights.
        own: f64,
        /// By sector.
        weights: Vec<f64>,
    },
    /// Equation 4.
    Beta {
        /// Number of the direction.
        direction: usize,
        /// First shape.
        a: f64,
        /// Second shape.
        b: f64,
        /// The segment's highest PD.
        top: f64,
    },
}

impl Driver {
    /// Whether it differs between trials.
    pub fn moves(&self) -> bool {
        match self {
            Self::Sectors { weights, .. } => weights.iter().any(|&w| w > 0.0),
            _ => true,
        }
    }

    /// The value for directions and sectors of a trial.
    pub fn at(&self, directions: &[f64], sectors: &[f64]) -> f64 {
        match self {
            Self::Direction(d) => directions[*d],
            Self::Sectors { own, weights } => {
                let moved = weights.iter().zip(sectors).map(|(w, s)| w * s);
                -libm::log(moved.fold(*own, |sum, part| sum + part))
            }
            &Self::Beta { direction, a, b, top } => {
                let y = directions[direction];
                let (p, q) = (normal::cdf(-y), normal::cdf(y));
                // The smaller tail keeps its digits.
                let share = match p < q {
                    true => beta::quantile(a, b, p.max(f64::MIN_POSITIVE)),
                    false => 1.0 - beta::quantile(b, a, q.max(f64::MIN_POSITIVE)),
                };
                libm::log(top) - libm::log(share)
            }
        }
    }
}

/// Equation 2 for the normal e_0.
pub fn mixing(nu: f64, e: f64) -> f64 {
    let chi_square = 2.0 * gamma::quantile(0.5 * nu, normal::cdf(e), normal::cdf(-e));
    libm::sqrt(chi_square / nu)
}

/// Sectors that vary less are taken not to vary.
const LEAST_DEVIATION: f64 = 1e-17;

/// Equation 3: a sector of a standard deviation.
pub fn sector(deviation: f64, z: f64) -> f64 {
    // Below the spacing of numbers next to 1.
    if deviation < LEAST_DEVIATION {
        return 1.0;
    }
    let variance = deviation * deviation;
    variance * gamma::quantile(1.0 / variance, normal::cdf(-z), normal::cdf(z))
}

/// P(S > x) for a sector of a standard deviation, where stress leaves it alone.
pub fn sector_exceeds(deviation: f64, x: f64) -> f64 {
    if deviation < LEAST_DEVIATION {
        return f64::from(u8::from(x < 1.0));
    }
    let variance = deviation * deviation;
    gamma::tails(1.0 / variance, x / variance).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E f(e) by the trapezoidal rule.
    fn expect(f: impl Fn(f64) -> f64) -> f64 {
        let (mut sum, mut mass) = (0.0, 0.0);
        for i in -900..=900 {
            let e = 0.01 * f64::from(i);
            let weight = libm::exp(-0.5 * e * e);
            sum += weight * f(e);
            mass += weight;
        }
        sum / mass
    }

    #[test]
    fn mixing_variables_have_the_moments_of_their_laws() {
        for nu in [1.0, 3.0, 4.5, 30.0] {
            // E chi^2 / nu = 1, var = 2 / nu.
            assert!((expect(|e| mixing(nu, e).powi(2)) - 1.0).abs() < 1e-9, "{nu}");
            let square = expect(|e| mixing(nu, e).powi(4));
            assert!((square - 1.0 - 2.0 / nu).abs() < 1e-8, "{nu}: {square}");
        }
        for sd in [0.0, 0.3, 1.0, 2.0] {
            assert!((expect(|z| sector(sd, z)) - 1.0).abs() < 1e-8, "{sd}");
            let square = expect(|z| sector(sd, z).powi(2));
            assert!((square - 1.0 - sd * sd).abs() < 1e-6 * (1.0 + sd * sd), "{sd}: {square}");
            assert!(sector(sd, -2.0) >= sector(sd, 2.0));
        }
    }

    #[test]
    fn beta_shares_have_the_mean_and_correlation_asked_for() {
        let (top, rho) = (0.05, 0.02);
        let shapes = (1.0 - rho) / rho;
        let (a, b) = (top * shapes, (1.0 - top) * shapes);
        let driver = Driver::Beta { direction: 0, a, b, top };
        let share = |y: f64| top * libm::exp(-driver.at(&[y], &[]));
        assert!((expect(share) - top).abs() < 1e-10);
        // P(both default) - p^2 = rho p (1 - p).
        let joint = expect(|y| share(y).powi(2));
        assert!((joint - top * top - rho * top * (1.0 - top)).abs() < 1e-9, "{joint}");
    }
}
