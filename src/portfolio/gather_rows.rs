//! Rows gather into the columns of a draft, then accounts join their borrowers.

// Hashed maps are only looked up here, never iterated: their order reaches no result.
#![allow(clippy::disallowed_types)]

use std::collections::HashMap;

use super::compare::compare_accounts;
use super::draft::{AsRead, Draft};
use super::gather::{GatherNames, GatherNumbers};
use super::permute::Rearrange;
use super::row::{CellFault, Row};
use super::{Accounts, Amounts, Borrowers, Numbers};
use crate::error::FaultKind;
use crate::scenario::Field;
use crate::units::Currency;

/// Collects rows.
#[derive(Debug)]
pub(super) struct Gathering {
    limit: Amounts,
    balance: Amounts,
    lender: GatherNames,
    product: GatherNames,
    lgd: GatherNumbers,
    ccf: GatherNumbers,
    interest_rate: GatherNumbers,
    pd: GatherNumbers,
    segment: GatherNames,
    parts: Vec<GatherNames>,
    score: GatherNumbers,
    income: GatherNumbers,
    age: GatherNumbers,
    defaulted: GatherNumbers,
    /// Kept only once some row is several draws.
    count: Option<Vec<u64>>,
    stands_for: GatherNumbers,
    owners: Option<Owners>,
    as_read: AsRead,
}

/// Who owns each row, for tapes with a borrower column.
#[derive(Debug, Default)]
struct Owners {
    /// Number of each row's borrower, in order of first appearance.
    of_row: Vec<u32>,
    first_row: Vec<u32>,
    first_line: Vec<u64>,
    /// Looked up, never iterated.
    number_of: HashMap<Box<str>, u32>,
}

impl Gathering {
    /// Of no row yet.
    pub(super) fn new(currency: &Currency) -> Self {
        Self {
            limit: Amounts::default(),
            balance: Amounts::default(),
            lender: GatherNames::default(),
            product: GatherNames::default(),
            lgd: GatherNumbers::default(),
            ccf: GatherNumbers::default(),
            interest_rate: GatherNumbers::default(),
            pd: GatherNumbers::default(),
            segment: GatherNames::default(),
            parts: Vec::new(),
            score: GatherNumbers::default(),
            income: GatherNumbers::default(),
            age: GatherNumbers::default(),
            defaulted: GatherNumbers::default(),
            count: None,
            stands_for: GatherNumbers::default(),
            owners: None,
            as_read: AsRead::new(currency),
        }
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> usize {
        self.limit.len()
    }

    /// Notes amounts of a distribution, units of currency, for a row that is so many accounts.
    pub(super) fn note_drawn(&mut self, limit: f64, balance: f64, times: f64) {
        self.as_read.limit_fineness.add_drawn(limit, times);
        self.as_read.balance_fineness.add_drawn(balance, times);
    }

    /// Appends a row that stands at `line` of the tape.
    pub(super) fn push(&mut self, row: &Row<'_>, line: impl Fn() -> u64) -> Result<(), CellFault> {
        let rows = self.rows();
        if let Some(id) = row.borrower {
            let known = self.owners.as_ref().and_then(|o| o.number_of.get(id).copied());
            if let Some(known) = known {
                self.agree(id, known as usize, row)?;
            }
            let owners = self.owners.get_or_insert_default();
            let owner = known.unwrap_or(owners.first_row.len() as u32);
            if known.is_none() {
                owners.number_of.insert(id.into(), owner);
                owners.first_row.push(rows as u32);
                owners.first_line.push(line());
            }
            owners.of_row.push(owner);
        }
        if row.count > 1 || self.count.is_some() {
            self.count.get_or_insert_with(|| vec![1; rows]).push(row.count);
        }
        self.stands_for.push(row.stands_for as f64);
        let people = i128::from(row.count) * i128::from(row.stands_for);
        self.as_read.rows += 1;
        self.as_read.accounts = self.as_read.accounts.saturating_add(people.unsigned_abs());
        let (limit, balance) = (row.limit.minor, row.balance.minor);
        self.as_read.limits += i128::from(limit) * people;
        self.as_read.balances += i128::from(balance) * people;
        self.as_read.positive_balances += i128::from(balance.max(0)) * people;
        self.as_read.note_rounding(row.limit, row.balance, people as f64);
        let people = row.count.saturating_mul(row.stands_for);
        let negative = if row.balance.is_negative() { people } else { 0 };
        // Too many to count are refused with the totals.
        self.as_read.negative_balances = self.as_read.negative_balances.saturating_add(negative);
        self.limit.push(limit);
        self.balance.push(balance.max(0));
        self.lender.push(row.lender);
        self.product.push(row.product);
        self.lgd.push(row.lgd);
        self.ccf.push(row.ccf);
        self.interest_rate.push(row.interest_rate);
        self.pd.push(row.pd);
        self.segment.push(row.segment);
        self.parts.resize_with(row.parts.len(), GatherNames::default);
        for (column, (_, value)) in self.parts.iter_mut().zip(&row.parts) {
            column.push(value);
        }
        self.score.push(row.score);
        self.income.push(row.income);
        self.age.push(row.age);
        self.defaulted.push(row.defaulted);
        Ok(())
    }

    /// What a row says of its borrower must be what the borrower's first row said.
    fn agree(&self, id: &str, owner: usize, row: &Row<'_>) -> Result<(), CellFault> {
        let owners = self.owners.as_ref().expect("a known borrower has an owner entry");
        let first = owners.first_row[owner] as usize;
        let differs = |field: Field, column: Option<&str>, here: String, there: String| {
            let shown = |text: String| if text.is_empty() { "no value".into() } else { text };
            let message = format!(
                "borrower `{id}` has {} `{}` here but `{}` in line {}",
                column.unwrap_or(field.key()),
                shown(here),
                shown(there),
                owners.first_line[owner]
            );
            let hint = Some("all rows of a borrower must agree on it".into());
            let column = column.map(str::to_owned);
            Err(CellFault { field, column, kind: FaultKind::Conflict { message }, hint })
        };
        let conflict = |field, here, there| differs(field, None, here, there);
        let numbers = [
            (Field::Pd, row.pd, &self.pd),
            (Field::Score, row.score, &self.score),
            (Field::Income, row.income, &self.income),
            (Field::Age, row.age, &self.age),
            (Field::Default, row.defaulted, &self.defaulted),
            (Field::StandsFor, row.stands_for as f64, &self.stands_for),
        ];
        for (field, here, column) in numbers {
            let there = column.get(first);
            if here != there && !(here.is_nan() && there.is_nan()) {
                let text = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
                return conflict(field, text(here), text(there));
            }
        }
        let count = self.count.as_ref().map_or(1, |count| count[first]);
        if row.count != count {
            return conflict(Field::Count, row.count.to_string(), count.to_string());
        }
        let segment = self.segment.get(first);
        if row.segment != segment {
            return conflict(Field::Segment, row.segment.into(), segment.into());
        }
        for ((header, here), column) in row.parts.iter().zip(&self.parts) {
            let there = column.get(first);
            if *here != there {
                let (here, there) = ((*here).to_owned(), there.to_owned());
                return differs(Field::Segment, Some(header), here, there);
            }
        }
        Ok(())
    }

    /// The book; at least one row has been pushed.
    pub(super) fn finish(self) -> Draft {
        let accounts = Accounts {
            limit: self.limit,
            balance: self.balance,
            lender: self.lender.finish(),
            product: Some(self.product.finish()).filter(|p| p.names != [""]),
            lgd: self.lgd.finish(),
            ccf: self.ccf.finish(),
            interest_rate: self.interest_rate.finish_known(),
        };
        let borrowers = Borrowers {
            pd: self.pd.finish(),
            count: self.count,
            stands_for: Some(self.stands_for.finish()).filter(|all| *all != Numbers::Same(1.0)),
            segment: self.segment.finish(),
            score: self.score.finish_known(),
            income: self.income.finish_known(),
            age: self.age.finish_known(),
            first_account: None,
        };
        let defaulted = self.defaulted.finish();
        let unused_defaults = Vec::new();
        let parts = self.parts.into_iter().map(GatherNames::finish).collect();
        let as_read = self.as_read;
        let draft = Draft { borrowers, accounts, defaulted, as_read, parts, unused_defaults };
        match self.owners {
            // Each borrower has one account: rows and borrowers stand in the same order.
            Some(owners) if owners.first_row.len() < owners.of_row.len() => owners.join(draft),
            _ => draft,
        }
    }
}

impl Owners {
    /// Brings the accounts of each borrower together, in canonical order within the borrower.
    fn join(self, draft: Draft) -> Draft {
        let borrowers = self.first_row.len();
        let mut first_account = vec![0_u32; borrowers + 1];
        self.of_row.iter().for_each(|&owner| first_account[owner as usize + 1] += 1);
        for b in 0..borrowers {
            first_account[b + 1] += first_account[b];
        }
        let mut next = first_account.clone();
        let mut order = vec![0_u32; self.of_row.len()];
        for (row, &owner) in self.of_row.iter().enumerate() {
            order[next[owner as usize] as usize] = row as u32;
            next[owner as usize] += 1;
        }
        for range in first_account.windows(2) {
            order[range[0] as usize..range[1] as usize].sort_unstable_by(|&a, &b| {
                compare_accounts(&draft.accounts, a as usize, b as usize)
            });
        }
        let mut joined = draft.borrowers.reordered(&self.first_row);
        joined.first_account = Some(first_account);
        Draft {
            borrowers: joined,
            accounts: draft.accounts.reordered(&order),
            defaulted: draft.defaulted.reordered(&self.first_row),
            as_read: draft.as_read,
            parts: draft.parts.into_iter().map(|p| p.reordered(&self.first_row)).collect(),
            unused_defaults: draft.unused_defaults,
        }
    }
}
