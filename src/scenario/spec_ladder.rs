//! `cap` of a rule as serde reads it: one amount, or a table that stands for many.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::values::{List, Money, Whole};

/// One cap, or the caps of a ladder.
#[derive(Debug)]
pub(super) enum RawCap {
    /// `cap = 5_000`.
    Amount(Money),
    /// `cap = { from = 500, to = 50_000, steps = 25 }`.
    Ladder(RawLadder),
}

/// A ladder: `from`, `to` and `steps`, or a `list`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Ladder")]
pub(super) struct RawLadder {
    /// The lowest cap.
    pub from: Option<Money>,
    /// The highest cap.
    pub to: Option<Money>,
    /// Number of caps, both ends included.
    pub steps: Option<Whole>,
    /// Whether neighbouring caps have the same ratio or the same distance.
    pub spacing: Option<Spacing>,
    /// The caps between the ends are rounded to multiples of this amount.
    pub round_to: Option<Money>,
    /// The caps one by one, ascending.
    pub list: List<Money>,
}

/// How the caps between the ends of a ladder are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Spacing {
    /// Equal ratios.
    #[default]
    Log,
    /// Equal distances.
    Linear,
}

impl<'de> Deserialize<'de> for RawCap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawCap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "an amount such as 100_000, or a table such as \
                     { from = 500, to = 50_000, steps = 25 }",
                )
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<RawCap, E> {
                Ok(RawCap::Amount(Money(x)))
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<RawCap, E> {
                Ok(RawCap::Amount(Money(x as f64)))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<RawCap, E> {
                Ok(RawCap::Amount(Money(x as f64)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawCap, A::Error> {
                RawLadder::deserialize(MapAccessDeserializer::new(map)).map(RawCap::Ladder)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawCap {
    fn schema_name() -> Cow<'static, str> {
        "Cap".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let ladder = generator.subschema_for::<RawLadder>();
        json_schema!({ "anyOf": [{ "type": "number", "minimum": 0 }, ladder] })
    }
}
