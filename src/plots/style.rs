//! The house style, written once: colours, dashes, signs, sizes in pixels of the unscaled canvas.

use plotters::style::RGBColor;

/// The drawing library knows whole pixels only: everything is drawn so many times larger, and the
/// `viewBox` brings it back. Otherwise curves show steps.
pub const SCALE: f64 = 10.0;

/// Size of the title.
pub const TITLE: f64 = 14.5;
/// Size of axis titles, keys and direct labels.
pub const LABEL: f64 = 12.0;
/// Size of tick labels.
pub const TICK: f64 = 11.0;
/// Size of the labels at marks and of the bottom line.
pub const SMALL: f64 = 11.0;

/// Stroke of a curve.
pub const CURVE: f64 = 1.5;
/// Stroke of the baseline's curve.
pub const BASELINE_CURVE: f64 = 2.0;
/// Stroke of frames and ticks.
pub const FRAME: f64 = 0.8;
/// Stroke of grid lines.
pub const GRID: f64 = 0.6;
/// Length of a tick.
pub const TICK_LENGTH: f64 = 4.0;
/// Radius of a mark.
pub const MARK: f64 = 3.0;

/// Space between the canvas edge and what stands next to it.
pub const MARGIN: f64 = 8.0;
/// Length of the line sample in a key.
pub const SAMPLE: f64 = 28.0;

/// No curve has more points than this.
pub const MAX_POINTS: usize = 2_000;

/// Colour of text and axes.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Colour of what may be read second.
pub const MUTED: RGBColor = RGBColor(0x59, 0x59, 0x59);
/// Colour of grid lines.
pub const GRID_LINE: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// The ground.
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Black for the baseline, then colours that stay apart under the common forms of colour
/// blindness: Okabe and Ito (2008) without its yellow, which is too pale for a line, followed by
/// wine, indigo and olive of Paul Tol's muted scheme (technical note SRON/EPS/TN/09-002).
pub const COLOURS: [RGBColor; 10] = [
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x88, 0x22, 0x55),
    RGBColor(0x33, 0x22, 0x88),
    RGBColor(0x99, 0x99, 0x33),
];

/// Lengths of stroke and gap in turn; empty is a solid line. Their number has no factor in common
/// with the number of colours but black, so that the baseline and 63 policies have looks of their own.
const DASHES: [&[f64]; 7] = [
    &[],
    &[7.0, 2.5],
    &[10.0, 2.5, 2.0, 2.5],
    &[2.2, 1.8],
    &[14.0, 3.0],
    &[6.0, 2.0, 2.0, 2.0, 2.0, 2.0],
    &[4.0, 4.0],
];

/// The shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle on its side.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// A triangle on its corner.
    Wedge,
    /// Two strokes from corner to corner.
    Cross,
    /// Two strokes along the axes.
    Plus,
}

/// All signs, in the order in which policies take them.
const SIGNS: [Sign; 7] =
    [Sign::Disc, Sign::Square, Sign::Triangle, Sign::Diamond, Sign::Wedge, Sign::Cross, Sign::Plus];

/// How one policy looks wherever it appears; the dash tells it apart where colour is lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Colour of curve, band and marks.
    pub colour: RGBColor,
    /// Dash of the curve.
    pub dash: &'static [f64],
    /// Shape of its points.
    pub sign: Sign,
    /// Stroke of the curve.
    pub width: f64,
}

/// One look per policy: the baseline has the first one, the others follow in their order.
pub fn looks<'a>(policies: impl Iterator<Item = &'a str>, baseline: &str) -> Vec<Look> {
    let mut next = 0;
    policies
        .map(|policy| {
            let index = if policy == baseline {
                0
            } else {
                next += 1;
                next
            };
            // Nobody but the baseline is black.
            let colour = if index == 0 { 0 } else { 1 + (index - 1) % (COLOURS.len() - 1) };
            Look {
                colour: COLOURS[colour],
                dash: DASHES[index % DASHES.len()],
                sign: SIGNS[index % SIGNS.len()],
                width: if index == 0 { BASELINE_CURVE } else { CURVE },
            }
        })
        .collect()
}

/// The colour, darkened until text in it can be read on white (contrast 4.5, WCAG 2.2, 1.4.3).
pub fn for_text(colour: RGBColor) -> RGBColor {
    let mut dark = colour;
    while 1.05 / (luminance(dark) + 0.05) < 4.5 {
        let shade = |part: u8| (f64::from(part) * 0.95) as u8;
        dark = RGBColor(shade(dark.0), shade(dark.1), shade(dark.2));
    }
    dark
}

/// Relative luminance of WCAG 2.2.
pub fn luminance(colour: RGBColor) -> f64 {
    let linear = |part: u8| {
        let share = f64::from(part) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
}

/// Colour (as `#0072b2`) and dash of policies, for charts that are not drawn here.
pub fn web_looks<'a>(
    policies: impl Iterator<Item = &'a str>,
    baseline: &str,
) -> Vec<(String, Vec<f64>)> {
    let hex = |c: RGBColor| format!("#{:02x}{:02x}{:02x}", c.0, c.1, c.2);
    looks(policies, baseline).iter().map(|look| (hex(look.colour), look.dash.to_vec())).collect()
}
