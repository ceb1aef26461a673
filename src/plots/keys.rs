//! What frames every figure: the title block, the bottom line, and keys of line samples.

use plotters::drawing::DrawingAreaErrorKind;

use super::FigureContext;
use super::canvas::Canvas;
use super::clip::Rect;
use super::style::{self, Look};
use super::text::{Anchor, Label, MIDDLE, TextMeter};

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Room that title and scenario take at the top.
pub const HEAD_HEIGHT: f64 = 58.0;
/// Room that the bottom line takes.
pub const FOOT_HEIGHT: f64 = 26.0;
/// Height of a line of a key.
pub const KEY_PITCH: f64 = 19.0;
/// Distance of the lines of one key's text.
const LINE_PITCH: f64 = 15.5;
/// Space between a line sample and its text.
const SAMPLE_GAP: f64 = 7.0;

/// Draws title, scenario and the bottom line of a figure of this height.
pub fn draw_surroundings(
    canvas: &Canvas<'_>,
    meter: &TextMeter,
    title: &str,
    context: &FigureContext,
    height: f64,
) -> Drawn {
    let room = style::WIDTH - 2.0 * style::MARGIN;
    let x = style::MARGIN;
    let title = meter.fitted(title, style::TITLE, room);
    canvas.text(&Label::new(title, (x, 25.0), style::TITLE))?;
    let scenario = meter.fitted(&context.scenario, style::LABEL, room);
    canvas.text(&Label::new(scenario, (x, 44.0), style::LABEL).coloured(style::MUTED))?;
    let foot = meter.fitted(&context.provenance(), style::SMALL, room);
    canvas.text(&Label::new(foot, (x, height - 10.0), style::SMALL).coloured(style::MUTED))
}

/// Width of a key with these lines of text.
pub fn key_width<'a>(meter: &TextMeter, lines: impl Iterator<Item = &'a String>) -> f64 {
    let widest = lines.map(|line| meter.width(line, style::LABEL)).fold(0.0, f64::max);
    style::SAMPLE + SAMPLE_GAP + widest
}

/// Room for the text of a key in a column of this width.
pub fn key_text_room(column: f64) -> f64 {
    column - style::SAMPLE - SAMPLE_GAP
}

/// Draws a line sample and its lines of text, centred on the height `y`.
pub fn draw_key(canvas: &Canvas<'_>, look: &Look, lines: &[String], x: f64, y: f64) -> Drawn {
    canvas.curve(&[(x, y), (x + style::SAMPLE, y)], look)?;
    draw_key_text(canvas, lines, x, y)
}

/// Draws the text of a key whose sample starts at `x`.
pub fn draw_key_text(canvas: &Canvas<'_>, lines: &[String], x: f64, y: f64) -> Drawn {
    let first = y + MIDDLE * style::LABEL - (lines.len() as f64 - 1.0) * LINE_PITCH / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let at = (x + style::SAMPLE + SAMPLE_GAP, first + LINE_PITCH * i as f64);
        canvas.text(&Label::new(line, at, style::LABEL))?;
    }
    Ok(())
}

/// Height of a key with so many lines of text.
pub fn key_height(lines: usize) -> f64 {
    KEY_PITCH + LINE_PITCH * (lines.max(1) as f64 - 1.0)
}

/// "1 policy", "5 policies".
pub fn policies(count: usize) -> String {
    match count {
        0 => "no policy".to_owned(),
        1 => "1 policy".to_owned(),
        _ => format!("{count} policies"),
    }
}

/// Height of a line of notes above the bottom line.
pub const NOTE_PITCH: f64 = 15.0;

/// Draws lines of notes above the bottom line of a figure of this height.
pub fn draw_notes(canvas: &Canvas<'_>, notes: &[&str], height: f64) -> Drawn {
    for (i, note) in notes.iter().rev().enumerate() {
        let y = height - 10.0 - NOTE_PITCH * (i as f64 + 1.0);
        let note = Label::new(*note, (style::MARGIN, y), style::SMALL);
        canvas.text(&note.coloured(style::MUTED))?;
    }
    Ok(())
}

/// Says that a plot has nothing to show.
pub fn draw_nothing(canvas: &Canvas<'_>, frame: Rect) -> Drawn {
    let at = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
    let (half, size) = (4.7 * style::LABEL, style::LABEL);
    let (left, right) = (at.0 - half, at.0 + half);
    canvas.ground(Rect { left, right, top: at.1 - size, bottom: at.1 + 0.3 * size })?;
    canvas.text(&Label::new("no losses to draw", at, size).anchored(Anchor::Middle))
}
