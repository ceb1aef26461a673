//! The conditional loss along the inner coordinate, resolved by panels and cut where it turns.

use super::panel::{Panel, mass, points};
use crate::exact::moments::Moments;

/// Standard deviations that are walked through: one normal in 1e23 lies beyond.
pub const REACH: f64 = 10.0;
/// Error of a panel, as a share of the least loss on it.
const TOLERANCE: f64 = 3e-13;
/// Where quantiles of gamma and beta distributions are behind a loss their rounding is seen on fine panels.
const NOISE: (f64, f64) = (1.0 / 64.0, 1e-11);
/// Narrower panels are not halved.
const NARROWEST: f64 = 1e-11;
/// Panels that are tried for a line, at most.
const MOST_PANELS: usize = 6_000;
/// Edges of panels that are given, at most.
const MOST_EDGES: usize = 2_000;
/// Places of a panel that are looked at for turns.
const LOOKS: usize = 64;

/// The conditional loss at an outer coordinate.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The outer coordinate.
    pub outer: f64,
    /// Weight among the lines, not scaled.
    pub weight: f64,
    /// From the lowest inner coordinate on.
    pub panels: Vec<Panel>,
    /// Parts of panels on which the loss rises or falls.
    pub pieces: Vec<Piece>,
    /// Means over the line: loss, its square, its conditional variance, defaults.
    pub means: [f64; 4],
    /// Largest error of a panel as a share of the losses there.
    pub error: f64,
    /// States that were read.
    pub reads: usize,
}

/// A part of a panel on which the loss is monotone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Number of the panel.
    pub panel: usize,
    /// Ends.
    pub ends: (f64, f64),
    /// Losses there.
    pub losses: (f64, f64),
    /// Probability.
    pub mass: f64,
    /// Integral of the loss.
    pub first: f64,
}

impl Piece {
    /// Least and largest loss.
    pub fn range(&self) -> (f64, f64) {
        (self.losses.0.min(self.losses.1), self.losses.0.max(self.losses.1))
    }

    /// The part beyond a loss that lies between the two: from where to where.
    pub fn beyond(&self, x: f64, panel: &Panel) -> (f64, f64) {
        let root = panel.root(x, self.ends);
        if self.losses.0 > self.losses.1 { (self.ends.0, root) } else { (root, self.ends.1) }
    }
}

/// How a line is resolved.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The outer coordinate.
    pub outer: f64,
    /// Weight of the line.
    pub weight: f64,
    /// Whether the loss is monotone.
    pub is_monotone: bool,
    /// Edges that panels should have.
    pub edges: &'a [f64],
    /// Losses below this do not count, smallest units.
    pub floor: f64,
}

impl Line {
    /// One state: nothing moves.
    pub fn constant(own: &Moments) -> Self {
        let panel = Panel::new((-REACH, REACH), [own.mean; 17]);
        let losses = (own.mean, own.mean);
        let ends = (-REACH, REACH);
        Self {
            outer: 0.0,
            weight: 1.0,
            panels: vec![panel],
            pieces: vec![Piece { panel: 0, ends, losses, mass: 1.0, first: own.mean }],
            means: [own.mean, own.mean * own.mean, own.variance, own.defaults],
            error: 0.0,
            reads: 1,
        }
    }

    /// Resolves what `read` gives along the inner coordinate; `None` if it was told to stop.
    pub fn of(
        read: impl Fn(f64) -> Moments,
        asked: Asked<'_>,
        is_stopped: impl Fn() -> bool,
    ) -> Option<Self> {
        let mut line = Self {
            outer: asked.outer,
            weight: asked.weight,
            panels: Vec::new(),
            pieces: Vec::new(),
            means: [0.0; 4],
            error: 0.0,
            reads: 0,
        };
        // From the last to the first.
        let mut open: Vec<(f64, f64)> =
            edges(asked.edges).windows(2).map(|w| (w[0], w[1])).rev().collect();
        let mut tried = 0;
        while let Some((from, to)) = open.pop() {
            if is_stopped() {
                return None;
            }
            let moments = points(from, to).map(&read);
            tried += 1;
            line.reads += moments.len();
            let panel = Panel::new((from, to), moments.map(|own| own.mean));
            let (error, width) = (panel.error(), to - from);
            let most = panel.most();
            let is_fine = error <= TOLERANCE * panel.least() + asked.floor
                || width < NOISE.0 && error <= NOISE.1 * most;
            // What is no number is none on a narrower panel.
            let may_halve =
                width > NARROWEST && tried + open.len() < MOST_PANELS && !error.is_nan();
            if !is_fine && may_halve {
                let middle = 0.5 * (from + to);
                open.extend([(middle, to), (from, middle)]);
                continue;
            }
            if error.is_nan() {
                line.error = 1.0;
            } else if most > 0.0 && error > asked.floor {
                line.error = line.error.max(error / most);
            }
            line.add(panel, &moments, asked.is_monotone);
        }
        Some(line)
    }

    /// Joins the next panel.
    fn add(&mut self, panel: Panel, moments: &[Moments; 17], is_monotone: bool) {
        let (from, to) = (panel.from, panel.to);
        let [_, first, square] = panel.integrals(from, to);
        let mean_of = |of: fn(&Moments) -> f64| {
            let own = std::array::from_fn(|at| of(&moments[at]));
            Panel::new((from, to), own).integrals(from, to)[1]
        };
        let more = [first, square, mean_of(|own| own.variance), mean_of(|own| own.defaults)];
        self.means.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        let number = self.panels.len();
        let ends = if is_monotone { vec![from, to] } else { turns(&panel) };
        for ends in ends.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            self.pieces.push(Piece {
                panel: number,
                ends: (from, to),
                losses: (panel.at(from), panel.at(to)),
                mass: mass(from, to),
                first: panel.integrals(from, to)[1],
            });
        }
        self.panels.push(panel);
    }

    /// The loss at an inner coordinate.
    pub fn at(&self, inner: f64) -> f64 {
        let place = inner.clamp(-REACH, REACH);
        let at = self.panels.partition_point(|panel| panel.to < place);
        self.panels[at.min(self.panels.len() - 1)].at(place)
    }
}

/// Ends of the panels to begin with: whole numbers and what is given between them.
fn edges(given: &[f64]) -> Vec<f64> {
    let whole = REACH as i32;
    let mut edges: Vec<f64> = (-whole..=whole).map(f64::from).collect();
    let within = given.iter().copied().filter(|e| e.abs() < REACH).take(MOST_EDGES);
    edges.extend(within);
    edges.sort_by(f64::total_cmp);
    edges.dedup_by(|next, kept| *next - *kept < NARROWEST);
    edges
}

/// The ends of a panel and where its function turns between them.
fn turns(panel: &Panel) -> Vec<f64> {
    let (from, to) = (panel.from, panel.to);
    let place = |k: usize| from + (to - from) * k as f64 / LOOKS as f64;
    let values: Vec<f64> = (0..=LOOKS).map(|k| panel.at(place(k))).collect();
    let noise = 1e-13 * panel.most().abs();
    let mut ends = vec![from];
    let mut before = 0.0_f64;
    for k in 0..LOOKS {
        let change = values[k + 1] - values[k];
        if change.abs() <= noise {
            continue;
        }
        if before * change < 0.0 {
            // The top (or bottom) lies within two steps.
            ends.push(extreme(panel, (place(k - 1), place(k + 1)), before.signum()));
        }
        before = change;
    }
    ends.push(to);
    ends
}

/// Where the function is largest (`sign` 1) or least (-1) between two places, by golden sections.
fn extreme(panel: &Panel, (mut a, mut b): (f64, f64), sign: f64) -> f64 {
    let golden = 0.5 * (libm::sqrt(5.0) - 1.0);
    let f = |place: f64| sign * panel.at(place);
    let (mut c, mut d) = (b - golden * (b - a), a + golden * (b - a));
    let (mut at_c, mut at_d) = (f(c), f(d));
    for _ in 0..60 {
        if at_c > at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - golden * (b - a);
            at_c = f(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + golden * (b - a);
            at_d = f(d);
        }
    }
    0.5 * (a + b)
}
