//! Raw values that serde reads in more than one shape: numbers and amounts written with or
//! without a decimal point, one name or several, a number or a table, a list from which faults were taken out.
//!
//! The `expecting` texts are what users read after "must be".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::BaselRetail;

/// A list in which null stands where a fault was taken out.
pub(super) type List<T> = Option<Vec<Option<T>>>;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, JsonSchema)]
        #[schemars(inline)]
        pub(super) struct $name(pub f64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Seen;
                impl Visitor<'_> for Seen {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_f64<E: Error>(self, x: f64) -> Result<$name, E> {
                        Ok($name(x))
                    }
                    fn visit_i64<E: Error>(self, x: i64) -> Result<$name, E> {
                        Ok($name(x as f64))
                    }
                    fn visit_u64<E: Error>(self, x: u64) -> Result<$name, E> {
                        Ok($name(x as f64))
                    }
                }
                deserializer.deserialize_f64(Seen)
            }
        }
    };
}

number!(
    /// Any finite number.
    Number,
    "a number such as 0.5"
);
number!(
    /// An amount in units of currency.
    Money,
    "an amount such as 100_000"
);

/// A whole number; `1e5` counts as one.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline)]
pub(super) struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl Visitor<'_> for Seen {
            type Value = Whole;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number such as 100_000")
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<Whole, E> {
                Ok(Whole(x))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<Whole, E> {
                let refused = || E::invalid_value(Unexpected::Unsigned(x), &self);
                i64::try_from(x).map(Whole).map_err(|_| refused())
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Whole, E> {
                // Up to 2^53 every whole `f64` is the number that was written.
                if x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0 {
                    Ok(Whole(x as i64))
                } else {
                    Err(E::invalid_value(Unexpected::Float(x), &self))
                }
            }
        }
        deserializer.deserialize_i64(Seen)
    }
}

/// One name, or a list of names any of which will do; a null stands where a fault was.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// The names.
    pub names: Vec<Option<String>>,
    /// Whether they stand in a list.
    pub listed: bool,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name in quotes or a list of names")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Names, E> {
                Ok(Names { names: vec![Some(text.to_owned())], listed: false })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(Names { names, listed: true })
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for Names {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

/// An asset correlation as a number, or a Basel retail function.
#[derive(Debug, Clone)]
pub(super) enum RawCorrelation {
    /// The number.
    Number(f64),
    /// The table that names the function.
    Basel(RawBasel),
}

/// The Basel function of the PD that gives the correlation.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Basel", extend("required" = ["basel"]))]
pub(super) struct RawBasel {
    /// The retail asset class whose correlation function is used.
    pub basel: Option<BaselRetail>,
}

impl<'de> Deserialize<'de> for RawCorrelation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawCorrelation;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a correlation such as 0.04, or a table such as { basel = \"qrre\" }")
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<RawCorrelation, E> {
                Ok(RawCorrelation::Number(x))
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<RawCorrelation, E> {
                Ok(RawCorrelation::Number(x as f64))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<RawCorrelation, E> {
                Ok(RawCorrelation::Number(x as f64))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawCorrelation, A::Error> {
                RawBasel::deserialize(MapAccessDeserializer::new(map)).map(RawCorrelation::Basel)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawCorrelation {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Correlation".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let basel = generator.subschema_for::<RawBasel>();
        json_schema!({
            "anyOf": [{ "type": "number", "minimum": 0, "exclusiveMaximum": 1 }, basel],
            "examples": [0.04, { "basel": "qrre" }]
        })
    }
}

/// A retail class, or one by segment.
#[derive(Debug)]
pub(super) enum RawIrb {
    /// One for all.
    Class(BaselRetail),
    /// By segment.
    BySegment(BTreeMap<String, Option<BaselRetail>>),
}

impl<'de> Deserialize<'de> for RawIrb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = RawIrb;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "`qrre`, `other-retail` or `mortgage`, or a table such as { cards = \"qrre\" }",
                )
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawIrb, E> {
                BaselRetail::deserialize(text.into_deserializer())
                    .map_err(|_: E| E::invalid_value(Unexpected::Str(text), &self))
                    .map(RawIrb::Class)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawIrb, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(RawIrb::BySegment)
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for RawIrb {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "IrbClasses".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let class = generator.subschema_for::<BaselRetail>();
        json_schema!({
            "anyOf": [class, { "type": "object", "additionalProperties": class }],
            "examples": ["qrre", { "cards": "qrre" }]
        })
    }
}
