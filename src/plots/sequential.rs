//! Colours of probabilities on a logarithmic scale, and the bar that explains them.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::{Panel, Scale};
use super::canvas::Canvas;
use super::clip::Rect;
use super::sheet::Sheet;
use super::style;
use super::text::{Anchor, Label, MIDDLE};
use super::ticks;

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// From rare to sure: yellow, orange and brown, ever darker, so that neither colour blindness nor grey print
/// disturbs their order (after `YlOrBr` of Brewer, Harrower and Sherman, colorbrewer2.org).
const SHADES: [RGBColor; 5] = [
    RGBColor(0xfe, 0xe8, 0x9e),
    RGBColor(0xfe, 0xc4, 0x4f),
    RGBColor(0xec, 0x70, 0x14),
    RGBColor(0x99, 0x34, 0x04),
    RGBColor(0x45, 0x1a, 0x04),
];
/// What was never seen.
const NEVER: RGBColor = style::PAPER;
/// The bar spans no more powers of ten: what is rarer has the lightest colour.
const MOST_DECADES: i32 = 4;
/// Height of the bar, and of all that explains colours.
const BAR: f64 = 9.0;
pub const HEIGHT: f64 = 37.0;
/// Space between the bar and its title.
const GAP: f64 = 8.0;
/// Width of the bar.
const WIDTH: f64 = 190.0;

/// The way from probabilities to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequential {
    range: (f64, f64),
    has_never: bool,
}

impl Sequential {
    /// Colours for these probabilities: whole powers of ten, the highest at most 1.
    pub fn new(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high, mut has_never) = (f64::INFINITY, 0.0_f64, false);
        for value in values {
            has_never |= value <= 0.0;
            if value > 0.0 && value.is_finite() {
                (low, high) = (low.min(value), high.max(value));
            }
        }
        if low > high {
            return Self { range: (0.01, 1.0), has_never };
        }
        let last = ((high.log10() - 1e-9).ceil() as i32).min(0);
        let first = ((low.log10() + 1e-9).floor() as i32).clamp(last - MOST_DECADES, last - 1);
        Self { range: (10_f64.powi(first), 10_f64.powi(last)), has_never }
    }

    /// The colour of a probability.
    pub fn colour(&self, value: f64) -> RGBColor {
        if value.is_nan() || value <= 0.0 {
            return NEVER;
        }
        let (low, high) = self.range;
        let along = ((value / low).log10() / (high / low).log10()).clamp(0.0, 1.0);
        let place = along * (SHADES.len() - 1) as f64;
        let at = (place as usize).min(SHADES.len() - 2);
        let (a, b, share) = (SHADES[at], SHADES[at + 1], place - at as f64);
        let mix =
            |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
        RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }

    /// Draws title, bar with its ticks, and the colour of what was never seen, from a corner on.
    pub fn draw(
        &self,
        canvas: &Canvas<'_>,
        sheet: &Sheet,
        title: &str,
        (left, top): (f64, f64),
    ) -> Drawn {
        let middle = top + 0.5 * BAR;
        let write = |text: &str, x: f64| {
            let at = (x, middle + MIDDLE * style::SMALL);
            canvas.text(&Label::new(text, at, style::SMALL).coloured(style::MUTED))
        };
        write(title, left)?;
        let start = left + sheet.text_width(title, style::SMALL) + GAP;
        let frame = Rect { left: start, right: start + WIDTH, top, bottom: top + BAR };
        let panel = Panel {
            frame,
            x: self.range,
            y: (0.0, 1.0),
            x_scale: Scale::Log,
            y_scale: Scale::Linear,
        };
        let steps = WIDTH as usize;
        for step in 0..steps {
            let x = start + WIDTH * step as f64 / steps as f64;
            let share = (step as f64 + 0.5) / steps as f64;
            let value = self.range.0 * (self.range.1 / self.range.0).powf(share);
            canvas.rect(Rect { left: x, right: frame.right, ..frame }, self.colour(value))?;
        }
        canvas.outline(frame, style::INK, style::GRID)?;
        let mut decades = ticks::decades(self.range.0, self.range.1);
        decades.reverse();
        let all = ticks::of_decades(&decades, |decade| sheet.numbers.percent_of_power(decade));
        for (value, text) in ticks::with_room(sheet, WIDTH, self.range, &all) {
            let x = panel.x_at(value);
            let tip = frame.bottom + style::TICK_LENGTH;
            canvas.line(&[(x, frame.bottom), (x, tip)], style::INK, style::FRAME)?;
            let at = (x, tip + 1.1 * style::TICK);
            canvas.text(&Label::new(text, at, style::SMALL).anchored(Anchor::Middle))?;
        }
        if self.has_never {
            let x = frame.right + 22.0;
            canvas.disc((x, middle), 5.0, style::INK)?;
            canvas.disc((x, middle), 4.4, NEVER)?;
            write(sheet.words.never_seen, x + 10.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rarer_is_lighter_and_what_was_never_seen_is_white() {
        let colours = Sequential::new([0.0, 0.0004, 0.2].into_iter());
        assert_eq!(colours.range, (1e-4, 1.0));
        assert!(colours.has_never);
        assert_eq!(colours.colour(0.0), NEVER);
        let light = [0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0].map(|p| style::luminance(colours.colour(p)));
        assert!(light.windows(2).all(|pair| pair[0] > pair[1]), "{light:?}");
        assert_eq!(colours.colour(1e-9), SHADES[0]);
    }

    #[test]
    fn bars_span_some_powers_of_ten_at_most() {
        let range = |values: &[f64]| Sequential::new(values.iter().copied()).range;
        assert_eq!(range(&[1e-12, 0.5]), (1e-4, 1.0));
        assert_eq!(range(&[0.3]), (0.1, 1.0));
        assert_eq!(range(&[1e-3]), (1e-4, 1e-3));
        assert_eq!(range(&[]), (0.01, 1.0));
    }
}
