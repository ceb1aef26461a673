//! Loss curves in lines of text: for each policy its density, the places of VaR and ES, and how fast the
//! probability of larger losses falls.

use std::fmt::Write;

use super::at_a_glance::shown;
use super::numbers::{Scale, decimal, percent};
use super::results::{Results, RunResults};
use super::screen_table::short;
use super::wrapping::wrapped_to;
use crate::measures::series::{DensityKind, DensitySeries, ExceedanceSeries};
use crate::media;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
}

/// Heights of a strip, from nothing to full.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same where there is only ASCII.
const RAMP: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];
/// A name takes no more.
const NAME: usize = 22;
/// Bars grow wider than this for no more insight.
const WIDEST: usize = 120;
/// A strip of fewer cells shows nothing.
const NARROWEST: usize = 20;
/// Losses beyond VaR of the highest level, on terminals with colours.
const TAIL: (&str, &str) = ("\u{1b}[31m", "\u{1b}[39m");

/// The range of losses that a strip spans.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: f64,
    to: f64,
    cells: usize,
}

impl Axis {
    /// The cell that a loss falls into.
    fn cell(&self, loss: f64) -> Option<usize> {
        let at = (loss - self.from) / (self.to - self.from) * self.cells as f64;
        // The last end belongs to the last cell.
        let at = if loss == self.to { self.cells as f64 - 1.0 } else { libm::floor(at) };
        (at >= 0.0 && at < self.cells as f64).then_some(at as usize)
    }

    fn edge(&self, cell: usize) -> f64 {
        self.from + (self.to - self.from) * cell as f64 / self.cells as f64
    }
}

/// The strips of a run; `policies` empty means those of the first screen.
pub fn curves(results: &Results, run: &RunResults, terminal: Terminal) -> String {
    let facts = &results.scenario;
    let policies = shown(&run.policies, &facts.baseline);
    let density = |id: &str| run.summary.densities.iter().find(|series| series.policy == id);
    let known: Vec<(&str, &DensitySeries)> = policies
        .iter()
        .filter_map(|policy| Some((policy.id.as_str(), density(&policy.id)?)))
        .filter(|(_, series)| series.points.iter().any(|point| point.density > 0.0))
        .collect();
    let names = known.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0).min(NAME);
    let width = terminal.width.min(WIDEST);
    let Some(axis) = axis(&known, width.saturating_sub(names + 2)) else { return String::new() };
    let mut out = String::new();
    let mut push = |line: &str| {
        writeln!(out, "{}", line.trim_end()).expect("writing to a string cannot fail");
    };
    let ramp = if terminal.unicode { BLOCKS } else { RAMP };
    let dash = if terminal.unicode { "·" } else { "-" };
    let levels: Vec<String> = facts.levels.iter().map(|&q| percent(q)).collect();
    let title = "density of losses";
    let marks = if levels.is_empty() {
        String::new()
    } else {
        format!(" {dash} below: V = VaR, E = ES at {}", levels.join(", "))
    };
    wrapped_to(&format!("{title}{marks}"), width, 2).iter().for_each(|line| push(line));
    let masses: Vec<Vec<f64>> = known.iter().map(|(_, series)| masses(series, axis)).collect();
    let highest = masses.iter().flatten().copied().fold(0.0, f64::max);
    for ((id, series), masses) in known.iter().zip(&masses) {
        let heights = masses.iter().map(|mass| height(mass / highest));
        let cells: Vec<char> = heights.map(|height| ramp[height]).collect();
        let tail = series.marks.last().map(|mark| mark.value_at_risk.value);
        push(&named(&media::terminal(id), names, &coloured(&cells, tail, axis)));
        let marks = places(series, axis);
        if !marks.trim().is_empty() {
            push(&named("", names, &marks));
        }
    }
    push(&named("", names, &scale(axis, terminal.unicode)));
    let unit = Scale::of(axis.to).unit(&facts.currency);
    let below = format!("loss over {}, {unit}", facts.horizon);
    push(&named("", names, &media::terminal(&below)));
    let exceedance = |id: &str| {
        let system = |series: &&ExceedanceSeries| series.scope == "system" && series.policy == id;
        run.summary.exceedance.iter().find(system)
    };
    let tails: Vec<(&str, &ExceedanceSeries)> =
        known.iter().filter_map(|(id, _)| Some((*id, exceedance(id)?))).collect();
    let decades = decades(&tails, axis);
    push("");
    let how = if terminal.unicode {
        format!(
            "probability of a larger loss, on a logarithmic scale: full is 1, empty 1 in {}",
            decimal(10_f64.powi(decades), 0)
        )
    } else {
        "probability of a larger loss: n means below 1 in 10^n, and at least 1 in 10^(n+1)".into()
    };
    wrapped_to(&how, width, 2).iter().for_each(|line| push(line));
    for (id, series) in &tails {
        let cells = (0..axis.cells).map(|cell| {
            let p = beyond(series, (axis.edge(cell) + axis.edge(cell + 1)) / 2.0);
            if p <= 0.0 {
                return ' ';
            }
            let depth = -libm::log10(p);
            if terminal.unicode {
                BLOCKS[height(1.0 - depth / f64::from(decades))]
            } else {
                char::from_digit(depth.clamp(0.0, 9.0) as u32, 10).unwrap_or('9')
            }
        });
        push(&named(&media::terminal(id), names, &cells.collect::<String>()));
    }
    push(&named("", names, &scale(axis, terminal.unicode)));
    out
}

/// From where a density is seen to the highest ES, with a little air.
fn axis(known: &[(&str, &DensitySeries)], cells: usize) -> Option<Axis> {
    let points = || known.iter().flat_map(|(_, series)| &series.points);
    let seen = || points().filter(|point| point.density > 0.0);
    let highest = points().map(|point| point.density).fold(0.0, f64::max);
    let from = seen().filter(|point| point.density > 0.002 * highest);
    let from = from.map(|point| point.loss).fold(f64::INFINITY, f64::min);
    let last = seen().map(|point| point.loss).fold(f64::NEG_INFINITY, f64::max);
    let marks = known.iter().filter_map(|(_, series)| series.marks.last());
    let marks = marks.map(|mark| mark.expected_shortfall.value).fold(f64::NEG_INFINITY, f64::max);
    let to = if marks.is_finite() { marks } else { last };
    // From 0 where that is near: a line then shows how much is never lost.
    let from = if from < 0.3 * to { 0.0 } else { from };
    let to = to + 0.02 * (to - from);
    (cells >= NARROWEST && from.is_finite() && to > from).then_some(Axis { from, to, cells })
}

/// Probability by cell.
fn masses(series: &DensitySeries, axis: Axis) -> Vec<f64> {
    let mut masses = vec![0.0; axis.cells];
    match series.kind {
        DensityKind::Atoms => {
            for point in &series.points {
                if let Some(cell) = axis.cell(point.loss) {
                    masses[cell] += point.density;
                }
            }
        }
        DensityKind::Smooth => {
            for (cell, mass) in masses.iter_mut().enumerate() {
                // A few points in each cell, as the curve is smooth.
                let (from, to) = (axis.edge(cell), axis.edge(cell + 1));
                let parts = 4;
                let at = |k: usize| from + (to - from) * (k as f64 + 0.5) / parts as f64;
                let sum: f64 = (0..parts).map(|k| density_at(series, at(k))).sum();
                *mass = sum / parts as f64 * (to - from);
            }
        }
    }
    masses
}

/// The density between points, on a straight line.
fn density_at(series: &DensitySeries, loss: f64) -> f64 {
    let points = &series.points;
    let at = points.partition_point(|point| point.loss <= loss);
    let (Some(a), Some(b)) = (at.checked_sub(1).and_then(|at| points.get(at)), points.get(at))
    else {
        return 0.0;
    };
    let share = if b.loss > a.loss { (loss - a.loss) / (b.loss - a.loss) } else { 0.0 };
    a.density + share * (b.density - a.density)
}

/// P(L > x): that of the last point at or below x.
fn beyond(series: &ExceedanceSeries, loss: f64) -> f64 {
    let at = series.points.partition_point(|point| point.loss <= loss);
    match at.checked_sub(1).and_then(|at| series.points.get(at)) {
        Some(point) => point.probability,
        None => 1.0,
    }
}

/// Powers of ten that the second strips span: to the smallest probability that is seen on the axis.
fn decades(tails: &[(&str, &ExceedanceSeries)], axis: Axis) -> i32 {
    let points = tails.iter().flat_map(|(_, series)| &series.points);
    let least = points
        .filter(|point| point.probability > 0.0 && point.loss <= axis.to)
        .map(|point| point.probability)
        .fold(0.1, f64::min);
    libm::ceil(-libm::log10(least)).clamp(1.0, 9.0) as i32
}

/// A height in eighths; what is there is seen, unless it is next to nothing.
fn height(share: f64) -> usize {
    if share < 0.002 || !share.is_finite() {
        return 0;
    }
    (libm::round(8.0 * share) as usize).clamp(1, 8)
}

fn named(id: &str, width: usize, strip: &str) -> String {
    format!("{:<width$}  {strip}", short(id, width))
}

/// A strip whose cells beyond a loss are coloured.
fn coloured(cells: &[char], tail: Option<f64>, axis: Axis) -> String {
    let text = |cells: &[char]| cells.iter().collect::<String>();
    match tail.and_then(|loss| axis.cell(loss)) {
        Some(at) if cells[at..].iter().any(|&cell| cell != ' ') => {
            let (body, tail) = (text(&cells[..at]), text(&cells[at..]));
            format!("{body}{}{}{}", TAIL.0, tail.trim_end(), TAIL.1)
        }
        _ => text(cells),
    }
}

/// The line of marks below a density. Where two fall into one cell the later one moves on.
fn places(series: &DensitySeries, axis: Axis) -> String {
    let mut line = vec![' '; axis.cells];
    for mark in &series.marks {
        let both = [('V', mark.value_at_risk.value), ('E', mark.expected_shortfall.value)];
        for (sign, loss) in both {
            let Some(at) = axis.cell(loss) else { continue };
            if let Some(free) = (at..axis.cells).find(|&cell| line[cell] == ' ') {
                line[free] = sign;
            }
        }
    }
    line.into_iter().collect()
}

/// Numbers under a strip, at round losses.
fn scale(axis: Axis, unicode: bool) -> String {
    let by = Scale::of(axis.to).by;
    let (from, to) = (axis.from / by, axis.to / by);
    let wanted = (axis.cells as f64 / 14.0).clamp(2.0, 8.0);
    let step = round_step((to - from) / wanted);
    let decimals = libm::ceil(-libm::log10(step)).clamp(0.0, 6.0) as usize;
    let tick = if unicode { '╵' } else { '|' };
    let mut line: Vec<char> = Vec::new();
    let mut next = libm::ceil(from / step) * step;
    while next <= to {
        let Some(at) = axis.cell(next * by) else { break };
        let label: Vec<char> = format!("{tick}{}", decimal(next, decimals)).chars().collect();
        if at >= line.len() + usize::from(!line.is_empty()) && at + label.len() <= axis.cells {
            line.resize(at, ' ');
            line.extend(label);
        }
        next += step;
    }
    line.into_iter().collect()
}

/// The smallest of 1, 2, 5 times a power of ten that is not below a length.
fn round_step(length: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(length)));
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.into_iter().map(|k| k * power).find(|&step| step >= length).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_share_the_axis_with_both_ends() {
        let axis = Axis { from: 10.0, to: 20.0, cells: 10 };
        assert_eq!(axis.cell(10.0), Some(0));
        assert_eq!(axis.cell(19.99), Some(9));
        assert_eq!(axis.cell(20.0), Some(9));
        assert_eq!((axis.cell(9.9), axis.cell(20.1)), (None, None));
        assert_eq!(round_step(0.3), 0.5);
        assert_eq!(round_step(20.0), 20.0);
        assert_eq!(
            scale(Axis { from: 0.0, to: 100.0, cells: 40 }, false),
            "|0                  |50"
        );
    }

    #[test]
    fn what_is_there_is_seen() {
        assert_eq!((height(0.0), height(0.01), height(1.0)), (0, 1, 8));
    }
}
