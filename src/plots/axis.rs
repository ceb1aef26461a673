//! Axes: units of money, ticks, tick labels, and the way from data to pixels.

use super::canvas::Canvas;
use super::clip::{Point, Rect};
use super::style;
use super::text::{Anchor, Label, MIDDLE, TextMeter};

/// The unit in which an axis shows money.
#[derive(Debug, Clone, PartialEq)]
pub struct MoneyUnit {
    /// Amount of currency that the unit stands for.
    pub size: f64,
    /// Its name, such as `TWD million`.
    pub name: String,
}

impl MoneyUnit {
    /// The largest unit in which `largest` is still at least 2.
    pub fn for_range(largest: f64, currency: &str) -> Self {
        let (size, word) =
            [(1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")]
                .into_iter()
                .find(|(size, _)| largest >= 2.0 * size)
                .unwrap_or((1.0, ""));
        Self { size, name: format!("{currency} {word}").trim().to_owned() }
    }
}

/// Which way values run along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors; both ends positive.
    Log,
}

impl Scale {
    /// How far along the axis from `low` to `high` a value lies, 0 to 1.
    fn share(self, x: f64, (low, high): (f64, f64)) -> f64 {
        match self {
            Self::Linear => (x - low) / (high - low),
            Self::Log => (x.max(low) / low).log10() / (high / low).log10(),
        }
    }
}

/// A plot's frame with its two scales.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    /// The frame, pixels.
    pub frame: Rect,
    /// Values at the left and right edge.
    pub x: (f64, f64),
    /// Values at the bottom and top edge.
    pub y: (f64, f64),
    /// How the horizontal axis runs.
    pub x_scale: Scale,
    /// How the vertical axis runs.
    pub y_scale: Scale,
}

impl Panel {
    /// Pixels from the left for a value.
    pub fn x_at(&self, x: f64) -> f64 {
        self.frame.left + self.x_scale.share(x, self.x) * (self.frame.right - self.frame.left)
    }

    /// Pixels from the top for a value; a logarithmic axis takes what is below its end as its end.
    pub fn y_at(&self, y: f64) -> f64 {
        self.frame.bottom - self.y_scale.share(y, self.y) * (self.frame.bottom - self.frame.top)
    }

    /// Pixels for a pair of values.
    pub fn at(&self, x: f64, y: f64) -> Point {
        (self.x_at(x), self.y_at(y))
    }
}

/// Round values from `low` to `high`, about `count` of them, and the decimals they need.
pub fn linear_ticks(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    let raw = (high - low) / count.max(1) as f64;
    if !(raw > 0.0 && raw.is_finite()) {
        return (vec![low], 0);
    }
    let power = 10_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = power * steps.into_iter().find(|&m| m * power >= raw * 0.999).unwrap_or(10.0);
    let is_whole = |x: f64| (x - x.round()).abs() < 1e-6 * x.abs();
    let decimals = (0..15).find(|&d| is_whole(step * 10_f64.powi(d))).unwrap_or(15) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    ((first..=last).map(|i| i as f64 * step).collect(), decimals)
}

/// The ends of a money axis that shows the losses from `low` to `high`: it starts at no loss
/// unless that would waste a third of it, and never spans a mere point.
pub fn money_range(low: f64, high: f64) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    let far_from_zero = low > 0.35 * high && high - low > 0.02 * high;
    let start = if far_from_zero { low - 0.02 * (high - low) } else { low.min(0.0) };
    let end = if high > start { high + 0.03 * (high - start) } else { start + 1.0 };
    (start, end)
}

/// The powers of ten from `low` to `high`, at most about seven of them.
pub fn decades(low: f64, high: f64) -> Vec<i32> {
    let first = (low.log10() - 1e-9).ceil() as i32;
    let last = (high.log10() + 1e-9).floor() as i32;
    let stride = ((last - first) / 7 + 1) as usize;
    (first..=last).rev().step_by(stride).collect()
}

/// A number with its thousands parted by commas.
pub fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A value with so many decimals.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // Rounding may leave a negative zero.
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    grouped(if zero { text.trim_start_matches('-') } else { &text })
}

/// A value with at most six decimals, without the zeros at its end.
pub fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    grouped(text.trim_end_matches('0').trim_end_matches('.'))
}

/// A value with so many significant digits, never in powers of ten.
pub fn plain_digits(value: f64, digits: i32) -> String {
    let power = if value > 0.0 { value.log10().floor() as i32 } else { 0 };
    fixed(value, (digits - 1 - power).max(0) as usize)
}

/// A power of ten in figures, such as 10⁻⁵.
pub fn power_of_ten(exponent: i32) -> String {
    let raise = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(digit as u32 - '0' as u32 + 0x2070).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(raise).collect::<String>())
}

/// 10^exponent as briefly as an axis can say it: 100, 1k, 10M, from there a power of ten.
pub fn brief_power(exponent: i32) -> String {
    let (rest, sign) = match exponent {
        0..3 => (exponent, ""),
        3..6 => (exponent - 3, "k"),
        6..9 => (exponent - 6, "M"),
        _ => return power_of_ten(exponent),
    };
    format!("{}{sign}", 10_u32.pow(rest.unsigned_abs()))
}

/// The probability 10^exponent as a percentage, or as a power of ten below 0.0001 %.
pub fn percent_of_power(exponent: i32) -> String {
    match exponent {
        0.. => format!("{} %", grouped(&10_u64.pow(2 + exponent.unsigned_abs()).to_string())),
        -6..0 => format!("{} %", plain(10_f64.powi(exponent + 2))),
        _ => power_of_ten(exponent),
    }
}

type Drawn = Result<(), plotters::drawing::DrawingAreaErrorKind<std::io::Error>>;

/// Space between two labels of a money axis, at least.
const LABEL_GAP: f64 = 14.0;
/// Space between two labels of a logarithmic axis, at least.
const TIGHT_GAP: f64 = 8.0;
/// A money axis has about so many ticks, unless their labels need more room.
const MONEY_TICKS: usize = 6;

/// Values and labels of the ticks of a money axis of this width.
pub fn money_ticks(
    meter: &TextMeter,
    width: f64,
    x: (f64, f64),
    unit: &MoneyUnit,
) -> Vec<(f64, String)> {
    let labelled = |count| -> Vec<(f64, String)> {
        let (ticks, decimals) = linear_ticks(x.0 / unit.size, x.1 / unit.size, count);
        ticks.into_iter().map(|tick| (tick * unit.size, fixed(tick, decimals))).collect()
    };
    let fits = |ticks: &[(f64, String)]| {
        let pitch = match ticks {
            [(a, _), (b, _), ..] => (b - a) / (x.1 - x.0) * width,
            _ => f64::INFINITY,
        };
        widest(meter, ticks) + LABEL_GAP <= pitch
    };
    (1..=MONEY_TICKS).rev().map(labelled).find(|ticks| fits(ticks)).unwrap_or_else(|| labelled(1))
}

/// Width of the widest label of an axis.
pub fn widest(meter: &TextMeter, ticks: &[(f64, String)]) -> f64 {
    ticks.iter().map(|(_, text)| meter.width(text, style::TICK)).fold(0.0, f64::max)
}

/// Draws ticks, labels and title of a horizontal money axis below `bottom`.
pub fn draw_money_axis(
    canvas: &Canvas<'_>,
    panel: &Panel,
    bottom: f64,
    ticks: &[(f64, String)],
    title: &str,
) -> Drawn {
    for (value, text) in ticks {
        let x = panel.x_at(*value);
        canvas.line(&[(x, bottom), (x, bottom + style::TICK_LENGTH)], style::INK, style::FRAME)?;
        let at = (x, bottom + style::TICK_LENGTH + 1.25 * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(Anchor::Middle))?;
    }
    let middle = (panel.frame.left + panel.frame.right) / 2.0;
    let at = (middle, bottom + style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL);
    canvas.text(&Label::new(title, at, style::LABEL).anchored(Anchor::Middle))
}

/// Room that a horizontal axis takes below the frame.
pub const MONEY_AXIS_HEIGHT: f64 =
    style::TICK_LENGTH + 1.4 * style::TICK + 1.3 * style::LABEL + 0.4 * style::LABEL;

/// Side of a frame on which a vertical axis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
}

/// Draws ticks and labels of a vertical axis, and its title at the pixel `title_x`.
pub fn draw_vertical_axis(
    canvas: &Canvas<'_>,
    panel: &Panel,
    side: Side,
    ticks: &[(f64, String)],
    title: (&str, f64),
) -> Drawn {
    let (edge, sign, anchor) = match side {
        Side::Left => (panel.frame.left, -1.0, Anchor::End),
        Side::Right => (panel.frame.right, 1.0, Anchor::Start),
    };
    let tip = edge + sign * style::TICK_LENGTH;
    for (value, text) in ticks {
        let y = panel.y_at(*value);
        canvas.line(&[(edge, y), (tip, y)], style::INK, style::FRAME)?;
        let at = (tip + sign * 3.0, y + MIDDLE * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(anchor))?;
    }
    draw_upward_title(
        canvas,
        title.0,
        (title.1, f64::midpoint(panel.frame.top, panel.frame.bottom)),
    )
}

/// Draws the title of a vertical axis centred on a point.
pub fn draw_upward_title(canvas: &Canvas<'_>, title: &str, at: Point) -> Drawn {
    canvas.text(&Label::new(title, at, style::LABEL).anchored(Anchor::Middle).upwards())
}

/// Draws the grid of a panel, its left and lower edge, and the ticks and labels of its left axis.
pub fn draw_panel(
    canvas: &Canvas<'_>,
    panel: &Panel,
    across: &[(f64, String)],
    up: &[(f64, String)],
) -> Drawn {
    let Rect { left, right, top, bottom } = panel.frame;
    let grid = |a: Point, b: Point| canvas.line(&[a, b], style::GRID_LINE, style::GRID);
    for (value, _) in across {
        let x = panel.x_at(*value);
        grid((x, top), (x, bottom))?;
    }
    for (value, _) in up {
        let y = panel.y_at(*value);
        grid((left, y), (right, y))?;
    }
    draw_left_ticks(canvas, panel, up)?;
    canvas.line(&[(left, top), (left, bottom), (right, bottom)], style::INK, style::FRAME)
}

/// Draws ticks and labels of the left axis.
fn draw_left_ticks(canvas: &Canvas<'_>, panel: &Panel, ticks: &[(f64, String)]) -> Drawn {
    let edge = panel.frame.left;
    for (value, text) in ticks {
        let y = panel.y_at(*value);
        canvas.line(&[(edge, y), (edge - style::TICK_LENGTH, y)], style::INK, style::FRAME)?;
        let at = (edge - style::TICK_LENGTH - 3.0, y + MIDDLE * style::TICK);
        canvas.text(&Label::new(text.clone(), at, style::TICK).anchored(Anchor::End))?;
    }
    Ok(())
}

/// Ticks of an axis of shares, labelled in percent without the sign.
pub fn percent_ticks(range: (f64, f64), count: usize) -> Vec<(f64, String)> {
    let (ticks, decimals) = linear_ticks(100.0 * range.0, 100.0 * range.1, count);
    ticks.into_iter().map(|tick| (tick / 100.0, fixed(tick, decimals))).collect()
}

/// Ticks of a logarithmic axis of this width: as many of 1, 2, 5 times the powers of ten as have room.
pub fn log_ticks(meter: &TextMeter, width: f64, range: (f64, f64)) -> Vec<(f64, String)> {
    let decades = decades(range.0 / 10.0, range.1);
    let of = |parts: &[u32]| -> Vec<(f64, String)> {
        let all = decades.iter().rev().flat_map(|&d| parts.iter().map(move |&part| (part, d)));
        let ticks = all.map(|(part, d)| (f64::from(part) * 10_f64.powi(d), brief(part, d)));
        let is_inside = |x: f64| x >= range.0 * (1.0 - 1e-9) && x <= range.1 * (1.0 + 1e-9);
        ticks.filter(|(value, _)| is_inside(*value)).collect()
    };
    let scale = width / (range.1 / range.0).log10();
    let fits = |ticks: &[(f64, String)]| {
        ticks.windows(2).all(|pair| {
            let half = |at: usize| meter.width(&pair[at].1, style::TICK) / 2.0;
            (pair[1].0 / pair[0].0).log10() * scale >= half(0) + half(1) + TIGHT_GAP
        })
    };
    let found = [&[1, 2, 5][..], &[1, 3], &[1]].into_iter().map(of).find(|ticks| fits(ticks));
    found.unwrap_or_else(|| of(&[1]))
}

/// `part` x 10^exponent as briefly as an axis can say it: 200, 5k, 10M.
fn brief(part: u32, exponent: i32) -> String {
    match exponent {
        ..0 => plain(f64::from(part) * 10_f64.powi(exponent)),
        0..9 => {
            let power = brief_power(exponent);
            let digits = power.trim_end_matches(char::is_alphabetic);
            let sign = &power[digits.len()..];
            format!("{part}{}{sign}", &digits[1..])
        }
        _ if part == 1 => power_of_ten(exponent),
        _ => format!("{part}·{}", power_of_ten(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_have_the_decimals_they_need() {
        let shown = |low, high, count| {
            let (ticks, decimals) = linear_ticks(low, high, count);
            ticks.iter().map(|&t| fixed(t, decimals)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(0.0, 147.0, 7), "0 25 50 75 100 125");
        assert_eq!(shown(0.0, 0.065, 6), "0.00 0.02 0.04 0.06");
        assert_eq!(shown(-0.3, 0.3, 6), "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3");
        assert_eq!(shown(0.0, 1.5, 6), "0.00 0.25 0.50 0.75 1.00 1.25 1.50");
        assert_eq!(shown(5.0, 5.0, 6), "5");
    }

    #[test]
    fn money_has_the_unit_of_its_range() {
        let name = |largest| MoneyUnit::for_range(largest, "TWD").name;
        assert_eq!(name(1.9e9), "TWD million");
        assert_eq!(name(2.0e9), "TWD billion");
        assert_eq!(name(900.0), "TWD");
        assert_eq!(name(0.0), "TWD");
    }

    #[test]
    fn numbers_read_as_in_print() {
        assert_eq!(grouped("1234567.25"), "1,234,567.25");
        assert_eq!(grouped("-123"), "−123");
        assert_eq!(plain(99.9), "99.9");
        assert_eq!(plain_digits(0.5591, 2), "0.56");
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!([0, 2, 3, 5, 7, 9].map(brief_power), ["1", "100", "1k", "100k", "10M", "10⁹"]);
        assert_eq!(percent_of_power(0), "100 %");
        assert_eq!(percent_of_power(-5), "0.001 %");
        assert_eq!(percent_of_power(-8), "10⁻⁸");
        assert_eq!(decades(1e-5, 1.0), [0, -1, -2, -3, -4, -5]);
        assert_eq!(decades(1e-12, 1.0), [0, -2, -4, -6, -8, -10, -12]);
    }

    #[test]
    fn logarithmic_ticks_have_room_and_read_briefly() {
        let meter = TextMeter::new();
        let shown = |width, range| {
            let ticks = log_ticks(&meter, width, range).into_iter().map(|(_, text)| text);
            ticks.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(300.0, (900.0, 21_000.0)), "1k 2k 5k 10k 20k");
        assert_eq!(shown(60.0, (900.0, 1.1e6)), "1k 10k 100k 1M");
        assert_eq!(shown(300.0, (0.2, 5.0)), "0.2 0.5 1 2 5");
        assert_eq!(shown(300.0, (1e9, 3e10)), "10⁹ 2·10⁹ 5·10⁹ 10¹⁰ 2·10¹⁰");
    }

    #[test]
    fn money_ranges_never_are_a_point() {
        assert_eq!(money_range(f64::INFINITY, f64::NEG_INFINITY), (0.0, 1.0));
        assert_eq!(money_range(0.0, 0.0), (0.0, 1.0));
        assert_eq!(money_range(5e6, 5e6).0, 0.0);
        assert!(money_range(4.0, 5.0).0 > 3.9);
    }
}
