//! What is known of one person: the threshold G(stressed PD) and the length of the loading vector.

use crate::model::{LoadingRule, Model};
use crate::portfolio::{Numbers, Portfolio};
use crate::special::normal;

/// Entries up to which thresholds of distinct PDs are kept (8 MiB).
const KEPT: usize = 1 << 20;

/// Thresholds and loadings of all entries.
#[derive(Debug)]
pub struct Thresholds<'a> {
    book: &'a Portfolio,
    model: &'a Model,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// By code, where PDs repeat.
    Coded(Vec<f64>),
    /// By entry, in books small enough.
    Each(Vec<f64>),
    /// Worked out when somebody needs it: costs no memory in a large book of distinct PDs.
    Nothing,
}

impl<'a> Thresholds<'a> {
    /// Those of a book under a model.
    pub fn new(book: &'a Portfolio, model: &'a Model) -> Self {
        let threshold = |&p: &f64| normal::quantile(model.stressed(p).pd);
        let kept = match &book.borrowers.pd {
            Numbers::Coded { values, .. } => Kept::Coded(values.iter().map(threshold).collect()),
            Numbers::Each(values) if values.len() <= KEPT => {
                Kept::Each(values.iter().map(threshold).collect())
            }
            _ => Kept::Nothing,
        };
        Self { book, model, kept }
    }

    /// G(stressed PD) of an entry.
    fn threshold(&self, entry: usize) -> f64 {
        match (&self.kept, &self.book.borrowers.pd) {
            (Kept::Each(by_entry), _) => by_entry[entry],
            (Kept::Coded(by_code), Numbers::Coded { codes, .. }) => by_code[codes.get(entry)],
            (_, pd) => normal::quantile(self.model.stressed(pd.get(entry)).pd),
        }
    }

    /// G(stressed PD) of some entries.
    pub fn thresholds(&self, entries: &[u32], out: &mut Vec<f64>) {
        out.clear();
        match &self.kept {
            Kept::Each(kept) => out.extend(entries.iter().map(|&b| kept[b as usize])),
            _ => out.extend(entries.iter().map(|&b| self.threshold(b as usize))),
        }
    }

    /// The length of the loading vector of everybody in the segment of an entry, if it is one.
    pub fn one_loading(&self, entry: usize) -> Option<f64> {
        match self.model.segments[self.book.borrowers.segment.codes.get(entry)].loading {
            LoadingRule::Fixed(l) => Some(l),
            LoadingRule::OtherRetail => None,
        }
    }

    /// Lengths of the loading vectors of some entries, all in the segment of the entry `first`.
    pub fn loadings(&self, first: usize, entries: &[u32], out: &mut Vec<f64>) {
        out.clear();
        match self.model.segments[self.book.borrowers.segment.codes.get(first)].loading {
            LoadingRule::Fixed(l) => out.resize(entries.len(), l),
            rule => {
                let pd = |&b: &u32| self.book.borrowers.pd.get(b as usize);
                out.extend(entries.iter().map(|b| rule.at(pd(b))));
            }
        }
    }
}
