//! `[severity]` as serde reads it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{List, Number};

/// What a default costs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Severity")]
pub(super) struct RawSeverity {
    /// The law of LGDs; each account's own LGD unless given.
    pub lgd: Option<RawLgdLaw>,
    /// How strongly the CCF hangs on the borrower's systematic part: 0 not at all, near 1 all lines are
    /// drawn in the same bad years.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1, "default" = 0))]
    pub ccf_loading: Option<Number>,
    /// Segments with laws of their own.
    pub segment: Option<BTreeMap<String, Option<RawSegmentSeverity>>>,
}

/// The severity of one segment; what is not given is as for all others.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "SegmentSeverity")]
pub(super) struct RawSegmentSeverity {
    /// The law of LGDs; that of all others unless given.
    pub lgd: Option<RawLgdLaw>,
    /// How strongly the CCF hangs on the borrower's systematic part; as for all others unless given.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub ccf_loading: Option<Number>,
}

/// A law of LGDs around the LGD of each account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { law = \"beta\", sd = 0.25 } or { law = \"frye-jacobs\" }"
)]
#[schemars(rename = "LgdLaw", extend("required" = ["law"]))]
pub(super) struct RawLgdLaw {
    /// "fixed", "beta", "discrete" or "frye-jacobs".
    #[schemars(extend("enum" = ["fixed", "beta", "discrete", "frye-jacobs"]))]
    pub law: Option<String>,
    /// Standard deviation of a beta law.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 0.5, "examples" = [0.25]))]
    pub sd: Option<Number>,
    /// LGDs of a discrete law.
    #[schemars(extend(
        "items" = { "type": "number", "minimum": 0, "maximum": 1 },
        "examples" = [[0.2, 1.0]]
    ))]
    pub values: List<Number>,
    /// Their probabilities, which add up to 1.
    #[schemars(extend(
        "items" = { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
        "examples" = [[0.4, 0.6]]
    ))]
    pub probabilities: List<Number>,
}
