//! The second step of importance sampling: defaults themselves are drawn more often.
//!
//! Where few borrowers make the losses, bad years owe as much to bad luck given the factors as to
//! the factors. With conditional PDs p_i, losses l_i per draw and n_i draws of entry i, defaults
//! are drawn with the PDs
//!
//! 1. q_i = p_i exp(theta l_i) / (1 - p_i + p_i exp(theta l_i)),
//!
//! theta >= 0 such that the mean sum n_i l_i q_i is the loss x that the trial's proposal aims at, or 0 if
//! the conditional mean lies above x already (Glasserman and Li 2005). With
//!
//! 2. psi(theta) = sum n_i ln(1 - p_i + p_i exp(theta l_i))
//!
//! and L the loss of the trial, a trial weighs, over all proposals j with their own theta_j(e),
//!
//! 3. w = 1 / sum_j a_j exp(m_j'e - m_j'm_j / 2 + theta_j L - psi(theta_j)),
//!
//! which is at most 1 / a_0, as the first proposal is the law itself. A trial costs a few operations
//! for each entry and proposal, whether it defaults or not: for small books only.

use multiversion::multiversion;

use super::binomial::Binomials;
use super::cells::On;
use super::plan::Draws;
use crate::model::{Link, Model};
use crate::policy::Exposure;
use crate::portfolio::Portfolio;
use crate::random::{Address, Purpose, Stream, uniform};
use crate::special::exponential::exp;
use crate::special::normal;

/// Entries up to which defaults may be drawn this way.
pub const MOST_ENTRIES: usize = 1 << 12;
/// Newton steps at most: theta need not be exact, as weights go by the theta that was used.
const STEPS: usize = 8;
/// How near the mean has to come to the aim.
const NEAR: f64 = 1e-3;
/// Largest theta, in units of one over the largest loss.
const LARGEST: f64 = 50.0;

/// A small book ready for twisted draws.
#[derive(Debug)]
pub struct Twist<'a> {
    model: &'a Model,
    entries: Vec<Entry>,
    /// Loss of a draw of each entry, as a share of the largest.
    losses: Vec<f64>,
    draws: Vec<f64>,
    /// Aim of each proposal in the same unit; 0 for none.
    aims: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    on: On,
    threshold: f64,
    loading: f64,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct TwistScratch {
    arguments: Vec<f64>,
    pds: Vec<f64>,
    twisted: Vec<f64>,
    counts: Vec<u64>,
    binomials: Binomials,
}

/// What theta does to the book.
#[derive(Debug, Clone, Copy, Default)]
struct Tilt {
    theta: f64,
    psi: f64,
}

impl<'a> Twist<'a> {
    /// Prepares a book; `exposure` is that of the baseline.
    pub fn new(book: &Portfolio, model: &'a Model, exposure: &Exposure, draws: &Draws) -> Self {
        let entry = |b: usize| {
            let segment = book.borrowers.segment.codes.get(b);
            let pd = book.borrowers.pd.get(b);
            Entry {
                on: On::of(model, segment),
                threshold: model.threshold(segment, pd),
                loading: model.segments[segment].loading.at(pd),
            }
        };
        let loss = |b: usize| -> f64 {
            let own: i64 = book.accounts_of(b).map(|a| exposure.loss(book, a)).sum();
            own as f64 * book.borrowers.stands_for(b) as f64
        };
        let losses: Vec<f64> = (0..book.entries()).map(loss).collect();
        let unit = losses.iter().copied().fold(1.0, f64::max);
        let aims = draws.plan().proposals.iter().map(|p| p.aims_at.unwrap_or(0.0) / unit);
        Self {
            model,
            entries: (0..book.entries()).map(entry).collect(),
            losses: losses.iter().map(|loss| loss / unit).collect(),
            draws: (0..book.entries()).map(|b| book.borrowers.draws(b) as f64).collect(),
            aims: aims.collect(),
        }
    }

    /// Draws who defaults in a trial: entries with their number of draws, through `found`. Gives the
    /// weight of the trial.
    pub fn trial(
        &self,
        draws: &Draws,
        (period, trial): (u8, u64),
        scratch: &mut TwistScratch,
        mut found: impl FnMut(usize, u64),
    ) -> f64 {
        let drawn = draws.draw(period, trial);
        let state = self.model.state(&drawn.normals);
        scratch.arguments.clear();
        scratch.arguments.extend(self.entries.iter().map(|entry| {
            let On { driver, scale, link } = entry.on;
            let threshold = entry.threshold * state.scales[scale];
            link.argument(threshold, entry.loading, state.drivers[driver])
        }));
        scratch.pds.resize(self.entries.len(), 0.0);
        match self.model.laws.iter().all(|law| law.link == Link::Probit) {
            true => normal::cdf_many(&scratch.arguments, &mut scratch.pds),
            false => {
                let people = scratch.pds.iter_mut().zip(&scratch.arguments).zip(&self.entries);
                people.for_each(|((pd, &x), entry)| *pd = entry.on.link.probability(x));
            }
        }
        let TwistScratch { pds, twisted: q, .. } = scratch;
        let tilts: Vec<Tilt> = self.aims.iter().map(|&aim| self.tilt(aim, pds, q)).collect();
        let own = tilts[drawn.proposal];
        let mut loss = 0.0;
        for b in 0..self.entries.len() {
            let at = Address { purpose: Purpose::Twisted, period, trial, cell: b as u32 };
            let q = twisted_pd(scratch.pds[b], own.theta * self.losses[b]);
            let count = self.count(draws.seed(), at, b, q, scratch);
            if count > 0 {
                found(b, count);
                loss += count as f64 * self.losses[b];
            }
        }
        let more = |j: usize| tilts[j].theta * loss - tilts[j].psi;
        draws.plan().weight(&drawn.normals, more)
    }

    /// Defaulted draws of an entry.
    fn count(&self, seed: u64, at: Address, b: usize, q: f64, scratch: &mut TwistScratch) -> u64 {
        let mut stream = Stream::new(seed, at);
        if self.draws[b] == 1.0 {
            return u64::from(uniform(&mut stream) <= q);
        }
        let words = [stream.double_word(), stream.double_word()];
        let TwistScratch { binomials, counts, .. } = scratch;
        binomials.draw(self.draws[b] as u64, &[q], &words, |_| Stream::new(seed, at), counts);
        counts[0]
    }

    /// Theta for an aim, about, and psi of it.
    fn tilt(&self, aim: f64, pds: &[f64], twisted: &mut Vec<f64>) -> Tilt {
        let (mut theta, mut best) = (0.0, 0.0);
        for step in 0..STEPS {
            let (mean, slope) = self.mean(theta, pds, twisted);
            if step == 0 && (mean >= aim || mean <= 0.0) {
                return Tilt::default();
            }
            best = theta;
            if (mean - aim).abs() <= NEAR * aim || slope <= 0.0 {
                break;
            }
            // ln of the mean is nearly straight in theta.
            let next = theta + libm::log(aim / mean) * mean / slope;
            theta = next.clamp(0.0, LARGEST);
        }
        let psi = self.psi(best, pds);
        Tilt { theta: best, psi }
    }

    /// Mean loss and its derivative in theta.
    fn mean(&self, theta: f64, pds: &[f64], twisted: &mut Vec<f64>) -> (f64, f64) {
        twisted.resize(pds.len(), 0.0);
        twist_all(pds, &self.losses, theta, twisted);
        let (mut mean, mut slope) = (0.0, 0.0);
        for ((&q, &l), &n) in twisted.iter().zip(&self.losses).zip(&self.draws) {
            mean += n * l * q;
            slope += n * l * l * q * (1.0 - q);
        }
        (mean, slope)
    }

    /// Equation 2.
    fn psi(&self, theta: f64, pds: &[f64]) -> f64 {
        let each = pds.iter().zip(&self.losses).zip(&self.draws);
        each.map(|((&p, &l), &n)| n * libm::log1p(p * (exp(theta * l) - 1.0))).sum()
    }
}

/// Equation 1 for all entries.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn twist_all(pds: &[f64], losses: &[f64], theta: f64, out: &mut [f64]) {
    for ((q, &p), &l) in out.iter_mut().zip(pds).zip(losses) {
        *q = twisted_pd(p, theta * l);
    }
}

/// Equation 1.
#[inline(always)]
fn twisted_pd(p: f64, tilt: f64) -> f64 {
    let up = p * exp(tilt);
    up / (1.0 - p + up)
}
