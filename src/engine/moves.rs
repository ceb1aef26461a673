//! Whose defaults depend on the policy, and how: the touched people of a book.
//!
//! Behaviour moves the log-odds of default of person i under policy k by s_ik, so that PDs differ between
//! policies. Everybody has one mark U_i for all policies and defaults under policy k exactly if
//!
//! 1. U_i <= p_i(Y; s_ik).
//!
//! As the right-hand side rises in s, the mark has a critical shift: with X_i = l Y + sqrt(1 - l^2) G(U_i),
//! the latent asset, and u the PD before stress that stress makes Phi(X_i),
//!
//! 2. s_i* = logit(u) - logit(p_i),   default under k if and only if s_ik >= s_i*.
//!
//! So a candidate is worked out once, whatever the number of policies. That s_i* <= 0 for those who
//! default today, and only for them, is made sure of to the bit: a shift of 0 is today's default.

use super::rows::Row;
use crate::model::Model;
use crate::policy::Effect;
use crate::portfolio::{Amounts, Portfolio};
use crate::special::normal;

/// Row of an entry that no policy touches.
const UNTOUCHED: u32 = u32::MAX;

/// Touched people under all policies of a run.
#[derive(Debug)]
pub struct Moves<'a> {
    book: &'a Portfolio,
    model: &'a Model,
    policies: usize,
    /// Row of each entry.
    rows: Vec<u32>,
    /// Entry of each row.
    entries: Vec<u32>,
    /// Shifts, row x policy.
    shifts: Vec<f32>,
    /// Lowest and highest threshold G(stressed PD) over all policies and today, by row.
    thresholds: Vec<(f64, f64)>,
    /// Losses at lenders new to the people, lender x row x policy.
    elsewhere: Vec<Amounts>,
    /// Columns of those lenders, lender x segment.
    columns: Vec<Vec<usize>>,
}

impl<'a> Moves<'a> {
    /// Gathers what policies do to people; `None` if they touch nobody. `column(lender, segment)` is
    /// that of a lender new to people.
    pub fn new(
        book: &'a Portfolio,
        model: &'a Model,
        effects: &[&'a Effect],
        column: impl Fn(usize, usize) -> usize,
    ) -> Option<Self> {
        if !effects.iter().any(|effect| effect.is_behavioural()) {
            return None;
        }
        let touched = |&b: &u32| effects.iter().any(|effect| effect.touches(b as usize));
        let entries: Vec<u32> = (0..book.entries() as u32).filter(touched).collect();
        let mut rows = vec![UNTOUCHED; book.entries()];
        entries.iter().enumerate().for_each(|(row, &b)| rows[b as usize] = row as u32);
        let mut shifts = Vec::with_capacity(entries.len() * effects.len());
        let mut thresholds = Vec::with_capacity(entries.len());
        for &b in &entries {
            let b = b as usize;
            let (mut low, mut high) = (0.0_f32, 0.0_f32);
            for effect in effects {
                let shift = effect.shift(b);
                (low, high) = (low.min(shift), high.max(shift));
                shifts.push(shift);
            }
            let pd = book.borrowers.pd.get(b);
            let threshold = |shift: f32| threshold(model, pd, shift);
            thresholds.push((threshold(low), threshold(high)));
        }
        let lenders = effects.iter().map(|effect| effect.elsewhere.len()).max().unwrap_or(0);
        let losses = |lender: usize| -> Amounts {
            let of = |&b: &u32| {
                effects.iter().map(move |effect| effect.loss_elsewhere(lender, b as usize))
            };
            entries.iter().flat_map(of).collect()
        };
        let segments = book.borrowers.segment.names.len();
        let columns = |lender| (0..segments).map(|segment| column(lender, segment)).collect();
        Some(Self {
            book,
            model,
            policies: effects.len(),
            elsewhere: (0..lenders).map(losses).collect(),
            columns: (0..lenders).map(columns).collect(),
            rows,
            entries,
            shifts,
            thresholds,
        })
    }

    /// Number of policies.
    pub fn policies(&self) -> usize {
        self.policies
    }

    /// Whether some policy touches an entry.
    #[inline]
    pub fn touches(&self, entry: usize) -> bool {
        self.rows[entry] != UNTOUCHED
    }

    /// The touched entries among a range.
    pub fn touched(&self, entries: std::ops::Range<usize>) -> &[u32] {
        let at = |b: usize| self.entries.partition_point(|&e| (e as usize) < b);
        &self.entries[at(entries.start)..at(entries.end)]
    }

    /// Shifts of a touched entry by policy.
    #[inline]
    pub fn shifts(&self, entry: usize) -> &[f32] {
        let row = self.rows[entry] as usize;
        &self.shifts[row * self.policies..(row + 1) * self.policies]
    }

    /// Lowest and highest threshold of a touched entry.
    #[inline]
    pub fn thresholds(&self, entry: usize) -> (f64, f64) {
        self.thresholds[self.rows[entry] as usize]
    }

    /// Thresholds of a touched entry by policy.
    pub fn thresholds_by_policy(&self, entry: usize) -> Vec<f64> {
        let pd = self.book.borrowers.pd.get(entry);
        self.shifts(entry).iter().map(|&shift| threshold(self.model, pd, shift)).collect()
    }

    /// Number of lenders that are new to people.
    pub fn new_lenders(&self) -> usize {
        self.elsewhere.len()
    }

    /// Column and losses by policy of a touched entry at a lender new to it.
    #[inline]
    pub fn elsewhere(&self, lender: usize, entry: usize) -> (usize, Row<'_>) {
        let first = self.rows[entry] as usize * self.policies;
        let own = first..first + self.policies;
        let segment = self.book.borrowers.segment.codes.get(entry);
        let row = match &self.elsewhere[lender] {
            Amounts::Narrow(losses) => Row::Narrow(&losses[own]),
            Amounts::Wide(losses) => Row::Wide(&losses[own]),
        };
        (self.columns[lender][segment], row)
    }

    /// Equation 2 for somebody of `entry` with the mark `u` given `y`; `defaults`: whether he defaults
    /// today.
    pub fn critical(&self, entry: usize, (u, defaults): (f64, bool), y: f64) -> f32 {
        let pd = self.book.borrowers.pd.get(entry);
        let segment = self.book.borrowers.segment.codes.get(entry);
        let l = self.model.segments[segment].loading.at(pd);
        let asset = l * y + (1.0 - l * l).sqrt() * normal::quantile(u);
        let needed = self.model.unstressed(normal::cdf(asset));
        // Odds of what is needed over today's; at 0 and 1 behaviour moves nothing.
        let ratio = needed * (1.0 - pd) / ((1.0 - needed) * pd);
        let shift = if pd >= 1.0 { f64::NEG_INFINITY } else { libm::log(ratio) };
        let shift = shift as f32;
        if defaults { shift.min(0.0) } else { shift.max(f32::MIN_POSITIVE) }
    }
}

/// G(stressed PD) after a shift of the log-odds.
fn threshold(model: &Model, pd: f64, shift: f32) -> f64 {
    let moved =
        if shift == 0.0 { pd } else { crate::policy::reaction::shifted(pd, f64::from(shift)) };
    normal::quantile(model.stressed(moved).pd)
}
