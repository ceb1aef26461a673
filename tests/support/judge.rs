//! Statistical tests with stated false-alarm rates: may this sample come from that law?
//!
//! Every function gives a p-value or collects complaints, so that the right model and its slightly
//! wrong twin go through the very same test.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

use super::law::Law;

/// Probability under Binomial(n, p) of a count at least as far out as `hits`, on either side.
pub fn binomial_p(hits: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        let sure = if p <= 0.0 { 0 } else { n };
        return f64::from(u8::from(hits == sure));
    }
    let law = Binomial::new(p, n).expect("a probability");
    let above = if hits == 0 { 1.0 } else { law.sf(hits - 1) };
    2.0 * law.cdf(hits).min(above).min(0.5)
}

/// Probability of a sample VaR (rank `k` of `n` losses) at least as far out as `found`: the k-th
/// order statistic is at most x exactly when k losses or more are at most x.
pub fn order_statistic_p(found: i64, k: u64, n: u64, law: &Law) -> f64 {
    let at_least = |hits: u64, p: f64| match (p <= 0.0, p >= 1.0) {
        (true, _) => f64::from(u8::from(hits == 0)),
        (_, true) => 1.0,
        _ if hits == 0 => 1.0,
        _ => Binomial::new(p, n).expect("a probability").sf(hits - 1),
    };
    let up_to = at_least(k, law.cdf(found).min(1.0));
    let from = 1.0 - at_least(k, law.cdf(found - 1).min(1.0));
    2.0 * up_to.min(from).min(0.5)
}

/// Pearson's chi-square of a sample of whole numbers against a law, cells merged until each
/// expects 25.
pub fn chi_square_p(sample: &[i64], law: &Law) -> f64 {
    const LEAST: f64 = 25.0;
    let n = sample.len() as f64;
    let mut sorted = sample.to_vec();
    sorted.sort_unstable();
    if sorted.iter().any(|x| law.0.binary_search_by_key(x, |a| a.0).is_err()) {
        return 0.0;
    }
    let mut cells: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    for &(x, p) in &law.0 {
        let seen = sorted.partition_point(|&s| s <= x) - sorted.partition_point(|&s| s < x);
        let cell = cells.last_mut().expect("never empty");
        *cell = (cell.0 + seen as f64, cell.1 + n * p);
        if cell.1 >= LEAST {
            cells.push((0.0, 0.0));
        }
    }
    // What is left over joins the last full cell.
    let rest = cells.pop().expect("never empty");
    if let Some(last) = cells.last_mut() {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    chi_square(cells.iter().map(|&(seen, want)| (seen - want).powi(2) / want), cells.len())
}

/// Two samples of equal length from one law? Chi-square on merged cells.
pub fn two_sample_p(a: &[i64], b: &[i64]) -> f64 {
    const LEAST: f64 = 25.0;
    assert_eq!(a.len(), b.len());
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort_unstable();
    b.sort_unstable();
    let mut values: Vec<i64> = a.iter().chain(&b).copied().collect();
    values.sort_unstable();
    values.dedup();
    let mut cells = vec![(0.0, 0.0)];
    let count =
        |s: &[i64], x: i64| (s.partition_point(|&s| s <= x) - s.partition_point(|&s| s < x)) as f64;
    for x in values {
        let cell: &mut (f64, f64) = cells.last_mut().expect("never empty");
        *cell = (cell.0 + count(&a, x), cell.1 + count(&b, x));
        if cell.0 + cell.1 >= 2.0 * LEAST {
            cells.push((0.0, 0.0));
        }
    }
    let rest = cells.pop().expect("never empty");
    if let Some(last) = cells.last_mut() {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    chi_square(cells.iter().map(|&(x, y)| (x - y).powi(2) / (x + y)), cells.len())
}

fn chi_square(parts: impl Iterator<Item = f64>, cells: usize) -> f64 {
    assert!(cells >= 2, "one cell tests nothing");
    ChiSquared::new((cells - 1) as f64).expect("a degree of freedom").sf(parts.sum())
}

/// Kolmogorov's test of a sample against a continuous law (asymptotic tail, both sides).
pub fn kolmogorov_p(sample: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted.iter().enumerate().fold(0.0_f64, |d, (i, &x)| {
        let (f, i) = (cdf(x), i as f64);
        d.max(f - i / n).max((i + 1.0) / n - f)
    });
    let t = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    (2.0 * (-2.0 * t * t).exp()).min(1.0)
}

/// Complaints about estimates that lie too far from their exact values.
#[derive(Debug)]
pub struct Judge {
    alpha: f64,
    /// What was refused.
    pub complaints: Vec<String>,
    /// Tests made so far.
    pub tests: u32,
}

impl Judge {
    /// Refuses what has a p-value below `alpha`.
    pub fn new(alpha: f64) -> Self {
        Self { alpha, complaints: Vec::new(), tests: 0 }
    }

    /// Notes a p-value.
    pub fn p(&mut self, what: impl Fn() -> String, p: f64) {
        self.tests += 1;
        // NaN is a complaint too.
        if p.is_nan() || p < self.alpha {
            self.complaints.push(format!("{}: p = {p:.3e}", what()));
        }
    }

    /// Notes an estimate with its exact value and exact standard error, normal in law.
    pub fn normal(&mut self, what: impl Fn() -> String, found: f64, exact: f64, error: f64) {
        let off = (found - exact).abs();
        // Without sampling error only rounding is left.
        let p = if error > 0.0 {
            2.0 * super::law::phi(-off / error)
        } else {
            f64::from(u8::from(off <= 1e-9 * exact.abs().max(1.0)))
        };
        self.p(|| format!("{}: {found} for {exact} +- {error}", what()), p);
    }

    /// The right model: all agrees, and the family's false-alarm rate is what it should be.
    pub fn expect_peace(&self) {
        let rate = self.alpha * f64::from(self.tests);
        assert!(self.tests > 0 && rate <= 1e-3, "{} tests at {}", self.tests, self.alpha);
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }

    /// The wrong twin: the same tests must see it.
    pub fn expect_protest(&self, twin: &str) {
        assert!(!self.complaints.is_empty(), "{twin} passed all {} tests", self.tests);
    }
}
