//! Loss densities: a kernel estimate, or the atoms where the law has few.
//!
//! Losses of a large book are positive and skewed, so the kernel works on ln L, where one
//! bandwidth fits body and tail, and is carried back:
//!
//! 1. f(x) = g(ln x) / x, g the Gaussian kernel estimate of ln L with the maximal-smoothing
//!    bandwidth h = 1.144 min(sd, IQR / 1.34) n^(-1/5)      (Terrell 1990): the widest that could
//!    be right, so that every bump that is left is one of the law and not of the sample.
//!
//! Trials count by their weight, and n is then (sum v)^2 / sum v^2.
//!
//! Where zero losses occur, g is taken of L itself and reflected at 0, so that no mass is lost below.

use super::drawn::Drawn;
use super::order::Ranked;
use super::series::{DensityKind, DensityPoint};

/// Laws with at most so many different losses are drawn as atoms.
const ATOMS: usize = 64;
/// Bins of the kernel estimate, which are also the points of the curve.
const BINS: usize = 512;

/// The density of a sample; losses in units of currency.
pub fn density(
    ranked: &Ranked,
    drawn: Drawn<'_>,
    per_unit: f64,
) -> (DensityKind, Vec<DensityPoint>) {
    atoms(ranked, per_unit).map_or_else(
        || (DensityKind::Smooth, smooth(ranked, drawn, per_unit)),
        |points| (DensityKind::Atoms, points),
    )
}

fn atoms(ranked: &Ranked, per_unit: f64) -> Option<Vec<DensityPoint>> {
    let sorted = &ranked.losses;
    let mut points: Vec<DensityPoint> = Vec::new();
    let mut first = 0;
    while first < sorted.len() {
        let next = ranked.beyond(sorted[first]);
        if points.len() == ATOMS {
            return None;
        }
        let loss = sorted[first] as f64 / per_unit;
        let density = ranked.share_from(first) - ranked.share_from(next);
        points.push(DensityPoint { loss, density });
        first = next;
    }
    Some(points)
}

fn smooth(ranked: &Ranked, drawn: Drawn<'_>, per_unit: f64) -> Vec<DensityPoint> {
    let sorted = &ranked.losses;
    let n = sorted.len();
    let weight = |place: usize| ranked.trials.get(place).map_or(1.0, |&t| drawn.weight(t as usize));
    let log = sorted[0] > 0;
    let map = |x: i64| {
        let x = x as f64 / per_unit;
        if log { libm::log(x) } else { x }
    };
    let values: Vec<f64> = sorted.iter().map(|&x| map(x)).collect();
    let mean_of = |of: &dyn Fn(f64) -> f64| {
        let weighed = values.iter().enumerate().map(|(place, &v)| weight(place) * of(v));
        weighed.sum::<f64>() / n as f64
    };
    let mean = mean_of(&|v| v);
    let sd = mean_of(&|v| (v - mean) * (v - mean)).sqrt();
    let quartiles = match drawn.is_plain() {
        true => values[3 * n / 4] - values[n / 4],
        false => values[ranked.place_with(0.25)] - values[ranked.place_with(0.75)],
    } / 1.34;
    let spread = if quartiles > 0.0 { sd.min(quartiles) } else { sd };
    let h = 1.144 * spread * libm::pow(drawn.bearing(0..n), -0.2);
    let (low, high) = (values[0] - 3.0 * h, values[n - 1] + 3.0 * h);
    let step = (high - low) / (BINS - 1) as f64;

    // Linear binning, then a discrete convolution with the kernel.
    let mut mass = vec![0.0; BINS];
    for (place, v) in values.iter().enumerate() {
        let at = (v - low) / step;
        let bin = (at as usize).min(BINS - 2);
        let part = at - bin as f64;
        mass[bin] += weight(place) * (1.0 - part);
        mass[bin + 1] += weight(place) * part;
    }
    let reach = ((4.0 * h / step).ceil() as usize).max(1);
    let kernel: Vec<f64> = (0..=reach)
        .map(|k| {
            let u = k as f64 * step / h;
            libm::exp(-0.5 * u * u)
        })
        .collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    (0..BINS)
        .map(|bin| {
            let from = bin.saturating_sub(reach);
            let to = (bin + reach).min(BINS - 1);
            let sum: f64 = (from..=to).map(|k| mass[k] * kernel[k.abs_diff(bin)]).sum();
            let at = low + step * bin as f64;
            // What the kernel of L itself puts below 0 is folded back.
            let folded: f64 = if log || at < 0.0 || at > 4.0 * h {
                0.0
            } else {
                let centre = |k: usize| (low + step * k as f64 + at) / h;
                (0..=to).map(|k| mass[k] * libm::exp(-0.5 * centre(k) * centre(k))).sum()
            };
            let g = (sum + folded) / (total * step * n as f64);
            let (loss, density) = if log { (libm::exp(at), g / libm::exp(at)) } else { (at, g) };
            DensityPoint { loss, density }
        })
        .filter(|point| point.loss >= 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal;
    use crate::units::Confidence;

    fn plain() -> Drawn<'static> {
        Drawn::plain(Confidence::new(0.95).unwrap())
    }

    #[test]
    fn few_losses_are_atoms() {
        let (kind, points) = density(&Ranked::new(&[0, 0, 0, 100], plain()), plain(), 100.0);
        assert_eq!(kind, DensityKind::Atoms);
        assert_eq!(points[0], DensityPoint { loss: 0.0, density: 0.75 });
        assert_eq!(points[1], DensityPoint { loss: 1.0, density: 0.25 });
    }

    #[test]
    fn a_lognormal_sample_gets_its_density_back() {
        let n = 20_000;
        let sorted: Vec<i64> = (0..n)
            .map(|i| {
                let z = normal::quantile((f64::from(i) + 0.5) / f64::from(n));
                (libm::exp(10.0 + 0.4 * z) * 100.0) as i64
            })
            .collect();
        let (kind, points) = density(&Ranked::new(&sorted, plain()), plain(), 100.0);
        assert_eq!(kind, DensityKind::Smooth);
        let area: f64 = points
            .windows(2)
            .map(|p| (p[1].loss - p[0].loss) * (p[0].density + p[1].density) / 2.0)
            .sum();
        assert!((area - 1.0).abs() < 0.01, "{area}");
        let top = points.iter().map(|p| p.density).fold(0.0, f64::max);
        // Density at the mode of a lognormal: exp(s^2 / 2 - m) / (s sqrt(2 pi)).
        let want = libm::exp(0.08 - 10.0) / (0.4 * libm::sqrt(2.0 * std::f64::consts::PI));
        assert!((top / want - 1.0).abs() < 0.03, "{top} {want}");
    }
}
