//! A change of variable that gives narrow places as many points as wide ones.
//!
//! 1. u(x) = x + sum_j asinh((x - t_j) / w_j),   u'(x) = 1 + sum_j 1 / sqrt((x - t_j)^2 + w_j^2).

/// Points per width that a turn needs, in steps of u.
const NEEDED: f64 = 0.5;
/// Turns so far outside of what is walked through, in widths, do not count.
const OUTSIDE: f64 = 8.0;
/// Steps of a search at most; each at least halves what is left.
const STEPS: u32 = 200;

/// Equation 1; the identity where nothing turns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// t and w.
    turns: Vec<(f64, f64)>,
}

impl Map {
    /// For turns on -`half`..`half`: of those that the narrower ones resolve already none is kept.
    pub fn of(mut turns: Vec<(f64, f64)>, half: f64) -> Self {
        turns.retain(|(t, w)| t.abs() < half + OUTSIDE * w);
        turns.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
        let mut map = Self::default();
        for (t, w) in turns {
            if map.slope(t) < NEEDED / w {
                map.turns.push((t, w));
            }
        }
        map
    }

    /// u(x).
    pub fn at(&self, x: f64) -> f64 {
        x + self.turns.iter().map(|(t, w)| libm::asinh((x - t) / w)).sum::<f64>()
    }

    /// u'(x).
    pub fn slope(&self, x: f64) -> f64 {
        1.0 + self
            .turns
            .iter()
            .map(|(t, w)| 1.0 / libm::sqrt((x - t) * (x - t) + w * w))
            .sum::<f64>()
    }

    /// The x between `low` and `high` with u(x) = u, which lies there.
    pub fn inverse(&self, u: f64, (mut low, mut high): (f64, f64)) -> f64 {
        if self.turns.is_empty() {
            return u;
        }
        let mut x = low;
        for _ in 0..STEPS {
            let miss = self.at(x) - u;
            if miss > 0.0 {
                high = x;
            } else {
                low = x;
            }
            let newton = x - miss / self.slope(x);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - x).abs() <= 2e-15 * x.abs().max(1e-3) {
                return next;
            }
            x = next;
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_inverts_and_rises() {
        let map = Map::of(vec![(-3.0, 1e-4), (1.2, 0.01), (1.2001, 0.02), (40.0, 0.1)], 9.0);
        assert_eq!(map.turns, vec![(-3.0, 1e-4), (1.2, 0.01)]);
        let mut before = -9.0;
        for k in -40..=40 {
            let u = 0.5 * f64::from(k);
            if u < map.at(-9.0) || u > map.at(9.0) {
                continue;
            }
            let x = map.inverse(u, (before, 9.0));
            assert!((map.at(x) - u).abs() < 1e-10 && x >= before, "{u}: {x}");
            before = x;
        }
    }

    /// A turn within 1e-5, far from any even lattice.
    #[test]
    fn narrow_turns_keep_their_mass() {
        use crate::special::normal;
        let (t, w, h) = (-2.345_678, 1e-5, 0.25);
        let sum = |map: &Map| -> f64 {
            let (low, high) = (map.at(-9.0) / h, map.at(9.0) / h);
            let at = |k: i64| map.inverse(h * k as f64, (-9.0, 9.0));
            let all = (low.ceil() as i64..=high.floor() as i64).map(at);
            all.map(|x| {
                let density = libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
                h * density / map.slope(x) * normal::cdf((t - x) / w)
            })
            .sum()
        };
        // E Phi((t - X) / w) = Phi(t / sqrt(1 + w^2)).
        let want = normal::cdf(t / libm::sqrt(1.0 + w * w));
        let found = sum(&Map::of(vec![(t, w)], 9.0));
        assert!((found / want - 1.0).abs() < 1e-7, "{found} {want}");
        // The wrong twin: an even lattice.
        assert!((sum(&Map::default()) / want - 1.0).abs() > 1e-3);
    }
}
