//! Progress of long work on a terminal: trials, rate, time left. Silent elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `trials`, hidden when quiet or when standard error is no terminal.
pub fn bar(trials: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(trials), target);
    let style = ProgressStyle::with_template(
        "{bar:28} {human_pos} of {human_len} trials · {per_sec} · {eta} left",
    )
    .expect("the template is well-formed")
    .with_key("per_sec", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
        // A failed write only loses a progress line.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    });
    bar.set_style(style);
    bar
}
