//! Where a policy helps: the change of a measure over ranges of assumptions, and the border where it
//! passes 0.
//!
//! All points stand on the same trials, so that the change is a smooth function of the assumptions as
//! far as the losses are, and its border is known better than any single change. Along a row of points
//! with changes c and bands [l, u]
//!
//! 1. the border lies where c passes 0, straight lines between points;
//! 2. its band runs to where l and u pass 0 on either side: what lies outside has a change whose band
//!    does not hold 0. An end that does not show inside the range is open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::measure::Measure;

/// A map of the change of a measure over two numbers of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionSeries {
    /// Id.
    pub region: String,
    /// Title.
    pub title: String,
    /// Id of the policy; changes are against the baseline, of the system.
    pub policy: String,
    /// What is measured.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// Its threshold, units of currency.
    pub threshold: Option<f64>,
    /// Path of the number that varies from left to right.
    pub x_key: String,
    /// Its values, ascending.
    pub x: Vec<f64>,
    /// Path of the number that varies from bottom to top.
    pub y_key: String,
    /// Its values, ascending.
    pub y: Vec<f64>,
    /// Relative change at each point, row by row from the lowest y.
    pub changes: Vec<Estimate>,
    /// Where the change passes 0, row by row; a row may have no such place, or several.
    pub border: Vec<BorderPoint>,
}

/// A place where a change passes 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BorderPoint {
    /// y of the row.
    pub y: f64,
    /// x of the place.
    pub x: f64,
    /// Lower end of its band; `null` where it lies outside the range.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// What the band of a change says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The measure falls.
    Lowers,
    /// The measure rises.
    Raises,
    /// The band holds 0.
    Undecided,
}

impl Direction {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lowers => "lowers",
            Self::Raises => "raises",
            Self::Undecided => "undecided",
        }
    }

    /// That of a change.
    pub fn of(change: &Estimate) -> Self {
        match (change.lower, change.upper) {
            (_, Some(upper)) if upper < 0.0 => Self::Lowers,
            (Some(lower), _) if lower > 0.0 => Self::Raises,
            _ => Self::Undecided,
        }
    }
}

impl RegionSeries {
    /// Works the border out from the changes.
    #[must_use]
    pub fn with_border(mut self) -> Self {
        let rows = self.changes.chunks(self.x.len()).zip(&self.y);
        self.border = rows
            .flat_map(|(row, &y)| {
                crossings(&self.x, row).into_iter().map(move |at| BorderPoint {
                    y,
                    x: at.x,
                    lower: at.lower,
                    upper: at.upper,
                })
            })
            .collect();
        self
    }
}

/// Where changes along a line pass 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// The place.
    pub x: f64,
    /// Lower end of its band.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// Equations 1 and 2 along a line of points.
pub fn crossings(x: &[f64], changes: &[Estimate]) -> Vec<Crossing> {
    let of = |f: fn(&Estimate) -> Option<f64>| -> Vec<f64> {
        zeros(x, &changes.iter().map(f).collect::<Vec<_>>())
    };
    let places = of(|e| Some(e.value));
    let ends: Vec<f64> = [of(|e| e.lower), of(|e| e.upper)].concat();
    places
        .iter()
        .map(|&at| {
            let below = ends.iter().copied().filter(|&end| end <= at).fold(f64::NAN, f64::max);
            let above = ends.iter().copied().filter(|&end| end >= at).fold(f64::NAN, f64::min);
            let known = |end: f64| Some(end).filter(|end| !end.is_nan());
            Crossing { x: at, lower: known(below), upper: known(above) }
        })
        .collect()
}

/// Places where a line through points passes 0, ascending.
fn zeros(x: &[f64], y: &[Option<f64>]) -> Vec<f64> {
    let mut found = Vec::new();
    for (x, y) in x.windows(2).zip(y.windows(2)) {
        let (Some(a), Some(b)) = (y[0], y[1]) else { continue };
        // A point on the border belongs to the piece behind it.
        if (a <= 0.0) != (b <= 0.0) {
            found.push(x[0] + (x[1] - x[0]) * (a / (a - b)));
        }
    }
    found
}

/// The number of a scenario at which a change passes 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakEvenPoint {
    /// Id.
    pub break_even: String,
    /// Title.
    pub title: String,
    /// Id of the policy; the change is against the baseline, of the system.
    pub policy: String,
    /// What is measured.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// Its threshold, units of currency.
    pub threshold: Option<f64>,
    /// Path of the number.
    pub key: String,
    /// Lowest value tried.
    pub from: f64,
    /// Highest value tried.
    pub to: f64,
    /// The lowest place where the change passes 0; `null` if it does not.
    pub value: Option<f64>,
    /// Lower end of its band; `null` where it lies outside the range.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// How often the change passes 0 in the range.
    pub crossings: u64,
    /// Relative change at the lowest value.
    pub at_from: Estimate,
    /// Relative change at the highest value.
    pub at_to: Estimate,
}

/// Points of the first look, and of each closer one.
const FIRST: usize = 17;
const CLOSER: usize = 9;
/// Closer looks.
const LOOKS: usize = 3;

/// What a search finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The first crossing, if there is one.
    pub first: Option<Crossing>,
    /// How many there are on the first look.
    pub crossings: usize,
    /// Changes at the ends.
    pub ends: [Estimate; 2],
}

/// Looks for the lowest place in `from..=to` where a change passes 0, and for the ends of its band, by
/// closer and closer looks at where they lie. `changes` gives those at some numbers, all on the same
/// trials; `None` ends the search.
pub fn search(
    (from, to): (f64, f64),
    mut changes: impl FnMut(&[f64]) -> Option<Vec<Estimate>>,
) -> Option<Found> {
    let mut x = spread(from, to, FIRST);
    let mut found = changes(&x)?;
    let ends = [found[0], found[FIRST - 1]];
    let all = crossings(&x, &found);
    for _ in 0..LOOKS {
        let Some(&Crossing { x: at, lower, upper }) = crossings(&x, &found).first() else { break };
        // Between the two known points around each place.
        let mut more: Vec<f64> = Vec::new();
        for place in [Some(at), lower, upper].into_iter().flatten() {
            let above = x.partition_point(|&x| x < place).clamp(1, x.len() - 1);
            let inner = spread(x[above - 1], x[above], CLOSER + 2);
            more.extend(inner[1..=CLOSER].iter().filter(|x| !more.contains(x)).collect::<Vec<_>>());
        }
        let new = changes(&more)?;
        let mut points: Vec<(f64, Estimate)> =
            x.into_iter().zip(found).chain(more.into_iter().zip(new)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        (x, found) = points.into_iter().unzip();
    }
    let first = crossings(&x, &found).first().copied();
    Some(Found { first, crossings: all.len(), ends })
}

fn spread(from: f64, to: f64, points: usize) -> Vec<f64> {
    let last = (points - 1) as f64;
    (0..points).map(|i| from + (to - from) * (i as f64 / last)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::drawn::Drawn;
    use super::*;
    use crate::units::Confidence;

    fn change(value: f64, error: f64) -> Estimate {
        let drawn = Drawn::plain(Confidence::new(0.95).unwrap());
        drawn.around(value, Some(error), 1e4, None)
    }

    #[test]
    fn a_search_closes_in_on_the_place_and_its_band() {
        // x^3 - 0.2 with an error of 0.01: the band is where the curve is 1.96 errors from 0.
        let mut asked = 0;
        let found = search((0.0, 1.0), |x| {
            asked += x.len();
            Some(x.iter().map(|x| change(x.powi(3) - 0.2, 0.01)).collect())
        });
        let found = found.unwrap();
        let crossing = found.first.unwrap();
        let root = |y: f64| libm::cbrt(0.2 + y);
        assert!((crossing.x - root(0.0)).abs() < 1e-6, "{crossing:?}");
        assert!((crossing.lower.unwrap() - root(-0.0196)).abs() < 1e-5);
        assert!((crossing.upper.unwrap() - root(0.0196)).abs() < 1e-5);
        assert!(found.crossings == 1 && asked <= 17 + 3 * 27);
    }

    #[test]
    fn ends_outside_the_range_are_open_and_no_crossing_is_none() {
        let flat = |_: &[f64]| Some(vec![change(-0.1, 0.01); 17]);
        assert_eq!(search((0.0, 1.0), flat).unwrap().first, None);
        let x = [0.0, 0.5, 1.0];
        let falling: Vec<Estimate> = x.iter().map(|x| change(0.4 - x, 0.2)).collect();
        let found = crossings(&x, &falling);
        assert!((found[0].x - 0.4).abs() < 1e-12);
        assert!(
            (found[0].lower.unwrap() - 0.008).abs() < 1e-3
                && (found[0].upper.unwrap() - 0.792).abs() < 1e-3
        );
        let wide: Vec<Estimate> = x.iter().map(|x| change(0.4 - x, 0.5)).collect();
        assert_eq!((crossings(&x, &wide)[0].lower, crossings(&x, &wide)[0].upper), (None, None));
    }

    #[test]
    fn directions_need_a_band_without_zero() {
        assert_eq!(Direction::of(&change(-0.1, 0.01)), Direction::Lowers);
        assert_eq!(Direction::of(&change(0.1, 0.01)), Direction::Raises);
        assert_eq!(Direction::of(&change(0.01, 0.01)), Direction::Undecided);
    }
}
