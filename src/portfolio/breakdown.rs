//! Columns: the disjoint lender x segment parts of a book whose losses are kept apart.

use super::Portfolio;

/// The lender x segment pairs that occur in a book, in the order of segments, then lenders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pairs: Vec<Column>,
    lenders: usize,
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
    /// Finds the pairs of a book.
    pub fn new(book: &Portfolio) -> Self {
        let lenders = book.accounts.lender.names.len();
        let segments = book.borrowers.segment.names.len();
        let mut index = vec![u32::MAX; lenders * segments];
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
        Self { pairs, lenders, index }
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

    /// Column of account `a` of borrower `b`.
    #[inline]
    pub fn of(&self, book: &Portfolio, b: usize, a: usize) -> usize {
        let segment = book.borrowers.segment.codes.get(b);
        let lender = book.accounts.lender.codes.get(a);
        self.index[segment * self.lenders + lender] as usize
    }
}
