//! Colours of falls and rises, and the bar that explains them.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::{Panel, Scale};
use super::canvas::Canvas;
use super::clip::Rect;
use super::sheet::Sheet;
use super::style;
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// The strongest colours: blue and orange stay apart under the common forms of colour blindness,
/// and text in ink can be read on both.
const FALL: RGBColor = RGBColor(0x3a, 0x93, 0xc8);
const RISE: RGBColor = RGBColor(0xe8, 0x7d, 0x1e);
/// No change.
const NONE: RGBColor = RGBColor(0xf7, 0xf7, 0xf7);
/// Shades of each: neighbours cannot be told apart, so that more would only cost bytes.
const SHADES: f64 = 48.0;
/// Where all values have one sign and lie further than this from 0, compared with the furthest, the
/// shades start at the nearest.
const FAR_FROM_ZERO: f64 = 0.4;
/// The share of the strongest colour that the nearest then has.
const WEAKEST: f64 = 0.25;
/// About so many ticks stand at the bar.
const TICKS: usize = 8;

/// The way from values to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diverging {
    /// Lowest and highest value that the bar shows.
    range: (f64, f64),
    /// The distance from 0 of the weakest colour, and its share.
    weakest: (f64, f64),
    /// The distance from 0 of the strongest colour.
    strongest: f64,
}

impl Diverging {
    /// Colours for finite values; distances from 0 have equal shades on both sides.
    pub fn new(values: impl Iterator<Item = f64>) -> Self {
        let span = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), span);
        if low > high {
            return Self::around_zero((-0.01, 0.01));
        }
        let (near, far) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
        if low * high <= 0.0 || near < FAR_FROM_ZERO * far {
            let (low, high) = (low.min(0.0), high.max(0.0));
            // Values that are all 0 have a bar, too.
            return Self::around_zero(if low < high { (low, high) } else { (-0.01, 0.01) });
        }
        // A map of one value has a bar from 0.
        if near == far {
            return Self::around_zero((low.min(0.0), high.max(0.0)));
        }
        Self { range: (low, high), weakest: (near, WEAKEST), strongest: far }
    }

    fn around_zero(range: (f64, f64)) -> Self {
        Self { range, weakest: (0.0, 0.0), strongest: range.1.max(-range.0) }
    }

    /// The colour of a value.
    pub fn colour(&self, value: f64) -> RGBColor {
        let (near, least) = self.weakest;
        let along = (value.abs() - near) / (self.strongest - near);
        let share = least + (1.0 - least) * along.clamp(0.0, 1.0);
        let share = (share * SHADES).round() / SHADES;
        let strong = if value < 0.0 { FALL } else { RISE };
        let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))) as u8;
        RGBColor(mix(NONE.0, strong.0), mix(NONE.1, strong.1), mix(NONE.2, strong.2))
    }

    /// Values and labels of the ticks at the bar.
    pub fn ticks(&self, sheet: &Sheet) -> Vec<(f64, String)> {
        let (values, decimals) =
            ticks::linear_ticks(100.0 * self.range.0, 100.0 * self.range.1, TICKS);
        let label = |value: f64| {
            let text = sheet.numbers.fixed(value, decimals);
            let is_rise = value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
            format!("{}{}", if is_rise { "+" } else { "" }, sheet.numbers.percent(&text))
        };
        values.into_iter().map(|value| (value / 100.0, label(value))).collect()
    }

    /// The bar in this frame as a panel whose vertical range is that of the values.
    pub fn panel(&self, frame: Rect) -> Panel {
        Panel {
            frame,
            x: (0.0, 1.0),
            y: self.range,
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
        }
    }

    /// Draws the shades of the bar.
    pub fn draw(&self, canvas: &Canvas<'_>, frame: Rect) -> Drawn {
        let panel = self.panel(frame);
        let steps = (frame.bottom - frame.top).floor().max(1.0) as usize;
        let (low, high) = self.range;
        for step in (0..steps).rev() {
            let at = |i: usize| low + (high - low) * i as f64 / steps as f64;
            let top = panel.y_at(at(step + 1));
            // Down to the end, so that no ground shows between two steps; the next ones lie on top.
            let colour = self.colour(f64::midpoint(at(step), at(step + 1)));
            canvas.rect(Rect { top, ..frame }, colour)?;
        }
        canvas.outline(frame, style::INK, style::FRAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_distances_from_zero_have_equal_shades() {
        let colours = Diverging::new([-0.4, 0.1].into_iter());
        assert_eq!(colours.colour(-0.4), FALL);
        assert_eq!(colours.colour(0.0), NONE);
        assert_eq!(colours.colour(0.4), RISE);
        assert_ne!(colours.colour(0.1), NONE);
        assert_ne!(colours.colour(0.1), RISE);
    }

    #[test]
    fn values_far_from_zero_have_all_shades_of_one_colour() {
        let colours = Diverging::new([-0.30, -0.28].into_iter());
        assert_eq!(colours.colour(-0.30), FALL);
        assert_ne!(colours.colour(-0.28), NONE);
        assert_ne!(colours.colour(-0.29), colours.colour(-0.28));
        assert_eq!(Diverging::new([0.2, 0.2].into_iter()).colour(0.2), RISE);
    }

    #[test]
    fn no_value_at_all_is_no_panic() {
        for values in [vec![], vec![0.0, 0.0]] {
            let colours = Diverging::new(values.into_iter());
            assert_eq!(colours.colour(0.0), NONE);
            assert!(colours.ticks(&Sheet::column()).len() > 2);
        }
    }

    #[test]
    fn text_can_be_read_on_every_colour() {
        // Contrast of WCAG 2.2, 1.4.3.
        for colour in [FALL, RISE, NONE] {
            let contrast =
                (style::luminance(colour) + 0.05) / (style::luminance(style::INK) + 0.05);
            assert!(contrast >= 4.5, "{contrast}");
        }
    }
}
