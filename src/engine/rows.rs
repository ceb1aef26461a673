//! Losses by policy that lie side by side.

/// Losses of one account by policy.
#[derive(Debug, Clone, Copy)]
pub enum Row<'r> {
    /// In 4 bytes each.
    Narrow(&'r [u32]),
    /// Where one does not fit.
    Wide(&'r [i64]),
}

impl Row<'_> {
    /// The loss under one policy.
    #[inline]
    pub fn get(&self, policy: usize) -> i64 {
        match self {
            Self::Narrow(losses) => i64::from(losses[policy]),
            Self::Wide(losses) => losses[policy],
        }
    }
}
