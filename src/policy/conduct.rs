//! How the borrowers of a book answer to new limits: the scenario's behaviour bound to the book.

use super::filter::{Passes, RowFilter};
use super::response::DebtResponse;
use super::worst::Worst;
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::Portfolio;
use crate::scenario::{Behaviour, Channels, IfMissing, Response, SeveritySpec};
use crate::units::Currency;

/// Which parts of a reaction are taken into account: everything, or a set of effects on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Whether exposures follow the new limits; if not they stay those before the policy, while what
    /// would be withdrawn still drives the channels.
    pub direct: bool,
    /// The channels that act.
    pub channels: Channels,
}

impl Switches {
    /// Everything that the scenario opens.
    pub const ALL: Self = Self { direct: true, channels: Channels::ALL };
}

/// A lender that takes debts of borrowers who have no account there.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLender {
    /// Code of the lender: that of the book, or one behind them.
    pub lender: usize,
    /// Its part of what leaks to named rivals.
    pub share: u64,
    /// Largest debt as a multiple of the cut account's old limit; `None`: as the borrower's response.
    pub limit: Option<f64>,
    /// LGD of such debts; `None`: that of the cut account.
    pub lgd: Option<f64>,
}

/// Behaviour bound to a book.
#[derive(Debug)]
pub struct Conduct<'a> {
    /// As the scenario says.
    pub behaviour: &'a Behaviour,
    /// Where debts new to a lender may arise; empty where nothing leaks.
    pub new_lenders: Vec<NewLender>,
    /// Names of the lenders that the book does not have, in the order of their codes.
    pub outside: Vec<String>,
    /// The most that defaults may cost.
    pub worst: Worst<'a>,
    groups: Vec<RowFilter<'a>>,
}

/// Shares of rivals in whole steps.
const SHARES: f64 = (1_u64 << 32) as f64;

impl<'a> Conduct<'a> {
    /// Binds behaviour to a book.
    ///
    /// Faults: segments of groups that the book does not have; channels that cannot act on it.
    pub fn new(
        behaviour: &'a Behaviour,
        book: &'a Portfolio,
        currency: &Currency,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut groups = Vec::new();
        for group in &behaviour.groups {
            match RowFilter::new(&group.filter, IfMissing::Skip, book, currency, &group.path) {
                Ok(filter) => groups.push(filter),
                Err(found) => faults.extend(found),
            }
        }
        let mut conduct = Self {
            behaviour,
            new_lenders: Vec::new(),
            outside: Vec::new(),
            worst: Worst::default(),
            groups,
        };
        if behaviour.active().leakage {
            conduct.find_new_lenders(book);
        }
        faults.extend(conduct.idle_channels(book));
        if faults.is_empty() { Ok(conduct) } else { Err(faults) }
    }

    /// The same where what a default costs follows laws.
    #[must_use]
    pub fn under(self, severity: &'a SeveritySpec, book: &Portfolio) -> Self {
        Self { worst: Worst::new(severity, book), ..self }
    }

    /// LGD of each lender new to people, where it has its own.
    pub fn lgds_elsewhere(&self) -> Vec<Option<f64>> {
        self.new_lenders.iter().map(|new| new.lgd).collect()
    }

    fn find_new_lenders(&mut self, book: &Portfolio) {
        let lenders = &book.accounts.lender;
        let behaviour = self.behaviour;
        let mut code = |name: &String| {
            lenders.find(name).unwrap_or_else(|| {
                self.outside.push(name.clone());
                lenders.names.len() + self.outside.len() - 1
            })
        };
        self.new_lenders = match &behaviour.rivals {
            None => vec![NewLender {
                lender: code(&behaviour.outside.name),
                share: 1,
                limit: None,
                lgd: behaviour.outside.lgd.map(|lgd| lgd.get()),
            }],
            Some(rivals) => {
                let sum: f64 = rivals.iter().map(|rival| rival.share).sum();
                let new = rivals.iter().map(|rival| NewLender {
                    lender: code(&rival.lender),
                    share: ((rival.share / sum * SHARES) as u64).max(1),
                    limit: rival.limit,
                    lgd: rival.lgd.map(|lgd| lgd.get()),
                });
                new.collect()
            }
        };
    }

    /// Channels that the scenario sets and the book gives nothing to act on.
    fn idle_channels(&self, book: &Portfolio) -> Vec<Fault> {
        let active = self.behaviour.active();
        let conflict = |key: &str, message: String, hint: &str| {
            let place = Place::Value(format!("behaviour.{key}"));
            Fault::new(place, FaultKind::Conflict { message }).with_hint(hint)
        };
        let mut faults = Vec::new();
        let drawn = (0..book.accounts.balance.len()).any(|a| book.accounts.balance.get(a) > 0);
        let open = [
            ("leakage", active.leakage),
            ("relief", active.relief),
            ("squeeze", active.squeeze),
            ("stacking", active.stacking),
        ];
        for (key, _) in open.iter().filter(|(_, is_open)| *is_open && !drawn) {
            let message = format!("`{key}` acts on balances, and the book has none above 0");
            let hint = "map the column `balance`, or set it under [portfolio.defaults]";
            faults.push(conflict(key, message, hint));
        }
        let lenders = &book.accounts.lender;
        if let (true, Some(rivals), [only]) =
            (active.leakage, &self.behaviour.rivals, lenders.names.as_slice())
            && rivals.iter().all(|rival| &rival.lender == only)
        {
            let message =
                format!("the only rival is `{only}`, which is the only lender of the book");
            let hint = "name another lender; it need not be in the book";
            faults.push(conflict("rival", message, hint));
        }
        if let (None, true) = (&self.behaviour.rivals, active.leakage)
            && lenders.find(&self.behaviour.outside.name).is_some()
        {
            let name = &self.behaviour.outside.name;
            let message = format!("`{name}` is a lender of the book, not outside it");
            faults.push(conflict("outside", message, "give the lenders outside another name"));
        }
        faults
    }

    /// Name of a lender new to people, by its number.
    pub fn name<'n>(&'n self, book: &'n Portfolio, new: usize) -> &'n str {
        let lenders = &book.accounts.lender.names;
        let code = self.new_lenders[new].lender;
        lenders.get(code).unwrap_or_else(|| &self.outside[code - lenders.len()])
    }

    /// The numbers of borrower `b`.
    pub fn of(&self, book: &Portfolio, b: usize) -> &Response {
        let first = book.accounts_of(b).start;
        let at = self.groups.iter().position(|group| group.passes(b, first) == Passes::Yes);
        at.map_or(&self.behaviour.default, |at| &self.behaviour.groups[at].response)
    }

    /// Whether debts follow their own limits only, and mechanically: exposures of plain policies are
    /// then functions of a row.
    pub fn is_mechanical(&self) -> bool {
        let mechanical = DebtResponse::default();
        self.new_lenders.is_empty()
            && self.behaviour.responses().all(|r| DebtResponse::of(r) == mechanical)
    }

    /// Whether anything of it may act.
    pub fn is_active(&self) -> bool {
        self.behaviour.active() != Channels::NONE
    }
}
