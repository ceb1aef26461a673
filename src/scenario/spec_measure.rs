//! What is measured, as serde reads it: a measure by its name, or a table with its level or threshold.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::Measured;
use super::values::{Money, Number, Whole};

/// A measure by its name, or with its level or threshold.
#[derive(Debug, Clone, Copy)]
pub(super) enum RawMeasure {
    /// `"el"` and its like.
    Word(Measured),
    /// `{ es = 0.999 }` and its like.
    At(RawMeasureAt),
}

/// Measures that need no level.
const MEASURES: [(&str, Measured); 16] = [
    ("el", Measured::ExpectedLoss),
    ("sd", Measured::StandardDeviation),
    ("defaults", Measured::Defaults),
    ("loss_per_default", Measured::LossPerDefault),
    ("el_per_credit", Measured::ExpectedLossPerCredit),
    ("credit", Measured::Credit),
    ("limits", Measured::Limits),
    ("people_cut", Measured::PeopleCut),
    ("over_indebted", Measured::OverIndebted),
    ("withdrawn_per_relieved", Measured::WithdrawnPerRelieved),
    ("failures", Measured::Failures),
    ("failure_probability", Measured::FailureProbability),
    ("capital_shortfall", Measured::CapitalShortfall),
    ("bankruptcy_costs", Measured::BankruptcyCosts),
    ("feedback_loss", Measured::FeedbackLoss),
    ("debt_rank", Measured::DebtRank),
];

impl<'de> Deserialize<'de> for RawMeasure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawMeasure;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "`el`, `sd`, `defaults`, `loss_per_default`, `el_per_credit`, `credit`, \
                     `limits`, `people_cut`, `over_indebted`, `withdrawn_per_relieved`, \
                     `failures`, `failure_probability`, `capital_shortfall`, `bankruptcy_costs`, \
                     `feedback_loss` or `debt_rank`, or a table such as { es = 0.999 }",
                )
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawMeasure, E> {
                let found = MEASURES.iter().find(|(word, _)| *word == text);
                found
                    .map(|(_, measured)| RawMeasure::Word(*measured))
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawMeasure, A::Error> {
                RawMeasureAt::deserialize(MapAccessDeserializer::new(map)).map(RawMeasure::At)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawMeasure {
    fn schema_name() -> Cow<'static, str> {
        "Measure".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words = MEASURES.map(|(word, _)| word);
        let table = generator.subschema_for::<RawMeasureAt>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": words }, table] })
    }
}

/// `{ es = 0.999 }` and its like.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "MeasureAt")]
pub(super) struct RawMeasureAt {
    /// Value at risk at this level.
    pub var: Option<Number>,
    /// Expected shortfall at this level.
    pub es: Option<Number>,
    /// Economic capital at this level.
    pub economic_capital: Option<Number>,
    /// Expected shortfall per unit of credit kept, at this level.
    pub es_per_credit: Option<Number>,
    /// Expected shortfall at this level over the expected loss.
    pub es_over_el: Option<Number>,
    /// Probability of losing more than this amount.
    pub exceeds: Option<Money>,
    /// Probability that at least so many lenders fail.
    #[schemars(range(min = 1))]
    pub failures_at_least: Option<Whole>,
}
