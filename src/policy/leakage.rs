//! Where withdrawn credit goes that does not stay withdrawn.
//!
//! Of the credit W taken from an account with old limit L the share lambda is asked for elsewhere:
//!
//! 1. at the borrower's other lenders in proportion to their old limits, what they cannot take at the
//!    lenders outside the book; or at the named rivals in proportion to their shares;
//! 2. debt at a rival may not exceed its multiple of L, nor the policy's own caps there
//!    ([`super::ceilings`]); what one rival cannot take is asked of the others;
//! 3. what finds no place stays withdrawn: W = leaked + withdrawn for good, to the unit.
//!
//! All cut accounts of a borrower pour at the same time, each at the rate W per unit of lambda, as water
//! fills vessels: a vessel that is full passes on what it gets. What has found a place at some lambda
//! keeps it at every larger one, so that more leakage never means less debt anywhere. Amounts are then
//! rounded account by account so that their sums are. At a lender where the borrower has several
//! accounts the one with the largest limit receives. Leaked debt has no undrawn part.

use super::ceilings::{Ceilings, MOST_RULES, Shared};
use super::conduct::Conduct;
use super::debts::{Account, Elsewhere};
use super::limits::scaled;
use super::response::loss_given_default;
use crate::portfolio::Portfolio;
use crate::scenario::Response;

/// A borrower whose credit leaks.
#[derive(Debug, Clone, Copy)]
pub struct Leaking<'c, 'a> {
    /// The book.
    pub book: &'c Portfolio,
    /// The borrower.
    pub b: usize,
    /// How borrowers answer.
    pub conduct: &'c Conduct<'a>,
    /// The borrower's numbers.
    pub response: &'c Response,
    /// The policy's own caps.
    pub ceilings: &'c Ceilings<'a>,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct Scratch {
    shared: Vec<Shared>,
    vessels: Vec<Vessel>,
    pipes: Vec<Pipe>,
}

/// A lender that may receive.
#[derive(Debug, Clone, Copy)]
struct Vessel {
    to: To,
    /// Debt there before.
    before: i64,
    /// Debt there, as it rises.
    level: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    /// An account of the borrower.
    Account(usize),
    /// A lender new to the borrower, by number.
    New(usize),
}

/// From a cut account to a vessel.
#[derive(Debug, Clone, Copy)]
struct Pipe {
    from: usize,
    vessel: usize,
    /// The wave in which it is asked.
    wave: u8,
    weight: f64,
    /// Level up to which it pours.
    up_to: f64,
    /// Whether that has been reached, or a rule allows no more.
    full: bool,
    /// The borrower rules that bound it, as bits.
    rules: u64,
    poured: f64,
    rate: f64,
}

impl Leaking<'_, '_> {
    /// Places what leaks.
    pub fn place(
        self,
        accounts: &mut [Account],
        elsewhere: &mut Vec<Elsewhere>,
        scratch: &mut Scratch,
    ) {
        let first = self.book.accounts_of(self.b).start;
        let Scratch { shared, vessels, pipes } = scratch;
        self.ceilings.shared(self.b, |a| accounts[a - first].debt(), shared);
        vessels.clear();
        pipes.clear();
        for from in self.book.accounts_of(self.b) {
            if accounts[from - first].withdrawn > 0 {
                self.lay(from, accounts, shared, vessels, pipes);
            }
        }
        let withdrawn = |from: usize| accounts[from - first].withdrawn as f64;
        let mut rooms: Vec<f64> = shared.iter().map(|shared| shared.left as f64).collect();
        pour(self.response.leakage.get(), withdrawn, &mut rooms, vessels, pipes);
        self.write_down(accounts, elsewhere, shared, vessels, pipes);
    }

    /// The pipes of a cut account.
    fn lay(
        &self,
        from: usize,
        accounts: &[Account],
        shared: &[Shared],
        vessels: &mut Vec<Vessel>,
        pipes: &mut Vec<Pipe>,
    ) {
        let Self { book, b, conduct, .. } = *self;
        let lenders = &book.accounts.lender;
        let own = lenders.codes.get(from);
        let mut add = |to, wave, weight: f64, limit: Option<f64>| {
            let pipe = self.pipe(from, to, (wave, weight, limit), accounts, shared, vessels);
            pipes.push(pipe);
        };
        if conduct.behaviour.rivals.is_some() {
            for (at, rival) in conduct.new_lenders.iter().enumerate() {
                if rival.lender != own {
                    let to = self.account_at(rival.lender).map_or(To::New(at), To::Account);
                    add(to, 0, rival.share as f64, rival.limit);
                }
            }
            return;
        }
        let mut known: Vec<usize> = vec![own];
        for a in book.accounts_of(b) {
            let lender = lenders.codes.get(a);
            if known.contains(&lender) {
                continue;
            }
            known.push(lender);
            let limits = self.accounts_at(lender).map(|a| book.accounts.limit.get(a) as f64);
            let weight = limits.sum();
            if let Some(a) = self.account_at(lender) {
                add(To::Account(a), 0, weight, None);
            }
        }
        for (at, new) in conduct.new_lenders.iter().enumerate() {
            add(To::New(at), 1, 1.0, new.limit);
        }
    }

    fn pipe(
        &self,
        from: usize,
        to: To,
        (wave, weight, limit): (u8, f64, Option<f64>),
        accounts: &[Account],
        shared: &[Shared],
        vessels: &mut Vec<Vessel>,
    ) -> Pipe {
        let Self { book, b, response, ceilings, .. } = *self;
        let first = book.accounts_of(b).start;
        let most = scaled(book.accounts.limit.get(from), limit.unwrap_or(response.rival_limit));
        let (a, name, level, up_to) = match to {
            To::Account(a) => {
                // Rules bound the account, the multiple all debt at its lender.
                let lender = book.accounts.lender.codes.get(a);
                let owed: i64 = self.accounts_at(lender).map(|a| accounts[a - first].debt()).sum();
                let own = accounts[a - first].debt();
                let ceiling = ceilings.of_account(b, a, None);
                (a, None, owed, most.min(ceiling.saturating_sub(own).saturating_add(owed)))
            }
            To::New(at) => {
                let name = self.conduct.name(book, at);
                (from, Some(name), 0, most.min(ceilings.of_account(b, from, Some(name))))
            }
        };
        let known = vessels.iter().position(|vessel| vessel.to == to);
        let vessel = known.unwrap_or_else(|| {
            vessels.push(Vessel { to, before: level, level: level as f64 });
            vessels.len() - 1
        });
        let rules = shared.iter().enumerate().filter(|(_, s)| ceilings.shares(s, b, a, name));
        let rules = rules.fold(0, |bits, (at, _)| bits | 1 << at);
        let up_to = up_to as f64;
        let full = weight <= 0.0 || up_to <= vessels[vessel].level;
        Pipe { from, vessel, wave, weight, up_to, full, rules, poured: 0.0, rate: 0.0 }
    }

    fn accounts_at(&self, lender: usize) -> impl Iterator<Item = usize> {
        let codes = &self.book.accounts.lender.codes;
        self.book.accounts_of(self.b).filter(move |&a| codes.get(a) == lender)
    }

    /// The account with the largest limit at a lender, the first of several.
    fn account_at(&self, lender: usize) -> Option<usize> {
        let limit = |a: usize| self.book.accounts.limit.get(a);
        self.accounts_at(lender).reduce(|best, a| if limit(a) > limit(best) { a } else { best })
    }

    /// Turns what was poured into whole units.
    fn write_down(
        &self,
        accounts: &mut [Account],
        elsewhere: &mut Vec<Elsewhere>,
        shared: &mut [Shared],
        vessels: &[Vessel],
        pipes: &[Pipe],
    ) {
        let Self { book, b, conduct, .. } = *self;
        let first = book.accounts_of(b).start;
        let mut levels: Vec<i64> = vessels.iter().map(|vessel| vessel.before).collect();
        for of_account in pipes.chunk_by(|a, b| a.from == b.from) {
            let (mut sum, mut given) = (0.0, 0);
            for pipe in of_account {
                sum += pipe.poured;
                let rounded = (sum + 0.5).floor() as i64 - given;
                // Two accounts that fill a vessel to the brim may both have rounded up.
                let allowed = rules_of(pipe).map(|at| shared[at].left).fold(i64::MAX, i64::min);
                let level = &mut levels[pipe.vessel];
                let amount = rounded.min(allowed).min(pipe.up_to as i64 - *level).max(0);
                *level += amount;
                given += amount;
                if amount == 0 {
                    continue;
                }
                rules_of(pipe).for_each(|at| shared[at].left -= amount);
                accounts[pipe.from - first].leaked += amount;
                match vessels[pipe.vessel].to {
                    To::Account(a) => accounts[a - first].received += amount,
                    To::New(lender) => {
                        let own = book.accounts.lgd.get(pipe.from);
                        let lgd = conduct.new_lenders[lender].lgd.unwrap_or(own);
                        let loss = loss_given_default(amount, lgd);
                        elsewhere.push(Elsewhere { lender, from: pipe.from, debt: amount, loss });
                    }
                }
            }
        }
    }
}

/// Pours until `leakage` of everything has been asked for, event by event: a pipe has filled its vessel as
/// far as it may, or a rule allows no more. Every event closes a pipe for good, so that their number is
/// that of the pipes at most, whatever is lost to rounding.
fn pour(
    leakage: f64,
    withdrawn: impl Fn(usize) -> f64,
    rooms: &mut [f64],
    vessels: &mut [Vessel],
    pipes: &mut [Pipe],
) {
    close(pipes, |pipe| rules_of(pipe).any(|at| rooms[at] <= 0.0));
    let mut time = 0.0;
    while time < leakage {
        set_rates(&withdrawn, pipes);
        let into = |vessel: usize| -> f64 {
            pipes.iter().filter(|p| p.vessel == vessel).map(|p| p.rate).sum()
        };
        let under = |rule: usize| -> f64 {
            pipes.iter().filter(|p| rules_of(p).any(|at| at == rule)).map(|p| p.rate).sum()
        };
        // When each pipe and each rule would close.
        let filled = |p: &Pipe| (p.up_to - vessels[p.vessel].level) / into(p.vessel);
        let of_pipes = pipes.iter().map(|p| if p.rate > 0.0 { filled(p) } else { f64::INFINITY });
        let of_pipes: Vec<f64> = of_pipes.collect();
        // A rule under which nothing flows has closed already, or never will.
        let reached = |(at, room): (usize, &f64)| match under(at) {
            rate if rate > 0.0 => room / rate,
            _ => f64::INFINITY,
        };
        let of_rules: Vec<f64> = rooms.iter().enumerate().map(reached).collect();
        let next = of_pipes.iter().chain(&of_rules).copied().fold(f64::INFINITY, f64::min);
        if next == f64::INFINITY {
            break;
        }
        let step = next.clamp(0.0, leakage - time);
        for pipe in pipes.iter_mut() {
            let amount = pipe.rate * step;
            pipe.poured += amount;
            vessels[pipe.vessel].level += amount;
            rules_of(pipe).for_each(|at| rooms[at] -= amount);
        }
        time += step;
        // A step that is no number closes nothing.
        if !(time < leakage) {
            break;
        }
        let shut: Vec<bool> = of_rules.iter().map(|&at| at <= next).collect();
        for (pipe, &at) in pipes.iter_mut().zip(&of_pipes) {
            pipe.full |= at <= next || rules_of(pipe).any(|rule| shut[rule]);
        }
    }
}

/// Numbers of the rules that bound a pipe.
fn rules_of(pipe: &Pipe) -> impl Iterator<Item = usize> + use<> {
    let rules = pipe.rules;
    (0..MOST_RULES).filter(move |at| rules >> at & 1 == 1)
}

fn close(pipes: &mut [Pipe], is_shut: impl Fn(&Pipe) -> bool) {
    for pipe in pipes {
        pipe.full |= is_shut(pipe);
    }
}

/// Every account pours into the open pipes of its first wave that has any, by weight.
fn set_rates(withdrawn: &impl Fn(usize) -> f64, pipes: &mut [Pipe]) {
    for of_account in pipes.chunk_by_mut(|a, b| a.from == b.from) {
        let wave = of_account.iter().filter(|p| !p.full).map(|p| p.wave).min();
        let flows = |pipe: &Pipe| Some(pipe.wave) == wave && !pipe.full;
        let sum: f64 = of_account.iter().filter(|p| flows(p)).map(|p| p.weight).sum();
        for pipe in of_account {
            let share = if flows(pipe) { pipe.weight / sum } else { 0.0 };
            pipe.rate = share * withdrawn(pipe.from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipes(n: usize, up_to: f64) -> Vec<Pipe> {
        let one = |from| Pipe {
            from,
            vessel: 0,
            wave: 0,
            weight: 1.0,
            up_to,
            full: false,
            rules: 1,
            poured: 0.0,
            rate: 0.0,
        };
        (0..n).map(one).collect()
    }

    /// Amounts whose last bits are larger than a smallest unit end all the same, and nothing is poured twice.
    #[test]
    fn large_amounts_end() {
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for scale in [1e3, 1e10, 1e11, 1e15] {
            for _ in 0..2_000 {
                let n = 2 + (random() * 4.0) as usize;
                let withdrawn: Vec<f64> = (0..n).map(|_| (random() * scale).round()).collect();
                let all: f64 = withdrawn.iter().sum();
                let up_to = (random() * 1.5 * all).round();
                let room = (random() * 1.5 * all).round();
                let mut pipes = pipes(n, up_to);
                let mut vessels = [Vessel { to: To::New(0), before: 0, level: 0.0 }];
                pour(1.0, |from| withdrawn[from], &mut [room], &mut vessels, &mut pipes);
                let poured: f64 = pipes.iter().map(|pipe| pipe.poured).sum();
                let expected = all.min(up_to).min(room);
                assert!((poured - expected).abs() <= 1e-12 * scale, "{poured} {expected}");
            }
        }
    }
}
