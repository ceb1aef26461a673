//! Exact laws of small books under every family of dependence, worked out without the model stage: mixing
//! variables are integrated over their densities or by `statrs`, never by the quantiles that the model uses.

use statrs::distribution::Discrete;
use statrs::distribution::{
    Beta, ChiSquared, Continuous, ContinuousCDF, Gamma, Poisson, StudentsT,
};

use super::law::{Law, one_factor, phi, quantile};

/// A borrower, or several alike.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub count: u64,
    pub pd: f64,
    pub loss: usize,
    /// 0 is `a`, 1 is `b`.
    pub segment: usize,
}

/// A family with its numbers.
#[derive(Debug, Clone, Copy)]
pub enum Family {
    /// Degrees of freedom of both segments, loading on the one factor.
    Student([f64; 2], f64),
    /// Standard deviation of the log-odds, of both segments, each on a factor of its own with this
    /// correlation.
    LogitNormal([f64; 2], f64),
    /// Segment `a` is probit with this loading on one factor, `b` is beta on another with this default
    /// correlation and highest PD.
    ProbitAndBeta(f64, f64, f64),
    /// Deviations of two sectors; weights of segments `a` and `b` on them.
    CreditRiskPlus { poisson: bool, deviations: [f64; 2], weights: [[f64; 2]; 2] },
}

/// Nodes of a positive variable with this density, even in its logarithm.
fn logarithmic(density: impl Fn(f64) -> f64, (low, high): (f64, f64), h: f64) -> Vec<(f64, f64)> {
    let count = ((high - low) / h) as usize;
    let nodes = (0..=count).map(|i| (low + h * i as f64).exp());
    let weighted: Vec<(f64, f64)> = nodes.map(|x| (x, density(x) * x)).collect();
    let mass: f64 = weighted.iter().map(|(_, w)| w).sum();
    assert!((mass * h - 1.0).abs() < 1e-4, "the density adds up to {}", mass * h);
    weighted.into_iter().map(|(x, w)| (x, w / mass)).filter(|(_, w)| *w > 1e-16).collect()
}

fn sector(deviation: f64, h: f64) -> Vec<(f64, f64)> {
    if deviation == 0.0 {
        return vec![(1.0, 1.0)];
    }
    let shape = 1.0 / (deviation * deviation);
    let law = Gamma::new(shape, shape).expect("a gamma law");
    logarithmic(|x| law.pdf(x), (-40.0 / shape.min(1.0), 5.0), h)
}

/// The a with E 1 / (1 + exp(-a - b Y)) = p.
fn logit_threshold(p: f64, b: f64) -> f64 {
    let nodes = one_factor(0.05);
    let mean =
        |a: f64| -> f64 { nodes.iter().map(|(y, w)| w / (1.0 + (-a - b * y[0]).exp())).sum() };
    let (mut low, mut high) = (-60.0, 60.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if mean(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

impl Family {
    /// Conditional PDs (or rates) of all people, with the weight of each state.
    fn states(&self, people: &[Person], h: f64) -> Vec<(Vec<f64>, f64)> {
        let each = |f: &dyn Fn(&Person) -> f64| people.iter().map(f).collect::<Vec<f64>>();
        match *self {
            Self::Student(degrees, loading) => {
                let own = (1.0 - loading * loading).sqrt();
                let laws = degrees.map(|nu| StudentsT::new(0.0, 1.0, nu).expect("a t law"));
                let thresholds = each(&|p| laws[p.segment].inverse_cdf(p.pd));
                // Two degrees of freedom rise and fall together: by quantiles of another library.
                let scales: Vec<([f64; 2], f64)> = if degrees[0] == degrees[1] {
                    let law = ChiSquared::new(degrees[0]).expect("a chi-square law");
                    let nodes = logarithmic(|x| law.pdf(x), (-30.0, 5.0), h / 2.0);
                    let scale = |x: f64| (x / degrees[0]).sqrt();
                    nodes.into_iter().map(|(x, w)| ([scale(x); 2], w)).collect()
                } else {
                    let laws = degrees.map(|nu| ChiSquared::new(nu).expect("a chi-square law"));
                    let at = |e: f64| {
                        [0, 1].map(|i: usize| (laws[i].inverse_cdf(phi(e)) / degrees[i]).sqrt())
                    };
                    let nodes = one_factor(h).into_iter().filter(|(e, _)| e[0].abs() < 7.5);
                    nodes.map(|(e, w)| (at(e[0]), w)).collect()
                };
                let mut all = Vec::new();
                for (y, w) in one_factor(h) {
                    for (s, v) in &scales {
                        let given = people.iter().zip(&thresholds);
                        let given =
                            given.map(|(p, g)| phi((s[p.segment] * g - loading * y[0]) / own));
                        all.push((given.collect(), w * v));
                    }
                }
                all
            }
            Self::LogitNormal(deviations, correlation) => {
                let a = each(&|p| logit_threshold(p.pd, deviations[p.segment]));
                let nodes = super::law::two_factors(correlation, h);
                nodes
                    .into_iter()
                    .map(|(z, w)| {
                        let given = people.iter().zip(&a).map(|(p, a)| {
                            1.0 / (1.0 + (-a + deviations[p.segment] * z[p.segment]).exp())
                        });
                        (given.collect(), w)
                    })
                    .collect()
            }
            Self::ProbitAndBeta(loading, rho, top) => {
                let own = (1.0 - loading * loading).sqrt();
                let shapes = (1.0 - rho) / rho;
                let law = Beta::new(top * shapes, (1.0 - top) * shapes).expect("a beta law");
                // ln Q / (1 - Q) makes both ends smooth: dq = q (1 - q) dx.
                let nodes: Vec<(f64, f64)> = (-1_200..600)
                    .map(|i| 1.0 / (1.0 + (-0.02 * f64::from(i)).exp()))
                    .map(|q| (q, law.pdf(q) * q * (1.0 - q) * 0.02))
                    .collect();
                let mass: f64 = nodes.iter().map(|(_, w)| w).sum();
                assert!((mass - 1.0).abs() < 1e-3, "{mass}");
                let mut all = Vec::new();
                for (y, w) in one_factor(h) {
                    for &(q, v) in &nodes {
                        let given = people.iter().map(|p| match p.segment {
                            0 => phi((quantile(p.pd) - loading * y[0]) / own),
                            _ => q * p.pd / top,
                        });
                        all.push((given.collect(), w * v / mass));
                    }
                }
                all
            }
            Self::CreditRiskPlus { poisson, deviations, weights } => {
                let [one, other] = deviations.map(|v| sector(v, h));
                let mut all = Vec::new();
                for &(s, w) in &one {
                    for &(t, v) in &other {
                        let given = people.iter().map(|p| {
                            let [a, b] = weights[p.segment];
                            let rate = p.pd * (1.0 - a - b + a * s + b * t);
                            if poisson { rate } else { rate.min(1.0) }
                        });
                        all.push((given.collect(), w * v));
                    }
                }
                all
            }
        }
    }

    fn counts(&self) -> bool {
        matches!(self, Self::CreditRiskPlus { poisson: true, .. })
    }

    /// The law of the sum of losses of those people for whom `counted` holds.
    pub fn law(&self, people: &[Person], h: f64, counted: impl Fn(&Person) -> bool) -> Law {
        let people: Vec<Person> = people.iter().copied().filter(counted).collect();
        let everybody: usize = people.iter().map(|p| p.count as usize * p.loss).sum();
        // Somebody who may default several times may lose more than he owes.
        let largest = if self.counts() { 4 * everybody } else { everybody };
        let mut total = vec![0.0; largest + 1];
        for (given, weight) in self.states(&people, h) {
            let mut own = vec![0.0; largest + 1];
            own[0] = weight;
            let mut top = 0;
            for (person, p) in people.iter().zip(given) {
                if self.counts() {
                    top = add_poisson(&mut own, top, person, p);
                    continue;
                }
                for _ in 0..person.count {
                    for x in (0..=top).rev() {
                        let moved = own[x] * p;
                        own[x] -= moved;
                        own[x + person.loss] += moved;
                    }
                    top += person.loss;
                }
            }
            total.iter_mut().zip(&own).for_each(|(t, o)| *t += o);
        }
        Law::new(total.into_iter().enumerate().map(|(x, p)| (x as i64, p)))
    }
}

/// Convolution with a Poisson number of losses.
fn add_poisson(own: &mut [f64], top: usize, person: &Person, rate: f64) -> usize {
    let mean = rate * person.count as f64;
    if mean <= 0.0 {
        return top;
    }
    let law = Poisson::new(mean).expect("a Poisson law");
    let most = (mean + 12.0 * mean.sqrt() + 16.0) as usize;
    let before = own[..=top].to_vec();
    own.fill(0.0);
    let masses: Vec<f64> = (0..=most as u64).map(|k| law.pmf(k)).collect();
    let mut reached = top;
    for (x, &b) in before.iter().enumerate().filter(|(_, b)| **b > 0.0) {
        for (k, mass) in masses.iter().enumerate() {
            // What lies beyond is next to nothing, and counted at the end.
            let at = (x + k * person.loss).min(own.len() - 1);
            own[at] += b * mass;
            reached = reached.max(at);
        }
    }
    reached
}
