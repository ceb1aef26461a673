//! Rows by columns on logarithmic axes: shares of something that span many powers of ten, one point per
//! policy, and words where nothing was seen.

use super::style::Look;
use crate::measures::Estimate;
use crate::measures::estimate::Quality;

/// A band reaches no further beyond all values than this factor.
const LONGEST_BAR: f64 = 10.0;
/// The axis spans at least and at most so many powers of ten.
const DECADES: (f64, f64) = (1.0, 14.0);
/// What is known of a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// A value with the ends of its band, where they are known.
    Value(f64, [Option<f64>; 2]),
    /// Nothing was seen; it lies below this bound, where there is one.
    Nothing(Option<f64>),
    /// No loss, such as a quantile at which there is none.
    Zero,
}

impl Seen {
    /// An estimate as a share of `whole`.
    pub fn new(estimate: &Estimate, whole: f64) -> Option<Self> {
        let share = |x: f64| x / whole;
        let known = estimate.value.is_finite() && whole > 0.0 && whole.is_finite();
        let ends = [estimate.lower, estimate.upper]
            .map(|end| end.filter(|x| x.is_finite() && *x > 0.0).map(share));
        known.then(|| match estimate.quality {
            Quality::Bound => Self::Nothing(ends[1]),
            _ if estimate.value > 0.0 => Self::Value(share(estimate.value), ends),
            _ => Self::Zero,
        })
    }

    /// Whether it is words.
    pub fn has_words(self) -> bool {
        !matches!(self, Self::Value(..))
    }
}

/// The shares of one policy.
pub struct Profile<'a> {
    /// Title of the policy.
    pub title: &'a str,
    /// Its look.
    pub look: Look,
    /// By column and row.
    pub columns: Vec<Vec<Option<Seen>>>,
}

/// Everything that a grid shows.
pub struct Shares<'a> {
    /// Titles of the columns.
    pub columns: Vec<String>,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// The policies.
    pub profiles: Vec<Profile<'a>>,
    /// Title of the axis of all columns.
    pub axis_title: &'a str,
}

impl Shares<'_> {
    /// Whether 100 % lies on the axes.
    pub fn holds_whole(&self) -> bool {
        let (low, high) = range(self);
        (low..=high).contains(&1.0)
    }
}

/// All values and 100 % if it is near, and bands as far as they do not dwarf these.
pub fn range(shares: &Shares<'_>) -> (f64, f64) {
    let all = || shares.profiles.iter().flat_map(|p| &p.columns).flatten().flatten();
    let values = all().filter_map(|seen| match seen {
        Seen::Value(value, _) => Some(*value),
        _ => None,
    });
    let bounds = all().filter_map(|seen| match seen {
        Seen::Nothing(bound) => *bound,
        _ => None,
    });
    let span = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
    let (low, high) = values.chain(bounds).fold((f64::INFINITY, 0.0), span);
    if low > high {
        return (0.01, 1.0);
    }
    let furthest = (low / LONGEST_BAR, high * LONGEST_BAR);
    let ends = all().flat_map(|seen| match seen {
        Seen::Value(_, ends) => *ends,
        _ => [None, None],
    });
    let ends = ends.flatten().map(|end| end.clamp(furthest.0, furthest.1));
    let (low, high) = ends.fold((low, high), span);
    // The whole is what shares are measured by.
    let high = if high > 0.05 { high.max(1.0) } else { high };
    let low = if low < 20.0 { low.min(1.0) } else { low };
    let low = low.max(high / 10_f64.powf(DECADES.1));
    let decades = (high / low).log10();
    let pad = 0.5 * (DECADES.0 - decades).max(0.0) + 0.06 * decades.max(DECADES.0);
    (low / 10_f64.powf(pad), high * 10_f64.powf(pad))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::style;

    fn grid(cells: &[Seen]) -> Shares<'static> {
        let looks = style::looks(["a"].into_iter(), "a");
        Shares {
            columns: vec!["EL".to_owned()],
            rows: cells.iter().map(|_| "row".to_owned()).collect(),
            profiles: vec![Profile {
                title: "a",
                look: looks[0],
                columns: vec![cells.iter().copied().map(Some).collect()],
            }],
            axis_title: "share (%)",
        }
    }

    #[test]
    fn what_was_not_seen_is_no_value() {
        let bound = Estimate::bound(0.5, 0.95);
        assert_eq!(Seen::new(&bound, 2.0), Some(Seen::Nothing(Some(0.25))));
        assert_eq!(Seen::new(&Estimate::exact(0.0, 0.95), 2.0), Some(Seen::Zero));
        let value = Seen::Value(2.0, [Some(2.0), Some(2.0)]);
        assert_eq!(Seen::new(&Estimate::exact(4.0, 0.95), 2.0), Some(value));
        assert_eq!(Seen::new(&Estimate::exact(4.0, 0.95), 0.0), None);
        assert_eq!(Seen::new(&Estimate::exact(f64::NAN, 0.95), 1.0), None);
    }

    #[test]
    fn ranges_hold_all_values_and_the_whole_where_it_is_near() {
        let of = |cells: &[Seen]| range(&grid(cells));
        let value = |x: f64| Seen::Value(x, [Some(x / 1e6), None]);
        let (low, high) = of(&[value(0.3)]);
        assert!(low < 0.03 && (1.0..2.0).contains(&high), "{low} {high}");
        let (low, high) = of(&[value(1e-9), value(1e-4)]);
        assert!(low < 1e-10 && high < 1e-3, "{low} {high}");
        let (low, high) = of(&[Seen::Zero]);
        assert!(low < high);
        let (low, high) = of(&[value(0.5), value(1e-30)]);
        assert!(low > 1e-16 && high >= 1.0);
    }
}
