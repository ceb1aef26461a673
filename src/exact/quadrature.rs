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
//! Normals that no conditional PD depends on (a held factor alone on its axis, one that no segment hangs on) take no
//! points.

use super::class::Class;
use crate::model::{Model, State};

/// Standard deviations that are walked through.
const REACH: f64 = 9.0;
/// The most normals that are integrated over.
pub const MOST_INPUTS: usize = 3;
/// Step of the coarsest lattice by number of normals.
const COARSEST: [f64; MOST_INPUTS + 1] = [1.0, 0.5, 0.5, 1.0];
/// Points of the finest lattice by number of normals, at most.
pub const MOST_NODES: [usize; MOST_INPUTS + 1] = [1, 40_000, 80_000, 250_000];

/// The normals that states depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    inputs: usize,
    /// Numbers of those that move something.
    pub moving: Vec<usize>,
}

/// A point of a lattice.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// One per input of the model.
    pub normals: Vec<f64>,
    /// Weight, not scaled.
    pub weight: f64,
}

impl Axes {
    /// Finds out which normals move the conditional PDs of a book.
    pub fn of(classes: &[Class], model: &Model) -> Self {
        let inputs = model.inputs();
        // Probes in general position.
        let probe = |shift: f64| -> Vec<f64> {
            (0..inputs).map(|i| shift + 0.3 * libm::sin(1.0 + 2.0 * i as f64)).collect()
        };
        let probes = [probe(-1.1), probe(0.4), probe(1.7)];
        let moves = |&input: &usize| {
            probes.iter().any(|at| {
                let here = model.state(at);
                [-1.3, 0.9].iter().any(|step| {
                    let mut moved = at.clone();
                    moved[input] += step;
                    let there = model.state(&moved);
                    let own = |class: &Class| class.given(model, &here);
                    let differs = |class: &Class| own(class) != class.given(model, &there);
                    let ties = |class: &Class| {
                        let y = |at: &[f64]| model.direction_at(class.segment, at);
                        !class.tied.is_empty() && y(at) != y(&moved)
                    };
                    classes.iter().any(|class| differs(class) || ties(class))
                })
            })
        };
        Self { inputs, moving: (0..inputs).filter(moves).collect() }
    }

    /// Number of normals to integrate over.
    pub fn len(&self) -> usize {
        self.moving.len()
    }

    /// Whether there is one state only.
    pub fn is_empty(&self) -> bool {
        self.moving.is_empty()
    }

    /// Points that join at a level: level 0 has the coarsest lattice, each further one halves its step
    /// and brings the points in between. None from the level on that would have too many.
    pub fn nodes(&self, level: u32) -> Vec<Node> {
        let d = self.len();
        if d == 0 {
            let at = Node { normals: vec![0.0; self.inputs], weight: 1.0 };
            return if level == 0 { vec![at] } else { Vec::new() };
        }
        let h = COARSEST[d] / f64::from(1_u32 << level);
        let most = (REACH / h).floor() as i64;
        // The volume of the ball is about that many points.
        let ball = [1.0, 2.0, std::f64::consts::PI, 4.19][d];
        if level > 0 && ball * (most as f64).powi(d as i32) > MOST_NODES[d] as f64 {
            return Vec::new();
        }
        let mut nodes = Vec::new();
        let mut at = vec![-most; d];
        loop {
            let is_new = level == 0 || at.iter().any(|k| k % 2 != 0);
            let square: f64 = at.iter().map(|&k| (h * k as f64) * (h * k as f64)).sum();
            if is_new && square <= REACH * REACH {
                let mut normals = vec![0.0; self.inputs];
                self.moving.iter().zip(&at).for_each(|(&i, &k)| normals[i] = h * k as f64);
                nodes.push(Node { normals, weight: libm::exp(-0.5 * square) });
            }
            // The last axis runs fastest.
            let mut axis = d;
            loop {
                if axis == 0 {
                    return nodes;
                }
                axis -= 1;
                at[axis] += 1;
                if at[axis] <= most {
                    break;
                }
                at[axis] = -most;
            }
        }
    }
}

/// The state at a point.
pub fn state(model: &Model, node: &Node) -> State {
    model.state(&node.normals)
}
