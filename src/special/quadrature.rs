//! Gauss-Legendre quadrature: exact for polynomials of degree 31.
//!
//! Nodes are the zeros of the Legendre polynomial P_16, found by Newton steps from the cosines of
//! Abramowitz and Stegun 22.16.6, with weights 2 / ((1 - x^2) P'(x)^2) (25.4.29).

use std::sync::LazyLock;

/// Nodes of a panel.
const NODES: usize = 16;
/// Halvings of an interval at most.
const DEEPEST: u32 = 40;
/// Halvings of an integral at most, all panels together.
const MOST_HALVINGS: u32 = 1 << 14;

/// Nodes and weights on -1..1.
static RULE: LazyLock<[(f64, f64); NODES]> = LazyLock::new(|| {
    let n = NODES as f64;
    std::array::from_fn(|i| {
        let mut x = libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5));
        let mut slope = 1.0;
        for _ in 0..20 {
            let (mut before, mut p) = (1.0, x);
            for k in 2..=NODES {
                let k = k as f64;
                (before, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k);
            }
            slope = n * (x * p - before) / (x * x - 1.0);
            let step = p / slope;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
});

/// Points of a panel over `from..to` with their weights.
pub fn nodes(from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    RULE.iter().map(move |&(x, w)| (middle + half * x, half * w))
}

/// The integral of `f` over `from..to` in one panel.
pub fn panel(f: &impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    nodes(from, to).map(|(x, w)| w * f(x)).sum()
}

/// The integral of `f` over `from..to` to an absolute error of about `tolerance`: panels are halved
/// until their halves agree with the whole within it, or so many are used up that rounding must be in the way. NaN
/// where a panel has none but NaN.
pub fn integral(f: &impl Fn(f64) -> f64, from: f64, to: f64, tolerance: f64) -> f64 {
    let mut budget = MOST_HALVINGS;
    halved(f, (from, to), panel(f, from, to), tolerance, (DEEPEST, &mut budget))
}

fn halved(
    f: &impl Fn(f64) -> f64,
    (from, to): (f64, f64),
    whole: f64,
    tolerance: f64,
    (left, budget): (u32, &mut u32),
) -> f64 {
    let middle = 0.5 * (from + to);
    let (low, high) = (panel(f, from, middle), panel(f, middle, to));
    let apart = (low + high - whole).abs();
    // What is no number does not become one by halving.
    if left == 0 || *budget == 0 || apart <= tolerance || apart.is_nan() {
        return low + high;
    }
    *budget -= 1;
    // The same again for each half: asked for less, rounding would never let them agree.
    halved(f, (from, middle), low, tolerance, (left - 1, &mut *budget))
        + halved(f, (middle, to), high, tolerance, (left - 1, budget))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_up_to_degree_31_are_exact_and_32_is_not() {
        for degree in [0, 1, 2, 7, 30, 31] {
            let found = panel(&|x: f64| x.powi(degree), 0.0, 1.0);
            assert!((found - 1.0 / f64::from(degree + 1)).abs() < 1e-15, "{degree}: {found}");
        }
        let beyond = panel(&|x: f64| x.powi(40), -1.0, 1.0);
        assert!((beyond - 2.0 / 41.0).abs() > 1e-12, "{beyond}");
    }

    #[test]
    fn what_is_no_number_and_what_never_agrees_end() {
        let calls = std::cell::Cell::new(0_u64);
        let count = |y: f64| {
            calls.set(calls.get() + 1);
            y
        };
        assert!(integral(&|_: f64| count(f64::NAN), 0.0, 1.0, 1e-15).is_nan());
        assert!(integral(&|x: f64| count(libm::sqrt(0.5 - x)), 0.0, 1.0, 1e-15).is_nan());
        assert!(calls.get() < 1_000, "{}", calls.get());
        // Noise: no two panels agree.
        let noise = |x: f64| count((x.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64);
        assert!(integral(&noise, 0.0, 1.0, 1e-15).is_finite());
        // Each halving gives two pieces, and each piece is looked at in two panels.
        assert!(calls.get() < 65 * u64::from(MOST_HALVINGS), "{}", calls.get());
    }

    #[test]
    fn narrow_peaks_are_found_by_halving() {
        let peak = |x: f64| libm::exp(-0.5 * (x / 1e-3) * (x / 1e-3));
        let found = integral(&peak, -1.0, 1.0, 1e-15);
        assert!((found - 1e-3 * (2.0 * std::f64::consts::PI).sqrt()).abs() < 1e-14, "{found}");
    }
}
