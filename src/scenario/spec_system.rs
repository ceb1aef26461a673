//! `[system]` as serde reads it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::DebtRankVariant;
use super::values::{List, Money, Names, Number, Whole};

/// The lenders behind the book: who funds the loans, who owes whom, who cuts lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "System")]
pub(super) struct RawSystem {
    /// Capital over risk-weighted assets below which a lender is stressed.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = 0.08))]
    pub capital_ratio: Option<Number>,
    /// Risk weight of the book, for lenders and tranches without their own.
    #[schemars(range(min = 0), extend("default" = 0.75))]
    pub risk_weight: Option<Number>,
    /// Numbers m of which the probability that at least m lenders fail is reported.
    #[schemars(length(min = 1), extend("examples" = [[1, 2, 5, 10]]))]
    pub failures: List<Whole>,
    /// Lenders one by one.
    pub lender: List<RawLender>,
    /// Groups of lenders of one kind.
    pub group: List<RawGroup>,
    /// Who funds the loans of a lender of the book.
    pub programme: List<RawProgramme>,
    /// How losses of lenders spread to others.
    pub contagion: Option<RawContagion>,
    /// The second round: stressed lenders cut lines.
    pub feedback: Option<RawFeedback>,
}

/// The balance sheet of a lender.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Lender", extend("required" = ["name"]))]
pub(super) struct RawLender {
    /// Its name, unique among lenders and groups; a lender of the book, or another.
    pub name: Option<String>,
    /// Own funds; without them it bears what comes and never fails.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub capital: Option<Money>,
    /// Risk weight of its part of the book; that of the system unless given.
    #[schemars(range(min = 0))]
    pub risk_weight: Option<Number>,
    /// What it owns besides its part of the book and claims on other lenders.
    pub other_assets: Option<RawOtherAssets>,
    /// Claims on other lenders, for a network by maximum entropy.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub interbank_assets: Option<Money>,
    /// Debts to other lenders, for a network by maximum entropy.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub interbank_liabilities: Option<Money>,
}

/// Lenders of one kind, named `<name>-1` and so on; amounts are those of all together.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "LenderGroup", extend("required" = ["name", "count"]))]
pub(super) struct RawGroup {
    /// Name of the group, unique among lenders and groups.
    pub name: Option<String>,
    /// How many lenders it stands for.
    #[schemars(range(min = 1, max = 1_000))]
    pub count: Option<Whole>,
    /// Own funds of all together; without them no member ever fails.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub capital: Option<Money>,
    /// Sigma of the lognormal law by which the sizes of members differ; 0: all alike.
    #[schemars(range(min = 0, max = 10), extend("default" = 0))]
    pub spread: Option<Number>,
    /// Risk weight of its part of the book; that of the system unless given.
    #[schemars(range(min = 0))]
    pub risk_weight: Option<Number>,
    /// What all together own besides.
    pub other_assets: Option<RawOtherAssets>,
    /// Claims on other lenders of all together, for a network by maximum entropy.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub interbank_assets: Option<Money>,
    /// Debts to other lenders of all together, for a network by maximum entropy.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub interbank_liabilities: Option<Money>,
}

/// Assets outside the book, whose loss is that of a large pool given the factor.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { amount = 100_000_000, pd = 0.01 }"
)]
#[schemars(rename = "OtherAssets", extend("required" = ["amount", "pd"]))]
pub(super) struct RawOtherAssets {
    /// Book value.
    #[schemars(range(min = 0))]
    pub amount: Option<Money>,
    /// Their risk weight.
    #[schemars(range(min = 0), extend("default" = 1))]
    pub risk_weight: Option<Number>,
    /// Probability of default per horizon.
    #[schemars(range(min = 0, max = 1))]
    pub pd: Option<Number>,
    /// Loss given default.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.45))]
    pub lgd: Option<Number>,
    /// Loading on the factor.
    #[schemars(extend("exclusiveMinimum" = -1, "exclusiveMaximum" = 1, "default" = 0.2))]
    pub loading: Option<Number>,
    /// Id of the factor; that of `model` unless given.
    pub factor: Option<String>,
}

/// Who funds the loans of one lender of the book.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Programme", extend("required" = ["id", "lender"]))]
pub(super) struct RawProgramme {
    /// Slug, unique among the programmes.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// The lender of the book that makes the loans.
    pub lender: Option<String>,
    /// Only loans of this product, or of several; all unless given.
    pub products: Option<Names>,
    /// Only loans to this segment, or to several; all unless given.
    pub segments: Option<Names>,
    /// Share of each loan that the lender keeps.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub own_share: Option<Number>,
    /// Share of each loan that is sold in tranches; partners fund the rest.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub securitised: Option<Number>,
    /// Lender or group, or several, that fund the rest.
    pub partners: Option<Names>,
    /// How the rest is divided among the partners.
    pub weights: Option<RawWeights>,
    /// No partner funds more than this share of its capital; the others fund what it may not.
    #[schemars(range(min = 0, max = 1))]
    pub most_of_capital: Option<Number>,
    /// Who pays the partners' losses first.
    pub guarantee: Option<RawGuarantee>,
    /// Parts of the securitised share, from the first loss up; they cover 0 to 1.
    pub tranche: List<RawTranche>,
}

/// A promise to pay partners' losses.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { by = \"platform\", limit = 0.05 }"
)]
#[schemars(rename = "Guarantee", extend("required" = ["by"]))]
pub(super) struct RawGuarantee {
    /// The lender that pays as long as it has capital.
    pub by: Option<String>,
    /// Share of the partners' losses that it pays.
    #[schemars(range(min = 0, max = 1), extend("default" = 1))]
    pub cover: Option<Number>,
    /// The most that it pays, as a share of what the partners have lent; no limit unless given.
    #[schemars(range(min = 0, max = 1))]
    pub limit: Option<Number>,
}

/// A part of a securitised share, between two shares of the pool.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Tranche", extend("required" = ["name", "from", "to"]))]
pub(super) struct RawTranche {
    /// Name of the tranche, unique in its programme.
    pub name: Option<String>,
    /// Share of the pool at which its losses begin.
    #[schemars(range(min = 0, max = 1))]
    pub from: Option<Number>,
    /// Share of the pool at which they end; above `from`.
    #[schemars(range(min = 0, max = 1))]
    pub to: Option<Number>,
    /// The lender that holds it; investors outside the system unless given.
    pub holder: Option<String>,
    /// Its risk weight for the lender that holds it; that of the system unless given.
    #[schemars(range(min = 0))]
    pub risk_weight: Option<Number>,
}

/// How losses of lenders spread to others.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Contagion", extend("required" = ["network"]))]
pub(super) struct RawContagion {
    /// Who owes whom.
    pub network: Option<RawNetwork>,
    /// Whether bankruptcy costs anything.
    #[schemars(extend("default" = "eisenberg-noe"))]
    pub clearing: Option<Clearing>,
    /// What a failed lender's assets are still worth, for "rogers-veraart".
    pub recovered: Option<RawRecovered>,
    /// Whether creditors outside the system share with other lenders, or are paid before them.
    #[schemars(extend("default" = "equal"))]
    pub outside_creditors: Option<OutsideCreditors>,
    /// Which DebtRank is reported; none unless given.
    pub debt_rank: Option<DebtRankVariant>,
    /// Whether the failures of a cascade without recovery are reported.
    #[schemars(extend("default" = false))]
    pub cascade: Option<bool>,
}

/// What is left of a failed lender's assets after the costs of bankruptcy.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { assets = 0.9, claims = 0.9 }")]
#[schemars(rename = "Recovered", extend("required" = ["assets", "claims"]))]
pub(super) struct RawRecovered {
    /// Share that is left of assets outside the system.
    #[schemars(range(min = 0, max = 1))]
    pub assets: Option<Number>,
    /// Share that is left of claims on other lenders.
    #[schemars(range(min = 0, max = 1))]
    pub claims: Option<Number>,
}

/// The second round: stressed lenders cut lines, and some of those who are cut default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { cut = 0.2 }")]
#[schemars(rename = "Feedback", extend("required" = ["cut"]))]
pub(super) struct RawFeedback {
    /// Share of the limit that a line loses if all its funding comes from stressed lenders.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0))]
    pub cut: Option<Number>,
    /// Rise of the log-odds of default of those whom it cuts below their balance; as `behaviour`
    /// says unless given.
    #[schemars(range(min = -10, max = 10))]
    pub squeeze: Option<Number>,
}

/// How a failed lender's assets are paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Clearing {
    /// All of them.
    #[default]
    EisenbergNoe,
    /// What the costs of bankruptcy leave.
    RogersVeraart,
}

/// When creditors outside the system are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum OutsideCreditors {
    /// With other lenders, in proportion.
    #[default]
    Equal,
    /// Before them.
    First,
}

/// How partners divide what they fund.
#[derive(Debug)]
pub(super) enum RawWeights {
    /// `"equal"`.
    Equal,
    /// `"capital"`.
    Capital,
    /// `[2, 1]`.
    Given(Vec<Option<Number>>),
    /// `{ lognormal = 1.0 }`.
    Law(RawWeightLaw),
}

/// Weights by a law.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "WeightLaw", extend("required" = ["lognormal"]))]
pub(super) struct RawWeightLaw {
    /// Sigma of the lognormal law of the partners' weights.
    #[schemars(range(max = 10), extend("exclusiveMinimum" = 0))]
    pub lognormal: Option<Number>,
}

impl<'de> Deserialize<'de> for RawWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawWeights;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`equal` or `capital`, a list such as [2, 1], or { lognormal = 1.0 }")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawWeights, E> {
                match text {
                    "equal" => Ok(RawWeights::Equal),
                    "capital" => Ok(RawWeights::Capital),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawWeights, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(seq)).map(RawWeights::Given)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawWeights, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(RawWeights::Law)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawWeights {
    fn schema_name() -> Cow<'static, str> {
        "Weights".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let law = generator.subschema_for::<RawWeightLaw>();
        json_schema!({ "anyOf": [
            { "type": "string", "enum": ["equal", "capital"] },
            { "type": "array", "items": { "type": "number", "exclusiveMinimum": 0 } },
            law
        ], "default": "equal" })
    }
}

/// Who owes whom.
#[derive(Debug)]
pub(super) enum RawNetwork {
    /// `"maximum-entropy"`.
    MaximumEntropy,
    /// `{ file = "net.csv" }` or `{ lenders = ["a", "b"], owes = [[0, 5], [2, 0]] }`.
    Given(RawGivenNetwork),
}

/// A network that is given: a `file`, or `lenders` and what each `owes`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Network", extend("minProperties" = 1))]
pub(super) struct RawGivenNetwork {
    /// CSV file with the columns `from`, `to` and `amount`: `from` owes `to` that amount; the path
    /// starts from the folder of the file that wrote it.
    pub file: Option<String>,
    /// Lenders of the rows and columns of `owes`.
    pub lenders: List<String>,
    /// What the lender of the row owes that of the column.
    #[schemars(extend(
        "items" = { "type": "array", "items": { "type": "number", "minimum": 0 } },
        "examples" = [[[0, 5], [2, 0]]]
    ))]
    pub owes: List<Vec<Option<Money>>>,
}

impl<'de> Deserialize<'de> for RawNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawNetwork;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`maximum-entropy`, or a table such as { file = \"debts.csv\" }")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawNetwork, E> {
                match text {
                    "maximum-entropy" => Ok(RawNetwork::MaximumEntropy),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawNetwork, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(RawNetwork::Given)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawNetwork {
    fn schema_name() -> Cow<'static, str> {
        "WhoOwesWhom".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let given = generator.subschema_for::<RawGivenNetwork>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": ["maximum-entropy"] }, given] })
    }
}
