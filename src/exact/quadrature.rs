//! States of the model with their weights: the trapezoidal rule over its independent normals.
//!
//! E f(e) over standard normals e is
//!
//! 1. sum_k f(h k) phi(h k) / sum_k phi(h k),   k on the whole lattice,
//!
//! whose error falls as exp(-2 pi d / h) for functions that are smooth on a strip of width d (Trefethen and
//! Weideman 2014), and halving h keeps all points: what a halving changes tells the error of the coarser
//! sum, far above that of the finer one. It is refined until nothing moves that counts. Points
//! beyond 9 standard deviations, where one normal in 1e19 lies, are left out.
//!
//! Where a conditional PD turns from 0 to 1 within a narrow width d is small. There variables are integrated one inside the
//! other, each on a lattice that is even in u,
//!
//! 2. u(x) = x + sum_j asinh((x - t_j) / w_j),   E f = sum_k f(x_k) phi(x_k) / u'(x_k) h,   u(x_k) = h k,
//!
//! with the places t_j and widths w_j of the turns along it, given the variables before ([`super::turning`]). As a
//! function of u what turns at t_j within w_j is smooth on a strip whose width does not depend on w_j. Turns that the
//! others resolve already are left out. The variables are chosen so that the narrowest turns depend on the fewest.
//!
//! Normals that no conditional PD depends on (a held factor alone on its axis, one that no segment hangs on) take no
//! points.

use std::sync::Arc;

use super::class::Class;
use super::map::Map;
use super::turning::{NARROWEST, Plane, Turning, WIDE};

pub use super::turning::MOST_INPUTS;
use crate::model::{Model, State};

/// Standard deviations that are walked through.
const REACH: f64 = 9.0;
/// Step of the coarsest lattice by number of normals.
const COARSEST: [f64; MOST_INPUTS + 1] = [1.0, 1.0, 0.5, 1.0];
/// Points of the finest lattice by number of normals, at most.
const MOST_NODES: [usize; MOST_INPUTS + 1] = [1, 40_000, 80_000, 250_000];
/// The same where turns are narrow.
const MOST_MAPPED: [usize; MOST_INPUTS + 1] = [1, 200_000, 1_000_000, 5_000_000];

/// The normals that conditional PDs depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// Numbers of those that move something.
    pub moving: Vec<usize>,
}

/// The states of a book: lattices over the variables that its conditional PDs depend on.
#[derive(Debug, Clone)]
pub struct States {
    inputs: usize,
    /// By variable the normals at its unit; the mixing variable comes first where turns are narrow.
    basis: Vec<Vec<f64>>,
    narrow: Option<Narrow>,
}

/// What makes a lattice uneven.
#[derive(Debug, Clone)]
struct Narrow {
    turning: Turning,
    /// Of the functionals on the variables.
    coefficients: Vec<Vec<f64>>,
    /// Whether the first variable is the mixing variable.
    mixes: bool,
    model: Model,
    /// Planes where nothing mixes.
    planes: Arc<Vec<Vec<Plane>>>,
}

/// A point of a lattice.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// One per input of the model.
    pub normals: Vec<f64>,
    /// Weight: those of a lattice add up to 1 / h^d (2 pi)^(d / 2).
    pub weight: f64,
}

/// Values of the first variables: a point, or a line of them along the last variable.
#[derive(Debug, Clone)]
pub struct Line {
    x: Vec<f64>,
    square: f64,
    weight: f64,
    is_new: bool,
    planes: Arc<Vec<Vec<Plane>>>,
}

impl Axes {
    /// Finds out which normals move the conditional PDs of a book.
    pub fn of(classes: &[Class], model: &Model) -> Self {
        Self::from(&Turning::of(classes, model), model)
    }

    fn from(turning: &Turning, model: &Model) -> Self {
        let moves = |i: usize| {
            turning.moving.iter().any(|&(of, _)| turning.functionals[of].weights[i] != 0.0)
        };
        let mut moving: Vec<usize> = (0..model.factors.len()).filter(|&i| moves(i)).collect();
        if turning.mixes {
            moving.push(model.factors.len());
        }
        Self { moving }
    }

    /// Number of normals to integrate over.
    pub fn len(&self) -> usize {
        self.moving.len()
    }

    /// Whether there is one state only.
    pub fn is_empty(&self) -> bool {
        self.moving.is_empty()
    }
}

impl States {
    /// Of a book.
    pub fn of(classes: &[Class], model: &Model) -> Self {
        let turning = Turning::of(classes, model);
        let axes = Axes::from(&turning, model);
        let inputs = model.inputs();
        let unit = |at: usize| {
            let mut unit = vec![0.0; inputs];
            unit[at] = 1.0;
            unit
        };
        let mut basis: Vec<Vec<f64>> = Vec::new();
        if turning.mixes {
            basis.push(unit(model.factors.len()));
        }
        let linear = independent(&turning);
        let count = linear.len();
        basis.extend(linear.iter().map(|own| {
            let mut own = own.clone();
            own.resize(inputs, 0.0);
            own
        }));
        let dimensions = basis.len();
        let wide = WIDE[dimensions.min(MOST_INPUTS)];
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let of = |f: &[f64]| -> Vec<f64> { linear.iter().map(|own| product(own, f)).collect() };
        let coefficients: Vec<Vec<f64>> =
            turning.functionals.iter().map(|own| of(&own.weights)).collect();
        let is_narrow = turning.turns.iter().any(|turn| turn.width < wide)
            || turning.mixing.iter().any(|own| own.1 < wide);
        let narrow = (is_narrow && dimensions <= MOST_INPUTS).then(|| {
            let planes = match turning.mixes {
                true => Vec::new(),
                false => turning.planes(&coefficients, (count, wide), &[1.0]),
            };
            let mixes = turning.mixes;
            let planes = Arc::new(planes);
            Narrow { turning, coefficients, mixes, model: model.clone(), planes }
        });
        if narrow.is_none() && axes.len() == dimensions {
            basis = axes.moving.iter().map(|&at| unit(at)).collect();
        }
        Self { inputs, basis, narrow }
    }

    /// Number of variables to integrate over.
    pub fn len(&self) -> usize {
        self.basis.len()
    }

    /// Whether there is one state only.
    pub fn is_empty(&self) -> bool {
        self.basis.is_empty()
    }

    /// Whether lattices are uneven because some conditional PD turns within a narrow width.
    pub fn are_narrow(&self) -> bool {
        self.narrow.is_some()
    }

    /// h of a level: level 0 has the coarsest lattice, each further one halves its step.
    pub fn step(&self, level: u32) -> f64 {
        COARSEST[self.len()] / f64::from(1_u32 << level)
    }

    /// Whether a level above 0 would have too many points, `before` those of all levels below it.
    pub fn is_too_fine(&self, level: u32, before: usize) -> bool {
        let d = self.len();
        if self.narrow.is_some() {
            return before << d > MOST_MAPPED[d];
        }
        // The volume of the ball is about that many points.
        let ball = [1.0, 2.0, std::f64::consts::PI, 4.19][d];
        let most = (REACH / self.step(level)).floor();
        d == 0 || level > 30 || ball * libm::pow(most, d as f64) > MOST_NODES[d] as f64
    }

    /// How far weights of all levels up to this one are from adding up to 1, before they are scaled.
    pub fn missing(&self, level: u32, weights: f64) -> f64 {
        let each = self.step(level) / (2.0 * std::f64::consts::PI).sqrt();
        (weights * libm::pow(each, self.len() as f64) - 1.0).abs()
    }

    /// An even lattice of step h all the same.
    pub fn evenly(&self) -> Self {
        Self { narrow: None, ..self.clone() }
    }

    /// Lines that hold all points of a level, in order.
    pub fn lines(&self, level: u32) -> Vec<Line> {
        let planes = self.narrow.as_ref().map_or_else(Arc::default, |own| own.planes.clone());
        let whole = Line { x: Vec::new(), square: 0.0, weight: 1.0, is_new: level == 0, planes };
        let mut lines = vec![whole];
        // Of one variable each point is a line.
        let fixed = if self.len() > 1 { self.len() - 1 } else { self.len() };
        for at in 0..fixed {
            let mut next = Vec::new();
            for line in &lines {
                let is_last = at + 1 == self.len();
                self.along(line, level, is_last && !line.is_new, |x, weight, is_odd| {
                    let is_new = line.is_new || is_odd;
                    next.push(self.with(line, (x, weight, is_new)));
                });
            }
            lines = next;
        }
        lines
    }

    fn with(&self, line: &Line, (x, weight, is_new): (f64, f64, bool)) -> Line {
        let mut own = line.clone();
        own.x.push(x);
        own.square += x * x;
        own.weight *= weight;
        own.is_new = is_new;
        if let Some(narrow) = self.narrow.as_ref().filter(|own| own.mixes && line.x.is_empty()) {
            let wide = WIDE[self.len()];
            let scales = narrow.model.scales_at(x);
            let count = self.len() - 1;
            let planes = narrow.turning.planes(&narrow.coefficients, (count, wide), &scales);
            own.planes = Arc::new(planes);
        }
        own
    }

    /// The points of a line that are new on a level.
    pub fn each(&self, line: &Line, level: u32, mut take: impl FnMut(&Node)) {
        let mut node = Node { normals: vec![0.0; self.inputs], weight: line.weight };
        let put = |normals: &mut [f64], x: &[f64]| {
            normals.fill(0.0);
            for (unit, x) in self.basis.iter().zip(x) {
                normals.iter_mut().zip(unit).for_each(|(sum, unit)| *sum += unit * x);
            }
        };
        if line.x.len() == self.len() {
            put(&mut node.normals, &line.x);
            take(&node);
            return;
        }
        let mut at = line.x.clone();
        at.push(0.0);
        let last = at.len() - 1;
        self.along(line, level, !line.is_new, |x, weight, _| {
            at[last] = x;
            put(&mut node.normals, &at);
            node.weight = line.weight * weight;
            take(&node);
        });
    }

    /// Points along the variable after those of a line: place, weight, whether the level brings it; or only those.
    fn along(&self, line: &Line, level: u32, only_new: bool, mut take: impl FnMut(f64, f64, bool)) {
        let h = self.step(level);
        let half = (REACH * REACH - line.square).max(0.0).sqrt();
        let map = self.map(line, half);
        let (low, high) = ((map.at(-half) / h).ceil() as i64, (map.at(half) / h).floor() as i64);
        let mut x = -half;
        for k in low..=high {
            let is_odd = level > 0 && k % 2 != 0;
            if only_new && !is_odd {
                continue;
            }
            x = map.inverse(h * k as f64, (x, half));
            take(x, libm::exp(-0.5 * x * x) / map.slope(x), is_odd);
        }
    }

    /// Equation 2.
    fn map(&self, line: &Line, half: f64) -> Map {
        let Some(narrow) = &self.narrow else { return Map::default() };
        let wide = WIDE[self.len()];
        if narrow.mixes && line.x.is_empty() {
            let turns = narrow.turning.mixing.iter().copied();
            return Map::of(turns.filter(|own| own.1 < wide).collect(), half);
        }
        let before = &line.x[usize::from(narrow.mixes)..];
        let turn = |plane: &Plane| {
            let moved: f64 = plane.c.iter().zip(before).map(|(c, x)| c * x).sum();
            (plane.t - moved, plane.width)
        };
        Map::of(line.planes[before.len()].iter().map(turn).collect(), half)
    }
}

/// Orthonormal variables that the moving functionals are made of, the narrowest first.
fn independent(turning: &Turning) -> Vec<Vec<f64>> {
    /// What is left of a functional does not count where it is this much shorter than the narrowest turn is wide: its effect is
    /// of second order.
    const SHORT: f64 = 1e-6;
    let narrowest = turning.moving.iter().map(|own| own.1).fold(1.0, f64::min).max(NARROWEST);
    let mut moving = turning.moving.clone();
    moving.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let mut found: Vec<Vec<f64>> = Vec::new();
    for (of, _) in moving {
        let mut rest = turning.functionals[of].weights.clone();
        // Twice is enough (Kahan and Parlett).
        for _ in 0..2 {
            for own in &found {
                let along: f64 = own.iter().zip(&rest).map(|(a, b)| a * b).sum();
                rest.iter_mut().zip(own).for_each(|(rest, own)| *rest -= along * own);
            }
        }
        let length = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > SHORT * narrowest {
            found.push(rest.iter().map(|x| x / length).collect());
        }
    }
    found
}

/// The state at a point.
pub fn state(model: &Model, node: &Node) -> State {
    model.state(&node.normals)
}
