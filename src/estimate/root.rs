//! Where a function changes sign.

/// Steps at most; each at least halves the interval in two.
const MOST: usize = 100;

/// A zero of a continuous `f` between two points where it has these values of opposite sign (or 0), to
/// `tolerance` of the argument: false position with the stale end halved (Dowell and Jarratt 1971), with
/// a bisection wherever the interval has not halved.
pub(super) fn root(
    mut f: impl FnMut(f64) -> f64,
    (mut a, mut at_a): (f64, f64),
    (mut b, mut at_b): (f64, f64),
    tolerance: f64,
) -> f64 {
    if at_a == 0.0 {
        return a;
    }
    let mut bisect = false;
    for _ in 0..MOST {
        let width = (b - a).abs();
        if width <= tolerance || at_b == 0.0 {
            break;
        }
        let straight = b - at_b * (b - a) / (at_b - at_a);
        let inside = straight > a.min(b) && straight < a.max(b);
        let x = if inside && !bisect { straight } else { 0.5 * (a + b) };
        let at_x = f(x);
        if (at_x > 0.0) == (at_b > 0.0) && at_x != 0.0 {
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        let step = (x - b).abs();
        (b, at_b) = (x, at_x);
        // A step this small has come to where the root is.
        if step <= tolerance {
            break;
        }
        bisect = (b - a).abs() > 0.5 * width && !bisect;
    }
    b
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn zeros_are_found_whatever_the_curve() {
        let cube = |x: f64| x * x * x - 2.0;
        let found = root(cube, (0.0, -2.0), (5.0, 123.0), 1e-13);
        assert!((found - 2_f64.cbrt()).abs() < 1e-12, "{found}");
        let steep = |x: f64| libm::exp(30.0 * x) - 5.0;
        let found = root(steep, (1.0, steep(1.0)), (-1.0, steep(-1.0)), 1e-13);
        assert!((found - libm::log(5.0) / 30.0).abs() < 1e-12, "{found}");
        assert_eq!(root(|x| x, (0.0, 0.0), (1.0, 1.0), 1e-9), 0.0);
    }
}
