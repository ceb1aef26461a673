//! `[portfolio]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::List;
use super::values::{Money, Number};
use super::{Field, NegativeBalance};

/// `[portfolio]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Portfolio")]
pub(super) struct RawPortfolio {
    /// The CSV tape, relative to the folder of the scenario file.
    pub tape: Option<String>,
    /// What to do with balances below zero.
    pub negative_balance: Option<NegativeBalance>,
    /// PDs as the default rate observed in the tape.
    pub observed_pd: Option<RawObservedPd>,
    /// Shift of all PDs to a given mean.
    pub calibrate: Option<RawCalibrate>,
    /// Pooling of like accounts.
    pub pool: Option<RawPool>,
    /// Values for what the tape does not hold.
    pub defaults: Option<RawDefaults>,
    /// Which header of the tape holds which field.
    pub columns: Option<RawColumns>,
    /// Segments derived by ranges; the first match wins.
    pub segment: List<RawSegment>,
}

/// `portfolio.observed_pd`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "ObservedPd")]
pub(super) struct RawObservedPd {
    /// Upper edges (inclusive) of the bands of the limit, ascending.
    pub limit_bands: List<Money>,
}

/// `portfolio.calibrate`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Calibrate")]
pub(super) struct RawCalibrate {
    /// Balance-weighted mean PD after the shift.
    pub mean_pd: Option<Number>,
}

/// `portfolio.pool`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Pool")]
pub(super) struct RawPool {
    /// Step of the grid that balances are rounded to.
    pub balance_step: Option<Money>,
}

/// `portfolio.defaults`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Defaults")]
pub(super) struct RawDefaults {
    /// Probability of default per horizon.
    pub pd: Option<Number>,
    /// Loss given default, share of EAD.
    pub lgd: Option<Number>,
    /// Share of the undrawn line drawn before default.
    pub ccf: Option<Number>,
    /// Interest rate per year, a fraction.
    pub interest_rate: Option<Number>,
    /// Lender of all accounts.
    pub lender: Option<String>,
    /// Segment of borrowers that nothing else places.
    pub segment: Option<String>,
    /// Product of all accounts.
    pub product: Option<String>,
}

/// `[[portfolio.segment]]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Segment")]
pub(super) struct RawSegment {
    /// Slug, unique among the segments.
    pub id: Option<String>,
    /// Ranges that all have to hold.
    #[serde(rename = "where")]
    pub filter: Option<RawRanges>,
}

/// `where` of a derived segment: ranges only, because names are what it derives.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Ranges")]
pub(super) struct RawRanges {
    /// Credit score of the borrower.
    pub score: Option<RawRange>,
    /// Yearly income of the borrower.
    pub income: Option<RawRange>,
    /// Age of the borrower in years.
    pub age: Option<RawRange>,
    /// Sum of the borrower's limits.
    pub limit: Option<RawRange>,
    /// Sum of the borrower's balances.
    pub balance: Option<RawRange>,
}

/// An interval; either end may be left open.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a range, a table such as { at_least = 18, below = 25 }"
)]
#[schemars(rename = "Range")]
pub(super) struct RawRange {
    /// Upper end, excluded.
    pub below: Option<Number>,
    /// Upper end, included.
    pub at_most: Option<Number>,
    /// Lower end, excluded.
    pub above: Option<Number>,
    /// Lower end, included.
    pub at_least: Option<Number>,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $key:ident => $field:ident),+ $(,)?) => {
        /// `[portfolio.columns]`: the header of the tape that holds each field.
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields, expecting = "a table")]
        #[schemars(rename = "Columns")]
        pub(super) struct RawColumns {
            $($(#[$doc])* pub $key: Option<String>,)+
        }

        impl RawColumns {
            /// The headers that were given, with their fields.
            pub fn given(self) -> Vec<(Field, String)> {
                [$((Field::$field, self.$key)),+]
                    .into_iter()
                    .filter_map(|(field, header)| Some((field, header?)))
                    .collect()
            }
        }
    };
}

columns! {
    /// Id that ties the accounts of one borrower together.
    borrower => Borrower,
    /// Number of identical, independent borrowers in the row.
    count => Count,
    /// Segment of the borrower.
    segment => Segment,
    /// Product of the account.
    product => Product,
    /// Lender of the account.
    lender => Lender,
    /// Size of the line.
    limit => Limit,
    /// Drawn today.
    balance => Balance,
    /// Probability of default per horizon.
    pd => Pd,
    /// Loss given default, share of EAD.
    lgd => Lgd,
    /// Share of the undrawn line drawn before default.
    ccf => Ccf,
    /// Credit score of the borrower.
    score => Score,
    /// Yearly income of the borrower.
    income => Income,
    /// Age of the borrower in years.
    age => Age,
    /// Interest rate of the account per year, a fraction.
    interest_rate => InterestRate,
    /// Observed default of the past, 0 or 1.
    default => Default,
}
