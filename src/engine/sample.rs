//! The loss sample: what every trial lost, block by block.

use ndarray::{Array3, Array4, Axis, s};

use super::plan::Plan;

/// Trials of one block. A block is a unit of scheduling and storage, nothing else: no number
/// depends on its size.
pub const BLOCK_TRIALS: u64 = 256;

/// Losses of consecutive trials.
#[derive(Debug, Clone, PartialEq)]
pub struct LossBlock {
    /// First trial.
    pub first: u64,
    /// Losses in smallest units; axes trial x period x policy x column, with trials side by side in memory:
    /// measures read them policy by policy and column by column.
    pub losses: Array4<i64>,
    /// Defaulted accounts; axes trial x policy x column. The axis of policies has length 1 where defaults
    /// are the same under all of them.
    pub accounts: Array3<u64>,
    /// Defaulted people; axes trial x policy x segment, in the same way.
    pub people: Array3<u64>,
    /// Weight of each trial; empty where all weigh the same.
    pub weights: Vec<f64>,
}

/// Losses of trials 0, 1, 2, ... without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct LossSample {
    /// How they were drawn.
    pub plan: Plan,
    /// The blocks, in order.
    pub blocks: Vec<LossBlock>,
    /// Whether the run was stopped before all trials asked for.
    pub stopped: bool,
}

impl LossSample {
    /// One without trials.
    pub fn none() -> Self {
        Self { plan: Plan::plain(), blocks: Vec::new(), stopped: false }
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.blocks.iter().map(|b| b.losses.len_of(Axis(0))).sum()
    }

    /// Weight of each trial; `None` where all weigh the same.
    pub fn weights(&self) -> Option<Vec<f64>> {
        let weights: Vec<f64> = self.blocks.iter().flat_map(|b| &b.weights).copied().collect();
        (!weights.is_empty()).then_some(weights)
    }

    /// Loss of each trial under a policy, summed over periods and some distinct columns.
    pub fn losses(&self, policy: usize, columns: &[usize]) -> Vec<i64> {
        let mut out = vec![0; self.trials()];
        let mut rest = &mut out[..];
        for block in &self.blocks {
            let (trials, periods, _, _) = block.losses.dim();
            let (own, others) = rest.split_at_mut(trials);
            for period in 0..periods {
                for &column in columns {
                    let losses = block.losses.slice(s![.., period, policy, column]);
                    own.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
                }
            }
            rest = others;
        }
        out
    }

    /// Defaulted accounts of each trial under a policy, summed over some columns.
    pub fn defaulted_accounts(&self, policy: usize, columns: &[usize]) -> Vec<u64> {
        sums(self.blocks.iter().map(|b| &b.accounts), policy, columns)
    }

    /// Defaulted people of each trial under a policy, summed over some segments.
    pub fn defaulted_people(&self, policy: usize, segments: &[usize]) -> Vec<u64> {
        sums(self.blocks.iter().map(|b| &b.people), policy, segments)
    }
}

fn sums<'a>(
    arrays: impl Iterator<Item = &'a Array3<u64>>,
    policy: usize,
    columns: &[usize],
) -> Vec<u64> {
    let mut out = Vec::new();
    for array in arrays {
        // One row for all policies, or one each.
        let policy = policy.min(array.len_of(Axis(1)) - 1);
        let rows = array.index_axis(Axis(1), policy);
        out.extend(rows.outer_iter().map(|row| columns.iter().map(|&c| row[c]).sum::<u64>()));
    }
    out
}
