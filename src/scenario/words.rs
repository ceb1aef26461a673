//! Closed lists of words, such as `"account"` or `"borrower"`: reading them with a message that
//! lists the choices, and their JSON Schema.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use super::spec_ladder::Spacing;
use super::spec_system::{Clearing, OutsideCreditors};
use super::{
    Against, AppliesTo, BaselRetail, EngineChoice, IfMissing, NegativeBalance, Per, SamplingPlan,
};

macro_rules! words {
    ($name:ident, $expected:literal, { $($word:literal => $value:ident),+ $(,)? }) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl Visitor<'_> for Word {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: Error>(self, text: &str) -> Result<$name, E> {
                        match text {
                            $($word => Ok($name::$value),)+
                            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                        }
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": [$($word),+] })
            }
        }
    };
}

words!(NegativeBalance, "`zero` or `refuse`", { "zero" => Zero, "refuse" => Refuse });
words!(Per, "`account` or `borrower`", { "account" => Account, "borrower" => Borrower });
words!(IfMissing, "`refuse`, `skip` or `zero`", {
    "refuse" => Refuse, "skip" => Skip, "zero" => Zero,
});
words!(Spacing, "`log` or `linear`", { "log" => Log, "linear" => Linear });
words!(AppliesTo, "`all` or `new`", { "all" => All, "new" => New });
words!(BaselRetail, "`qrre`, `other-retail` or `mortgage`", {
    "qrre" => Qrre, "other-retail" => OtherRetail, "mortgage" => Mortgage,
});
words!(EngineChoice, "`monte-carlo`, `exact` or `large-pool`", {
    "monte-carlo" => MonteCarlo,
    "exact" => Exact,
    "large-pool" => LargePool,
});
words!(SamplingPlan, "`plain`, `importance`, `quasi`, `importance-quasi` or `auto`", {
    "plain" => Plain,
    "importance" => Importance,
    "quasi" => Quasi,
    "importance-quasi" => ImportanceQuasi,
    "auto" => Auto,
});
words!(Clearing, "`eisenberg-noe` or `rogers-veraart`", {
    "eisenberg-noe" => EisenbergNoe, "rogers-veraart" => RogersVeraart,
});
words!(OutsideCreditors, "`equal` or `first`", { "equal" => Equal, "first" => First });
words!(Against, "`baseline` or `equal-credit`", {
    "baseline" => Baseline, "equal-credit" => EqualCredit,
});
