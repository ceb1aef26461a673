//! Lenders of whom one tells the numbers of others: those that bear the same streams in the same proportion.

use crate::system::market::Market;

/// Lenders that are multiples of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The largest of them, the first of several: losses are rounded to smallest units, and what a small
    /// lender's rounding hides would be multiplied in the numbers of a larger one.
    pub first: usize,
    /// All of them, and what multiple of that one each is, at most 1.
    pub members: Vec<(usize, f64)>,
}

impl Kind {
    /// What multiple of the first a member is; 1 for others.
    pub fn scale_of(&self, lender: usize) -> f64 {
        self.members.iter().find(|own| own.0 == lender).map_or(1.0, |own| own.1)
    }
}

/// Lenders whose losses are the same but for a scale. In a network everybody is one of a kind.
pub fn in_proportion(market: &Market, lenders: &[usize]) -> Vec<Kind> {
    kinds(market, lenders, |_| None)
}

/// Lenders whose losses, capital and needs are the same but for a scale.
pub fn alike(market: &Market, policy: usize, lenders: &[usize]) -> Vec<Kind> {
    let capital = |lender: usize| market.roster.lenders[lender].capital.unwrap_or(-1.0);
    let needs = |lender: usize| [capital(lender), market.sheets[policy].weighted[lender]];
    kinds(market, lenders, |lender| Some(needs(lender)))
}

fn kinds(
    market: &Market,
    lenders: &[usize],
    besides: impl Fn(usize) -> Option<[f64; 2]>,
) -> Vec<Kind> {
    if market.contagion.is_some() {
        return lenders
            .iter()
            .map(|&lender| Kind { first: lender, members: vec![(lender, 1.0)] })
            .collect();
    }
    // What each bears of which stream.
    let mut borne: Vec<(Vec<usize>, Vec<f64>)> =
        vec![Default::default(); market.roster.lenders.len()];
    for (stream, shares) in market.streams.shares.iter().enumerate() {
        for &(lender, share) in shares {
            borne[lender].0.push(stream);
            borne[lender].1.push(share);
        }
    }
    for &lender in lenders {
        borne[lender].1.extend(besides(lender).into_iter().flatten());
    }
    let mut kinds: Vec<Kind> = Vec::new();
    // Largest first: all of a kind are then measured by it, in whatever order they stand.
    let size = |lender: usize| borne[lender].1.iter().sum::<f64>();
    let mut by_size = lenders.to_vec();
    by_size.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    for lender in by_size {
        let (streams, own) = &borne[lender];
        let known = kinds.iter_mut().find_map(|kind| {
            let (first_streams, first) = &borne[kind.first];
            let scale = (streams == first_streams).then(|| scale(own, first))??;
            Some((kind, scale))
        });
        match known {
            Some((kind, scale)) => kind.members.push((lender, scale)),
            None => kinds.push(Kind { first: lender, members: vec![(lender, 1.0)] }),
        }
    }
    kinds.iter_mut().for_each(|kind| kind.members.sort_unstable_by_key(|own| own.0));
    kinds.sort_unstable_by_key(|kind| kind.members[0].0);
    kinds
}

/// What multiple of others some numbers are, if they are.
fn scale(own: &[f64], others: &[f64]) -> Option<f64> {
    let (sum, of_others) = (own.iter().sum::<f64>(), others.iter().sum::<f64>());
    // Nobody who bears nothing is more than another.
    let scale = if sum == of_others { 1.0 } else { sum / of_others };
    let same = |(a, b): (&f64, &f64)| (a - scale * b).abs() <= 1e-12 * a.abs();
    own.iter().zip(others).all(same).then_some(scale)
}
