//! Where conditional PDs turn: the places along each integration variable that a lattice of states must resolve.
//!
//! The conditional PD of a class passes from 0 to 1 around a plane a'x = t of the independent normals x, over a width w:
//!
//! 1. probit: t = s G / l - b, w = sqrt(1 - l^2) / l;      logit: t = G / l - b, w = 1 / l;
//! 2. beta mixtures: t where the common rate is 1/2, w from its quartiles;
//! 3. rates of gamma sectors: where the rate meets its cap of 1, and where a sector equals 1;
//! 4. the mixing variable of Student t: where s |G| = 1, w from the places where it is 1/2 and 2
//!
//! (G the threshold, l the loading, s the scale, b what stress moves the direction by). Variables are integrated from the last
//! to the first. What is left after the last one is smooth except where two planes meet at the same value of it: there
//! the order of the two turns changes, over the width of both together. Such places are planes of the variables before,
//! and again have to be resolved.

use super::class::Class;
use crate::model::{Driver, Link, Model, state};
use crate::special::{beta, gamma, normal};

/// The most normals that are integrated over.
pub const MOST_INPUTS: usize = 3;
/// Turns that are wider than this, by number of variables, are resolved by an even lattice.
pub(super) const WIDE: [f64; MOST_INPUTS + 1] = [0.0, 0.1, 0.25, 0.6];
/// Planes of one variable whose meetings are followed, at most.
const MOST_PAIRED: usize = 24;
/// Coefficients below this are rounding.
const NOTHING: f64 = 1e-12;
/// Rates that meet their cap more rarely do not turn there.
const RARE: f64 = 1e-8;
/// The narrowest width: kinks of rates at their cap have none.
pub(super) const NARROWEST: f64 = 1e-4;

/// A linear function of the independent normals behind the factors, with what stress adds to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Functional {
    /// By normal.
    pub weights: Vec<f64>,
    /// Its value at 0.
    pub at_rest: f64,
}

/// A plane around which a conditional PD turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Number of the functional.
    pub of: usize,
    /// Number of the scale of thresholds.
    pub scale: usize,
    /// t per unit of the scale.
    pub scaled: f64,
    /// What does not scale.
    pub fixed: f64,
    /// w.
    pub width: f64,
}

/// A turn along one variable: x = t - sum of c y over the variables y before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    /// c by variable.
    pub c: [f64; MOST_INPUTS],
    /// t.
    pub t: f64,
    /// w.
    pub width: f64,
}

/// What the conditional PDs of a book depend on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turning {
    /// Linear functions of the normals behind the factors.
    pub functionals: Vec<Functional>,
    /// Where PDs turn along them.
    pub turns: Vec<Turn>,
    /// Functionals that move some PD, the narrowest turn of each.
    pub moving: Vec<(usize, f64)>,
    /// Whether the mixing variable moves some PD.
    pub mixes: bool,
    /// Where PDs turn along the mixing variable, with widths.
    pub mixing: Vec<(f64, f64)>,
}

impl Turning {
    /// Of a book: directions first, then factors.
    pub fn of(classes: &[Class], model: &Model) -> Self {
        let count = model.factors.len();
        let values = |at: &[f64]| -> Vec<f64> {
            let factors = model.factors_at(at);
            let mut all = model.directions_at(&factors);
            all.extend(factors);
            all
        };
        let rest = values(&vec![0.0; model.inputs()]);
        let mut functionals: Vec<Functional> =
            rest.iter().map(|&at_rest| Functional { weights: vec![0.0; count], at_rest }).collect();
        for i in 0..count {
            let mut unit = vec![0.0; model.inputs()];
            unit[i] = 1.0;
            for ((own, moved), rest) in functionals.iter_mut().zip(values(&unit)).zip(&rest) {
                let weight = moved - rest;
                own.weights[i] = if weight.abs() < NOTHING { 0.0 } else { weight };
            }
        }
        let mut all = Self { functionals, ..Self::default() };
        for class in classes {
            all.add(class, model);
        }
        all.thin();
        all
    }

    fn add(&mut self, class: &Class, model: &Model) {
        let own = &model.segments[class.segment];
        let law = &model.laws[own.law];
        let (g, l) = (class.threshold, class.loading);
        if !class.tied.is_empty() {
            self.moves(own.direction, f64::INFINITY);
        }
        if !g.is_finite() {
            return;
        }
        if law.scale > 0 && g != 0.0 {
            self.mixes = true;
            let nu = model.degrees_of_freedom(law.scale);
            let at = |s: f64| {
                let (p, q) = gamma::tails(0.5 * nu, 0.5 * nu * s * s);
                normal::quantile_of(p.max(f64::MIN_POSITIVE), q.max(f64::MIN_POSITIVE))
            };
            let s = 1.0 / g.abs();
            self.mixing.push((at(s), 0.25 * (at(2.0 * s) - at(0.5 * s))));
        }
        match &model.drivers[own.driver] {
            Driver::Direction(direction) if l > 0.0 => {
                let at_rest = self.functionals[*direction].at_rest;
                let width = match law.link {
                    Link::Probit => (1.0 - l * l).max(0.0).sqrt() / l,
                    _ => 1.0 / l,
                };
                let (scale, scaled) = (law.scale, g / l);
                self.turn(Turn { of: *direction, scale, scaled, fixed: -at_rest, width });
            }
            Driver::Direction(_) => {}
            &Driver::Beta { direction, a, b, .. } => {
                let at = |share: f64| {
                    let p = beta::regularised(a, b, share);
                    -normal::quantile_of(p.max(f64::MIN_POSITIVE), (1.0 - p).max(f64::MIN_POSITIVE))
                };
                let fixed = at(0.5) - self.functionals[direction].at_rest;
                let width = (at(0.25) - at(0.75)).abs();
                self.turn(Turn { of: direction, scale: 0, scaled: 0.0, fixed, width });
            }
            Driver::Sectors { own: stays, weights } => {
                for (k, &w) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                    let of = model.directions.len() + k;
                    let at_rest = self.functionals[of].at_rest;
                    self.moves(of, f64::INFINITY);
                    let deviation = model.deviation(k);
                    let at = |s: f64| {
                        let v = deviation * deviation;
                        let (p, q) = gamma::tails(1.0 / v, s / v);
                        -normal::quantile_of(p.max(f64::MIN_POSITIVE), q.max(f64::MIN_POSITIVE))
                    };
                    if deviation <= 0.0 {
                        continue;
                    }
                    let mut turn = |z: f64, width: f64| {
                        let fixed = z - at_rest;
                        self.turn(Turn { of, scale: 0, scaled: 0.0, fixed, width });
                    };
                    turn(at(1.0), (at(0.6) - at(1.6)).abs());
                    let cap = (libm::exp(-g) - stays) / w;
                    if law.link == Link::Rate
                        && cap > 0.0
                        && state::sector_exceeds(deviation, cap) > RARE
                    {
                        turn(at(cap), NARROWEST);
                    }
                }
            }
        }
    }

    fn moves(&mut self, of: usize, width: f64) {
        if self.functionals[of].weights.iter().all(|w| *w == 0.0) {
            return;
        }
        match self.moving.iter_mut().find(|own| own.0 == of) {
            Some(own) => own.1 = own.1.min(width),
            None => self.moving.push((of, width)),
        }
    }

    fn turn(&mut self, turn: Turn) {
        self.moves(turn.of, turn.width);
        if turn.width < WIDE[MOST_INPUTS] && turn.scaled.is_finite() && turn.fixed.is_finite() {
            self.turns.push(Turn { width: turn.width.max(NARROWEST), ..turn });
        }
    }

    /// Of turns nearer than a part of their width one is enough.
    fn thin(&mut self) {
        let key = |t: &Turn| (t.of, t.scale, t.scaled, t.fixed);
        self.turns.sort_by(|a, b| {
            let ((a, s, x, y), (b, r, u, v)) = (key(a), key(b));
            (a, s).cmp(&(b, r)).then(x.total_cmp(&u)).then(y.total_cmp(&v))
        });
        self.turns.dedup_by(|next, kept| {
            let near = |a: f64, b: f64| (a - b).abs() <= 0.25 * kept.width.min(next.width);
            let same = (next.of, next.scale) == (kept.of, kept.scale);
            let is_near = same && near(next.scaled, kept.scaled) && near(next.fixed, kept.fixed);
            if is_near {
                kept.width = kept.width.min(next.width);
            }
            is_near
        });
        self.mixing.retain(|(t, width)| t.is_finite() && *width > 0.0);
        self.mixing.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.mixing.dedup_by(|next, kept| (next.0 - kept.0).abs() <= 0.25 * kept.1);
    }

    /// The planes along each of `count` variables where thresholds have these scales; `coefficients` are
    /// those of the functionals on the variables.
    pub(super) fn planes(
        &self,
        coefficients: &[Vec<f64>],
        (count, wide): (usize, f64),
        scales: &[f64],
    ) -> Vec<Vec<Plane>> {
        let mut lists: Vec<Vec<Plane>> = vec![Vec::new(); count];
        for turn in &self.turns {
            let c = &coefficients[turn.of];
            let t = turn.scaled * scales[turn.scale] + turn.fixed;
            for (j, &own) in c.iter().enumerate().filter(|(_, c)| c.abs() > NOTHING) {
                // The variables after this one smooth the turn.
                let rest: f64 = c[j + 1..].iter().map(|c| c * c).sum();
                let width = (turn.width * turn.width + rest).sqrt() / own.abs();
                if width < wide {
                    lists[j].push(plane(&c[..=j], t, width));
                }
            }
        }
        for j in (1..count).rev() {
            let mut own = lists[j].clone();
            own.sort_by(|a, b| a.width.total_cmp(&b.width));
            own.truncate(MOST_PAIRED);
            for (at, a) in own.iter().enumerate() {
                for b in &own[..at] {
                    let c: Vec<f64> = a.c[..j].iter().zip(&b.c).map(|(a, b)| a - b).collect();
                    let Some(last) = c.iter().rposition(|c| c.abs() > NOTHING) else { continue };
                    let width = libm::hypot(a.width, b.width);
                    if width / c[last].abs() < wide {
                        lists[last].push(plane(&c[..=last], a.t - b.t, width / c[last].abs()));
                    }
                }
            }
        }
        lists
    }
}

/// Solved for the last variable.
fn plane(c: &[f64], t: f64, width: f64) -> Plane {
    let last = c.len() - 1;
    let mut own = [0.0; MOST_INPUTS];
    own[..last].iter_mut().zip(c).for_each(|(own, value)| *own = value / c[last]);
    Plane { c: own, t: t / c[last], width }
}
