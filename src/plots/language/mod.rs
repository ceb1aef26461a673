//! Languages: everything that a figure says, once for each of them.
//!
//! A language is one value of [`Words`], so that one in which something is missing does not compile. What has
//! parts in it, such as counts and names, is a function, and each language puts the parts where they belong.

mod chinese;
mod english;
mod german;

use super::numbers::Numbers;
use crate::measures::Measure;
use crate::policy::attribution::Channel;
use crate::policy::bands::BandAttribute;
use crate::system::{Bearer, ScopeKind};

/// The language of what a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Chinese in simplified letters.
    Chinese,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Chinese];

    /// Its code (ISO 639-1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Chinese => "zh",
        }
    }

    /// Its name in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "German",
            Self::Chinese => "Chinese",
        }
    }

    /// The language of a code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == code)
    }

    /// Letters that a font must have to write the language, beyond those of DejaVu Sans: common ones that fonts
    /// for traditional letters or for Japanese alone lack.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::English | Self::German => "",
            Self::Chinese => "贷违约损额",
        }
    }

    /// What figures say in it.
    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &english::WORDS,
            Self::German => &german::WORDS,
            Self::Chinese => &chinese::WORDS,
        }
    }
}

/// What most captions tell of a run.
pub struct Told {
    /// The horizon as it stands in the scenario.
    pub horizon: String,
    /// How many policies, in words.
    pub policies: String,
    /// Id of the baseline.
    pub baseline: String,
    /// Coverage of bands, such as `95 %`.
    pub percent: String,
    /// Whether there are bands.
    pub has_bands: bool,
    /// Scenario and provenance.
    pub source: String,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// Policies.
    Policy,
    /// Segments of the book.
    Segment,
    /// Lenders.
    Lender,
    /// Bearers of losses.
    Bearer,
    /// Tranches.
    Tranche,
    /// Debts between lenders.
    Debt,
}

/// The law that a figure of densities shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Probabilities of losses.
    Atoms,
    /// Densities.
    Smooth,
    /// Both, or none.
    Mixed,
}

/// What a caption of a map tells.
pub struct MapTold<'a> {
    /// What changes.
    pub measure: &'a str,
    /// Id of the policy.
    pub policy: &'a str,
    /// What varies across and up.
    pub keys: (&'a str, &'a str),
    /// Points across and up.
    pub points: (&'a str, &'a str),
    /// Whether there are cells whose band holds 0.
    pub has_undecided: bool,
    /// Whether there is a border.
    pub has_border: bool,
    /// Whether its band is drawn.
    pub shows_band: bool,
    /// Whether it has a band.
    pub has_band: bool,
    /// Whether nothing is known of some cell.
    pub has_unknown: bool,
}

/// Everything that figures say.
pub struct Words {
    /// The attribute by which a drawing tells its language.
    pub lang: &'static str,
    /// Families of every text: the first one is carried by the binary, the others serve viewers.
    pub families: &'static str,
    /// How numbers are written.
    pub numbers: Numbers,
    /// Amounts that have a word of their own, the largest first.
    pub scales: [(f64, &'static str); 4],
    /// A unit of money of a currency and a word, which may be empty.
    pub unit: fn(currency: &str, word: &str) -> String,
    /// An amount in such a unit.
    pub amount: fn(number: &str, currency: &str, word: &str) -> String,
    /// Horizons as a unit of return periods.
    pub horizons: fn(&str) -> String,
    /// Two or more things in a row.
    pub and: fn(&[String]) -> String,
    /// What parts the words of a list.
    pub comma: &'static str,

    /// The line at the bottom where nothing was sampled.
    pub unsampled: fn(engine: &str, version: &str) -> String,
    /// The line at the bottom of a simulation.
    pub sampled:
        fn(trials: &str, plan: Option<&str>, seed: u64, percent: &str, version: &str) -> String,
    /// One of several runs at the bottom; without trials it was not sampled.
    pub one_of: fn(label: &str, trials: Option<&str>, plan: Option<&str>, seed: u64) -> String,
    /// What several runs have in common, behind them.
    pub of_all: fn(percent: Option<&str>, version: &str) -> String,
    /// The line at the bottom of numbers without error.
    pub sums: fn(version: &str) -> String,
    /// The scenario and the line at the bottom.
    pub source: fn(scenario: &str, provenance: &str) -> String,

    /// So many policies.
    pub policies: fn(usize) -> String,
    /// So many more stand in a table.
    pub more: fn(count: usize, number: &str, thing: Thing, table: &str) -> String,
    /// What a reader sees who points at a mark.
    pub hint: fn(names: &str, value: &str) -> String,
    /// A value with both ends of its band.
    pub between: fn(value: &str, low: &str, high: &str) -> String,
    /// A value whose band is open above.
    pub at_least: fn(value: &str, low: &str) -> String,
    /// A value whose band is open below.
    pub at_most: fn(value: &str, high: &str) -> String,
    /// A cap of this amount.
    pub cap: fn(amount: &str) -> String,
    /// What falls.
    pub fall_of: fn(measure: &str) -> String,
    /// So many trials.
    pub trials: fn(number: &str) -> String,
    /// The distance from a final value.
    pub deviation: &'static str,
    /// Capital of this amount.
    pub capital_of: fn(amount: &str) -> String,
    /// A band of this coverage.
    pub band: fn(percent: &str) -> String,
    /// What a star means.
    pub few_star: &'static str,
    /// The same within a sentence.
    pub few: &'static str,
    /// The same as a sentence.
    pub few_sentence: &'static str,
    /// A plot without losses.
    pub nothing: &'static str,
    /// Where nothing was seen, and the same where there is little room.
    pub unseen: [&'static str; 2],
    /// A measure without a sign of its own.
    pub measure: fn(Measure) -> String,
    /// The probability that so many fail.
    pub at_least_fail: fn(failures: &str) -> String,

    /// Title of the figure of densities.
    pub densities: fn(horizon: &str, policies: &str, has_marks: bool) -> String,
    /// Its caption; with the levels of its marks, if there are any.
    pub densities_caption: fn(&Told, law: Law, levels: Option<&str>) -> String,
    /// The axis of losses.
    pub loss_axis: fn(horizon: &str, unit: &str) -> String,
    /// A curve that leaves the frame.
    pub peaks: fn(title: &str, peak: &str) -> String,
    /// A height per unit of money.
    pub per: fn(unit: &str) -> String,
    /// Titles of the axis of densities, the longer first.
    pub density_axis: [&'static str; 2],
    /// Titles of the axis of probabilities of one loss.
    pub atoms_axis: [&'static str; 2],

    /// Title of the figure of exceedance.
    pub exceedance: fn(horizon: &str) -> String,
    /// Its caption.
    pub exceedance_caption: fn(&Told) -> String,
    /// Titles of its left axis.
    pub exceedance_axis: [&'static str; 2],
    /// Title of its right axis.
    pub return_period: fn(horizons: &str) -> String,
    /// The axis of the losses that are exceeded.
    pub exceeded_axis: fn(horizon: &str, unit: &str) -> String,

    /// Title of the figure of a ladder.
    pub ladder: fn(ladder: &str) -> String,
    /// Its caption.
    pub ladder_caption: fn(&Told, ladder: &str, shortfall: &str, people: &str) -> String,
    /// What is left of credit.
    pub credit_kept: &'static str,
    /// The axis of caps.
    pub cap_axis: fn(unit: &str) -> String,
    /// The axis of what is left.
    pub share_of_baseline: &'static str,
    /// The axis of people.
    pub people_cut_axis: &'static str,

    /// Title of the figure of the frontier.
    pub frontier: &'static str,
    /// Its caption.
    pub frontier_caption: fn(&Told, shortfall: &str, has_cuts: bool) -> String,
    /// Its horizontal axis.
    pub withdrawn_axis: &'static str,
    /// Its vertical axis, the longer title first.
    pub saved_axis: fn(shortfall: &str) -> [String; 2],
    /// Its key: the baseline, the diagonal, the rings.
    pub frontier_key: [&'static str; 3],

    /// Title of the figure of who is cut.
    pub who_is_cut: &'static str,
    /// Its caption.
    pub who_is_cut_caption: fn(&Told, is_judged: bool) -> String,
    /// Its columns.
    pub cut_columns: [&'static str; 3],
    /// The people before any cut.
    pub before_cut: &'static str,
    /// Its axis.
    pub share_of_band: &'static str,
    /// The bands of an attribute.
    pub attribute: fn(BandAttribute, currency: &str) -> Option<String>,
    /// Bands that have no room.
    pub many_bands: fn(count: usize, BandAttribute) -> String,
    /// Everybody.
    pub everybody: &'static str,
    /// People without a value.
    pub unknown_band: &'static str,
    /// A band without a lower end.
    pub up_to: fn(&str) -> String,
    /// A band.
    pub from_to: fn(&str, &str) -> String,
    /// A band without an upper end.
    pub above: fn(&str) -> String,

    /// Title of the figure of convergence.
    pub convergence: &'static str,
    /// Its caption.
    pub convergence_caption: fn(&Told, level: &str) -> String,
    /// Heading of a panel.
    pub in_the_end: fn(measure: &str, amount: &str) -> String,
    /// Its horizontal axis.
    pub trials_axis: &'static str,
    /// Titles of its vertical axis, the longer first.
    pub deviation_axis: [&'static str; 2],

    /// Title of the figure of parts.
    pub parts: fn(ScopeKind) -> &'static str,
    /// Its caption.
    pub parts_caption: fn(&Told, ScopeKind, shortfall: &str) -> String,
    /// Its column of credit.
    pub credit: &'static str,
    /// Its axis.
    pub share_of_system: &'static str,

    /// Title of the figure of differences between two results.
    pub differences: &'static str,
    /// Its caption.
    pub differences_caption: fn(&Told) -> String,
    /// Its axis.
    pub differences_axis: &'static str,
    /// Differences that are clear of 0, and others.
    pub clear: [&'static str; 2],

    /// Title of the figure of effects.
    pub waterfall: &'static str,
    /// Its caption.
    pub waterfall_caption: fn(&Told, measures: &str, effects: &str) -> String,
    /// How effects are told apart.
    pub orders: &'static str,
    /// The sum of all effects.
    pub together: &'static str,
    /// Its axis.
    pub change_axis: &'static str,
    /// An effect.
    pub effect: fn(Channel) -> &'static str,
    /// What an effect is, where its name does not say so.
    pub effect_means: fn(Channel) -> Option<&'static str>,
    /// A name and what it means.
    pub meaning: fn(name: &str, meaning: &str) -> String,
    /// The key of bars that lower losses and of those that raise them.
    pub lowers_raises: [&'static str; 2],

    /// Title of the figure of all losses of lenders.
    pub total: &'static str,
    /// Its caption.
    pub total_caption: fn(&Told, measures: &str) -> String,
    /// Title of the bars of a policy.
    pub change_under: fn(title: &str) -> String,
    /// Its axis.
    pub share_of_total: &'static str,
    /// How contagion and second round are told apart.
    pub both_orders: &'static str,

    /// Title of the figure of bearers.
    pub bearers: &'static str,
    /// Its caption.
    pub bearers_caption: fn(&Told, shortfall: &str) -> String,
    /// A bearer.
    pub bearer: fn(Bearer) -> &'static str,
    /// What lines below bars are.
    pub lines_below: &'static str,

    /// Title of the figure of failures.
    pub failures: fn(horizon: &str) -> String,
    /// Its caption.
    pub failures_caption: fn(&Told, is_few: bool) -> String,
    /// Policies under which nobody fails.
    pub no_failure: fn(who: &str) -> String,
    /// Bands that rest on few trials.
    pub few_at_end: fn(few: &str) -> String,
    /// Titles of its vertical axis.
    pub failures_axis: [&'static str; 2],
    /// Its horizontal axis.
    pub number_axis: &'static str,

    /// Title of the figure of capital.
    pub capital: &'static str,
    /// Its caption.
    pub capital_caption: fn(&Told, measures: &[String; 3], has_groups: bool) -> String,
    /// All members of a group.
    pub group: fn(name: &str, members: usize) -> String,
    /// Its axis.
    pub share_of_capital: &'static str,
    /// What 100 % is.
    pub capital_gone: &'static str,

    /// Title of the figure of the network.
    pub network: &'static str,
    /// Its caption; with the title of a second policy, if there is one.
    pub network_caption: fn(&Told, second: Option<&str>, debts: usize, named: usize) -> String,
    /// The bar of colours.
    pub failing: &'static str,
    /// The colour of who never fails.
    pub never_seen: &'static str,
    /// Who never fails.
    pub never: &'static str,
    /// The size of discs.
    pub disc_area: fn(amount: &str) -> String,
    /// The width of wedges.
    pub wedge_width: fn(amount: &str) -> String,

    /// Title of the figure of tranches.
    pub tranches: &'static str,
    /// Its caption.
    pub tranches_caption: fn(&Told, shortfall: &str) -> String,
    /// Its axis.
    pub share_of_tranche: &'static str,
    /// What 100 % is.
    pub tranche_gone: &'static str,

    /// Heading of a map.
    pub map_heading: fn(measure: &str, policy: &str, baseline: &str) -> String,
    /// Its caption.
    pub map_caption: fn(&Told, &MapTold<'_>) -> String,
    /// Its bar of colours.
    pub change_of: fn(measure: &str) -> String,
    /// The border; with the coverage of its band where that is no wider than the line.
    pub no_change: fn(hidden: Option<&str>) -> String,
    /// The band of the border.
    pub its_band: fn(percent: &str) -> String,
    /// Cells whose band holds 0.
    pub undecided: &'static str,
    /// Cells of which nothing is known.
    pub not_known: &'static str,
    /// What a policy does where it lowers or raises something.
    pub lowers: [&'static str; 2],
    /// The same with what it is.
    pub lowers_what: [fn(measure: &str) -> String; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for language in Language::ALL {
            assert_eq!(Language::named(language.as_str()), Some(language));
        }
        assert_eq!(Language::named("fr"), None);
    }
}
