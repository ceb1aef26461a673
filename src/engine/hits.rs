//! What is told of the defaults of a cell of points, as they are found.

/// People of a cell with a row ([`super::Moves`]) who default today or under some policy in one trial.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'m> {
    /// Rows of those who default under all policies; nobody where ranks are asked for.
    pub surely: &'m [u32],
    /// Rows of the others,
    pub rows: &'m [u32],
    /// with a threshold from which on each defaults: his latent asset where ranks are asked for, elsewhere any that
    /// no threshold of his separates from it.
    pub critical: &'m [f32],
}

/// Takes the defaults of a cell as they are found, trial by trial in any order.
pub trait Hits {
    /// Entries of those who default under all policies alike.
    fn alike(&mut self, t: usize, entries: &[u32]);
    /// These will follow: what they cost may be asked for.
    fn ask_ahead(&mut self, entries: &[u32]);
    /// Rows of those who default under all policies, and of others, some of whom will follow.
    fn ask_touched_ahead(&mut self, surely: &[u32], rows: &[u32]);
    /// Those who default under some policies, or all.
    fn touched(&mut self, t: usize, moved: Moved<'_>);
    /// Whether the critical thresholds of all of them are asked for.
    fn ranks(&self) -> bool;
    /// Whether nobody wants the rest.
    fn is_over(&self) -> bool;
}
