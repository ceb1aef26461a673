//! The few laws the engine draws from, each from a [`Stream`].

use rand_distr::{Binomial, Distribution};

use crate::random::{Stream, uniform};

/// Uniform in 0..n, without bias (Lemire 2019: multiply, reject the short first interval).
#[inline]
pub fn below(stream: &mut Stream, n: u32) -> u32 {
    let mut product = u64::from(stream.word()) * u64::from(n);
    if (product as u32) < n {
        let short = n.wrapping_neg() % n;
        while (product as u32) < short {
            product = u64::from(stream.word()) * u64::from(n);
        }
    }
    (product >> 32) as u32
}

/// Number of successes among `n` with probability `p` each, exact in law.
///
/// Small means by inversion with portable functions; large ones by `rand_distr`, which asks the
/// platform for a logarithm only in the tails of its envelope and in its last acceptance step.
#[inline]
pub fn binomial(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if p > 0.5 {
        return n - fewer(stream, n, 1.0 - p);
    }
    fewer(stream, n, p)
}

/// Means up to which inversion is the faster way.
const INVERTED: f64 = 10.0;

/// As [`binomial`] for p <= 1/2.
fn fewer(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if n as f64 * p >= INVERTED {
        return Binomial::new(n, p).expect("conditional PDs lie in 0..=1").sample(stream);
    }
    // P(0) = (1 - p)^n >= exp(-10 - ...), P(k) = P(k - 1) (n - k + 1) / k p / (1 - p).
    let odds = p / (1.0 - p);
    let mut mass = libm::exp(n as f64 * libm::log1p(-p));
    let mut left = uniform(stream);
    let mut k = 0;
    while left > mass && k < n {
        left -= mass;
        k += 1;
        mass *= (n - k + 1) as f64 / k as f64 * odds;
        if mass < 1e-18 && left < 1e-15 {
            // Rounding of the sum has left a crumb beyond the last mass that counts.
            break;
        }
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Address, Purpose};

    fn stream(trial: u64) -> Stream {
        Stream::new(0, Address { purpose: Purpose::Defaults, period: 0, trial, cell: 0 })
    }

    #[test]
    fn below_is_uniform_where_the_range_does_not_divide_the_word() {
        // n = 3 * 2^30: without rejection the lower third would be hit twice as often.
        let n = 3 << 30;
        let mut s = stream(0);
        let hits = (0..30_000).filter(|_| below(&mut s, n) < 1 << 30).count() as f64;
        // 6 standard errors of a binomial with p = 1/3.
        assert!((hits - 10_000.0).abs() < 6.0 * 82.0, "{hits}");
    }

    #[test]
    fn binomial_has_its_mean_and_variance() {
        for (n, p) in [(5, 0.3), (200, 0.02), (5_000, 0.03), (500_000_000, 1e-6), (50, 0.97)] {
            let draws: Vec<f64> =
                (0..4_000).map(|t| binomial(&mut stream(t), n, p) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 4_000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3_999.0;
            let want = n as f64 * p;
            let spread = want * (1.0 - p);
            assert!((mean - want).abs() < 5.0 * (spread / 4_000.0).sqrt(), "{n} {p}: {mean}");
            assert!((variance / spread - 1.0).abs() < 0.15, "{n} {p}: {variance}");
        }
    }
}
