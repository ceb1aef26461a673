//! How the law of a book is added up: which states there are, on which grid, and in what way.

use super::class::Class;
use super::direct::{Direct, directly};
use super::grid::{Grid, MOST_POINTS};
use super::moments::{Moments, given, moments};
use super::quadrature::{MOST_INPUTS, States, state};
use super::ways::{Way, are_few, is_drawn, way};
use crate::model::Model;

/// Multiplications that may be spent lot by lot on a law.
const BUDGET: f64 = 1e9;
/// States that a law is added up from, about, by number of normals.
const STATES: [f64; MOST_INPUTS + 1] = [1.0, 300.0, 5_000.0, 30_000.0];
/// Points of the grid that the law given a state may cover, by number of normals, where losses have to be moved.
const WINDOW: [f64; MOST_INPUTS + 1] = [1e6, 65_536.0, 16_384.0, 4_096.0];
/// The same where all losses then stay where they are: worth more time.
const WINDOW_EXACT: [f64; MOST_INPUTS + 1] = [1e6, 131_072.0, 32_768.0, 8_192.0];
/// Frequencies times lots that are multiplied one by one in a state, by number of normals.
const DIRECT: [f64; MOST_INPUTS + 1] = [1e8, 4e6, 1e6, 2e5];
/// The widest window where costs have laws: on finer grids the cells of a beta law are lost in rounding, and many states take
/// long.
const WIDE: [f64; MOST_INPUTS + 1] = [32_768.0, 8_192.0, 2_048.0, 512.0];
/// The narrowest, as a share of it.
const NARROW: f64 = 0.25;

/// States, grid and way.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The states.
    pub states: States,
    /// The grid.
    pub grid: Grid,
    /// The way.
    pub way: Way,
    /// Grid points that no loss passes.
    pub top: f64,
    /// Lots whose costs have laws, where these are taken as they are.
    pub direct: Vec<Direct>,
}

impl Plan {
    /// For a book, on a grid of at most so many points.
    pub fn of(classes: &[Class], model: &Model, points: usize) -> Self {
        let axes = States::of(classes, model);
        let mut states: Vec<(Vec<f64>, Moments)> = Vec::new();
        let coarse = axes.evenly();
        for line in coarse.lines(0) {
            coarse.each(&line, 0, |node| {
                let pds = given(classes, model, &state(model, node));
                let moments = moments(classes, model, &pds);
                states.push((pds, moments));
            });
        }
        let are_few = are_few((classes, model));
        let drawn = drawn(classes);
        // The more there are to be multiplied the fewer points each gets.
        let room = DIRECT[axes.len()] / drawn.max(1.0);
        let narrow = NARROW * WIDE[axes.len()];
        let window = match drawn > 0.0 && !are_few {
            true => [room.clamp(narrow, WIDE[axes.len()]); 2],
            false => [WINDOW_EXACT[axes.len()], WINDOW[axes.len()]],
        };
        let grid = grid((classes, model), &states, (window, points, are_few));
        let way = match are_few {
            true => Way::Atoms,
            false if !is_drawn(classes) => {
                way((classes, model), &states, grid.step as f64, BUDGET / STATES[axes.len()])
            }
            false if room >= narrow => Way::Direct,
            false => Way::Transform,
        };
        let direct = match way {
            Way::Direct => directly((classes, model), grid.step),
            _ => Vec::new(),
        };
        let whole: f64 = classes.iter().map(Class::total).sum();
        let top = if model.counts() { f64::INFINITY } else { (whole / grid.step as f64).ceil() };
        Self { states: axes, grid, way, top, direct }
    }
}

/// Lots whose costs have laws.
fn drawn(classes: &[Class]) -> f64 {
    let lots = classes.iter().flat_map(|class| &class.lots);
    lots.filter(|lot| lot.cost.is_some()).count() as f64
}

/// A grid that reaches as far as losses do, on no more points than a law given a state should cover: if it holds all
/// losses as they are, and else.
fn grid(
    (classes, model): (&[Class], &Model),
    states: &[(Vec<f64>, Moments)],
    (windows, most, are_few): ([f64; 2], usize, bool),
) -> Grid {
    let highest = states.iter().map(|(_, moments)| moments.highest()).fold(0.0, f64::max);
    let whole: f64 = classes.iter().map(Class::total).sum();
    let largest = if model.counts() { highest } else { highest.min(whole) };
    // Of a large book a state covers a small part, so that the grid may be fine.
    let wide = states.iter().map(|(_, moments)| moments.highest() - moments.mean);
    let share = (2.0 * wide.fold(0.0, f64::max) / largest.max(1.0)).clamp(1e-6, 1.0);
    let draws: f64 = classes.iter().flat_map(|c| &c.lots).map(|lot| lot.draws as f64).sum();
    // So few cover no grid at all.
    let alone = draws <= 10.0 && (are_few || !is_drawn(classes));
    let [exact, moved] = windows.map(|window| {
        let points = ((window / share) as usize).max(window as usize).min(most);
        Grid::new(classes, largest, if alone { points.max(MOST_POINTS) } else { points })
    });
    if exact.is_exact { exact } else { moved }
}
