//! Plane geometry in pixels: rectangles, polylines cut at a frame, dashes, thinning.

/// A position, pixels from the top left.
pub type Point = (f64, f64);

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Top edge.
    pub top: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl Rect {
    /// The same with a rim around it.
    pub fn grown(self, rim: f64) -> Self {
        Self {
            left: self.left - rim,
            right: self.right + rim,
            top: self.top - rim,
            bottom: self.bottom + rim,
        }
    }

    /// Whether two rectangles share area.
    pub fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether all of `other` lies inside.
    pub fn holds(self, other: Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    /// Whether a position lies inside.
    pub fn has(self, point: Point) -> bool {
        (self.left..=self.right).contains(&point.0) && (self.top..=self.bottom).contains(&point.1)
    }

    /// The part of the segment inside, if any (Liang and Barsky).
    fn segment(self, a: Point, b: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        for (speed, room) in [
            (-dx, a.0 - self.left),
            (dx, self.right - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom - a.1),
        ] {
            if speed == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if speed < 0.0 {
                enters = enters.max(room / speed);
            } else {
                leaves = leaves.min(room / speed);
            }
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        (enters <= leaves).then(|| (at(enters), at(leaves)))
    }

    /// Whether a polyline passes through.
    pub fn crossed_by(self, line: &[Point]) -> bool {
        line.windows(2).any(|pair| self.segment(pair[0], pair[1]).is_some())
    }

    /// The pieces of a polyline inside.
    pub fn pieces(self, line: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        for pair in line.windows(2) {
            let Some((a, b)) = self.segment(pair[0], pair[1]) else { continue };
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&a) => piece.push(b),
                _ => pieces.push(vec![a, b]),
            }
        }
        pieces
    }

    /// The nearest position inside.
    pub fn clamped(self, point: Point) -> Point {
        (point.0.max(self.left).min(self.right), point.1.max(self.top).min(self.bottom))
    }
}

/// Cuts a polyline into dashes; an empty pattern leaves it whole.
///
/// The drawing library has no dash pattern of its own.
pub fn dashes(line: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let (Some(&first), false) = (line.first(), pattern.is_empty()) else {
        return vec![line.to_vec()];
    };
    let mut strokes = Vec::new();
    let mut stroke = vec![first];
    let (mut phase, mut rest) = (0, pattern[0]);
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > rest {
            let share = rest / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            length -= rest;
            // Even phases are strokes, odd ones gaps.
            if phase % 2 == 0 {
                stroke.push(from);
                strokes.push(std::mem::take(&mut stroke));
            } else {
                stroke = vec![from];
            }
            phase = (phase + 1) % pattern.len();
            rest = pattern[phase];
        }
        rest -= length;
        if phase % 2 == 0 {
            stroke.push(to);
        }
    }
    if stroke.len() > 1 {
        strokes.push(stroke);
    }
    strokes
}

/// At most `limit` items, evenly taken, with both ends.
pub fn thinned<T: Copy>(items: &[T], limit: usize) -> Vec<T> {
    if items.len() <= limit || limit < 2 {
        return items.to_vec();
    }
    (0..limit).map(|i| items[i * (items.len() - 1) / (limit - 1)]).collect()
}

/// At most `limit` items in their order: those that are no steps first, then steps evenly taken.
pub fn few<T: Copy>(items: &[T], limit: usize, is_step: impl Fn(&T) -> bool) -> Vec<T> {
    let (steps, others): (Vec<usize>, Vec<usize>) =
        (0..items.len()).partition(|&at| is_step(&items[at]));
    let mut kept = thinned(&others, limit);
    let room = limit - kept.len();
    match room {
        0 => {}
        1 => kept.extend(steps.first()),
        _ => kept.extend(thinned(&steps, room)),
    }
    kept.sort_unstable();
    kept.into_iter().map(|at| items[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { left: 0.0, right: 10.0, top: 0.0, bottom: 10.0 };

    #[test]
    fn steps_give_way_to_others() {
        let items: Vec<u32> = (0..12).collect();
        let is_step = |&i: &u32| i >= 2 && i != 11;
        assert_eq!(few(&items, 5, is_step), [0, 1, 2, 10, 11]);
        assert_eq!(few(&items, 4, is_step), [0, 1, 2, 11]);
        assert_eq!(few(&items, 3, is_step), [0, 1, 11]);
        assert_eq!(few(&items, 20, is_step), items);
        assert_eq!(few(&items, 4, |_| false), [0, 3, 7, 11]);
    }

    #[test]
    fn a_line_is_cut_at_the_frame() {
        let pieces = FRAME.pieces(&[(-5.0, 5.0), (5.0, 5.0), (5.0, 15.0), (7.0, 15.0), (7.0, 0.0)]);
        assert_eq!(
            pieces,
            [vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)], vec![(7.0, 10.0), (7.0, 0.0)],]
        );
        assert!(FRAME.pieces(&[(-5.0, -1.0), (15.0, -1.0)]).is_empty());
    }

    #[test]
    fn dashes_follow_the_line_round_corners() {
        let strokes = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)], &[3.0, 2.0]);
        assert_eq!(strokes, [vec![(0.0, 0.0), (3.0, 0.0)], vec![(4.0, 1.0), (4.0, 4.0)]]);
        assert_eq!(dashes(&[(0.0, 0.0), (4.0, 0.0)], &[]).len(), 1);
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let thin = thinned(&(0..1_000).collect::<Vec<_>>(), 10);
        assert_eq!((thin.len(), thin[0], thin[9]), (10, 0, 999));
    }
}
