//! Whether the smallest unit is fine enough for the amounts at hand, and which one is.
//!
//! A unit is fine enough if rounding to it moves no sum by more than [`MOST_MOVED`] of itself and
//! takes nothing above 0 to 0. Finer units that are tried are powers of ten.

use super::{Currency, Decimal, FINEST};
use crate::error::{Fault, FaultKind, Place};

/// Share of itself by which rounding may move a sum.
pub const MOST_MOVED: f64 = 1e-6;
/// Share by which it may move a sum of losses before the unit at hand is left. Halves are rounded up, so that even
/// losses of some hundred units move by a few millionths.
pub const MOST_MOVED_LOSSES: f64 = 1e-5;

/// The same for a sum of amounts drawn from distributions: rounding is part of their draw.
pub const MOST_MOVED_DRAWN: f64 = 1e-4;

/// The unit at hand and all powers of ten above it.
const MOST_CANDIDATES: usize = 17;

/// What rounding does to one sum of amounts, under the unit at hand and under each finer one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fineness {
    per_unit: u64,
    /// Share of itself by which the sum may move.
    most_moved: f64,
    /// What rounding adds to the sum, units of currency, by candidate.
    moved: [f64; MOST_CANDIDATES],
    /// First candidate under which nothing above 0 becomes 0.
    least: usize,
    /// The smallest amount that became 0.
    vanished: Option<f64>,
}

/// A unit that is too coarse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TooCoarse {
    /// Smallest units per unit of currency that would be enough.
    pub needed: u64,
    /// Sum before rounding, units of currency.
    pub sum: f64,
    /// Sum after rounding.
    pub rounded: f64,
    /// The smallest amount above 0 that would become 0.
    pub vanished: Option<f64>,
}

impl TooCoarse {
    /// The fault that says so of `what` (`balances`, `` `cap` ``). All amounts that the unit counts
    /// add up to `all` units of currency: where they would leave 2^53, no unit is fine enough.
    pub fn fault(&self, place: Place, what: &str, all: f64, currency: &Currency) -> Fault {
        let per_unit = currency.minor_per_unit;
        let step = shown(1.0 / currency.per_unit());
        let sum = shown(self.sum);
        let rounded = shown(self.rounded);
        let lost = match self.vanished {
            Some(least) => {
                format!("{} would become 0, and the sum {sum} would become {rounded}", shown(least))
            }
            None => format!("the sum {sum} would become {rounded}"),
        };
        let room = (1_i64 << 53) as f64 / all;
        if self.needed as f64 <= room {
            let message = format!(
                "{per_unit} smallest units make one {}, so that amounts are rounded to {step}: of \
                 {what}, {lost}",
                currency.code
            );
            let kind = FaultKind::TooCoarse { message, needed: self.needed };
            return Fault::new(place, kind).with_hint(format!(
                "leave `minor_units` out, and it follows the data; this needs at least {}",
                self.needed
            ));
        }
        let finest = candidates(per_unit).filter(|&own| own as f64 <= room).max();
        let finest = shown(1.0 / finest.unwrap_or(per_unit) as f64);
        let message = format!(
            "no smallest unit holds {what} next to amounts of {} in all: rounded to {step}, {lost}",
            shown(all)
        );
        Fault::new(place, FaultKind::Conflict { message }).with_hint(format!(
            "2^53 smallest units are the most, so that here none is below {finest}: round what is \
             smaller in the data, or leave it out"
        ))
    }
}

/// What a unit must have so that none of these faults remains, if such faults are among them.
pub fn needed(faults: &[Fault]) -> Option<u64> {
    let needs = faults.iter().filter_map(|fault| match fault.kind {
        FaultKind::TooCoarse { needed, .. } => Some(needed),
        _ => None,
    });
    needs.max()
}

/// Twelve digits, which hide what binary sums add to the last ones.
fn shown(x: f64) -> String {
    let rounded: f64 = format!("{x:.11e}").parse().unwrap_or(x);
    if rounded != 0.0 && !(1e-6..1e15).contains(&rounded.abs()) {
        return format!("{rounded:e}");
    }
    rounded.to_string()
}

/// Smallest units per unit of currency that may be tried, from the one at hand upwards.
pub fn candidates(per_unit: u64) -> impl Iterator<Item = u64> {
    let powers = (0..=15_u32).map(|power| 10_u64.pow(power)).filter(move |&own| own > per_unit);
    std::iter::once(per_unit).chain(powers)
}

impl Fineness {
    /// Of no amounts yet.
    pub fn new(currency: &Currency) -> Self {
        Self {
            per_unit: currency.minor_per_unit,
            most_moved: MOST_MOVED,
            moved: [0.0; MOST_CANDIDATES],
            least: 0,
            vanished: None,
        }
    }

    /// Adds an amount as written, `times` over; it must not vanish. Amounts of at most 0 and those
    /// that are whole in the unit at hand need not be added.
    #[inline(never)]
    pub fn add(&mut self, amount: Decimal, times: f64) {
        if !amount.is_positive() {
            return;
        }
        let mut least = 0;
        for (at, per_unit) in candidates(self.per_unit).enumerate() {
            // Beyond 2^53 smallest units there is nothing to round.
            let Some(own) = amount.rounded(per_unit) else { break };
            let units = |minor: f64| minor / per_unit as f64;
            if at == 0 && own.minor == 0 {
                let exact = units(-own.moved);
                self.vanished = Some(self.vanished.map_or(exact, |least| least.min(exact)));
            }
            if own.moved == 0.0 {
                break;
            }
            self.moved[at] += units(own.moved) * times;
            least += usize::from(own.minor == 0);
        }
        self.least = self.least.max(least);
    }

    /// Adds an amount drawn from a distribution, `times` over; only the sum must stay.
    #[inline]
    pub fn add_drawn(&mut self, units: f64, times: f64) {
        self.most_moved = MOST_MOVED_DRAWN;
        for (own, per_unit) in self.moved.iter_mut().zip(candidates(self.per_unit)) {
            let minor = units * per_unit as f64;
            *own += (minor.round() - minor) / per_unit as f64 * times;
        }
    }

    /// What is wrong with the unit at hand for a sum that is `rounded` (units of currency) after
    /// rounding, if anything is. Where even the finest is too coarse, it is what is needed.
    pub fn too_coarse(&self, rounded: f64) -> Option<TooCoarse> {
        let sum = rounded - self.moved[0];
        let mut tried = candidates(self.per_unit).zip(self.moved).skip(self.least);
        let enough = tried.find(|(_, moved)| moved.abs() <= self.most_moved * sum);
        let needed = enough.map_or(FINEST, |(per_unit, _)| per_unit);
        (needed > self.per_unit).then_some(TooCoarse {
            needed,
            sum,
            rounded,
            vanished: self.vanished,
        })
    }
}

/// What is wrong with the unit at hand for one amount, if anything is.
pub fn of_one(units: f64, currency: &Currency) -> Option<TooCoarse> {
    let mut own = Fineness::new(currency);
    own.add(Decimal::of(units)?, 1.0);
    own.too_coarse(currency.units(currency.amount(units)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor_per_unit: u64) -> Currency {
        Currency { code: "EUR".into(), minor_per_unit }
    }

    fn of(amounts: &[(&str, f64)], per_unit: u64) -> Option<TooCoarse> {
        let mut own = Fineness::new(&eur(per_unit));
        let mut rounded = 0.0;
        for (text, times) in amounts {
            let amount = Decimal::parse(text.as_bytes()).unwrap();
            own.add(amount, *times);
            rounded += amount.rounded(per_unit).unwrap().minor as f64 * times;
        }
        own.too_coarse(rounded / per_unit as f64)
    }

    #[test]
    fn the_unit_follows_what_rounding_does_to_sums() {
        // A million cards in millions of euro beside a few firms.
        let cards = of(&[("0.003", 1e6), ("1.2", 500.0)], 100).unwrap();
        assert_eq!(cards.needed, 1000);
        assert!((cards.sum - 3600.0).abs() < 1e-9, "{cards:?}");
        assert!((cards.rounded - 600.0).abs() < 1e-9, "{cards:?}");
        assert_eq!(cards.vanished, Some(0.003));
        assert_eq!(of(&[("25.5", 10.0), ("0.0042", 5e4)], 100).unwrap().needed, 10_000);
        // Whole hundredths, and thousandths that move nothing that counts.
        assert_eq!(of(&[("0.01", 1.0), ("1e9", 1.0)], 100), None);
        assert_eq!(of(&[("1000.004", 1.0), ("1e6", 1.0)], 100), None);
        assert_eq!(of(&[("1000.004", 1.0)], 100).unwrap().needed, 1000);
        // Errors that cancel move no sum.
        assert_eq!(of(&[("1000.004", 1.0), ("999.996", 1.0)], 100), None);
        // What would become 0 counts however large the rest is.
        let dust = of(&[("0.004", 1.0), ("1e9", 1.0)], 100).unwrap();
        assert_eq!((dust.needed, dust.vanished), (1000, Some(0.004)));
        // A given unit that is no power of ten.
        assert_eq!(of(&[("0.26", 1e6)], 4).unwrap().needed, 100);
        assert_eq!(of(&[], 100), None);
        assert_eq!(of(&[("1e-20", 1.0)], 100).unwrap().needed, FINEST);
    }

    #[test]
    fn drawn_amounts_keep_their_sum_only() {
        let mut own = Fineness::new(&eur(100));
        own.add_drawn(0.001, 1.0);
        own.add_drawn(1e6, 1.0);
        assert_eq!(own.too_coarse(1e6), None);
        let mut own = Fineness::new(&eur(100));
        own.add_drawn(0.001, 1000.0);
        assert_eq!(own.too_coarse(0.0).unwrap().needed, 1000);
    }
}
