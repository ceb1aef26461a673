//! Confidence intervals: for means, for order statistics, for probabilities.
//!
//! 1. Means of influences: see [`super::drawn`]; z is the normal quantile at (1 + confidence) / 2.
//! 2. VaR: the order statistics L(r), L(s) with P(r <= Binomial(n, q) < s) >= confidence, each
//!    side at half the miss; free of any assumption on the law (David and Nagaraja 2003, 7.1).
//! 3. P(L > x): Clopper and Pearson 1934, by beta quantiles; nothing seen in n trials gives the
//!    exact one-sided bound 1 - (1 - confidence)^(1/n).

use super::estimate::{Estimate, Figures, Quality};
use crate::special::{beta, normal};
use crate::units::{Confidence, Level};

/// Fewer effective trials than this and the output says "too few".
pub const FEW: f64 = 50.0;

/// z of the two-sided normal interval.
pub fn normal_z(confidence: Confidence) -> f64 {
    normal::quantile(0.5 * (1.0 + confidence.get()))
}

/// Ranks (from 1) of the order statistics of equation 2; `None` where the sample is too short for
/// that end.
pub fn quantile_ranks(
    n: usize,
    level: Level,
    confidence: Confidence,
) -> (Option<usize>, Option<usize>) {
    // P(Binomial <= k) and P(Binomial > k) for k < n, by their beta integrals.
    let cdf = |k: u64| match n as u64 - k.min(n as u64) {
        0 => 1.0,
        left => beta::regularised(left as f64, (k + 1) as f64, level.tail()),
    };
    let sf = |k: u64| match n as u64 - k.min(n as u64) {
        0 => 0.0,
        left => beta::regularised((k + 1) as f64, left as f64, level.get()),
    };
    let miss = 0.5 * (1.0 - confidence.get());
    // Largest r with P(Binomial < r) <= miss, smallest s with P(Binomial >= s) <= miss.
    let centre = level.rank(n) as u64;
    let spread = (n as f64 * level.get() * level.tail()).sqrt();
    let reach = (10.0 * spread) as u64 + 10;
    let search = |mut low: u64, mut high: u64, holds: &dyn Fn(u64) -> bool| {
        // First k in low..high where `holds` turns true.
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let first_over = search(centre.saturating_sub(reach), centre + 1, &|k| cdf(k) > miss);
    // P(B < r) = cdf(r - 1) <= miss for r - 1 < first_over, so r = first_over (0: none).
    let lower = (first_over >= 1).then_some(first_over as usize);
    let last = (centre + reach).min(n as u64);
    let first_rare = search(centre, last + 1, &|k| sf(k) <= miss);
    // P(B >= s) = sf(s - 1) <= miss, so s = first_rare + 1.
    let upper = (first_rare as usize) < n;
    (lower, upper.then_some(first_rare as usize + 1))
}

/// Upper bound on the probability of what none of `n` trials has shown: 1 - (1 - confidence)^(1/n).
pub fn unseen_probability(n: usize, confidence: Confidence) -> f64 {
    -libm::expm1(libm::log1p(-confidence.get()) / n as f64)
}

/// Equation 3.
pub fn probability(hits: u64, n: u64, confidence: Confidence) -> Estimate {
    let c = confidence.get();
    if n == 0 || hits == 0 {
        let upper = if n == 0 { 1.0 } else { unseen_probability(n as usize, confidence) };
        return Estimate::bound(upper, c);
    }
    let miss = 0.5 * (1.0 - c);
    let beta = |a: u64, b: u64, p: f64| beta::quantile(a as f64, b as f64, p);
    let p = hits as f64 / n as f64;
    Estimate::of(Figures {
        value: p,
        // All hits or none: the sample knows no spread.
        standard_error: (hits < n).then(|| (p * (1.0 - p) / n as f64).sqrt()),
        lower: Some(beta(hits, n - hits + 1, miss)),
        upper: Some(if hits == n { 1.0 } else { beta(hits + 1, n - hits, 1.0 - miss) }),
        confidence: c,
        quality: if (hits as f64) < FEW { Quality::TooFew } else { Quality::Good },
        effective_trials: Some(hits as f64),
        variance_ratio: None,
    })
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{Binomial, DiscreteCDF};

    use super::*;

    fn confidence(c: f64) -> Confidence {
        Confidence::new(c).unwrap()
    }

    #[test]
    fn ranks_cover_and_one_step_less_does_not() {
        for (n, q) in [(100, 0.5), (1_000, 0.99), (100_000, 0.999), (500, 0.9)] {
            let level = Level::new(q).unwrap();
            let (Some(r), Some(s)) = quantile_ranks(n, level, confidence(0.95)) else {
                panic!("long enough")
            };
            let law = Binomial::new(q, n as u64).unwrap();
            let below = |r: usize| law.cdf(r as u64 - 1);
            let above = |s: usize| law.sf(s as u64 - 1);
            assert!(below(r) <= 0.025 && below(r + 1) > 0.025, "{n} {q} {r}");
            assert!(above(s) <= 0.025 && above(s - 1) > 0.025, "{n} {q} {s}");
            assert!(r < level.rank(n) && level.rank(n) < s);
        }
    }

    #[test]
    fn short_samples_have_open_ends() {
        let level = Level::new(0.999).unwrap();
        assert_eq!(quantile_ranks(100, level, confidence(0.95)).1, None);
        assert_eq!(quantile_ranks(1, Level::new(0.5).unwrap(), confidence(0.95)), (None, None));
    }

    #[test]
    fn clopper_pearson_meets_textbook_values() {
        // 10 of 100 at 95 %: 0.0490..0.1762.
        let found = probability(10, 100, confidence(0.95));
        assert!((found.lower.unwrap() - 0.049_005).abs() < 1e-5);
        assert!((found.upper.unwrap() - 0.176_223).abs() < 1e-5);
        assert_eq!(found.quality, Quality::TooFew);
        // Nothing in 100: 1 - 0.05^(1/100) = 0.029513.
        let found = probability(0, 100, confidence(0.95));
        assert!((found.upper.unwrap() - 0.029_513).abs() < 1e-6);
        assert_eq!(found.quality, Quality::Bound);
        assert_eq!(probability(7, 7, confidence(0.95)).upper, Some(1.0));
    }
}
