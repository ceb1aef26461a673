//! Which policies are shown where there is room for a few: all, but of a long ladder some caps.

use super::results::PolicyFacts;

/// Caps of a ladder that are shown; the files have all of them.
const CAPS: usize = 8;

/// A line of the first screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line<'a> {
    /// A policy.
    Policy(&'a PolicyFacts),
    /// Behind a ladder: how many of its caps are left out.
    More {
        /// Number of caps.
        caps: usize,
    },
}

/// The lines, in the order of the policies. Of a ladder of more than eight caps eight are shown,
/// evenly spread from the first to the last, and the baseline if it is among the others.
pub fn lines<'a>(policies: &'a [PolicyFacts], baseline: &str) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for chunk in policies.chunk_by(|a, b| a.ladder.is_some() && a.ladder == b.ladder) {
        let before = lines.len();
        for (at, policy) in chunk.iter().enumerate() {
            if is_shown(at, chunk.len()) || policy.id == baseline {
                lines.push(Line::Policy(policy));
            }
        }
        let shown = lines.len() - before;
        if shown < chunk.len() {
            lines.push(Line::More { caps: chunk.len() - shown });
        }
    }
    lines
}

/// The policies among the lines.
pub fn shown<'a>(policies: &'a [PolicyFacts], baseline: &str) -> Vec<&'a PolicyFacts> {
    let policy = |line| match line {
        Line::Policy(policy) => Some(policy),
        Line::More { .. } => None,
    };
    lines(policies, baseline).into_iter().filter_map(policy).collect()
}

/// Whether step `at` of `steps` is one of the evenly spread ones.
fn is_shown(at: usize, steps: usize) -> bool {
    steps <= CAPS || (0..CAPS).any(|k| at == (k * (steps - 1) + (CAPS - 1) / 2) / (CAPS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ladders_show_eight_caps_with_both_ends() {
        for steps in 1..=1_000 {
            let shown: Vec<usize> = (0..steps).filter(|&at| is_shown(at, steps)).collect();
            assert_eq!(shown.len(), steps.min(CAPS), "{steps}");
            assert_eq!((shown[0], shown[shown.len() - 1]), (0, steps - 1));
        }
    }
}
