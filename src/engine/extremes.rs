//! The highest and the lowest argument among the people of a grade, whose thresholds and loadings lie in
//! ranges. Only latent assets have ranges of loadings.

use crate::model::{Link, conditional_argument};

/// max over l in the range of h(l) = (G - l Y) / sqrt(1 - l^2).
///
/// h'(l) has the sign of l G - Y, so the only stationary point is l = Y / G with
/// h = sign(G) sqrt(G^2 - Y^2): a maximum for G < 0, a minimum for G > 0.
pub fn highest_argument(link: Link, threshold: f64, loadings: (f64, f64), y: f64) -> f64 {
    if link != Link::Probit {
        return link.argument(threshold, loadings.0, y);
    }
    let ends = ends(threshold, loadings, y);
    let high = ends.0.max(ends.1);
    if threshold < 0.0 {
        stationary(threshold, loadings, y).map_or(high, |s| high.max(s))
    } else {
        high
    }
}

/// min over l in the range of the same function.
pub fn lowest_argument(link: Link, threshold: f64, loadings: (f64, f64), y: f64) -> f64 {
    if link != Link::Probit {
        return link.argument(threshold, loadings.0, y);
    }
    let ends = ends(threshold, loadings, y);
    let low = ends.0.min(ends.1);
    if threshold > 0.0 {
        stationary(threshold, loadings, y).map_or(low, |s| low.min(s))
    } else {
        low
    }
}

fn ends(threshold: f64, loadings: (f64, f64), y: f64) -> (f64, f64) {
    let low = conditional_argument(threshold, loadings.0, y);
    if loadings.0 == loadings.1 {
        return (low, low);
    }
    (low, conditional_argument(threshold, loadings.1, y))
}

fn stationary(threshold: f64, loadings: (f64, f64), y: f64) -> Option<f64> {
    let at = y / threshold;
    (loadings.0 < at && at < loadings.1)
        .then(|| (threshold * threshold - y * y).max(0.0).sqrt().copysign(threshold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_over_the_range_of_loadings() {
        for g in [-3.0, -1.88, -0.4, 0.3, 1.5, f64::NEG_INFINITY, f64::INFINITY] {
            for y in [-4.0, -1.0, -0.2, 0.0, 0.5, 2.0] {
                let range = (0.17, 0.4);
                let low = lowest_argument(Link::Probit, g, range, y);
                let high = highest_argument(Link::Probit, g, range, y);
                for step in 0..=100 {
                    let l = range.0 + (range.1 - range.0) * f64::from(step) / 100.0;
                    let h = conditional_argument(g, l, y);
                    assert!(low <= h + 1e-12 && h <= high + 1e-12, "{g} {y} {l}: {low} {h} {high}");
                }
            }
        }
    }
}
