//! `results.json`: everything a run found, versioned, without clock, path or host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assumptions::Assumption;
use super::numbers::{counted, decimal};
use super::who_is_cut::WhoIsCut;
use crate::engine::Plan;
use crate::exact::Adjustment;
use crate::measures::attribution::AttributionRow;
use crate::measures::concentration::Concentration;
use crate::measures::failures::FailurePoint;
use crate::measures::lenders::LenderRow;
use crate::measures::precision::PrecisionFacts;
use crate::measures::region::{BreakEvenPoint, RegionSeries};
use crate::measures::row::MeasureRow;
use crate::measures::summary::Summary;
use crate::measures::verdict::{Judgement, RunRows};
use crate::measures::{Comparison, Measure};
use crate::portfolio::Quality;
use crate::scenario::{DebtRankVariant, TestedClaim};
use crate::system::ScopeKind;

/// Number of the format of `results.json`; raised when a reader would misunderstand.
pub const RESULTS_FORMAT: u32 = 1;

/// All results of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`RESULTS_FORMAT`].
    pub format: u32,
    /// Version of the software.
    pub version: String,
    /// What was asked.
    pub scenario: ScenarioFacts,
    /// The scenario itself (`base`), then its variants in file order.
    pub runs: Vec<RunResults>,
    /// The scenario's statements with their verdicts.
    pub verdicts: Vec<Judgement>,
}

/// What was asked, as far as a reader of the results needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioFacts {
    /// Id: the stem of the scenario file.
    pub id: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: Option<String>,
    /// Source and licence of the data.
    pub source: Option<String>,
    /// Currency code; all amounts are in units of it.
    pub currency: String,
    /// Smallest units per unit of currency; losses were added up in these.
    pub minor_units: u64,
    /// The claim that the scenario puts to the test.
    pub claim: Option<TestedClaim>,
    /// Horizon of the PDs.
    pub horizon: String,
    /// Seed.
    pub seed: u64,
    /// Trials asked for.
    pub trials: u64,
    /// Levels of VaR, ES and economic capital.
    pub levels: Vec<f64>,
    /// Coverage the bands claim.
    pub confidence: f64,
    /// Id of the baseline policy.
    pub baseline: String,
    /// Generator and stream layout.
    pub generator: String,
}

/// Results of the scenario or of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResults {
    /// `base` or the id of the variant.
    pub variant: String,
    /// Title of the scenario or variant.
    pub title: String,
    /// How trials were drawn.
    pub plan: Plan,
    /// Trials behind the numbers.
    pub trials: u64,
    /// How the numbers were worked out; absent where they were sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineFacts>,
    /// Why sampling ended.
    pub stop: StopReason,
    /// The precision that was asked for, with what was reached.
    pub precision: Option<PrecisionFacts>,
    /// The book.
    pub portfolio: PortfolioFacts,
    /// The policies, in file order.
    pub policies: Vec<PolicyFacts>,
    /// Who is cut under each policy.
    pub who_is_cut: WhoIsCut,
    /// What the numbers rest on, in sentences.
    #[serde(default)]
    pub assumptions: Vec<Assumption>,
    /// What the reader should know before trusting a number.
    pub warnings: Vec<Warning>,
    /// The lenders; `null` where the scenario has no `[system]`.
    pub system: Option<SystemResults>,
    /// The numbers.
    pub summary: Summary,
    /// Where policies help, over two numbers of the scenario.
    pub regions: Vec<RegionSeries>,
    /// Numbers of the scenario at which policies stop helping.
    pub break_evens: Vec<BreakEvenPoint>,
}

/// How numbers were worked out without trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EngineFacts {
    /// `exact` or `large-pool`.
    pub name: String,
    /// Widest step of the grid of the system's losses, units of currency (scopes have grids of their own); `null` where
    /// the distribution is continuous and has no grid.
    pub grid_step: Option<f64>,
    /// Whether all losses of the system stood on its grid; else they were moved to neighbouring points. `null` without a grid.
    pub grid_is_exact: Option<bool>,
    /// Most states of the model that a law was added up from.
    pub states: u64,
    /// How far a tail probability may be off, as a share of it, the worst of all scopes: by the last refinement of the states, by
    /// probabilities known otherwise, and by the step of a grid that moves losses.
    pub numerical_error: f64,
    /// Tail probabilities down to this one are held to that.
    pub down_to: f64,
    /// How near each portfolio of a `large-pool` is to an infinitely granular one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolFacts>,
    /// What idiosyncratic risk adds to numbers of a `large-pool` to first order; they hold it where it was applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granularity: Vec<GranularityFacts>,
}

/// How near a portfolio is to an infinitely granular one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoolFacts {
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// Independent draws of default.
    pub borrowers: u64,
    /// Share of idiosyncratic risk in the variance of losses.
    pub idiosyncratic_share: f64,
    /// What is done with its first-order effect on VaR and ES.
    pub adjustment: Adjustment,
}

impl EngineFacts {
    /// What is approximated, in words; `None` where nothing is. Of the system the portfolio with the most idiosyncratic
    /// risk speaks.
    pub fn approximation(&self) -> Option<String> {
        let systems = self.pools.iter().filter(|own| own.scope_kind == ScopeKind::System);
        let worst = systems.fold(None::<&PoolFacts>, |worst, own| match worst {
            Some(worst) if worst.idiosyncratic_share >= own.idiosyncratic_share => Some(worst),
            _ => Some(own),
        })?;
        let treated = match worst.adjustment {
            Adjustment::Applied => "included in VaR and ES to first order",
            Adjustment::Negligible => "left out of VaR and ES",
            Adjustment::LeftOut => "too large to be included in VaR and ES",
        };
        let borrowers = counted(worst.borrowers, "borrower", "borrowers");
        let share = significant(100.0 * worst.idiosyncratic_share);
        Some(format!("approximation: {borrowers}, idiosyncratic share {share} % ({treated})"))
    }
}

/// A percentage above 0 to two significant digits.
fn significant(x: f64) -> String {
    if x < 0.001 {
        return "below 0.001".to_owned();
    }
    let decimals = (1.0 - libm::floor(libm::log10(x))).clamp(0.0, 4.0);
    decimal(x, decimals as usize)
}

/// The part of a number that the luck of single people makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GranularityFacts {
    /// Policy id.
    pub policy: String,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Name of the scope.
    pub scope: String,
    /// Level.
    pub level: f64,
    /// What it adds to VaR, units of currency.
    pub value_at_risk: f64,
    /// What it adds to ES, units of currency.
    pub expected_shortfall: f64,
    /// The same as a share of the ES without it; 1 where nothing else moves losses.
    pub share_of_shortfall: f64,
}

/// The lenders of a system and what the trials do to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemResults {
    /// The lenders.
    pub lenders: Vec<LenderFacts>,
    /// Tranches under each policy.
    pub tranches: Vec<TrancheFacts>,
    /// Who owes whom.
    pub debts: Vec<Debt>,
    /// Which DebtRank is told, if any.
    pub debt_rank: Option<DebtRankVariant>,
    /// Numbers of every lender, by policy.
    pub rows: Vec<LenderRow>,
    /// The law of the number of failures, by policy.
    pub failures: Vec<FailurePoint>,
    /// What other assets, contagion and the second round add to EL and ES of the total: the baseline's own
    /// effects, then what each policy changes.
    pub effects: Vec<AttributionRow>,
}

/// A lender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LenderFacts {
    /// Name.
    pub name: String,
    /// Its group.
    pub group: Option<String>,
    /// Capital, units of currency; `null`: it never fails.
    pub capital: Option<f64>,
    /// Assets outside the book, units of currency.
    pub other_assets: f64,
}

/// The size of a tranche under a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrancheFacts {
    /// Policy id.
    pub policy: String,
    /// `programme/tranche`.
    pub tranche: String,
    /// Who holds it; `null`: investors.
    pub holder: Option<String>,
    /// Where its losses begin, as a share of what is securitised.
    pub from: f64,
    /// Where they end.
    pub to: f64,
    /// Units of currency.
    pub amount: f64,
}

/// A debt between lenders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Debt {
    /// Who owes.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Units of currency.
    pub amount: f64,
}

/// Why sampling ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// All trials were drawn.
    Complete,
    /// The precision asked for was reached.
    Precise,
    /// The user interrupted; the numbers rest on the first trials.
    Interrupted,
}

/// The book behind a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PortfolioFacts {
    /// Lenders.
    pub lenders: Vec<String>,
    /// Segments.
    pub segments: Vec<String>,
    /// What was found in the tape and done with it; amounts in smallest units.
    pub quality: Quality,
}

/// A policy of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyFacts {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Id of the ladder that the policy is a step of.
    pub ladder: Option<String>,
    /// Whether any limit changes.
    pub binds: bool,
    /// How the policy met the credit of another, if it was asked to.
    pub match_credit: Option<MatchCreditFacts>,
    /// The proportional cut with the same credit, if one stands beside the policy.
    pub equal_credit_cut: Option<EqualCreditCutFacts>,
    /// Expected loss of the system as the exact sum of PD x loss, units of currency; `null` where
    /// a factor is held or moved, so that PDs are not the mean default rates.
    pub exact_expected_loss: Option<f64>,
    /// How what defaults cost is spread over borrowers; `null` where nothing can be lost.
    #[serde(default)]
    pub concentration: Option<Concentration>,
}

/// A policy scaled to the credit of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchCreditFacts {
    /// Id of the other policy.
    pub policy: String,
    /// The number of the rule that was solved for.
    pub parameter: MatchParameter,
    /// Its value: units of currency for a cap, else a share or factor.
    pub value: f64,
    /// Credit kept minus the other's, as a share of the other's.
    pub residual: f64,
}

/// What is solved for to match a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchParameter {
    /// The cap.
    Cap,
    /// The share of each limit left.
    Scale,
    /// The share of the yearly income.
    IncomeShare,
    /// The factor on all caps by score.
    ScoreCaps,
}

/// The proportional cut beside a policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EqualCreditCutFacts {
    /// Share of each limit left.
    pub scale: f64,
    /// Credit it keeps minus the policy's, as a share of the policy's.
    pub residual: f64,
}

/// What the reader should know before trusting a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The run was interrupted.
    Interrupted {
        /// Trials done.
        done: u64,
        /// Trials asked for.
        asked: u64,
    },
    /// The run was interrupted when its trials were done: effects, maps or break-evens are missing.
    StudiesInterrupted,
    /// All trials that were allowed did not give the precision asked for.
    PrecisionMissed {
        /// Half-width asked for, see `precision`.
        asked: f64,
        /// Half-width reached; `null` where the sample gives none.
        reached: Option<f64>,
        /// Trials that would about reach it.
        enough: Option<u64>,
    },
    /// Fewer than 50 trials lie beyond a level.
    FewTailTrials {
        /// The level.
        level: f64,
        /// Trials beyond it.
        beyond: f64,
        /// Trials that would give 100 beyond it; `null` where so many cannot be run.
        enough: Option<u64>,
    },
    /// A hundredth of the currency is too coarse for the data: a finer smallest unit was taken.
    FinerUnit {
        /// Smallest units per unit of currency.
        minor_units: u64,
    },
    /// Some draws stand for several borrowers: losses are lumpier than those of independent people.
    GranularityFaked {
        /// Independent draws.
        draws: u64,
        /// Borrowers behind them.
        borrowers: u64,
    },
    /// A default of the scenario stands for nothing: every row of the tape has a value of its own.
    DefaultUnused {
        /// Its key under `[portfolio.defaults]`.
        key: String,
    },
    /// The stress on PDs was clamped at 1.
    PdClamped {
        /// Borrowers concerned.
        borrowers: u64,
    },
    /// A proportional cut could not meet the policy's credit within one part in a million.
    EqualCreditResidual {
        /// The policy.
        policy: String,
        /// The residual.
        residual: f64,
    },
    /// Rounding of losses to the smallest unit that the scenario gives moves an expected loss.
    LossesRounded {
        /// The policy.
        policy: String,
        /// What it adds, as a share of the exact expected loss.
        share: f64,
    },
    /// The sample is calmer than the model: rare large defaults have not shown.
    RareDefaultsMissed {
        /// The policy.
        policy: String,
        /// Its exact expected loss, units of currency.
        exact_expected_loss: f64,
    },
    /// A policy takes no balance away, only unused lines, so that no cut of equal credit stands
    /// beside it.
    OnlyUnusedLinesCut {
        /// The policy.
        policy: String,
    },
    /// A policy could not match the credit of another within one part in a million.
    MatchCreditResidual {
        /// The policy.
        policy: String,
        /// The residual.
        residual: f64,
    },
    /// A lender is below the threshold of its capital ratio before any loss.
    StressedFromTheStart {
        /// The policy.
        policy: String,
        /// The lender.
        lender: String,
        /// Its capital ratio.
        ratio: f64,
        /// The threshold.
        threshold: f64,
    },
    /// The factor correlations could not hold together and were moved to the nearest that can.
    FactorCorrelationsRepaired {
        /// The two factors whose correlation moved most.
        factors: (String, String),
        /// Their correlation as given.
        before: f64,
        /// Their correlation as used.
        after: f64,
        /// Frobenius norm of the change of the whole matrix.
        distance: f64,
        /// All factors of the scenario.
        #[serde(default)]
        names: Vec<String>,
        /// Their correlations as used, row by row.
        #[serde(default)]
        correlation: Vec<Vec<f64>>,
    },
    /// Losses do not stand on one grid of so few points: they were moved to the next ones.
    GridChosen {
        /// Its step, units of currency.
        step: f64,
    },
    /// Idiosyncratic risk is no small part of a `large-pool`'s numbers: the portfolio is too small.
    PoolTooSmall {
        /// Its first-order effect as a share of an ES, the largest; 1 where nothing else moves losses.
        share: f64,
        /// Largest share of it in the variance of losses; absent in results of older versions.
        #[serde(default)]
        idiosyncratic_share: Option<f64>,
        /// Whether some VaR and ES leave it out altogether.
        #[serde(default)]
        left_out: bool,
    },
    /// Tail probabilities of some scope are not known to all digits: states were not refined to the end, or a grid moves losses.
    NumericalError {
        /// By this share of them.
        error: f64,
    },
    /// A simulated expected loss lies far from the exact one: more than five standard errors.
    ExpectedLossOff {
        /// The policy.
        policy: String,
        /// Standard errors between the two.
        standard_errors: f64,
    },
}

impl RunResults {
    /// The numbers as verdicts read them.
    pub fn rows(&self) -> RunRows<'_> {
        RunRows {
            variant: &self.variant,
            rows: &self.summary.rows,
            trials: self.trials,
            randomisations: self.plan.randomisations,
        }
    }

    /// A row of the system by policy, measure, level and comparison.
    pub fn system(
        &self,
        policy: &str,
        measure: Measure,
        level: Option<f64>,
        comparison: Comparison,
    ) -> Option<&MeasureRow> {
        self.summary.of_system(policy).find(|row| {
            row.measure == measure && row.level == level && row.comparison == comparison
        })
    }
}
