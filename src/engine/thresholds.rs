//! What is known of one person: the threshold of the stressed PD and the length of the loading vector.

use crate::model::{Law, LoadingRule, Model};
use crate::portfolio::{Numbers, Portfolio};

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
    /// By law and code, where PDs repeat.
    Coded(Vec<Vec<f64>>),
    /// By entry, in books small enough.
    Each(Vec<f64>),
    /// Worked out when somebody needs it: costs no memory in a large book of distinct PDs.
    Nothing,
}

impl<'a> Thresholds<'a> {
    /// Those of a book under a model.
    pub fn new(book: &'a Portfolio, model: &'a Model) -> Self {
        let kept = match &book.borrowers.pd {
            Numbers::Coded { values, .. } => {
                let stressed = |&p: &f64| model.stressed(p).pd;
                let of = |law: &Law| values.iter().map(|p| law.threshold(stressed(p))).collect();
                Kept::Coded(model.laws.iter().map(of).collect())
            }
            Numbers::Each(values) if values.len() <= KEPT => {
                let segments = &book.borrowers.segment.codes;
                let of = |(b, &p): (usize, &f64)| model.threshold(segments.get(b), p);
                Kept::Each(values.iter().enumerate().map(of).collect())
            }
            _ => Kept::Nothing,
        };
        Self { book, model, kept }
    }

    /// Thresholds of some entries, all in the segment of the entry `first`.
    pub fn thresholds(&self, first: usize, entries: &[u32], out: &mut Vec<f64>) {
        out.clear();
        let segment = self.book.borrowers.segment.codes.get(first);
        match (&self.kept, &self.book.borrowers.pd) {
            (Kept::Each(kept), _) => out.extend(entries.iter().map(|&b| kept[b as usize])),
            (Kept::Coded(by_law), Numbers::Coded { codes, .. }) => {
                let by_code = &by_law[self.model.segments[segment].law];
                out.extend(entries.iter().map(|&b| by_code[codes.get(b as usize)]));
            }
            (_, pd) => {
                let own = |&b: &u32| self.model.threshold(segment, pd.get(b as usize));
                out.extend(entries.iter().map(own));
            }
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
