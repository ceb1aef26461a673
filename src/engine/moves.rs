//! Whose defaults depend on the policy, and how: the touched people of a book.
//!
//! Behaviour moves the log-odds of default of person i under policy k, so that PDs p_ik differ between
//! policies. Everybody has one mark U_i for all policies and defaults under policy k exactly if
//!
//! 1. U_i <= p_ik(Y).
//!
//! As everywhere this is the latent asset against a threshold,
//!
//! 2. X_i = l Y + sqrt(1 - l^2) G(U_i) <= G(p_ik),
//!
//! so that a candidate is worked out once, whatever the number of policies: his asset is his critical
//! threshold, and a policy costs one comparison. Thresholds stand in 4 bytes, which moves a PD by 3 in
//! 10 million at most; today's, and that of policies which move nothing, is compared with as decided
//! elsewhere in full, to the bit.

use super::ahead::fetch;
use super::rows::Row;
use crate::model::Model;
use crate::policy::Effect;
use crate::policy::reaction::shifted;
use crate::portfolio::{Amounts, Portfolio};

/// Row of an entry that no policy touches.
const UNTOUCHED: u32 = u32::MAX;
/// Policies side by side in a block.
pub const TOGETHER: usize = 16;
/// Bytes that blocks may take; larger books are added up one by one.
const BLOCK_BYTES: usize = 256 << 20;

/// Bytes of one with its thresholds.
const BLOCK: usize = size_of::<Block>() + size_of::<Bars>();

/// Touched people under all policies of a run.
#[derive(Debug)]
pub struct Moves<'a> {
    book: &'a Portfolio,
    policies: usize,
    /// Row of each entry.
    rows: Vec<u32>,
    /// Entry of each row.
    entries: Vec<u32>,
    /// Entries that some policy touches, which may be fewer than have a row.
    moved: Vec<u32>,
    /// Of the stressed PDs, row x policy.
    thresholds: Vec<f32>,
    spans: Vec<Span>,
    edges: Vec<Edges>,
    /// Losses at lenders new to the people, lender x row x policy.
    elsewhere: Vec<Amounts>,
    /// Columns of those lenders, lender x segment.
    columns: Vec<Vec<usize>>,
    /// Everything of a row side by side, where people have one account and one new lender at most.
    blocks: Option<Blocks>,
}

/// Thresholds of a row under some policies; where there is no policy, one that nobody reaches.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Bars(pub [f32; TOGETHER]);

/// What is added up of rows, row x block of policies.
#[derive(Debug)]
pub struct Blocks {
    /// Blocks of a row.
    pub each: usize,
    /// Rows whose sums fit into 4 bytes.
    pub at_once: usize,
    /// What they cost.
    pub costs: Vec<Block>,
    /// Their thresholds, which are asked for few of them.
    pub bars: Vec<Bars>,
}

/// Who stands behind an entry.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// People who have a row, by it: all whom some policy touches.
    Row(u32),
    /// Others, by their entry.
    Untouched(u32),
}

/// Thresholds of a row.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Today's.
    pub today: f32,
    /// The lowest under any policy, and today's.
    pub lowest: f32,
    /// The highest under any policy, and today's.
    pub highest: f32,
}

/// Thresholds of a row with room for the roundings of latent assets: whoever has his below the first defaults under
/// all policies, above the second under none.
#[derive(Debug, Clone, Copy)]
pub struct Edges {
    /// A little less than the lowest.
    pub below: f32,
    /// A little more than the highest.
    pub above: f32,
}

/// What some policies do to a person.
#[derive(Debug, Clone, Copy)]
#[repr(align(128))]
pub struct Block {
    /// Losses of the account.
    pub losses: [u32; TOGETHER],
    /// Losses at the lender new to the person.
    pub elsewhere: [u32; TOGETHER],
}

impl<'a> Moves<'a> {
    /// Gathers what policies do to people; `None` if they touch nobody. `column(lender, segment)` is
    /// that of a lender new to people.
    pub fn new(
        book: &'a Portfolio,
        model: &Model,
        effects: &[&Effect],
        column: impl Fn(usize, usize) -> usize,
    ) -> Option<Self> {
        if !effects.iter().any(|effect| effect.is_behavioural()) {
            return None;
        }
        let touched = |&b: &u32| effects.iter().any(|effect| effect.touches(b as usize));
        let all = 0..book.entries() as u32;
        let moved: Vec<u32> = all.clone().filter(touched).collect();
        // Where most people are touched the others have a row, too, by which nothing moves: no need to ask.
        let most = 2 * moved.len() > all.len() && book.borrowers.count.is_none();
        let entries = match most && has_blocks(book, all.len(), effects.len()) {
            true => all.collect(),
            false => moved.clone(),
        };
        let mut rows = vec![UNTOUCHED; book.entries()];
        entries.iter().enumerate().for_each(|(row, &b)| rows[b as usize] = row as u32);
        let mut thresholds = Vec::with_capacity(entries.len() * effects.len());
        let mut spans = Vec::with_capacity(entries.len());
        for &b in &entries {
            let pd = book.borrowers.pd.get(b as usize);
            let segment = book.borrowers.segment.codes.get(b as usize);
            let threshold = |pd: f64| model.threshold(segment, pd) as f32;
            let today = threshold(pd);
            let (mut lowest, mut highest) = (today, today);
            for effect in effects {
                let own = match effect.shift(b as usize) {
                    0.0 => today,
                    shift => threshold(shifted(pd, f64::from(shift))),
                };
                (lowest, highest) = (lowest.min(own), highest.max(own));
                thresholds.push(own);
            }
            spans.push(Span { today, lowest, highest });
        }
        let edges = spans.iter().map(Edges::new).collect();
        let lenders = effects.iter().map(|effect| effect.elsewhere.len()).max().unwrap_or(0);
        let losses = |lender: usize| -> Amounts {
            let of = |&b: &u32| {
                effects.iter().map(move |effect| effect.loss_elsewhere(lender, b as usize))
            };
            entries.iter().flat_map(of).collect()
        };
        let segments = book.borrowers.segment.names.len();
        let columns = |lender| (0..segments).map(|segment| column(lender, segment)).collect();
        let mut moves = Self {
            book,
            policies: effects.len(),
            elsewhere: (0..lenders).map(losses).collect(),
            columns: (0..lenders).map(columns).collect(),
            rows,
            entries,
            moved,
            thresholds,
            spans,
            edges,
            blocks: None,
        };
        moves.blocks = moves.blocks(effects);
        Some(moves)
    }

    fn blocks(&self, effects: &[&Effect]) -> Option<Blocks> {
        let each = self.policies.div_ceil(TOGETHER);
        let fit = has_blocks(self.book, self.entries.len(), self.policies);
        if !fit || self.elsewhere.len() > 1 {
            return None;
        }
        let room = self.entries.len() * each;
        let (mut costs, mut bars) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut largest = 1;
        for (row, &b) in self.entries.iter().enumerate() {
            for first in (0..self.policies).step_by(TOGETHER) {
                let mut block = Block { losses: [0; TOGETHER], elsewhere: [0; TOGETHER] };
                let mut own = Bars([f32::NEG_INFINITY; TOGETHER]);
                for (k, effect) in effects.iter().enumerate().skip(first).take(TOGETHER) {
                    let at = k - first;
                    own.0[at] = self.thresholds[row * self.policies + k];
                    let loss = effect.exposure.loss(self.book, b as usize);
                    block.losses[at] = u32::try_from(loss).ok()?;
                    block.elsewhere[at] =
                        u32::try_from(effect.loss_elsewhere(0, b as usize)).ok()?;
                }
                let all = block.losses.iter().chain(&block.elsewhere);
                largest = all.fold(largest, |largest, &loss| largest.max(loss));
                costs.push(block);
                bars.push(own);
            }
        }
        let at_once = (u32::MAX / largest) as usize;
        Some(Blocks { each, at_once, costs, bars })
    }

    /// Number of policies.
    pub fn policies(&self) -> usize {
        self.policies
    }

    /// Row of an entry, which all have that some policy touches.
    #[inline]
    pub fn row(&self, entry: usize) -> Option<u32> {
        Some(self.rows[entry]).filter(|&row| row != UNTOUCHED)
    }

    /// Who stands behind an entry.
    #[inline]
    pub fn whose(&self, entry: usize) -> Whose {
        self.row(entry).map_or(Whose::Untouched(entry as u32), Whose::Row)
    }

    /// Bytes that all of this takes for a book under so many policies, at most about.
    pub fn bytes(book: &Portfolio, policies: usize) -> u64 {
        let entries = book.entries();
        let blocks = match has_blocks(book, entries, policies) {
            true => policies.div_ceil(TOGETHER) * BLOCK,
            false => 0,
        };
        let row =
            12 + size_of::<Span>() + size_of::<Edges>() + policies * size_of::<f32>() + blocks;
        (entries * row) as u64
    }

    /// Whether some policy touches somebody among a range of entries.
    pub fn touches(&self, entries: std::ops::Range<usize>) -> bool {
        let at = self.moved.partition_point(|&e| (e as usize) < entries.start);
        self.moved.get(at).is_some_and(|&e| (e as usize) < entries.end)
    }

    /// Rows of the entries of a range.
    pub fn rows(&self, entries: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let at = |b: usize| self.entries.partition_point(|&e| (e as usize) < b);
        at(entries.start)..at(entries.end)
    }

    /// Entry of a row.
    #[inline]
    pub fn entry(&self, row: u32) -> usize {
        self.entries[row as usize] as usize
    }

    /// Thresholds of a row by policy.
    #[inline]
    pub fn thresholds(&self, row: u32) -> &[f32] {
        &self.thresholds[row as usize * self.policies..][..self.policies]
    }

    /// Today's, the lowest and the highest of them.
    #[inline]
    pub fn span(&self, row: u32) -> Span {
        self.spans[row as usize]
    }

    /// The ends of them.
    #[inline]
    pub fn edges(&self, row: u32) -> Edges {
        self.edges[row as usize]
    }

    /// Number of lenders that are new to people.
    pub fn new_lenders(&self) -> usize {
        self.elsewhere.len()
    }

    /// Losses of a row by policy at a lender new to it.
    #[inline]
    pub fn elsewhere(&self, lender: usize, row: u32) -> Row<'_> {
        let first = row as usize * self.policies;
        let own = first..first + self.policies;
        match &self.elsewhere[lender] {
            Amounts::Narrow(losses) => Row::Narrow(&losses[own]),
            Amounts::Wide(losses) => Row::Wide(&losses[own]),
        }
    }

    /// Column of a lender new to people of a segment.
    pub fn column(&self, lender: usize, segment: usize) -> usize {
        self.columns[lender][segment]
    }

    /// Asks for what rows cost that will be read.
    pub fn ask_ahead(&self, surely: &[u32], rows: &[u32]) {
        let Some(Blocks { each, costs, .. }) = &self.blocks else { return };
        let own = |row: u32| row as usize * each..(row as usize + 1) * each;
        surely.iter().chain(rows).flat_map(|&row| &costs[own(row)]).for_each(fetch);
    }

    /// Asks for the thresholds of a row that will be read.
    #[inline(always)]
    pub fn ask_thresholds_ahead(&self, row: u32) {
        self.near_thresholds(row).iter().step_by(TOGETHER).for_each(fetch);
    }

    /// Thresholds of a row, with some behind them that nobody reaches, where they stand near what else is read.
    #[inline(always)]
    pub fn near_thresholds(&self, row: u32) -> &[f32] {
        match &self.blocks {
            Some(Blocks { each: 1, bars, .. }) => &bars[row as usize].0,
            _ => self.thresholds(row),
        }
    }

    /// What is added up of rows side by side.
    pub fn blocks_of_rows(&self) -> Option<&Blocks> {
        self.blocks.as_ref()
    }
}

/// Whether so many rows may have blocks: people who have one account each and stand for themselves alone, and
/// not too many.
fn has_blocks(book: &Portfolio, rows: usize, policies: usize) -> bool {
    let is_plain = book.borrowers.first_account.is_none() && book.borrowers.stands_for.is_none();
    is_plain && rows * policies.div_ceil(TOGETHER) * BLOCK <= BLOCK_BYTES
}

impl Edges {
    /// More than the roundings of latent assets and of thresholds, over their size and 1.
    pub const SLACK: f32 = 1e-5;

    /// Of somebody of whom nothing is to be told.
    pub const NONE: Self = Self { below: f32::NEG_INFINITY, above: f32::INFINITY };

    fn new(span: &Span) -> Self {
        let slack = |end: f32| if end.is_finite() { Self::SLACK * (1.0 + end.abs()) } else { 0.0 };
        let Span { lowest, highest, .. } = *span;
        Self { below: lowest - slack(lowest), above: highest + slack(highest) }
    }
}

/// The critical threshold of somebody with a latent asset and this threshold today; `defaults`: whether he defaults
/// today.
#[inline(always)]
pub fn critical_of(today: f32, asset: f64, defaults: bool) -> f32 {
    let asset = asset as f32;
    let (below, above) = (asset.min(today), asset.max(today.next_up()));
    if defaults { below } else { above }
}
