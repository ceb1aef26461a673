//! Progress of long work on a terminal: steps, rate, time left. Silent elsewhere.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A bar over so many steps of a unit such as `trials`, hidden when quiet or when standard error is no terminal.
pub fn bar((steps, unit): (u64, &str), quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(steps), target);
    let style = ProgressStyle::with_template(&format!(
        "{{bar:28}} {{human_pos}} of {{human_len}} {unit} · {{per_sec}} · {{left}}"
    ))
    .expect("the template is well-formed")
    .with_key("per_sec", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A failed write only loses a progress line.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    })
    .with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = match state.len() {
            Some(all) if state.pos() >= all => write!(out, "measuring"),
            _ => write!(out, "{:#} left", HumanDuration(state.eta())),
        };
    });
    bar.set_style(style);
    bar
}
