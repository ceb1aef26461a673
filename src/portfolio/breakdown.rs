//! Columns: the disjoint lender x segment parts of a book whose losses are kept apart; loans that
//! others fund are parts of their own.

use super::Portfolio;

/// The lender x segment pairs that occur in a book, in the order of segments, then lenders, then
/// slices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pairs: Vec<Column>,
    lenders: Vec<String>,
    slices: Vec<Slice>,
    /// Segment x lender x slice, the loans of no slice first.
    index: Vec<u32>,
}

/// One lender x segment pair, or a slice of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Code of the segment.
    pub segment: usize,
    /// Code of the lender.
    pub lender: usize,
    /// Number of the slice, if it is one.
    pub slice: Option<usize>,
}

/// Loans of a lender that are kept apart from its others. Slices do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Code of the lender.
    pub lender: usize,
    /// Codes of the products; `None`: all.
    pub products: Option<Vec<usize>>,
    /// Codes of the segments; `None`: all.
    pub segments: Option<Vec<usize>>,
}

impl Slice {
    /// Whether it holds the loans of a lender to a segment; those of no product are held by slices of
    /// all products only.
    fn holds(&self, segment: usize, lender: usize, product: Option<usize>) -> bool {
        let in_list = |codes: &Option<Vec<usize>>, code: Option<usize>| {
            codes.as_ref().is_none_or(|codes| code.is_some_and(|code| codes.contains(&code)))
        };
        self.lender == lender
            && in_list(&self.segments, Some(segment))
            && in_list(&self.products, product)
    }
}

impl Columns {
    /// Finds the pairs of a book; lenders by code, `outside` those that the book does not have, and
    /// `takers` those that may get debts of any segment.
    pub fn new(book: &Portfolio, outside: &[String], takers: &[usize], slices: Vec<Slice>) -> Self {
        let names: Vec<String> =
            book.accounts.lender.names.iter().chain(outside).cloned().collect();
        let lenders = names.len();
        let segments = book.borrowers.segment.names.len();
        let places = lenders * segments * (slices.len() + 1);
        let index = vec![u32::MAX; places];
        let mut columns = Self { pairs: Vec::new(), lenders: names, slices, index };
        for segment in 0..segments {
            for &lender in takers {
                let place = columns.place(segment, lender, None);
                columns.index[place] = 0;
            }
        }
        for b in 0..book.entries() {
            for a in book.accounts_of(b) {
                let place = columns.place_of(book, b, a);
                columns.index[place] = 0;
            }
        }
        let each = columns.slices.len() + 1;
        for (at, slot) in columns.index.iter_mut().enumerate().filter(|(_, slot)| **slot == 0) {
            *slot = columns.pairs.len() as u32;
            let (pair, slice) = (at / each, (at % each).checked_sub(1));
            columns.pairs.push(Column { segment: pair / lenders, lender: pair % lenders, slice });
        }
        columns
    }

    /// The same with everything in one column.
    #[must_use]
    pub fn as_one(&self) -> Self {
        let index = self.index.iter().map(|&at| if at == u32::MAX { at } else { 0 }).collect();
        Self { pairs: self.pairs[..1].to_vec(), index, ..self.clone() }
    }

    /// The same with the lenders of each segment in one column.
    #[must_use]
    pub fn by_segment(&self) -> Self {
        let each = self.lenders.len() * (self.slices.len() + 1);
        let mut pairs: Vec<Column> = Vec::new();
        let mut index = vec![u32::MAX; self.index.len()];
        for (at, slot) in self.index.iter().enumerate().filter(|(_, slot)| **slot != u32::MAX) {
            let segment = self.pairs[*slot as usize].segment;
            if pairs.last().is_none_or(|last| last.segment != segment) {
                pairs.push(Column { segment, lender: 0, slice: None });
            }
            debug_assert_eq!(at / each, segment);
            index[at] = pairs.len() as u32 - 1;
        }
        Self { pairs, index, ..self.clone() }
    }

    fn place(&self, segment: usize, lender: usize, product: Option<usize>) -> usize {
        let slice = self.slices.iter().position(|slice| slice.holds(segment, lender, product));
        let pair = segment * self.lenders.len() + lender;
        pair * (self.slices.len() + 1) + slice.map_or(0, |at| at + 1)
    }

    fn place_of(&self, book: &Portfolio, b: usize, a: usize) -> usize {
        let segment = book.borrowers.segment.codes.get(b);
        let lender = book.accounts.lender.codes.get(a);
        let product = match self.slices.is_empty() {
            true => None,
            false => book.accounts.product.as_ref().map(|product| product.codes.get(a)),
        };
        self.place(segment, lender, product)
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

    /// Column of a pair that occurs; of loans of no product, where slices have some.
    #[inline]
    pub fn at(&self, segment: usize, lender: usize) -> usize {
        self.index[self.place(segment, lender, None)] as usize
    }

    /// Column of account `a` of borrower `b`.
    #[inline]
    pub fn of(&self, book: &Portfolio, b: usize, a: usize) -> usize {
        self.index[self.place_of(book, b, a)] as usize
    }
}
