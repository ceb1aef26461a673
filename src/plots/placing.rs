//! Finds places for labels at their curves or points where they touch neither one another nor what
//! belongs to others.

use super::clip::{Point, Rect};

/// Gap between a label and its own curve, pixels.
const OWN_GAP: f64 = 6.0;
/// Least gap to what belongs to others: larger, so that it is plain whose label it is.
const OTHERS_GAP: f64 = 11.0;
/// Distance of the heights that are tried.
const STEP: f64 = 5.0;

/// The lines that one label belongs to (a curve and the rims of its band), and the label's size.
pub struct Labelled {
    /// Lines in pixels.
    pub lines: Vec<Vec<Point>>,
    /// Width and height of the label.
    pub size: (f64, f64),
}

/// One box per label, beside its curve and inside the frame; `None` if they do not all fit.
pub fn beside_curves(labelled: &[Labelled], frame: Rect) -> Option<Vec<Rect>> {
    let inside = frame.grown(-4.0);
    let mut taken: Vec<Rect> = Vec::new();
    for (k, own) in labelled.iter().enumerate() {
        let free = |place: &Rect| {
            inside.holds(*place)
                && !taken.iter().any(|other| other.grown(OWN_GAP).overlaps(*place))
                && !own.lines.iter().any(|line| place.grown(2.0).crossed_by(line))
                && !labelled.iter().enumerate().any(|(j, other)| {
                    let around = place.grown(OTHERS_GAP);
                    j != k && other.lines.iter().any(|line| around.crossed_by(line))
                })
        };
        taken.push(candidates(own, frame).into_iter().find(free)?);
    }
    Some(taken)
}

/// A label of a point, and its size.
pub struct PointLabel {
    /// The point, pixels.
    pub at: Point,
    /// Width and height of the label.
    pub size: (f64, f64),
}

/// Where the label of a point stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointPlace {
    /// Its box.
    pub place: Rect,
    /// The line that leads to it from its point, where it stands far away.
    pub leader: Option<[Point; 2]>,
}

/// Gaps between a label and its own point, in the order in which they are tried.
const POINT_GAPS: [f64; 7] = [7.0, 12.0, 20.0, 30.0, 45.0, 65.0, 90.0];
/// From this gap on a line leads to the label.
const LEADER_FROM: f64 = 20.0;
/// Points keep this distance from labels and leaders that are not their own.
const DOT_GAP: f64 = 4.5;

/// A place per label around its point, clear of all lines and points and inside the frame; `None` for
/// those that find none. The first labels choose first.
pub fn beside_points(
    labels: &[PointLabel],
    lines: &[Vec<Point>],
    dots: &[Point],
    frame: Rect,
) -> Vec<Option<PointPlace>> {
    let inside = frame.grown(-2.0);
    let mut taken: Vec<PointPlace> = Vec::new();
    let mut places = Vec::new();
    for label in labels {
        let free = |found: &PointPlace| {
            let PointPlace { place, leader } = found;
            let others = || dots.iter().filter(|&&dot| dot != label.at);
            let is_apart = |other: &PointPlace| {
                let around = other.place.grown(3.0);
                let crosses = |leader: &Option<[Point; 2]>, place: Rect| {
                    leader.is_some_and(|leader| place.crossed_by(&leader))
                };
                !around.overlaps(*place)
                    && !crosses(leader, around)
                    && !crosses(&other.leader, place.grown(3.0))
            };
            let near = |&&(x, y): &&Point| {
                let dot = Rect { left: x, right: x, top: y, bottom: y }.grown(DOT_GAP);
                dot.overlaps(*place) || leader.is_some_and(|leader| dot.crossed_by(&leader))
            };
            inside.holds(*place)
                && taken.iter().all(is_apart)
                && !others().any(|dot| near(&dot))
                && !lines.iter().any(|line| place.grown(2.0).crossed_by(line))
        };
        let place = around(label).into_iter().find(free);
        taken.extend(place);
        places.push(place);
    }
    places
}

/// Places around a point, the nearest first.
fn around(label: &PointLabel) -> Vec<PointPlace> {
    let ((x, y), (width, height)) = (label.at, label.size);
    let mut places = Vec::new();
    for gap in POINT_GAPS {
        let (right, left, middle) = (x + gap, x - gap - width, x - width / 2.0);
        let (below, above, level) = (y + gap - 1.0, y - gap + 1.0 - height, y - height / 2.0);
        for (left, top) in [
            (right, level),
            (left, level),
            (right - 3.0, below),
            (left + 3.0, above),
            (right - 3.0, above),
            (left + 3.0, below),
            (middle, below),
            (middle, above),
        ] {
            let place = Rect { left, right: left + width, top, bottom: top + height };
            let end = place.grown(1.0).clamped(label.at);
            let (dx, dy) = (end.0 - x, end.1 - y);
            let clear = DOT_GAP / dx.hypot(dy);
            let start = (x + clear * dx, y + clear * dy);
            let leader = (gap >= LEADER_FROM).then_some([start, end]);
            places.push(PointPlace { place, leader });
        }
    }
    places
}

/// Whether a box is free of all lines.
pub fn is_clear(place: Rect, labelled: &[Labelled]) -> bool {
    labelled.iter().all(|one| !one.lines.iter().any(|line| place.grown(OWN_GAP).crossed_by(line)))
}

/// Boxes right and left of the lines, the best heights first.
fn candidates(own: &Labelled, frame: Rect) -> Vec<Rect> {
    let (width, height) = own.size;
    let rows = ((frame.bottom - frame.top) / STEP) as usize;
    let mut places = Vec::new();
    for row in 0..rows {
        let top = frame.top + STEP * row as f64;
        let band = Rect { top, bottom: top + height, ..frame };
        let xs = || own.lines.iter().flat_map(|line| band.pieces(line)).flatten().map(|p| p.0);
        let (first, last) =
            xs().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        if first > last {
            continue;
        }
        for left in [last + OWN_GAP, first - OWN_GAP - width] {
            places.push(Rect { left, right: left + width, top, bottom: top + height });
        }
    }
    // Curves are furthest apart in the tail, below the middle, but not at the very end.
    let best = frame.top + 0.68 * (frame.bottom - frame.top);
    places.sort_by(|a, b| (a.top - best).abs().total_cmp(&(b.top - best).abs()));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { left: 0.0, right: 400.0, top: 0.0, bottom: 300.0 };

    fn falling(from: f64, to: f64) -> Labelled {
        Labelled { lines: vec![vec![(from, 0.0), (to, 300.0)]], size: (60.0, 15.0) }
    }

    #[test]
    fn labels_stand_beside_their_own_curve_only() {
        let curves = [falling(20.0, 100.0), falling(120.0, 300.0)];
        let places = beside_curves(&curves, FRAME).expect("there is room for two");
        assert!(!places[0].overlaps(places[1]));
        for place in places {
            assert!(FRAME.holds(place) && is_clear(place.grown(2.0 - OWN_GAP), &curves));
        }
    }

    #[test]
    fn labels_of_points_keep_clear_of_points_lines_and_one_another() {
        let label = |x: f64, y: f64| PointLabel { at: (x, y), size: (60.0, 15.0) };
        let labels =
            [label(50.0, 50.0), label(120.0, 52.0), label(395.0, 150.0), label(50.0, 50.0)];
        let dots: Vec<Point> = labels.iter().map(|label| label.at).collect();
        let line = vec![(0.0, 70.0), (400.0, 70.0)];
        let places = beside_points(&labels, std::slice::from_ref(&line), &dots, FRAME);
        let found: Vec<Rect> = places.iter().flatten().map(|found| found.place).collect();
        assert_eq!(found.len(), labels.len(), "{places:?}");
        for (i, place) in found.iter().enumerate() {
            assert!(FRAME.holds(*place) && !place.crossed_by(&line));
            assert!(!dots.iter().any(|&dot| place.has(dot)));
            assert!(!found[..i].iter().any(|other| other.overlaps(*place)));
        }
        let crowd: Vec<PointLabel> = (0..90).map(|i| label(200.0 + f64::from(i), 150.0)).collect();
        assert!(beside_points(&crowd, &[], &[], FRAME).contains(&None));
        // Shut in by lines on both sides, a label stands further away.
        let walls = [45.0, 75.0].map(|y| vec![(0.0, y), (400.0, y)]);
        let far =
            beside_points(&[label(200.0, 60.0)], &walls, &[(260.0, 60.0), (140.0, 60.0)], FRAME);
        assert!(far[0].is_some_and(|far| far.leader.is_some()), "{far:?}");
    }

    #[test]
    fn crowded_curves_are_refused() {
        let curves: Vec<Labelled> =
            (0..12).map(|i| falling(20.0, 100.0 + 20.0 * f64::from(i))).collect();
        assert!(beside_curves(&curves, FRAME).is_none());
    }
}
