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

/// The effects of a policy under every set of `channels`: bit i of the place of an effect says whether
/// channel i is on. The first, with none on, is today.
///
/// Stacking acts on leaked credit, so that it does nothing in a set without leakage.
pub fn subsets(policy: &Policy, channels: &[Channel], ground: Ground<'_>) -> Vec<Effect> {
    // What can be wrong with rules was found when the policy was worked out.
    let limits = NewLimits::of(policy, ground.book, ground.currency)
        .unwrap_or_else(|faults| panic!("a policy that was worked out before: {faults:?}"));
    let effect = |set: usize| {
        let on = |channel| {
            channels.iter().position(|c| *c == channel).is_some_and(|i| set >> i & 1 == 1)
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
        let reaction = ground.reaction(policy, &limits);
        let reaction = reaction
            .unwrap_or_else(|faults| panic!("a policy that was worked out before: {faults:?}"));
        Effect::of(&reaction.with(switches))
    };
    (0..1 << channels.len()).map(effect).collect()
}
