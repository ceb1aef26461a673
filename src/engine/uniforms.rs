//! Uniform numbers for the samplers of counts: the first from words drawn for many trials at once, the
//! others, which few draws need, from the stream behind them.

use crate::random::Stream;

/// Uniform in (0, 1), on the midpoints of 2^-52, without a conversion that some machines lack. It is
/// made of the upper 52 bits.
#[inline(always)]
pub fn unit(word: u64) -> f64 {
    const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;
    f64::from_bits(word >> 12 | 0x3ff << 52) - BELOW_ONE
}

/// Uniforms behind the first one: the second double word, then those of the stream behind both.
#[derive(Debug)]
pub struct Source {
    first: Option<u64>,
    stream: Option<Stream>,
}

impl Source {
    /// Those that follow a stream's first double word; `second` is the second.
    pub fn behind(second: u64) -> Self {
        Self { first: Some(second), stream: None }
    }

    /// The next uniform; `open` opens the stream at its beginning.
    #[inline]
    pub fn next(&mut self, open: impl FnOnce() -> Stream) -> f64 {
        if let Some(word) = self.first.take() {
            return unit(word);
        }
        let stream = self.stream.get_or_insert_with(|| open().skip_to(1));
        unit(stream.double_word())
    }
}

#[cfg(test)]
pub mod tests {
    /// Chi-square of draws against a law (its first value and the probabilities from there on) in about
    /// 40 cells of at least 20 expected draws, as a standard normal (Wilson and Hilferty 1931).
    pub fn misfit(draws: &[u64], (first, law): &(u64, Vec<f64>)) -> f64 {
        let total = draws.len() as f64;
        let mut seen = vec![0.0; law.len()];
        for &k in draws {
            match k.checked_sub(*first).and_then(|at| seen.get_mut(at as usize)) {
                Some(count) => *count += 1.0,
                None => return f64::INFINITY,
            }
        }
        let least = (total / 40.0).max(20.0);
        let (mut chi, mut cells) = (0.0, 0);
        let (mut want, mut found, mut left) = (0.0, 0.0, total);
        for (p, count) in law.iter().zip(seen) {
            want += total * p;
            found += count;
            // What is left must fill a cell too.
            if want >= least && left - want >= least {
                chi += (found - want) * (found - want) / want;
                cells += 1;
                left -= want;
                (want, found) = (0.0, 0.0);
            }
        }
        chi += (found - want) * (found - want) / want;
        let freedom = f64::from(cells);
        let cube = (chi / freedom).cbrt();
        (cube - (1.0 - 2.0 / (9.0 * freedom))) / (2.0 / (9.0 * freedom)).sqrt()
    }
}
