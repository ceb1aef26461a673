//! Exceedance curves of laws with few losses: P(L > x) keeps its value up to the next loss and
//! drops there.

use super::axis::Panel;
use super::clip::Point;
use crate::measures::series::ExceedancePoint;

/// A curve with as many points or more is drawn as a smooth line.
const MANY: usize = 100;
/// A drop of so many pixels is seen as one.
const DROP: f64 = 3.0;

/// Whether these points, by rising loss, are too few and too far apart to pass for a smooth curve.
pub fn has_steps(points: &[ExceedancePoint], panel: &Panel) -> bool {
    let drops = |pair: &[ExceedancePoint]| {
        panel.y_at(pair[1].probability) - panel.y_at(pair[0].probability) > DROP
    };
    points.len() < MANY && points.windows(2).any(drops)
}

/// The steps through the corners at which a function that keeps its value to the right drops.
pub fn of(corners: &[Point]) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::with_capacity(2 * corners.len());
    for &corner in corners {
        if let Some(last) = line.last() {
            line.push((corner.0, last.1));
        }
        line.push(corner);
    }
    line
}

/// The curve from the left edge, where the loss is surely larger, to the largest loss.
pub fn curve(points: &[ExceedancePoint], panel: &Panel) -> Vec<Point> {
    let certain = points.first().filter(|p| p.loss > panel.x.0).map(|_| panel.at(panel.x.0, 1.0));
    let corners = points.iter().map(|p| panel.at(p.loss, p.probability));
    of(&certain.into_iter().chain(corners).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::axis::Scale;
    use crate::plots::clip::Rect;

    const PANEL: Panel = Panel {
        frame: Rect { left: 0.0, right: 100.0, top: 0.0, bottom: 200.0 },
        x: (0.0, 10.0),
        y: (0.01, 1.0),
        x_scale: Scale::Linear,
        y_scale: Scale::Log,
    };

    fn points(pairs: &[(f64, f64)]) -> Vec<ExceedancePoint> {
        let point = |&(loss, probability): &(f64, f64)| ExceedancePoint {
            loss,
            probability,
            lower: probability,
            upper: probability,
            return_period: None,
        };
        pairs.iter().map(point).collect()
    }

    #[test]
    fn a_probability_holds_until_the_next_loss_and_drops_there() {
        let seen = points(&[(0.0, 0.1), (5.0, 0.0)]);
        assert!(has_steps(&seen, &PANEL));
        assert_eq!(curve(&seen, &PANEL), [(0.0, 100.0), (50.0, 100.0), (50.0, 200.0)]);
        let later = curve(&points(&[(2.0, 0.1)]), &PANEL);
        assert_eq!(later, [(0.0, 0.0), (20.0, 0.0), (20.0, 100.0)]);
    }

    #[test]
    fn many_points_and_slight_drops_stay_smooth() {
        let falling = |n: i32| {
            let at = |i: i32| f64::from(i) / f64::from(n);
            points(&(0..n).map(|i| (10.0 * at(i), 10_f64.powf(-2.0 * at(i)))).collect::<Vec<_>>())
        };
        assert!(has_steps(&falling(20), &PANEL));
        assert!(!has_steps(&falling(99), &PANEL));
        assert!(!has_steps(&falling(200), &PANEL));
    }
}
