//! How the time of sampling grows with rows, trials, caps and lenders: one table, and the figure of
//! docs/performance.md (`cargo bench --bench growth -- docs/growth.svg`).
//!
//! Each line varies one size of W1 and leaves the others; medians of three, one thread.

use std::error::Error;

use plotters::prelude::*;
use tailcap::bench::time;
use tailcap::bench::workloads::Workload;

const REPEATS: usize = 3;

/// What is varied, its sizes, and the seconds each took.
struct Line {
    what: &'static str,
    points: Vec<(f64, f64)>,
}

fn seconds(rows: u32, caps: u32, lenders: u32, trials: u64) -> f64 {
    let timings = time(&Workload::grown(rows, caps, lenders, trials), None, &[1], REPEATS);
    timings[0].median_seconds
}

fn line(what: &'static str, sizes: &[u32], of: impl Fn(u32) -> f64) -> Line {
    println!("{what:>8}      seconds   for 1,000 times as many (1,000 is linear)");
    let mut points: Vec<(f64, f64)> = Vec::new();
    for &size in sizes {
        let own = of(size);
        // The exponent of growth since the size before, as what a thousandfold size would cost.
        let growth = points.last().map_or_else(String::new, |&(before, seconds)| {
            let power = (own / seconds).ln() / (f64::from(size) / before).ln();
            format!("{:.0}", 1_000_f64.powf(power))
        });
        println!("{size:>10} {own:>10.4}   {growth}");
        points.push((f64::from(size), own));
    }
    println!();
    Line { what, points }
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds a flag of its own.
    let figure = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let rows = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    let lines = [
        line("rows", &rows, |rows| seconds(rows, 0, 1, 256)),
        line("trials", &[1_000, 10_000, 100_000], |trials| {
            seconds(100_000, 0, 1, u64::from(trials))
        }),
        line("caps", &[2, 20, 200], |caps| seconds(100_000, caps, 1, 2_000)),
        line("lenders", &[1, 10, 100], |lenders| seconds(100_000, 0, lenders, 2_000)),
    ];
    match figure {
        Some(path) => draw(&path, &lines),
        None => Ok(()),
    }
}

/// A whole number with commas.
fn grouped(x: f64) -> String {
    let digits = format!("{x:.0}");
    let comma = |(i, c): (usize, char)| {
        let begins = i > 0 && (digits.len() - i).is_multiple_of(3);
        [begins.then_some(','), Some(c)].into_iter().flatten()
    };
    digits.chars().enumerate().flat_map(comma).collect()
}

/// Log-log, with a thin line of what would be linear.
fn draw(path: &str, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    const COLOURS: [RGBColor; 4] =
        [RGBColor(0, 90, 160), RGBColor(200, 90, 0), RGBColor(0, 130, 90), RGBColor(150, 60, 140)];
    let root = SVGBackend::new(path, (760, 460)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(14)
        .caption("Seconds of sampling on one thread, W1 with one size varied", ("sans-serif", 17))
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d((0.7_f64..3e7).log_scale(), (1e-4_f64..10.0).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("size: number of rows, trials, caps or lenders")
        .y_desc("seconds (thin lines: linear)")
        .x_label_formatter(&|x| grouped(*x))
        .y_label_formatter(&|y| format!("{y}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS) {
        chart.draw_series([PathElement::new(line.points.clone(), colour.stroke_width(2))])?;
        chart.draw_series(line.points.iter().map(|&p| Circle::new(p, 4, colour.filled())))?;
        let (Some(&first), Some(&last)) = (line.points.first(), line.points.last()) else {
            continue;
        };
        let linear = [first, (last.0, first.1 * last.0 / first.0)];
        chart.draw_series([PathElement::new(linear.to_vec(), colour.mix(0.35))])?;
        let style = ("sans-serif", 14).into_font().color(&colour);
        chart.draw_series([Text::new(line.what, (last.0 * 1.25, last.1 * 1.1), style)])?;
    }
    root.present()?;
    Ok(())
}
