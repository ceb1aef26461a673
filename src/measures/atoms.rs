//! Atoms, lattices and kinks: where a quantile jumps, and what that does to every number that rests on it.
//!
//! The interval of VaR ([`super::order`]) holds a run of the sorted losses. Any of them may be VaR.
//!
//! 1. Where one loss fills a fourth or more of that run, VaR jumps between *atoms*: it has no influence function. Where
//!    losses repeat or leave a hole, VaR moves in *steps*, and an interval of a change that is not several steps wide means
//!    nothing. VaR, economic capital and their comparisons then take the box of the sides' intervals.
//! 2. ES is the least of E(c) = c + E(L - c)+ / (1 - q) over c, and VaR is where (Rockafellar and Uryasev 2002). Where the
//!    errors of E differ much over the run, ES has a *kink*: a sample that puts VaR at the far end of a jump knows E(c) there,
//!    but not whether VaR is there. With candidates c of the run, ES lies above the least of their lower ends, and as no
//!    E(c) is below ES, below the upper end of E at the sampled VaR. Differences and ratios of two policies
//!    do the same with pairs of candidates that the same share of trials goes beyond.
//! 3. A contribution to ES is no least of anything: at a kink it has the union of the candidates' intervals.

use super::drawn::Drawn;
use super::estimate::Estimate;
use super::influence::{Influence, Told};
use super::order::{LUMP, Ranked, VarInterval};

/// Candidates for VaR that are looked at, at most.
const CANDIDATES: usize = 6;
/// How many times the squared error of E at VaR that at the low end has to be for a kink, where no atom makes one.
const STEEP: f64 = 2.0;
/// How much of the way from the low end of VaR's interval to ES that interval has to fill before the errors are compared.
const WIDE: f64 = 0.4;
/// What VaR makes fewer steps than this in, on each side, it jumps in.
pub(super) const STEPS: f64 = 3.0;
/// A step that fills one in so many of the whole interval of VaR is one that no comparison can do without.
const COARSE: f64 = 10.0;
/// The largest of m gaps of a distribution without holes is above (ln m + this) / m of the whole with a probability of
/// about e to the minus this.
const HOLE: f64 = 7.0;
/// A lattice has more repeated losses among the places of VaR's interval than one in so many.
const REPEATED: usize = 4;

/// The run of sorted losses that the interval of VaR holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Run {
    /// Whether one loss fills a fourth or more of it.
    pub(super) lumpy: bool,
    /// The largest step between its losses where they lie on a lattice or leave a hole, smallest units; infinite where it is
    /// a good part of the run, and 0 where there is none.
    pub(super) step: f64,
    /// Its ends, smallest units.
    low: i64,
    high: i64,
    /// Some of its losses other than VaR, its ends among them, rising.
    pub(super) candidates: Vec<i64>,
}

impl Run {
    pub(super) fn new(ranked: &Ranked, interval: VarInterval, value_at_risk: i64) -> Self {
        let last = ranked.size() - 1;
        let places = interval.lower.unwrap_or(0)..=interval.upper.unwrap_or(last);
        let own = &ranked.losses[places];
        let (low, high) = (own[0], own[own.len() - 1]);
        let mut distinct: Vec<i64> = Vec::new();
        let mut longest = 0;
        for run in own.chunk_by(|a, b| a == b) {
            longest = longest.max(run.len());
            distinct.push(run[0]);
        }
        // With an open end the run is no interval.
        let is_known = interval.lower.is_some() && interval.upper.is_some();
        let is_lattice = (own.len() - distinct.len()) * REPEATED >= own.len();
        let gap = distinct.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0) as f64;
        let places = own.len() as f64;
        let has_hole = gap * places > (high - low) as f64 * (libm::log(places) + HOLE);
        let step = match is_known && (is_lattice || has_hole) {
            true if gap * COARSE >= (high - low) as f64 => f64::INFINITY,
            true => gap,
            false => 0.0,
        };
        let is_known = interval.lower.is_some();
        distinct.retain(|&loss| is_known && loss != value_at_risk);
        let lumpy = interval.in_atom || longest > 1 && longest * LUMP >= own.len();
        Self { lumpy, step, low, high, candidates: thinned(&distinct) }
    }

    /// Whether VaR may lie so far from where it is sampled that ES could have a kink; ES in smallest units.
    pub(super) fn may_kink(&self, expected_shortfall: f64) -> bool {
        let way = expected_shortfall - self.low as f64;
        !self.candidates.is_empty()
            && (self.lumpy || (self.high - self.low) as f64 >= WIDE * way.max(0.0))
    }

    /// Whether it does, from the errors at the candidates and at VaR.
    pub(super) fn kinks(&self, at: Option<f64>, others: impl Iterator<Item = Option<f64>>) -> bool {
        let largest = others.flatten().fold(0.0, f64::max);
        self.lumpy || at.is_some_and(|at| largest * largest >= STEEP * at * at)
    }
}

/// At most [`CANDIDATES`] of some losses, the first and the last among them.
fn thinned(all: &[i64]) -> Vec<i64> {
    match all.len() {
        few if few <= CANDIDATES => all.to_vec(),
        many => (0..CANDIDATES).map(|i| all[i * (many - 1) / (CANDIDATES - 1)]).collect(),
    }
}

/// A number as it is if VaR is this candidate.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) value: f64,
    pub(super) influence: Influence,
    /// Share of all trials beyond it.
    pub(super) share: f64,
}

/// The interval of an ES from those of its candidates: equation 2. No loss is above `most`.
pub(super) fn at_kink(
    own: Estimate,
    candidates: &[Candidate],
    most: f64,
    drawn: Drawn<'_>,
) -> Estimate {
    let lowest = candidates.iter().filter_map(|one| {
        let error = Told::by(&one.influence, drawn).error?;
        Some(one.value - drawn.reach() * error)
    });
    let ends =
        (own.lower.map(|own| lowest.fold(own, f64::min)), own.upper.map(|own| own.min(most)));
    match ends == (own.lower, own.upper) {
        true => own,
        false => own.boxed(ends, drawn.reach()),
    }
}

/// Ends of an interval, `None` if open.
pub type Ends = (Option<f64>, Option<f64>);

/// a - b for any a and b of two intervals.
pub fn difference(a: Ends, b: Ends) -> Ends {
    let minus = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    (minus(a.0, b.1), minus(a.1, b.0))
}

/// a / b for any a and b of two intervals: the least and the largest of all four quotients. Where b may be 0 it has no upper
/// end, and where b may be negative it has none at all.
pub fn quotient(a: Ends, b: Ends) -> Ends {
    match b.0 {
        Some(low) if low > 0.0 => {
            let by = |a: f64, b: Option<f64>| b.map(|b| a / b);
            let lower = a.0.and_then(|x| by(x, if x < 0.0 { Some(low) } else { b.1 }));
            let upper = a.1.and_then(|x| by(x, if x < 0.0 { b.1 } else { Some(low) }));
            (lower, upper)
        }
        Some(0.0) => (a.0.filter(|&x| x >= 0.0).and_then(|x| Some(x / b.1?)), None),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_hold_all_four_and_none_where_the_divisor_may_change_sign() {
        let some = |a: f64, b: f64| (Some(a), Some(b));
        for (a, b) in
            [((-3.0, -1.0), (2.0, 4.0)), ((-3.0, 1.0), (2.0, 4.0)), ((1.0, 3.0), (2.0, 4.0))]
        {
            let all = [a.0 / b.0, a.0 / b.1, a.1 / b.0, a.1 / b.1];
            let least = all.into_iter().fold(f64::INFINITY, f64::min);
            let most = all.into_iter().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(quotient(some(a.0, a.1), some(b.0, b.1)), some(least, most));
            // A wrong twin: the quotients of the ends that a positive numerator would take.
            let twin = (a.0 / b.1, a.1 / b.0);
            assert_eq!(twin == (least, most), a.0 >= 0.0, "{a:?}");
        }
        assert_eq!(quotient(some(1.0, 3.0), some(0.0, 4.0)), (Some(0.25), None));
        assert_eq!(quotient(some(-1.0, 3.0), some(0.0, 4.0)), (None, None));
        assert_eq!(quotient(some(1.0, 3.0), some(-1.0, 4.0)), (None, None));
        assert_eq!(quotient(some(1.0, 3.0), (Some(2.0), None)), (None, Some(1.5)));
        assert_eq!(difference(some(1.0, 2.0), some(0.5, 4.0)), some(-3.0, 1.5));
    }
}
