//! `[portfolio]` as serde reads it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec_synthetic::RawSynthetic;
use super::values::{List, Money, Number, Whole};
use super::{Field, NegativeBalance};

/// Where the book comes from.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Portfolio")]
pub(super) struct RawPortfolio {
    /// CSV file with one account, or one pool of like borrowers, per row; the path starts from the
    /// folder of the file that wrote it.
    #[schemars(extend("examples" = ["my-book.csv"]))]
    pub tape: Option<String>,
    /// Borrowers drawn from laws, in place of a tape.
    pub synthetic: List<RawSynthetic>,
    /// Seed of the synthetic book; that of the scenario unless given.
    #[schemars(range(min = 0))]
    pub book_seed: Option<Whole>,
    /// Credit balances of clients: taken as 0 and counted, or a fault.
    #[schemars(extend("default" = "zero"))]
    pub negative_balance: Option<NegativeBalance>,
    /// PDs as the default rate of the column `default`, by band of the limit.
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
    /// Columns whose values, joined by `/`, name the segment: `segment`, `product`, `lender`, or any
    /// other header of the tape.
    #[schemars(extend("examples" = [["segment", "region", "product"]]))]
    pub segment_by: List<String>,
}

/// PDs as observed default rates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "ObservedPd", extend("required" = ["limit_bands"]))]
pub(super) struct RawObservedPd {
    /// Upper edges (inclusive) of the bands of the limit, ascending.
    #[schemars(extend("examples" = [[20_000, 50_000]]))]
    pub limit_bands: List<Money>,
}

/// Shift of the log-odds of all PDs by one number.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Calibrate", extend("required" = ["mean_pd"]))]
pub(super) struct RawCalibrate {
    /// Balance-weighted mean PD after the shift.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub mean_pd: Option<Number>,
}

/// Pooling of accounts of equal limit.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Pool", extend("required" = ["balance_step"]))]
pub(super) struct RawPool {
    /// Step of the grid that balances are rounded to.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub balance_step: Option<Money>,
}

/// Values for what the tape does not hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Defaults")]
pub(super) struct RawDefaults {
    /// Probability of default per horizon, a fraction.
    #[schemars(range(min = 0, max = 1))]
    pub pd: Option<Number>,
    /// Loss given default, share of EAD.
    #[schemars(range(min = 0, max = 1))]
    pub lgd: Option<Number>,
    /// Share of the undrawn line drawn before default.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub ccf: Option<Number>,
    /// Interest rate per year, a fraction.
    #[schemars(range(min = 0, max = 10))]
    pub interest_rate: Option<Number>,
    /// Lender of all accounts, if the tape names none.
    #[schemars(extend("default" = "lender"))]
    pub lender: Option<String>,
    /// Segment of borrowers that nothing else places.
    pub segment: Option<String>,
    /// Product of all accounts, if the tape names none.
    pub product: Option<String>,
}

/// A segment derived by ranges; the first that matches wins.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Segment", extend("required" = ["id"]))]
pub(super) struct RawSegment {
    /// Slug, unique among the segments.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub id: Option<String>,
    /// Ranges that all have to hold; {} is everybody.
    #[schemars(extend("examples" = [{ "age": { "below": 25 } }]))]
    #[serde(rename = "where")]
    pub filter: Option<RawRanges>,
}

/// Ranges of a derived segment; names are what it derives.
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
#[schemars(rename = "Range", extend("minProperties" = 1, "examples" = [{ "at_least": 18, "below": 25 }]))]
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
        /// The header of the tape that holds each field; a column whose header is the key itself
        /// needs no line.
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
    /// Number of borrowers who default together with each draw of the row.
    stands_for => StandsFor,
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
