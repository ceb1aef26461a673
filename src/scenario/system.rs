//! What a checked scenario says about the lenders: who funds the loans, who owes whom, who cuts lines.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Amount, Fraction, Probability};

/// Lenders with their funding and their debts to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemSpec {
    /// Capital over risk-weighted assets below which a lender is stressed; in (0, 1).
    pub capital_ratio: f64,
    /// Risk weight of the book's exposures, for lenders and tranches without their own; >= 0.
    pub risk_weight: f64,
    /// Numbers m of which P(at least m lenders fail) is reported, ascending, no duplicates, each from 1
    /// to the number of lenders with capital; at least one, unless no lender has capital.
    pub failures: Vec<u32>,
    /// Lenders one by one.
    pub lenders: Vec<LenderSpec>,
    /// Groups of lenders of one kind.
    pub groups: Vec<GroupSpec>,
    /// Who funds the loans of a lender of the book.
    pub programmes: Vec<Programme>,
    /// How failures spread.
    pub contagion: Option<ContagionSpec>,
    /// Whether stressed lenders cut lines.
    pub feedback: Option<Feedback>,
}

impl SystemSpec {
    /// Number of lenders that can fail; members of groups count one by one.
    pub fn with_capital(&self) -> u32 {
        let single =
            self.lenders.iter().filter(|lender| lender.sheet.capital.is_some()).count() as u32;
        let groups = self.groups.iter().filter(|group| group.sheet.capital.is_some());
        single + groups.map(|group| group.count).sum::<u32>()
    }
}

/// A lender.
#[derive(Debug, Clone, PartialEq)]
pub struct LenderSpec {
    /// Its name, unique among lenders and groups; a lender of the book, or another.
    pub name: String,
    /// What it owns and owes.
    pub sheet: BalanceSheet,
    /// Such as `system.lender[0]`.
    pub path: String,
}

/// Lenders of one kind, named `<name>-1`, `<name>-2`, ... with as many digits as the last needs.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSpec {
    /// Name of the group, unique among lenders and groups.
    pub name: String,
    /// How many; 1 to 1,000.
    pub count: u32,
    /// Sigma of the lognormal law by which sizes differ: member j of n has size
    /// exp(sigma G((j + 1/2) / n)), largest first, and everything of the group is divided in proportion
    /// to size; 0: all alike.
    pub spread: f64,
    /// What all together own and owe.
    pub sheet: BalanceSheet,
    /// Such as `system.group[0]`.
    pub path: String,
}

/// What a lender owns and owes besides its part of the book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BalanceSheet {
    /// Own funds; `None`: it bears what comes and never fails.
    pub capital: Option<Amount>,
    /// Risk weight of its part of the book.
    pub risk_weight: Option<f64>,
    /// What it owns besides its part of the book and claims on other lenders.
    pub other_assets: Option<OtherAssets>,
    /// Claims on other lenders, for a network that is filled in from totals.
    pub interbank_assets: Amount,
    /// Debts to other lenders, likewise.
    pub interbank_liabilities: Amount,
}

impl GroupSpec {
    /// Name of member `j` of `count`, from 0.
    pub fn member(&self, j: u32) -> String {
        format!("{}-{:0width$}", self.name, j + 1, width = self.width())
    }

    /// Whether a member has this name.
    pub fn has(&self, name: &str) -> bool {
        let number = name.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| {
            number.len() == self.width()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && number.parse().is_ok_and(|j| (1..=self.count).contains(&j))
        })
    }

    /// Digits of the members' numbers.
    fn width(&self) -> usize {
        self.count.max(1).ilog10() as usize + 1
    }
}

/// Assets outside the book, whose loss is that of a large pool given the factor:
/// amount x LGD x Phi((G(PD) - loading Z) / sqrt(1 - loading^2)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OtherAssets {
    /// Book value.
    pub amount: Amount,
    /// Their risk weight; >= 0.
    pub risk_weight: f64,
    /// PD per horizon.
    pub pd: Probability,
    /// Loss given default.
    pub lgd: Fraction,
    /// Loading on the factor, in (-1, 1).
    pub loading: f64,
    /// Index of the factor among those of the model.
    pub factor: usize,
}

/// Who funds the loans of one lender of the book.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    /// Slug, unique.
    pub id: String,
    /// The lender of the book that makes the loans.
    pub lender: String,
    /// Only loans of these products; all unless given.
    pub products: Vec<String>,
    /// Only loans to these segments; all unless given.
    pub segments: Vec<String>,
    /// Share of each loan that the lender keeps.
    pub own_share: Fraction,
    /// Share of each loan that is sold in tranches; `own_share + securitised <= 1`, partners fund the rest.
    pub securitised: Fraction,
    /// Names of lenders and groups that fund the rest; empty only if there is none.
    pub partners: Vec<String>,
    /// How the rest is divided among them.
    pub weights: Weights,
    /// No partner funds more than this share of its capital; what it may not fund goes to the others,
    /// and to the lender if none may.
    pub most_of_capital: Option<Fraction>,
    /// Who pays the partners' losses first.
    pub guarantee: Option<Guarantee>,
    /// Parts of the securitised share, from the first loss up; they cover 0 to 1 without gap or overlap.
    pub tranches: Vec<Tranche>,
    /// Such as `system.programme[0]`.
    pub path: String,
}

/// How partners divide what they fund. Members of groups count one by one.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// All the same.
    Equal,
    /// In proportion to capital; no partner without capital.
    Capital,
    /// As given, one per name of `partners` (a group's is divided by size); > 0.
    Given(Vec<f64>),
    /// Lognormal with this sigma, partner j of n as in [`GroupSpec::spread`]; > 0.
    Lognormal(f64),
}

/// A promise to pay partners' losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Guarantee {
    /// The lender that pays as long as it has capital.
    pub by: String,
    /// Share of the partners' losses that it pays.
    pub cover: Fraction,
    /// The most that it pays, as a share of what the partners have lent; `None`: no limit.
    pub limit: Option<Fraction>,
}

/// A part of a securitised share, between two shares of the policy's pool balance.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    /// Name, unique in its programme.
    pub name: String,
    /// Where its losses begin.
    pub from: Fraction,
    /// Where they end; > `from`.
    pub to: Fraction,
    /// The lender that holds it; `None`: investors outside the system.
    pub holder: Option<String>,
    /// Its risk weight for a lender that holds it; >= 0.
    pub risk_weight: Option<f64>,
    /// Such as `system.programme[0].tranche[1]`.
    pub path: String,
}

/// How losses of lenders spread to others.
#[derive(Debug, Clone, PartialEq)]
pub struct ContagionSpec {
    /// Who owes whom.
    pub network: NetworkSpec,
    /// Share of a failed lender's assets outside the system that is left after the costs of bankruptcy
    /// (alpha); 1 under Eisenberg-Noe.
    pub assets_recovered: Fraction,
    /// Share of its claims on other lenders that is left (beta); 1 under Eisenberg-Noe.
    pub claims_recovered: Fraction,
    /// Whether creditors outside the system are paid before other lenders, or with them in proportion.
    pub outside_first: bool,
    /// Whether DebtRank is reported, and which.
    pub debt_rank: Option<DebtRankVariant>,
    /// Whether the failures of a cascade without recovery are reported.
    pub cascade: bool,
    /// `system.contagion`.
    pub path: String,
}

/// Who owes whom.
#[derive(Debug, Clone, PartialEq)]
pub enum NetworkSpec {
    /// `owes[i][j]` is what lender i owes lender j; zero diagonal.
    Matrix {
        /// Lenders of rows and columns; no groups.
        lenders: Vec<String>,
        /// The debts.
        owes: Vec<Vec<Amount>>,
    },
    /// A CSV file with the columns `from`, `to`, `amount`: `from` owes `to` that amount.
    File(PathBuf),
    /// Filled in from the lenders' totals by maximum entropy.
    MaximumEntropy,
}

/// Variants of DebtRank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DebtRankVariant {
    /// A lender passes its distress on once (Battiston et al. 2012).
    SingleHit,
    /// It passes on every increment (Bardoscia et al. 2015).
    Linear,
}

/// The second round: stressed lenders cut lines, and some of those who are cut default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feedback {
    /// Share of the limit that a line loses if all its funding comes from stressed lenders; in
    /// proportion for less.
    pub cut: Fraction,
    /// Rise of the log-odds of default of those whom the second round cuts below their balance; `None`:
    /// as `behaviour` says.
    pub squeeze: Option<f64>,
}

/// When a policy's limits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before any loss.
    #[default]
    Before,
    /// In trials in which some lender is stressed, after the first losses.
    During,
}
