//! Cubic interpolation of a function with known slopes at even nodes; error h^4 max |f''''| / 384.

/// A tabulated function.
#[derive(Debug, Clone)]
pub struct Hermite {
    first: f64,
    per_unit: f64,
    /// Value and slope times the distance of nodes.
    nodes: Vec<(f64, f64)>,
}

impl Hermite {
    /// Tabulates value and slope from `first` to `last` with `per_unit` intervals per unit.
    pub fn new((first, last): (f64, f64), per_unit: u32, of: impl Fn(f64) -> (f64, f64)) -> Self {
        let per_unit = f64::from(per_unit);
        let count = ((last - first) * per_unit).round() as usize;
        let node = |i: usize| {
            let (value, slope) = of(first + i as f64 / per_unit);
            (value, slope / per_unit)
        };
        Self { first, per_unit, nodes: (0..=count).map(node).collect() }
    }

    /// The value at x, if it lies in the table.
    #[inline]
    pub fn at(&self, x: f64) -> Option<f64> {
        let place = (x - self.first) * self.per_unit;
        if !(place >= 0.0 && place <= (self.nodes.len() - 1) as f64) {
            return None;
        }
        let i = (place as usize).min(self.nodes.len() - 2);
        let t = place - i as f64;
        let ((a, m), (b, n)) = (self.nodes[i], self.nodes[i + 1]);
        let d = b - a;
        Some(a + t * (m + t * (3.0 * d - 2.0 * m - n + t * (m + n - 2.0 * d))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_are_met_exactly_and_others_closely() {
        let cubic = |x: f64| (x * x * x - 2.0 * x + 1.0, 3.0 * x * x - 2.0);
        let table = Hermite::new((-2.0, 3.0), 4, cubic);
        for i in 0..=500 {
            let x = -2.0 + 0.01 * f64::from(i);
            assert!((table.at(x).unwrap() - cubic(x).0).abs() < 1e-13);
        }
        let table = Hermite::new((0.0, 1.0), 64, |x| (libm::exp(x), libm::exp(x)));
        let worst = (0..1_000).map(|i| 0.001 * f64::from(i));
        let worst = worst.map(|x| (table.at(x).unwrap() - libm::exp(x)).abs()).fold(0.0, f64::max);
        assert!(worst < 4.3e-10 && worst > 1e-11, "{worst}");
        assert_eq!(table.at(1.1), None);
        assert_eq!(table.at(f64::NAN), None);
    }
}
