//! Bands of hazards above today's envelope, and how many of them policies open.
//!
//! Points up to the envelope of today's hazards fall anyway; where a policy raises PDs more are thrown
//! between
//!
//! 1. 2^((j - 1) / 4) lambda_c(Y) and 2^(j / 4) lambda_c(Y),   j = 1, 2, ...,
//!
//! each band with streams of its own, as far up as the highest PD under some policy asks for. Bands have the
//! grades' shares of points and so the envelope's own tables. Where no policy moves a PD upwards there are none.

use std::sync::LazyLock;

use super::envelope::Envelope;
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

/// Number of the streams of a cell in a band.
pub fn in_band(cell: u32, band: u32) -> u32 {
    assert!(cell < 1 << CELL_BITS, "behaviour works with up to 2^24 cells");
    cell | band << CELL_BITS
}

/// How many bands are open in each interval of Y.
#[derive(Debug)]
pub struct Opening {
    bands: Vec<u8>,
}

impl Opening {
    /// For the grades of a cell and the highest threshold of each under any policy.
    pub fn new(grades: &[Grade], highest: &[f64], envelope: &Envelope) -> Self {
        let bands = (0..envelope.intervals()).map(|interval| {
            let layer = Envelope::layer(interval);
            let (bin, ends) = envelope.ends(interval);
            let ratio = |(c, grade): (usize, &Grade), (y, total): (f64, f64)| {
                let held = total * envelope.rate(bin, c);
                let threshold = envelope.layers().highest(layer, highest[c]);
                let x = highest_argument(envelope.link(), threshold, grade.loadings, y);
                let needed = hazard(envelope.link(), x);
                if held > 0.0 { needed / held } else { 0.0 }
            };
            let at = |end| grades.iter().enumerate().map(|own| ratio(own, end)).fold(0.0, f64::max);
            let most = at(ends[0]).max(at(ends[1])) * (1.0 + SLACK);
            (0..=u8::MAX).find(|&band| band_end(band.into()) >= most).unwrap_or(u8::MAX)
        });
        Self { bands: bands.collect() }
    }

    /// Bands that are open at Y and a scale.
    pub fn at(&self, envelope: &Envelope, y: f64, scale: f64) -> u8 {
        envelope.interval(y, scale).map_or(0, |interval| self.bands[interval])
    }

    /// The most at any Y.
    pub fn most(&self) -> u8 {
        self.bands.iter().copied().max().unwrap_or(0)
    }
}

/// H(x), at most [`CERTAIN`].
fn hazard(link: Link, x: f64) -> f64 {
    match link {
        Link::Probit => (-libm::log(normal::cdf(-x))).min(CERTAIN),
        _ => link.hazard(x).min(CERTAIN),
    }
}
