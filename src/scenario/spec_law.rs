//! Laws of attributes as serde reads them: a number, or a table that names a law.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::values::{List, Number};

/// One number for everybody, or a law.
#[derive(Debug)]
pub(super) enum RawLaw {
    /// `limit = 5_000`.
    Number(Number),
    /// `limit = { lognormal = { median = 6_000, sigma = 0.9 }, max = 50_000 }`.
    Law(Box<RawLawTable>),
}

/// A law: exactly one kind, and what is done to its values.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Law", extend("minProperties" = 1))]
pub(super) struct RawLawTable {
    /// The same number for everybody.
    pub fixed: Option<Number>,
    /// Lognormal law.
    pub lognormal: Option<RawLognormal>,
    /// Normal law.
    pub normal: Option<RawNormal>,
    /// Beta law, on 0 to 1 unless told otherwise.
    pub beta: Option<RawBeta>,
    /// Uniform law.
    pub uniform: Option<RawUniform>,
    /// Some values with their weights.
    pub discrete: Option<RawDiscrete>,
    /// Observed values, each as likely as it was seen.
    pub empirical: Option<RawEmpirical>,
    /// A logistic function of the first line's limit; of PDs only.
    pub logistic: Option<RawLogistic>,
    /// Values below are moved here.
    pub min: Option<Number>,
    /// Values above are moved here.
    pub max: Option<Number>,
    /// Values are rounded to multiples of this.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub round_to: Option<Number>,
}

impl RawLawTable {
    /// Whether a kind besides `logistic` is given.
    pub fn has_other_kinds(&self) -> bool {
        self.fixed.is_some()
            || self.lognormal.is_some()
            || self.normal.is_some()
            || self.beta.is_some()
            || self.uniform.is_some()
            || self.discrete.is_some()
            || self.empirical.is_some()
    }
}

/// Lognormal: the logarithm is normal.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Lognormal", extend("required" = ["median", "sigma"]))]
pub(super) struct RawLognormal {
    /// Half of the people lie below.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub median: Option<Number>,
    /// Standard deviation of the natural logarithm.
    #[schemars(range(min = 0))]
    pub sigma: Option<Number>,
}

/// Normal.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Normal", extend("required" = ["mean", "sd"]))]
pub(super) struct RawNormal {
    /// Mean of the law.
    pub mean: Option<Number>,
    /// Standard deviation of the law.
    #[schemars(range(min = 0))]
    pub sd: Option<Number>,
}

/// Beta, on 0 to 1 unless another interval is given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Beta", extend("required" = ["a", "b"]))]
pub(super) struct RawBeta {
    /// First shape: small values put people at the lower end.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub a: Option<Number>,
    /// Second shape: small values put people at the upper end.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub b: Option<Number>,
    /// Lower end of the interval.
    #[schemars(extend("default" = 0))]
    pub from: Option<Number>,
    /// Upper end of the interval.
    #[schemars(extend("default" = 1))]
    pub to: Option<Number>,
}

/// Uniform between two ends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Uniform", extend("required" = ["from", "to"]))]
pub(super) struct RawUniform {
    /// Lower end of the interval.
    pub from: Option<Number>,
    /// Upper end of the interval.
    pub to: Option<Number>,
}

/// Values with weights.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Discrete", extend("required" = ["values", "weights"]))]
pub(super) struct RawDiscrete {
    /// The values there are.
    pub values: List<Number>,
    /// How often each occurs; they need not add up to anything.
    pub weights: List<Number>,
}

/// Observed values: a list, or a column of a CSV file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Empirical", extend("minProperties" = 1))]
pub(super) struct RawEmpirical {
    /// The values as observed, in any order.
    pub values: List<Number>,
    /// CSV file that holds them; the path starts from the folder of the file that wrote it.
    pub file: Option<String>,
    /// Header of the column with the values.
    pub column: Option<String>,
    /// Header of the column that says how often each value counts.
    pub weights: Option<String>,
}

/// log-odds of the PD = log-odds(pd) + slope ln(limit / at) + sigma e, e standard normal.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Logistic", extend("required" = ["pd", "at", "slope"]))]
pub(super) struct RawLogistic {
    /// PD at the limit `at`.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub pd: Option<Number>,
    /// A limit, in units of currency.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub at: Option<Number>,
    /// Change of the log-odds per unit of the limit's natural logarithm.
    pub slope: Option<Number>,
    /// Standard deviation of what the limit does not explain.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub sigma: Option<Number>,
}

impl<'de> Deserialize<'de> for RawLaw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawLaw;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a number, or a law such as { lognormal = { median = 6_000, sigma = 0.9 } }",
                )
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<RawLaw, E> {
                Ok(RawLaw::Number(Number(x)))
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<RawLaw, E> {
                Ok(RawLaw::Number(Number(x as f64)))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<RawLaw, E> {
                Ok(RawLaw::Number(Number(x as f64)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawLaw, A::Error> {
                let table = RawLawTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RawLaw::Law(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawLaw {
    fn schema_name() -> Cow<'static, str> {
        "NumberOrLaw".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let law = generator.subschema_for::<RawLawTable>();
        json_schema!({ "anyOf": [{ "type": "number" }, law] })
    }
}
