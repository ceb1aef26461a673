//! Columns: the disjoint lender x segment parts of a book whose losses are kept apart.

use super::Portfolio;

/// The lender x segment pairs that occur in a book, in the order of segments, then lenders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pairs: Vec<Column>,
    lenders: Vec<String>,
    index: Vec<u32>,
}

/// One lender x segment pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Code of the segment.
    pub segment: usize,
    /// Code of the lender.
    pub lender: usize,
}

impl Columns {
    /// Finds the pairs of a book; lenders by code, `outside` those that the book does not have, and
    /// `takers` those that may get debts of any segment.
    pub fn new(book: &Portfolio, outside: &[String], takers: &[usize]) -> Self {
        let names: Vec<String> =
            book.accounts.lender.names.iter().chain(outside).cloned().collect();
        let lenders = names.len();
        let segments = book.borrowers.segment.names.len();
        let mut index = vec![u32::MAX; lenders * segments];
        for segment in 0..segments {
            takers.iter().for_each(|lender| index[segment * lenders + lender] = 0);
        }
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            for a in book.accounts_of(b) {
                index[segment * lenders + book.accounts.lender.codes.get(a)] = 0;
            }
        }
        let mut pairs = Vec::new();
        for (at, slot) in index.iter_mut().enumerate().filter(|(_, slot)| **slot == 0) {
            *slot = pairs.len() as u32;
            pairs.push(Column { segment: at / lenders, lender: at % lenders });
        }
        Self { pairs, lenders: names, index }
    }

    /// The same with everything in one column.
    #[must_use]
    pub fn as_one(&self) -> Self {
        let index = self.index.iter().map(|&at| if at == u32::MAX { at } else { 0 }).collect();
        Self { pairs: self.pairs[..1].to_vec(), lenders: self.lenders.clone(), index }
    }

    /// The same with the lenders of each segment in one column.
    #[must_use]
    pub fn by_segment(&self) -> Self {
        let lenders = self.lenders.len();
        let mut pairs: Vec<Column> = Vec::new();
        let mut index = vec![u32::MAX; self.index.len()];
        for &Column { segment, lender } in &self.pairs {
            if pairs.last().is_none_or(|last| last.segment != segment) {
                pairs.push(Column { segment, lender: 0 });
            }
            index[segment * lenders + lender] = pairs.len() as u32 - 1;
        }
        Self { pairs, lenders: self.lenders.clone(), index }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether the book is empty.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs, in column order.
    pub fn pairs(&self) -> &[Column] {
        &self.pairs
    }

    /// Names of the lenders by code, those outside the book last.
    pub fn lenders(&self) -> &[String] {
        &self.lenders
    }

    /// Column of a pair that occurs.
    #[inline]
    pub fn at(&self, segment: usize, lender: usize) -> usize {
        self.index[segment * self.lenders.len() + lender] as usize
    }

    /// Column of account `a` of borrower `b`.
    #[inline]
    pub fn of(&self, book: &Portfolio, b: usize, a: usize) -> usize {
        let segment = book.borrowers.segment.codes.get(b);
        let lender = book.accounts.lender.codes.get(a);
        self.at(segment, lender)
    }
}
