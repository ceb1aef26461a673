//! The vertical scales of the density figure: densities and probabilities of atoms never share one.

use super::axis::{Panel, Scale};
use super::clip::Rect;
use super::density_curve::Curve;
use super::money::MoneyUnit;
use super::numbers::{self, Numbers};
use super::sheet::Sheet;
use super::style;
use super::ticks;
use crate::measures::series::DensityKind;

/// The highest curve is cut where it exceeds the lowest one's peak so many times: a policy that
/// leaves next to no losses would flatten all others.
const TALLEST: f64 = 6.0;

/// A vertical scale of the density figure.
pub struct Heights {
    /// The kind of height it is for.
    pub kind: DensityKind,
    /// The height at the upper edge.
    pub top: f64,
    /// Heights are shown divided by this.
    pub divisor: f64,
    /// The title of its axis, and a shorter one where there is less room.
    titles: [String; 2],
    numbers: Numbers,
}

/// One scale per kind of height that occurs, the commoner first.
pub fn scales(sheet: &Sheet, curves: &[Curve<'_>], unit: &MoneyUnit) -> Vec<Heights> {
    let mut scales: Vec<(usize, Heights)> = [DensityKind::Smooth, DensityKind::Atoms]
        .into_iter()
        .filter_map(|kind| {
            let peaks: Vec<f64> = curves
                .iter()
                .filter(|curve| curve.series.kind == kind)
                .map(Curve::peak)
                .filter(|&peak| peak > 0.0)
                .collect();
            let lowest = peaks.iter().copied().reduce(f64::min)?;
            let highest = peaks.iter().copied().fold(lowest, f64::max);
            Some((peaks.len(), Heights::new(sheet, kind, highest, lowest, unit)))
        })
        .collect();
    scales.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    scales.into_iter().map(|(_, heights)| heights).collect()
}

impl Heights {
    fn new(sheet: &Sheet, kind: DensityKind, highest: f64, lowest: f64, unit: &MoneyUnit) -> Self {
        let (per, what) = match kind {
            DensityKind::Smooth => (1.0 / unit.size, (sheet.words.per)(&unit.name)),
            DensityKind::Atoms => (1.0, String::new()),
        };
        let top = match kind {
            DensityKind::Smooth => 1.05 * highest.min(TALLEST * lowest),
            DensityKind::Atoms => (1.05 * highest).min(1.0),
        };
        // Ticks keep to three decimals: a power of ten moves into the title.
        let power = (top / per).log10().floor() as i32;
        let power = if (-2..4).contains(&power) { 0 } else { power };
        let factor = if power == 0 { String::new() } else { numbers::power_of_ten(power) };
        let inner = format!("{factor} {what}").trim().to_owned();
        let inner = if inner.is_empty() { inner } else { format!(" ({inner})") };
        let titles = match kind {
            DensityKind::Smooth => sheet.words.density_axis,
            DensityKind::Atoms => sheet.words.atoms_axis,
        };
        let titles = titles.map(|title| format!("{title}{inner}"));
        Self { kind, top, divisor: per * 10_f64.powi(power), titles, numbers: sheet.numbers }
    }

    /// The title of the axis on a line of this length.
    pub fn title(&self, sheet: &Sheet, room: f64) -> String {
        sheet.first_fitting(&self.titles, style::LABEL, room)
    }

    /// The frame with this scale.
    pub fn panel(&self, frame: Rect, x: (f64, f64)) -> Panel {
        Panel { frame, x, y: (0.0, self.top), x_scale: Scale::Linear, y_scale: Scale::Linear }
    }

    /// Ticks and their labels.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let (ticks, decimals) = ticks::linear_ticks(0.0, self.top / self.divisor, 6);
        ticks.into_iter().map(|t| (t * self.divisor, self.numbers.fixed(t, decimals))).collect()
    }

    /// Width of ticks, labels and title.
    pub fn width(&self, sheet: &Sheet) -> f64 {
        ticks::widest(sheet, &self.ticks()) + style::TICK_LENGTH + 3.0 + 1.7 * style::LABEL
    }
}
