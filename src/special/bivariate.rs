//! The bivariate standard normal law.
//!
//! With correlation r (Drezner and Wesolowsky 1990, in the form of Genz 2004)
//!
//! 1. Phi2(h, k; r) = Phi(h) Phi(k) + 1 / (2 pi) int_0^asin(r) exp(-(h^2 + k^2 - 2 h k sin t) / (2 cos^2 t)) dt,
//!
//! by Gauss-Legendre in panels: the integrand is steep only where r is near 1 and h near k.

use super::exponential::exp;
use super::normal;

/// Positive nodes and weights of Gauss-Legendre with 20 points on -1..=1.
const NODES: [(f64, f64); 10] = [
    (0.076_526_521_133_497_33, 0.152_753_387_130_725_85),
    (0.227_785_851_141_645_08, 0.149_172_986_472_603_75),
    (0.373_706_088_715_419_56, 0.142_096_109_318_382_05),
    (0.510_867_001_950_827_1, 0.131_688_638_449_176_63),
    (0.636_053_680_726_515, 0.118_194_531_961_518_42),
    (0.746_331_906_460_150_8, 0.101_930_119_817_240_44),
    (0.839_116_971_822_218_8, 0.083_276_741_576_704_75),
    (0.912_234_428_251_326, 0.062_672_048_334_109_06),
    (0.963_971_927_277_913_8, 0.040_601_429_800_386_94),
    (0.993_128_599_185_094_9, 0.017_614_007_139_152_12),
];

/// P(X <= h, Y <= k) for standard normals of correlation `r`, |r| < 1; h and k may be infinite.
pub fn cdf(h: f64, k: f64, r: f64) -> f64 {
    if h.is_infinite() || k.is_infinite() {
        // The lower of the two decides.
        return if h.min(k) == f64::NEG_INFINITY { 0.0 } else { normal::cdf(h.min(k)) };
    }
    let panels = if r.abs() < 0.9 { 1 } else { 16 };
    let step = libm::asin(r) / f64::from(panels);
    let (squares, product) = (h * h + k * k, 2.0 * h * k);
    let value = |t: f64| {
        let sine = libm::sin(t);
        exp(-0.5 * (squares - product * sine) / (1.0 - sine * sine))
    };
    let mut sum = 0.0;
    for panel in 0..panels {
        let middle = (f64::from(panel) + 0.5) * step;
        for (x, w) in NODES {
            let off = 0.5 * step * x;
            sum += w * (value(middle - off) + value(middle + off));
        }
    }
    let joint = normal::cdf(h) * normal::cdf(k) + 0.5 * step * sum / std::f64::consts::TAU;
    joint.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E[Phi((h - a Y) / sqrt(1 - a^2)) Phi((k - b Y) / sqrt(1 - b^2))] with a b = r, by the trapezoid rule.
    fn by_mixture(h: f64, k: f64, (a, b): (f64, f64)) -> f64 {
        let step = 0.005;
        let at = |g: f64, l: f64, y: f64| normal::cdf((g - l * y) / (1.0 - l * l).sqrt());
        let value = |i: i32| {
            let y = f64::from(i) * step;
            exp(-0.5 * y * y) * at(h, a, y) * at(k, b, y)
        };
        (-1_900..=1_900).map(value).sum::<f64>() * step / std::f64::consts::TAU.sqrt()
    }

    #[test]
    fn the_law_is_that_of_a_common_factor() {
        for (a, b) in [(0.2, 0.3), (0.9, 0.5), (0.99, 0.98), (0.4, -0.7), (0.0, 0.5)] {
            for h in [-3.5, -1.9, 0.0, 1.2] {
                for k in [-2.5, -0.7, 0.4, 2.0] {
                    let (found, expected) = (cdf(h, k, a * b), by_mixture(h, k, (a, b)));
                    assert!(
                        (found - expected).abs() < 1e-13,
                        "{a} {b} {h} {k}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn known_values_and_ends() {
        // Sheppard 1899: P(X <= 0, Y <= 0) = 1/4 + asin(r) / (2 pi).
        for r in [-0.95, -0.3, 0.0, 0.5, 0.99] {
            let exact = 0.25 + libm::asin(r) / std::f64::consts::TAU;
            assert!((cdf(0.0, 0.0, r) - exact).abs() < 1e-14, "{r}");
        }
        let infinite = f64::INFINITY;
        assert_eq!(cdf(-1.0, infinite, 0.4), normal::cdf(-1.0));
        assert_eq!(cdf(-infinite, infinite, 0.4), 0.0);
        assert_eq!(cdf(infinite, infinite, 0.4), 1.0);
    }
}
