//! Sets of effects: a policy with only some of its effects switched on, for attribution.

use super::conduct::Switches;
use super::{Effect, Ground, NewLimits};
use crate::scenario::{Channels, Policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An effect of a policy on losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Exposures follow the new limits.
    Direct,
    /// Withdrawn credit finds other lenders.
    Leakage,
    /// Less debt, other odds of default.
    Relief,
    /// Cut below the balance, other odds.
    Squeeze,
    /// Debts at new lenders, other odds.
    Stacking,
    /// All that changes the losses of the book.
    Book,
    /// Losses of lenders' assets outside the book.
    OtherAssets,
    /// Costs of bankruptcies that spread.
    Contagion,
    /// The second round of defaults.
    Feedback,
}

impl Channel {
    /// As written in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Leakage => "leakage",
            Self::Relief => "relief",
            Self::Squeeze => "squeeze",
            Self::Stacking => "stacking",
            Self::Book => "book",
            Self::OtherAssets => "other_assets",
            Self::Contagion => "contagion",
            Self::Feedback => "feedback",
        }
    }

    /// The direct effect and the channels that a scenario opens.
    pub fn of(active: Channels) -> Vec<Self> {
        let Channels { leakage, relief, squeeze, stacking } = active;
        let all = [
            (Self::Direct, true),
            (Self::Leakage, leakage),
            (Self::Relief, relief),
            (Self::Squeeze, squeeze),
            (Self::Stacking, stacking),
        ];
        all.into_iter().filter(|(_, open)| *open).map(|(channel, _)| channel).collect()
    }
}

/// The sets of `channels` that may differ: bit i of a set says whether channel i is on. The first, with none on, is
/// today.
pub fn sets(channels: &[Channel]) -> Vec<usize> {
    (0..1 << channels.len()).filter(|&set| told(set, channels) == set).collect()
}

/// The set that a set does the same as: stacking acts on leaked credit, so that it does nothing without leakage.
pub fn told(set: usize, channels: &[Channel]) -> usize {
    let bit = |channel| channels.iter().position(|own| *own == channel).map_or(0, |i| 1 << i);
    if set & bit(Channel::Leakage) == 0 { set & !bit(Channel::Stacking) } else { set }
}

/// The effect of a policy with only a set of `channels` on.
pub fn effect_of(
    (policy, limits): (&Policy, &NewLimits),
    (set, channels): (usize, &[Channel]),
    ground: Ground<'_>,
) -> Effect {
    let on = |channel| {
        channels.iter().position(|own| *own == channel).is_some_and(|i| set >> i & 1 == 1)
    };
    let switches = Switches {
        direct: on(Channel::Direct),
        channels: Channels {
            leakage: on(Channel::Leakage),
            relief: on(Channel::Relief),
            squeeze: on(Channel::Squeeze),
            stacking: on(Channel::Stacking),
        },
    };
    // What can be wrong with filters was found when the policy was worked out.
    let reaction = ground
        .reaction(policy, limits)
        .unwrap_or_else(|faults| panic!("a policy that was worked out before: {faults:?}"));
    Effect::of(&reaction.with(switches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_in_which_stacking_has_nothing_to_act_on_are_left_out() {
        let all =
            Channel::of(Channels { leakage: true, relief: true, squeeze: true, stacking: true });
        let own = sets(&all);
        assert_eq!((own.len(), own[0], own[23]), (24, 0, 31));
        // direct, leakage, relief, squeeze, stacking from the lowest bit on
        assert_eq!(told(0b10101, &all), 0b00101);
        assert_eq!(told(0b10111, &all), 0b10111);
        let some =
            Channel::of(Channels { leakage: true, relief: true, squeeze: false, stacking: false });
        assert_eq!(sets(&some), (0..8).collect::<Vec<_>>());
    }
}
