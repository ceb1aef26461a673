//! What a default costs under many plain caps, worked out together.
//!
//! With limit L, balance B, CCF c, LGD lambda, a cap x leaves the exposure
//!
//! 1. x >= L: today's;      2. B < x < L: B + c (x - B);      3. x <= B, x < L: x.
//!
//! Sorted caps are therefore three runs, and in the third the loss lambda x depends on LGD and cap
//! alone: it is looked up where LGDs repeat. The numbers are those of [`Exposure::loss`].

use multiversion::multiversion;

use crate::policy::Exposure;
use crate::policy::response::{exposure_at_default, loss_given_default};
use crate::portfolio::{Numbers, Portfolio};

/// Losses of equation 3 that are kept, at most (256 KiB).
const KEPT: usize = 1 << 15;

/// So many caps are added up by runs.
const MANY: usize = 40;

/// The plain caps among policies, ascending.
#[derive(Debug)]
pub struct Caps {
    /// In smallest units.
    caps: Vec<i64>,
    /// Which policy each is.
    policies: Vec<usize>,
    /// Loss of equation 3, LGD code x cap; empty where LGDs are too many.
    drawn: Vec<i64>,
}

impl Caps {
    /// Picks the plain caps.
    pub fn new(book: &Portfolio, policies: &[&Exposure]) -> Self {
        let mut found: Vec<(i64, usize)> = policies
            .iter()
            .enumerate()
            .filter_map(|(at, policy)| match policy {
                Exposure::Cap(cap) => Some((*cap, at)),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        let (caps, policies): (Vec<i64>, Vec<usize>) = found.into_iter().unzip();
        let lgds = match &book.accounts.lgd {
            Numbers::Same(lgd) => std::slice::from_ref(lgd),
            Numbers::Coded { values, .. } => values.as_slice(),
            Numbers::Each(_) => &[],
        };
        let drawn = if lgds.len() * caps.len() <= KEPT {
            lgds.iter()
                .flat_map(|&lgd| caps.iter().map(move |&x| loss_given_default(x, lgd)))
                .collect()
        } else {
            Vec::new()
        };
        Self { caps, policies, drawn }
    }

    /// Adds the loss of account `a`, `times` over, to the sums of these policies.
    #[inline]
    pub fn add(&self, book: &Portfolio, a: usize, times: i64, sums: &mut [i64]) {
        if self.caps.is_empty() {
            return;
        }
        let accounts = &book.accounts;
        let (limit, balance) = (accounts.limit.get(a), accounts.balance.get(a));
        let (ccf, lgd) = (accounts.ccf.get(a), accounts.lgd.get(a));
        let below = self.caps.partition_point(|&x| x < limit);
        let drawn = self.caps[..below].partition_point(|&x| x <= balance);
        match self.kept(book, a) {
            Some(losses) => {
                for (&policy, loss) in self.policies[..drawn].iter().zip(losses) {
                    sums[policy] += loss * times;
                }
            }
            None => {
                for (&policy, &x) in self.policies[..drawn].iter().zip(&self.caps) {
                    sums[policy] += loss_given_default(x, lgd) * times;
                }
            }
        }
        for at in drawn..below {
            let exposure = exposure_at_default(self.caps[at], balance, ccf);
            sums[self.policies[at]] += loss_given_default(exposure, lgd) * times;
        }
        if below < self.caps.len() {
            let loss = loss_given_default(exposure_at_default(limit, balance, ccf), lgd) * times;
            for &policy in &self.policies[below..] {
                sums[policy] += loss;
            }
        }
    }

    /// Adds the losses of one person of each entry, whose accounts have the numbers of the entries, to
    /// the sums of these policies. A few caps take the same steps for everybody, several at a time; of
    /// many the first and the last run are counted by where they end, and added up once.
    pub fn add_people(&self, book: &Portfolio, entries: &[u32], sums: &mut [i64]) {
        let mut own = vec![0; self.caps.len()];
        if self.caps.len() >= MANY && !self.drawn.is_empty() {
            self.add_runs(book, entries, &mut own);
        } else {
            add_each(&self.caps, book, entries, &mut own);
        }
        for (&policy, sum) in self.policies.iter().zip(own) {
            sums[policy] += sum;
        }
    }

    /// The three runs of each account: its middle one by itself, the others by their ends.
    fn add_runs(&self, book: &Portfolio, entries: &[u32], sums: &mut [i64]) {
        let caps = self.caps.len();
        let lgds = self.drawn.len() / caps;
        // People by LGD and number of caps in the third run; losses by the first cap of the first run.
        let mut third = vec![0_i64; lgds * (caps + 1)];
        let mut first = vec![0_i64; caps + 1];
        add_middle(self, book, entries, (&mut third, &mut first), sums);
        for (lgd, third) in third.chunks_exact(caps + 1).enumerate() {
            let mut people = 0;
            for cap in (0..caps).rev() {
                people += third[cap + 1];
                sums[cap] += people * self.drawn[lgd * caps + cap];
            }
        }
        let mut loss = 0;
        for (sum, own) in sums.iter_mut().zip(first) {
            loss += own;
            *sum += loss;
        }
    }

    /// The kept losses of equation 3 for an account's LGD.
    #[inline]
    fn kept(&self, book: &Portfolio, a: usize) -> Option<&[i64]> {
        if self.drawn.is_empty() {
            return None;
        }
        let code = match &book.accounts.lgd {
            Numbers::Coded { codes, .. } => codes.get(a),
            _ => 0,
        };
        Some(&self.drawn[code * self.caps.len()..])
    }
}

/// Equation 2 for some accounts, summed by cap, and where their other runs end.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_middle(
    caps: &Caps,
    book: &Portfolio,
    entries: &[u32],
    (third, first): (&mut [i64], &mut [i64]),
    sums: &mut [i64],
) {
    let accounts = &book.accounts;
    let width = caps.caps.len() + 1;
    for &a in entries {
        let a = a as usize;
        let (limit, balance) = (accounts.limit.get(a), accounts.balance.get(a));
        let (ccf, lgd) = (accounts.ccf.get(a), accounts.lgd.get(a));
        let code = match &accounts.lgd {
            Numbers::Coded { codes, .. } => codes.get(a),
            _ => 0,
        };
        let below = caps.caps.partition_point(|&x| x < limit);
        let drawn = caps.caps.partition_point(|&x| x <= balance).min(below);
        third[code * width + drawn] += 1;
        for (sum, &x) in sums[drawn..below].iter_mut().zip(&caps.caps[drawn..below]) {
            *sum += loss_given_default(exposure_at_default(x, balance, ccf), lgd);
        }
        if below < caps.caps.len() {
            first[below] += loss_given_default(exposure_at_default(limit, balance, ccf), lgd);
        }
    }
}

/// Equations 1 to 3 for some accounts, summed by cap.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn add_each(caps: &[i64], book: &Portfolio, entries: &[u32], sums: &mut [i64]) {
    let accounts = &book.accounts;
    for &a in entries {
        let a = a as usize;
        let (limit, balance) = (accounts.limit.get(a), accounts.balance.get(a));
        let (ccf, lgd) = (accounts.ccf.get(a), accounts.lgd.get(a));
        for (sum, &x) in sums.iter_mut().zip(caps) {
            let kept = exposure_at_default(x.min(limit), balance, ccf);
            let exposure = if x <= balance && x < limit { x } else { kept };
            *sum += loss_given_default(exposure, lgd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::Amounts;

    fn book(limits: &[i64], balances: &[i64], lgd: Numbers) -> Portfolio {
        use crate::portfolio::{Accounts, Borrowers, Codes, Labels, Quality};
        let labels = || Labels { names: vec!["x".into()], codes: Codes::Same(limits.len()) };
        Portfolio {
            borrowers: Borrowers {
                pd: Numbers::Same(0.1),
                count: None,
                stands_for: None,
                segment: labels(),
                score: None,
                income: None,
                age: None,
                first_account: None,
            },
            accounts: Accounts {
                limit: limits.iter().copied().collect::<Amounts>(),
                balance: balances.iter().copied().collect::<Amounts>(),
                lender: labels(),
                product: None,
                lgd,
                ccf: Numbers::Same(0.37),
                interest_rate: None,
            },
            quality: Quality::default(),
        }
    }

    #[test]
    fn losses_are_those_of_each_cap_by_itself() {
        let limits: Vec<i64> = (0..60).map(|i| i * 37 % 1_000).collect();
        let balances: Vec<i64> = (0..60).map(|i| i * 91 % 1_200).collect();
        let lgds: Vec<f64> = (0..60).map(|i| f64::from(i) / 59.0).collect();
        let values = vec![0.3, 0.55, 0.8];
        let mut codes = crate::portfolio::Codes::default();
        (0..60).for_each(|i| codes.push(i % 3));
        let columns = [Numbers::Same(0.45), Numbers::Coded { values, codes }, Numbers::Each(lgds)];
        let policies = vec![Exposure::Untouched];
        // Not in order, with ends beyond every limit and at nothing, and one twice.
        let few: Vec<i64> = vec![700, 0, 37, 5_000, 333, 91, 333];
        let many: Vec<i64> = (0..MANY as i64).map(|i| i * 613 % 1_300).collect();
        for (lgd, caps) in
            columns.iter().flat_map(|lgd| [(lgd.clone(), &few), (lgd.clone(), &many)])
        {
            let mut policies = policies.clone();
            policies.extend(caps.iter().copied().map(Exposure::Cap));
            let policies: Vec<&Exposure> = policies.iter().collect();
            let book = book(&limits, &balances, lgd);
            let caps = Caps::new(&book, &policies);
            for a in 0..60 {
                let mut sums = vec![0; policies.len()];
                caps.add(&book, a, 2, &mut sums);
                caps.add_people(&book, &[a as u32], &mut sums);
                for (policy, sum) in policies.iter().zip(sums).skip(1) {
                    assert_eq!(sum, 3 * policy.loss(&book, a), "{policy:?}, account {a}");
                }
            }
            let mut sums = vec![0; policies.len()];
            caps.add_people(&book, &(0..60).collect::<Vec<_>>(), &mut sums);
            for (policy, sum) in policies.iter().zip(sums).skip(1) {
                let each = (0..60).map(|a| policy.loss(&book, a));
                assert_eq!(sum, each.sum::<i64>(), "{policy:?}, all accounts");
            }
        }
    }
}
