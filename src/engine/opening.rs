//! Bands of hazards above today's envelope, and how many of them policies open.
//!
//! Points up to the envelope of today's hazards fall anyway; where a policy raises PDs more are thrown
//! between
//!
//! 1. 2^((j - 1) / 4) lambda_c(Y) and 2^(j / 4) lambda_c(Y),   j = 1, 2, ...,
//!
//! each band with streams of its own, as far up as the highest PD under some policy asks for. Bands have the
//! grades' shares of points and so the envelope's own tables. Where no policy moves a PD upwards there are none.
//!
//! Where today's hazard is next to nothing and a policy's is not, bands would be without number and so would be the points
//! of those that are open. There the people of the cell are gone through instead ([`super::beyond`]): what is drawn is
//! then bounded by their number.

use std::sync::LazyLock;

use super::envelope::{Envelope, Held};
use super::extremes::highest_argument;
use super::grades::Grade;
use crate::model::Link;
use crate::special::normal;

/// Hazards beyond this are certain for all that an f64 tells apart.
const CERTAIN: f64 = 40.0;
/// Far above the rounding of thresholds to 4 bytes.
const SLACK: f64 = 1e-5;
/// Bands per doubling of the hazard.
const PER_DOUBLING: f64 = 4.0;
/// Bits of a cell's number; the band stands above them.
const CELL_BITS: u32 = 24;

/// Where each band ends, in multiples of the envelope: 1, 2^(1/4), ...
static ENDS: LazyLock<[f64; 257]> =
    LazyLock::new(|| std::array::from_fn(|band| libm::exp2(band as f64 / PER_DOUBLING)));

/// Where a band ends, in multiples of the envelope.
pub fn band_end(band: u32) -> f64 {
    ENDS[band as usize]
}

/// Stands for the band in the streams of people who are gone through.
pub const PEOPLE: u32 = 255;
/// The highest band.
const HIGHEST: u8 = 254;
/// Expected points above the envelope in a trial of a cell from which on it is looked at more closely how far bands have to go,
const MANY: f64 = 4_096.0;
/// and those that are not thrown: beyond, people are gone through.
pub const MOST_POINTS: u64 = 1 << 20;

/// What is drawn above the envelope in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// So many bands.
    Bands(u8),
    /// The least point of everybody.
    People,
}

/// Number of the streams of a cell in a band.
pub fn in_band(cell: u32, band: u32) -> u32 {
    assert!(cell < 1 << CELL_BITS, "behaviour works with up to 2^24 cells");
    cell | band << CELL_BITS
}

/// How many bands are open in each interval of Y.
#[derive(Debug)]
pub struct Opening {
    bands: Vec<Open>,
    grades: Vec<Grade>,
    /// The highest threshold of each grade under any policy.
    highest: Vec<f64>,
}

impl Opening {
    /// For the grades of a cell and the highest threshold of each under any policy.
    pub fn new(grades: &[Grade], highest: &[f64], envelope: &Envelope) -> Self {
        let mut opening =
            Self { bands: Vec::new(), grades: grades.to_vec(), highest: highest.to_vec() };
        for interval in 0..envelope.intervals() {
            let layer = Envelope::layer(interval);
            let (bin, ends) = envelope.ends(interval);
            let threshold = |c: usize| envelope.layers().highest(layer, highest[c]);
            let ratio = |end| opening.ratio(envelope, bin, end, threshold);
            let open = open((ratio(ends[0])).max(ratio(ends[1])));
            opening.bands.push(open);
        }
        opening
    }

    /// How far above the envelope policies ask for points, over the envelope, at Y with its T(Y).
    fn ratio(
        &self,
        envelope: &Envelope,
        bin: u32,
        (y, total): (f64, f64),
        threshold: impl Fn(usize) -> f64,
    ) -> f64 {
        let ratio = |(c, grade): (usize, &Grade)| {
            let held = total * envelope.rate(bin, c);
            let x = highest_argument(envelope.link(), threshold(c), grade.loadings, y);
            let needed = hazard(envelope.link(), x);
            match held > 0.0 {
                true => needed / held,
                // Those of marked grades have marks up to any hazard.
                false if needed > 0.0 && !envelope.is_marked(bin, c) => f64::INFINITY,
                false => 0.0,
            }
        };
        self.grades.iter().enumerate().map(ratio).fold(0.0, f64::max)
    }

    /// What is drawn at Y and a scale, where the points to be expected up to the envelope are as in `held`.
    pub fn at(&self, envelope: &Envelope, (y, scale): (f64, f64), held: Held) -> Open {
        let Some(interval) = envelope.interval(y, scale) else { return Open::Bands(0) };
        let open = self.bands[interval];
        match open {
            Open::Bands(0) => open,
            Open::Bands(_) if points(open, held.total) <= MANY => open,
            Open::People => open,
            // What an interval needs may be far more than what is needed here.
            Open::Bands(widest) => {
                let threshold = |c: usize| self.highest[c] * scale;
                let needed = self::open(self.ratio(envelope, held.bin, (y, held.total), threshold));
                let own = match needed {
                    Open::Bands(own) => Open::Bands(own.min(widest)),
                    Open::People => open,
                };
                if points(own, held.total) <= MOST_POINTS as f64 { own } else { Open::People }
            }
        }
    }

    /// The highest hazard of a grade under any policy at Y and a scale.
    pub fn needed(&self, link: Link, c: usize, (y, scale): (f64, f64)) -> f64 {
        hazard(link, highest_argument(link, self.highest[c] * scale, self.grades[c].loadings, y))
    }

    /// The grades.
    pub fn grades(&self) -> &[Grade] {
        &self.grades
    }
}

/// What is drawn for a ratio of hazards asked for to the envelope.
fn open(ratio: f64) -> Open {
    let most = ratio * (1.0 + SLACK);
    (0..=HIGHEST).find(|&band| band_end(band.into()) >= most).map_or(Open::People, Open::Bands)
}

/// Points that are to be expected in the open bands.
fn points(open: Open, total: f64) -> f64 {
    match open {
        Open::Bands(bands) => (band_end(bands.into()) - 1.0) * total,
        Open::People => f64::INFINITY,
    }
}

/// H(x), at most [`CERTAIN`].
fn hazard(link: Link, x: f64) -> f64 {
    match link {
        Link::Probit => (-libm::log(normal::cdf(-x))).min(CERTAIN),
        _ => link.hazard(x).min(CERTAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::layers::Layers;

    /// One person with a loading and thresholds today and under a policy.
    fn cell(loading: f64, today: f64, moved: f64) -> (Envelope, Opening) {
        let grade =
            Grade { start: 0, people: 1, thresholds: (today, today), loadings: (loading, loading) };
        let envelope = Envelope::new(Link::Probit, &[grade], Layers::single());
        let opening = Opening::new(&[grade], &[moved], &envelope);
        (envelope, opening)
    }

    /// Whatever Y: the marks up to the hazard asked for are drawn, by few points.
    #[test]
    fn all_that_is_asked_for_is_open_and_few_points_are_thrown() {
        let (mut people, mut bands) = (0, 0);
        for (loading, moved) in [(0.3, -1.0), (0.9, -0.5), (0.9995, 0.4), (0.9995, -1.6)] {
            let (envelope, opening) = cell(loading, -1.645, moved);
            for i in 0..3_000 {
                let y = -7.99 + 15.98 * f64::from(i) / 3_000.0;
                let held = envelope.at(y, 1.0);
                let needed = opening.needed(Link::Probit, 0, (y, 1.0));
                if held.marked == 1 {
                    continue;
                }
                match opening.at(&envelope, (y, 1.0), held) {
                    Open::People => people += 1,
                    Open::Bands(open) => {
                        bands += u32::from(open > 0);
                        let top = band_end(open.into()) * held.total;
                        // Hazards of 1e-16 are a few roundings of 1.
                        assert!(
                            top >= needed || needed < 1e-15,
                            "{loading} {moved} {y}: {top} {needed}"
                        );
                        assert!(top <= MANY.max(2.0 * CERTAIN), "{loading} {moved} {y}: {top}");
                    }
                }
            }
        }
        assert!(people > 100 && bands > 1_000, "{people} {bands}");
    }

    #[test]
    fn nothing_is_opened_for_what_nobody_asks() {
        let (envelope, opening) = cell(0.9995, -1.645, f64::NEG_INFINITY);
        assert!((0..envelope.intervals()).all(|i| opening.bands[i] == Open::Bands(0)));
    }
}
