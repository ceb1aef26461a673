//! Withdrawn credit pours into lenders as water fills vessels, in whole units.
//!
//! Source i has withdrawn W_i. While the leakage lambda rises from 0 it pours its unit j = 1, 2, ... when
//!
//! 1. lambda W_i rounded half up reaches j
//!
//! (of several sources at the same lambda the first begins). A unit goes to an open pipe of the source's
//! first wave that has any: with n_k units in pipe k of weight w_k to the one with the least
//!
//! 2. (n_k + 1/2) / w_k,
//!
//! the first of several: shares are in proportion to weights, rounded to nearest (Webster's method). A pipe closes
//! for good when the debt in its vessel reaches the level up to which it pours, or a rule that bounds it has
//! no room left; a source without an open pipe pours nothing more. So the units at some leakage are the first
//! of those at a larger one: what has found a place keeps it.
//!
//! Units are not poured one by one. Between two closings the units of equation 2 are known in closed form,
//! and the lambda of the next closing is found by halving.

use std::ops::Range;

/// A cut account.
#[derive(Debug, Clone)]
pub struct Source {
    /// W.
    pub withdrawn: i64,
    /// Its pipes.
    pub pipes: Range<usize>,
}

/// A lender that may receive.
#[derive(Debug, Clone, Copy)]
pub struct Vessel {
    /// Debt there before.
    pub before: i64,
    level: i64,
}

impl Vessel {
    /// With such a debt.
    pub fn new(before: i64) -> Self {
        Self { before, level: before }
    }
}

/// What a rule leaves.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Units before.
    before: i64,
    left: i64,
}

impl Room {
    /// For so many units.
    pub fn new(before: i64) -> Self {
        Self { before, left: before }
    }
}

/// From a source to a vessel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pipe {
    /// The vessel.
    pub vessel: usize,
    /// The wave in which it is asked.
    pub wave: u8,
    /// w.
    pub weight: u64,
    /// Level of the vessel up to which it pours.
    pub up_to: i64,
    /// The rules that bound it, as bits.
    pub rules: u64,
    /// Units that it has poured.
    pub poured: i64,
    /// Whether it may pour no more.
    pub(super) closed: bool,
    /// Units poured at a leakage that is tried.
    pub(super) tried: i64,
}

/// A borrower's vessels and pipes.
#[derive(Debug)]
pub struct Pour<'p> {
    /// Those who pour, in their order.
    pub sources: &'p [Source],
    /// What rules leave, by the number of their bit.
    pub rooms: &'p mut [Room],
    /// Who receives.
    pub vessels: &'p mut [Vessel],
    /// Those of a source stand together.
    pub pipes: &'p mut [Pipe],
}

impl Pour<'_> {
    /// Pours until `leakage` of everything has been asked for.
    pub fn until(&mut self, leakage: f64) {
        self.pipes.iter_mut().for_each(|pipe| pipe.closed = pipe.weight == 0);
        self.close_full();
        let mut time = 0.0;
        while self.pipes.iter().any(|pipe| !pipe.closed) {
            if !self.fills(leakage) {
                self.take();
                return;
            }
            let mut until = leakage;
            while self.units(time, until) > 1 {
                let middle = time + 0.5 * (until - time);
                if middle <= time || middle >= until {
                    break;
                }
                *(if self.fills(middle) { &mut until } else { &mut time }) = middle;
            }
            self.fills(time);
            self.take();
            for source in self.sources {
                for _ in source.asked(time)..source.asked(until) {
                    give_one(&mut self.pipes[source.pipes.clone()]);
                    self.close_full();
                }
            }
            time = until;
        }
    }

    /// Units that are asked for between two leakages.
    fn units(&self, from: f64, to: f64) -> i64 {
        self.sources.iter().map(|own| own.asked(to) - own.asked(from)).sum()
    }

    /// Works out the units at a leakage up to which the pipes that are open now stay open; whether one of
    /// them does not.
    fn fills(&mut self, leakage: f64) -> bool {
        for source in self.sources {
            let own = &mut self.pipes[source.pipes.clone()];
            own.iter_mut().for_each(|pipe| pipe.tried = pipe.poured);
            let Some(wave) = wave(own) else { continue };
            let closed: i64 = own.iter().filter(|pipe| pipe.closed).map(|pipe| pipe.poured).sum();
            apportion(source.asked(leakage) - closed, wave, own);
        }
        self.count(|pipe| pipe.tried);
        self.pipes.iter().any(|pipe| !pipe.closed && self.is_full(pipe))
    }

    fn take(&mut self) {
        self.pipes.iter_mut().for_each(|pipe| pipe.poured = pipe.tried);
    }

    /// Closes pipes that may pour no more.
    fn close_full(&mut self) {
        self.count(|pipe| pipe.poured);
        for at in 0..self.pipes.len() {
            self.pipes[at].closed |= self.is_full(&self.pipes[at]);
        }
    }

    /// Levels and rooms where pipes have poured such units.
    fn count(&mut self, units: impl Fn(&Pipe) -> i64) {
        self.vessels.iter_mut().for_each(|vessel| vessel.level = vessel.before);
        self.rooms.iter_mut().for_each(|room| room.left = room.before);
        for pipe in &*self.pipes {
            self.vessels[pipe.vessel].level += units(pipe);
            for rule in pipe.bounds() {
                self.rooms[rule].left -= units(pipe);
            }
        }
    }

    /// Whether a pipe may pour no more.
    fn is_full(&self, pipe: &Pipe) -> bool {
        self.vessels[pipe.vessel].level >= pipe.up_to
            || pipe.bounds().any(|rule| self.rooms[rule].left <= 0)
    }
}

impl Source {
    /// Equation 1: units that it has asked for.
    fn asked(&self, leakage: f64) -> i64 {
        // Amounts beyond 2^52 may round up.
        ((leakage * self.withdrawn as f64 + 0.5) as i64).min(self.withdrawn)
    }
}

impl Pipe {
    /// Numbers of the rules that bound it.
    fn bounds(&self) -> impl Iterator<Item = usize> + use<> {
        let mut left = self.rules;
        std::iter::from_fn(move || {
            let rule = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (rule < 64).then_some(rule)
        })
    }
}

/// The wave that a source pours into.
fn wave(pipes: &[Pipe]) -> Option<u8> {
    pipes.iter().filter(|pipe| !pipe.closed).map(|pipe| pipe.wave).min()
}

/// Divides units among the open pipes of a wave by equation 2, from the first unit on.
fn apportion(units: i64, wave: u8, pipes: &mut [Pipe]) {
    let is_open = |pipe: &Pipe| !pipe.closed && pipe.wave == wave;
    let (mut open, mut weights) = (0_i128, 0_i128);
    for pipe in pipes.iter().filter(|pipe| is_open(pipe)) {
        open += 1;
        weights += i128::from(pipe.weight);
    }
    // All units with (n - 1/2) / w <= x, where x = (units - open / 2) / weights cannot give too many.
    let doubled = 2 * i128::from(units) - open;
    let mut left = units;
    for pipe in pipes.iter_mut().filter(|pipe| is_open(pipe)) {
        let share = (doubled * i128::from(pipe.weight) + weights).div_euclid(2 * weights);
        pipe.tried = share.max(0) as i64;
        left -= pipe.tried;
    }
    for _ in 0..left {
        if let Some(pipe) = next(pipes, wave, |pipe| pipe.tried) {
            pipe.tried += 1;
        }
    }
}

/// The open pipe of a wave that gets the next unit, where each has `units`.
fn next(pipes: &mut [Pipe], wave: u8, units: impl Fn(&Pipe) -> i64) -> Option<&mut Pipe> {
    let open = pipes.iter_mut().filter(|pipe| !pipe.closed && pipe.wave == wave);
    open.reduce(|best, pipe| {
        // Cross-multiplied: a number of units and a weight are below 2^63 each.
        let half = |pipe: &Pipe| 2 * units(pipe) as u128 + 1;
        let (own, other) =
            (half(pipe) * u128::from(best.weight), half(best) * u128::from(pipe.weight));
        if own < other { pipe } else { best }
    })
}

/// Pours one unit of a source; lost where all pipes are closed.
fn give_one(pipes: &mut [Pipe]) {
    let Some(wave) = wave(pipes) else { return };
    if let Some(pipe) = next(pipes, wave, |pipe| pipe.poured) {
        pipe.poured += 1;
    }
}

#[cfg(test)]
mod tests;
