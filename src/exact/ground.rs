//! What the losses of a scope are read from.

use crate::model::{Model, Severity};
use crate::portfolio::{Columns, Portfolio};

/// Where the losses of a book are read.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The book.
    pub book: &'a Portfolio,
    /// Its parts.
    pub columns: &'a Columns,
    /// Lenders that people may get new debts at, by their number in [`crate::policy::Effect::elsewhere`].
    pub new_lenders: &'a [usize],
    /// Dependence and stress.
    pub model: &'a Model,
    /// Laws of what defaults cost, where that is not LGD times exposure.
    pub severity: Option<&'a Severity>,
}
