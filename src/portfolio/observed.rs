//! PDs as the default rate that the tape itself shows, by band of the limit.
//!
//! With d_i the observed default (0 or 1) of borrower i, n_i the people behind the row and band k
//! the borrowers whose sum of limits lies above edge k - 1 and at or below edge k,
//!
//! PD_k = sum_(i in k) n_i d_i / sum_(i in k) n_i.    (1)
//!
//! Above the last edge is one more band; a band without borrowers has no PD and needs none.

use super::Numbers;
use super::draft::Draft;
use super::gather::GatherNumbers;
use crate::scenario::ObservedPd;

/// The PD of every borrower by equation (1).
pub(super) fn default_rates(draft: &Draft, rule: &ObservedPd) -> Numbers {
    let band = |b: usize| {
        let limit = draft.sum(&draft.accounts.limit, b);
        rule.limit_edges.partition_point(|edge| i128::from(edge.0) < limit)
    };
    let mut people = vec![0_u64; rule.limit_edges.len() + 1];
    let mut defaults = people.clone();
    for b in 0..draft.entries() {
        people[band(b)] += draft.count(b);
        if draft.defaulted.get(b) == 1.0 {
            defaults[band(b)] += draft.count(b);
        }
    }
    let rate = |k: usize| defaults[k] as f64 / people[k] as f64;
    (0..draft.entries()).map(|b| rate(band(b))).collect::<GatherNumbers>().finish()
}
