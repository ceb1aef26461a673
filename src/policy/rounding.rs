//! Whether the smallest unit is fine enough for what defaults cost.
//!
//! With loss_a the loss of account a to the smallest unit and loss'_a = lambda (B' + c U') before it is
//! rounded, the unit is fine enough if under each policy
//!
//! 1. |sum (loss_a - loss'_a)| <= 10^-5 sum loss'_a,
//!
//! with 10^-6 for the finer units that are tried where it is not,
//! and if no account of a tape that may lose something today loses 0. What is drawn from
//! distributions keeps its sums only. The unit at hand stays where no finer one leaves all sums within 2^53. Where the scenario gives the unit itself, only losses that become 0 stop
//! the run, and what equation 1 says is told next to the numbers ([`crate::measures::MeanReference::moved`]).

use super::response::loss_given_default;
use super::{Applied, Exposure, Parts};
use crate::error::{Fault, Place};
use crate::portfolio::Portfolio;
use crate::units::Currency;
use crate::units::fineness::{MOST_MOVED, MOST_MOVED_LOSSES, TooCoarse, candidates};

/// What is asked of a smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// That no single loss becomes 0: of accounts that somebody wrote down, not of those drawn from
    /// distributions.
    pub nothing_vanishes: bool,
    /// That no sum moves.
    pub sums_stay: bool,
}

/// What rounding does to the losses of a book under one policy, if everybody defaults.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Before rounding, in the unit at hand.
    exact: f64,
    rounded: f64,
    vanished: Option<f64>,
}

/// Refuses a smallest unit that is too coarse for the losses of a book.
pub fn check(
    book: &Portfolio,
    applied: &[Applied],
    today: usize,
    asked: Asked,
    currency: &Currency,
) -> Result<(), Vec<Fault>> {
    let strict = |at: usize| at == today && asked.nothing_vanishes;
    let too_coarse = |at: usize| {
        let exposure = &applied[at].effect.exposure;
        let found = sums(book, exposure, 1.0, strict(at));
        let most = if asked.sums_stay { MOST_MOVED_LOSSES } else { f64::INFINITY };
        (!found.is_fine(most)).then_some((at, found))
    };
    let Some((at, found)) = (0..applied.len()).find_map(too_coarse) else { return Ok(()) };
    let largest: f64 = (0..book.entries())
        .map(|b| {
            let owed = |a| (book.accounts.limit.get(a) + book.accounts.balance.get(a)) as f64;
            book.accounts_of(b).map(owed).sum::<f64>() * book.count(b) as f64
        })
        .sum();
    let all = largest / currency.per_unit();
    let exposures: Vec<_> = applied.iter().map(|own| &own.effect.exposure).collect();
    let is_enough = |per_unit: u64, strictly: bool| {
        let finer = per_unit as f64 / currency.per_unit();
        let is_fine = |(at, exposure): (usize, &&Exposure)| {
            sums(book, exposure, finer, strictly && strict(at)).is_fine(MOST_MOVED)
        };
        exposures.iter().enumerate().all(is_fine)
    };
    let in_room = |own: &u64| *own as f64 * all <= (1_i64 << 53) as f64;
    let tried = || candidates(currency.minor_per_unit).filter(in_room);
    // Where no unit holds single losses beside the rest, sums have to do; where none holds sums, the one at hand.
    let enough = tried().find(|&own| is_enough(own, true));
    let needed = enough.or_else(|| tried().find(|&own| is_enough(own, false)));
    let Some(needed) = needed.filter(|&own| own > currency.minor_per_unit) else { return Ok(()) };
    let units = |minor: f64| minor / currency.per_unit();
    let found = TooCoarse {
        needed,
        sum: units(found.exact),
        rounded: units(found.rounded),
        vanished: found.vanished.map(units),
    };
    let policy = applied[at].solved.as_ref().map(|own| own.id.as_str()).unwrap_or_default();
    let what = match at == today {
        true => "losses (LGD x exposure at default)".to_owned(),
        false => format!("losses under policy `{policy}` (LGD x exposure at default)"),
    };
    Err(vec![found.fault(Place::Value("minor_units".into()), &what, all, currency)])
}

impl Sums {
    fn is_fine(&self, most_moved: f64) -> bool {
        let moved = (self.rounded - self.exact).abs();
        let all_gone = self.rounded == 0.0 && self.exact > 0.0;
        let stays = self.exact == 0.0 || moved / self.exact <= most_moved;
        self.vanished.is_none() && !all_gone && stays
    }
}

/// Sums in a unit that is `finer` times as fine as that of the book.
fn sums(book: &Portfolio, exposure: &Exposure, finer: f64, strict: bool) -> Sums {
    let mut sums = Sums::default();
    for b in 0..book.entries() {
        let times = book.count(b) as f64;
        for a in book.accounts_of(b) {
            let parts = exposure.parts(book, a);
            let exact = unrounded(parts, book, a);
            let rounded = match finer == 1.0 {
                true => exposure.loss(book, a) as f64,
                false => {
                    let scaled = |amount: i64| (amount as f64 * finer).round() as i64;
                    let parts =
                        Parts { drawn: scaled(parts.drawn), undrawn: scaled(parts.undrawn) };
                    let ead = parts.exposure(book.accounts.ccf.get(a));
                    loss_given_default(ead, book.accounts.lgd.get(a)) as f64 / finer
                }
            };
            sums.exact += times * exact;
            sums.rounded += times * rounded;
            if strict && rounded == 0.0 && exact > 0.0 {
                sums.vanished = Some(sums.vanished.map_or(exact, |least| least.min(exact)));
            }
        }
    }
    sums
}

/// Loss of an account before anything is rounded; where whole exposures are kept, these are.
fn unrounded(parts: Parts, book: &Portfolio, a: usize) -> f64 {
    let (ccf, lgd) = (book.accounts.ccf.get(a), book.accounts.lgd.get(a));
    lgd * (parts.drawn as f64 + ccf * parts.undrawn as f64)
}

/// Loss of the accounts of entry `b` if it defaults, before it is rounded, and to the smallest unit at lenders
/// new to it.
pub fn unrounded_loss(applied: &Applied, book: &Portfolio, b: usize) -> f64 {
    let effect = &applied.effect;
    let own: f64 =
        book.accounts_of(b).map(|a| unrounded(effect.exposure.parts(book, a), book, a)).sum();
    let elsewhere: i64 = (0..effect.elsewhere.len()).map(|at| effect.loss_elsewhere(at, b)).sum();
    own + elsewhere as f64
}
