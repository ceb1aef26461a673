//! Exact laws of defaults and losses, by quadrature over the factors and enumeration or
//! convolution over the borrowers. Shares no code with the stages: the normal law is that of
//! `statrs`.
//!
//! The trapezoidal rule on a wide grid integrates a smooth function against a normal density with
//! an error below exp(-2 pi^2 / h^2); the steps in use leave 12 digits and more.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

/// Phi.
pub fn phi(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// G, the inverse of Phi.
pub fn quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Points of the factors with their weights, which add up to 1.
pub type Nodes = Vec<(Vec<f64>, f64)>;

/// One standard normal on a grid of step `h`.
pub fn one_factor(h: f64) -> Nodes {
    let reach = (8.5 / h).ceil() as i32;
    let nodes = (-reach..=reach).map(|k| f64::from(k) * h);
    let weighted: Nodes = nodes.map(|z| (vec![z], libm::exp(-0.5 * z * z))).collect();
    let total: f64 = weighted.iter().map(|(_, w)| w).sum();
    weighted.into_iter().map(|(z, w)| (z, w / total)).collect()
}

/// Two standard normals of this correlation.
pub fn two_factors(correlation: f64, h: f64) -> Nodes {
    let own = (1.0 - correlation * correlation).sqrt();
    let line = one_factor(h);
    line.iter()
        .flat_map(|(a, wa)| {
            line.iter().map(move |(b, wb)| (vec![a[0], correlation * a[0] + own * b[0]], wa * wb))
        })
        .collect()
}

/// What a borrower's default hangs on.
#[derive(Debug, Clone)]
pub struct Latent {
    /// G(p), worked out once.
    threshold: f64,
    loadings: Vec<f64>,
    /// 1 - w'Cw.
    own: f64,
}

impl Latent {
    /// A borrower on one factor; `loading` is the weight, not the correlation.
    pub fn one(pd: f64, loading: f64) -> Self {
        Self { threshold: quantile(pd), loadings: vec![loading], own: 1.0 - loading * loading }
    }

    /// A borrower on two factors of this correlation.
    pub fn two(pd: f64, loadings: [f64; 2], correlation: f64) -> Self {
        let [a, b] = loadings;
        let own = 1.0 - a * a - b * b - 2.0 * correlation * a * b;
        Self { threshold: quantile(pd), loadings: vec![a, b], own }
    }

    /// P(default | factors).
    pub fn given(&self, factors: &[f64]) -> f64 {
        let pull: f64 = self.loadings.iter().zip(factors).map(|(w, z)| w * z).sum();
        phi((self.threshold - pull) / self.own.sqrt())
    }
}

/// Probability of each of the 2^n default states; bit i of the index says that borrower i
/// defaults.
pub fn states(latents: &[Latent], nodes: &Nodes) -> Vec<f64> {
    assert!(latents.len() <= 12, "2^n states");
    let mut total = vec![0.0; 1 << latents.len()];
    let mut own = vec![0.0; 1 << latents.len()];
    for (z, weight) in nodes {
        own[0] = *weight;
        for (i, latent) in latents.iter().enumerate() {
            let p = latent.given(z);
            for state in 0..1 << i {
                own[state | 1 << i] = own[state] * p;
                own[state] *= 1.0 - p;
            }
        }
        total.iter_mut().zip(&own).for_each(|(t, o)| *t += o);
    }
    total
}

/// A discrete law of whole numbers: atoms by rising value, with their probabilities.
#[derive(Debug, Clone)]
pub struct Law(pub Vec<(i64, f64)>);

impl Law {
    /// Adds up the probabilities of equal values.
    pub fn new(pairs: impl IntoIterator<Item = (i64, f64)>) -> Self {
        let mut atoms: BTreeMap<i64, f64> = BTreeMap::new();
        for (x, p) in pairs {
            *atoms.entry(x).or_default() += p;
        }
        let law = Self(atoms.into_iter().filter(|&(_, p)| p > 0.0).collect());
        let total: f64 = law.0.iter().map(|a| a.1).sum();
        assert!((total - 1.0).abs() < 1e-9, "probabilities add up to {total}");
        law
    }

    /// The law of a sum of losses, of borrowers that default independently given the factors.
    pub fn of_sum(borrowers: &[(Latent, usize)], nodes: &Nodes) -> Self {
        let largest: usize = borrowers.iter().map(|b| b.1).sum();
        let mut total = vec![0.0; largest + 1];
        let mut own = vec![0.0; largest + 1];
        for (z, weight) in nodes {
            own.fill(0.0);
            own[0] = *weight;
            let mut top = 0;
            for (latent, loss) in borrowers {
                let p = latent.given(z);
                for x in (0..=top).rev() {
                    let moved = own[x] * p;
                    own[x] -= moved;
                    own[x + loss] += moved;
                }
                top += loss;
            }
            total.iter_mut().zip(&own).for_each(|(t, o)| *t += o);
        }
        Self::new(total.into_iter().enumerate().map(|(x, p)| (x as i64, p)))
    }

    /// E f(X).
    pub fn expect(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.0.iter().map(|&(x, p)| p * f(x as f64)).sum()
    }

    /// E X.
    pub fn mean(&self) -> f64 {
        self.expect(|x| x)
    }

    /// Standard deviation.
    pub fn sd(&self) -> f64 {
        let mean = self.mean();
        self.expect(|x| (x - mean) * (x - mean)).sqrt()
    }

    /// P(X <= x).
    pub fn cdf(&self, x: i64) -> f64 {
        self.0.iter().take_while(|a| a.0 <= x).map(|a| a.1).sum()
    }

    /// P(X > x), added up from the top.
    pub fn exceeds(&self, x: i64) -> f64 {
        self.0.iter().rev().take_while(|a| a.0 > x).map(|a| a.1).sum()
    }

    /// Smallest x with P(X <= x) >= q.
    pub fn var(&self, q: f64) -> i64 {
        let tail = 1.0 - q;
        self.0.iter().map(|a| a.0).find(|&x| self.exceeds(x) <= tail).expect("0 exceed the top")
    }

    /// Mean of the worst 1 - q, the atom at VaR split.
    pub fn es(&self, q: f64) -> f64 {
        let var = self.var(q) as f64;
        var + self.expect(|x| (x - var).max(0.0)) / (1.0 - q)
    }
}

/// Loss of an account in default, smallest units, with the limit moved from `limit` to
/// `new_limit`: an untouched account keeps its balance, a cut one runs off to the new limit.
pub fn account_loss(limit: i64, balance: i64, new_limit: i64, ccf: f64, lgd: f64) -> i64 {
    let kept = if new_limit < limit { balance.min(new_limit) } else { balance };
    let undrawn = (new_limit.min(limit).max(kept) - kept) as f64;
    let exposure = kept + (ccf * undrawn + 0.5).floor() as i64;
    (lgd * exposure as f64 + 0.5).floor() as i64
}

/// The limits of the one-factor model for a pool without granularity (Vasicek 2002), as shares.
pub mod vasicek {
    use super::{one_factor, phi, quantile};

    /// P(share of defaults <= x).
    pub fn cdf(x: f64, pd: f64, correlation: f64) -> f64 {
        phi(((1.0 - correlation).sqrt() * quantile(x) - quantile(pd)) / correlation.sqrt())
    }

    /// Quantile of the share of defaults.
    pub fn var(q: f64, pd: f64, correlation: f64) -> f64 {
        let pull = quantile(pd) + correlation.sqrt() * quantile(q);
        phi(pull / (1.0 - correlation).sqrt())
    }

    /// E p(Z)^2, the joint default probability of two, by quadrature.
    pub fn joint(pd: f64, correlation: f64) -> f64 {
        let latent = super::Latent::one(pd, correlation.sqrt());
        one_factor(0.05).iter().map(|(z, w)| w * latent.given(z).powi(2)).sum()
    }

    /// Mean of the quantiles beyond q, by Simpson's rule over the factor below -G(q).
    pub fn es(q: f64, pd: f64, correlation: f64) -> f64 {
        let latent = super::Latent::one(pd, correlation.sqrt());
        let (low, high, steps) = (-9.0, -quantile(q), 20_000);
        let h = (high - low) / f64::from(steps);
        let f = |k: i32| {
            let z = low + h * f64::from(k);
            let density = libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
            density * latent.given(&[z])
        };
        let inner: f64 = (1..steps).map(|k| f(k) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (f(0) + inner + f(steps)) * h / 3.0 / (1.0 - q)
    }
}
