//! How the failure of lenders spreads to other lenders in a trial ([`super::network`]).
//!
//! All lenders with capital take part; those outside of the network with no debts. Before its losses x lender
//! j owns the assets A outside the system ([`super::sheets`]) and claims on others, owes others what the
//! network says, and the outside what capital leaves open. After them it owns A - x; if somebody cannot
//! pay, the system is cleared.

use super::network::cascade::cascade;
use super::network::clearing::{self, Cleared, Clearing, OutsideRank, Recovery};
use super::network::debt_rank::{self, DebtRank};
use super::network::fill::{self, FillError};
use super::network::{Network, is_lost};
use super::roster::Roster;
use super::sheets::Sheets;
use crate::error::{Fault, FaultKind, Place};
use crate::scenario::{ContagionSpec, DebtRankVariant};

/// The network of a run, ready for every policy.
#[derive(Debug)]
pub struct Contagion {
    /// Lenders with capital.
    members: Vec<usize>,
    /// By lender.
    member_of: Vec<Option<usize>>,
    network: Network,
    capital: Vec<f64>,
    /// By policy.
    clearings: Vec<Clearing>,
    recovery: Recovery,
    ranks: Option<(DebtRankVariant, DebtRank)>,
    cascades: bool,
}

/// Working memory of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    assets: Vec<f64>,
    clearing: clearing::Scratch,
    initial: Vec<f64>,
    rank: debt_rank::Scratch,
}

impl Contagion {
    /// Binds the network; `owes` is lender x lender; `None`: to be filled in from totals. Closes the
    /// balance sheets of lenders with capital.
    ///
    /// Faults: totals that no network has.
    pub fn new(
        spec: &ContagionSpec,
        roster: &Roster,
        owes: Option<Vec<Vec<f64>>>,
        sheets: &mut [Sheets],
    ) -> Result<Self, Vec<Fault>> {
        let members: Vec<usize> = roster.with_capital().collect();
        let mut member_of = vec![None; roster.lenders.len()];
        members.iter().enumerate().for_each(|(m, &lender)| member_of[lender] = Some(m));
        let owes = match owes {
            Some(owes) => {
                members.iter().map(|&i| members.iter().map(|&j| owes[i][j]).collect()).collect()
            }
            None => {
                let total = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
                    members.iter().map(|&lender| of(lender)).collect()
                };
                let assets = total(&|lender| roster.lenders[lender].interbank_assets);
                let debts = total(&|lender| roster.lenders[lender].interbank_liabilities);
                fill::fill(&assets, &debts).map_err(|error| {
                    let place = Place::Value(format!("{}.network", spec.path));
                    let message = match error {
                        FillError::TooLarge { lender, .. } => {
                            let name = &roster.lenders[members[lender]].name;
                            format!(
                                "`{name}` has more claims and debts together than all lenders have \
                                 debts: no network has these totals"
                            )
                        }
                        other => other.to_string(),
                    };
                    let fault = Fault::new(place, FaultKind::Conflict { message });
                    vec![fault.with_hint("lower its `interbank_assets` or `interbank_liabilities`")]
                })?
            }
        };
        let network = Network::new(owes);
        let recovery =
            Recovery { assets: spec.assets_recovered.get(), claims: spec.claims_recovered.get() };
        let capital: Vec<f64> =
            members.iter().map(|&lender| roster.lenders[lender].capital.unwrap_or(0.0)).collect();
        for sheets in &mut *sheets {
            for (m, &lender) in members.iter().enumerate() {
                sheets.close(lender, capital[m], network.claims(m), network.liabilities(m));
            }
        }
        let rank = if spec.outside_first { OutsideRank::First } else { OutsideRank::Equal };
        let clearings = sheets
            .iter()
            .map(|sheets| {
                let outside = members.iter().map(|&l| sheets.outside_debts[l]).collect();
                Clearing::new(network.clone(), outside, recovery, rank)
            })
            .collect();
        let ranks =
            spec.debt_rank.map(|variant| (variant, DebtRank::new(&network, &capital, variant)));
        let cascades = spec.cascade;
        Ok(Self { members, member_of, network, capital, clearings, recovery, ranks, cascades })
    }

    /// Number of a lender among the members.
    pub fn member(&self, lender: usize) -> Option<usize> {
        self.member_of[lender]
    }

    /// The lenders that take part.
    pub fn members(&self) -> &[usize] {
        &self.members
    }

    /// Who owes whom, by number among the members.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Which DebtRank is reported.
    pub fn debt_rank(&self) -> Option<DebtRankVariant> {
        self.ranks.as_ref().map(|(variant, _)| *variant)
    }

    /// Clears the system after losses by lender.
    pub fn clear<'s>(
        &self,
        policy: usize,
        sheets: &Sheets,
        losses: &[f64],
        scratch: &'s mut Scratch,
    ) -> &'s Cleared {
        let own = self.members.iter().map(|&l| (sheets.assets[l] - losses[l]).max(0.0));
        scratch.assets.clear();
        scratch.assets.extend(own);
        self.clearings[policy].clear(&scratch.assets, &mut scratch.clearing)
    }

    /// Share of all equity that distress takes beyond the losses themselves.
    pub fn distress(&self, losses: &[f64], scratch: &mut Scratch) -> f64 {
        let Some((_, ranks)) = &self.ranks else { return 0.0 };
        scratch.initial.clear();
        let own = self.members.iter().zip(&self.capital);
        scratch.initial.extend(own.map(|(&l, capital)| (losses[l] / capital).clamp(0.0, 1.0)));
        let last = ranks.spread(&scratch.initial, &mut scratch.rank);
        debt_rank::additional(&scratch.initial, last, &self.capital)
    }

    /// Lenders that fail if nothing of a failed lender's debts is paid; `broken` ones have failed whatever they
    /// lost.
    pub fn cascade(&self, losses: &[f64], broken: &[usize]) -> u32 {
        if !self.cascades {
            return 0;
        }
        let own: Vec<f64> = self.members.iter().map(|&l| losses[l]).collect();
        let mut fallen = vec![false; own.len()];
        broken.iter().filter_map(|&l| self.member(l)).for_each(|member| fallen[member] = true);
        let stands = |(loss, capital): (&f64, &f64)| !is_lost(*loss, *capital);
        if !fallen.contains(&true) && own.iter().zip(&self.capital).all(stands) {
            return 0;
        }
        let end = cascade(&self.network, &self.capital, &own, &fallen);
        end.failed.iter().filter(|failed| **failed).count() as u32
    }

    /// Whether failures of a cascade are told.
    pub fn tells_cascade(&self) -> bool {
        self.cascades
    }

    /// The most that bankruptcies may cost under any policy.
    pub fn largest_costs(&self, sheets: &[Sheets]) -> f64 {
        let own = |sheets: &Sheets| -> f64 {
            let each = self.members.iter().enumerate();
            each.map(|(m, &l)| {
                (1.0 - self.recovery.assets) * sheets.assets[l]
                    + (1.0 - self.recovery.claims) * self.network.claims(m)
            })
            .sum()
        };
        sheets.iter().map(own).fold(0.0, f64::max)
    }
}
