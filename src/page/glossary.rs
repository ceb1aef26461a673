//! The words of the report with what they mean; the same text in the list at the end and on pointing at a word.

use serde::Serialize;

/// A word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Term {
    /// Anchor: `term-<key>`.
    pub key: &'static str,
    /// As printed.
    pub word: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn term(key: &'static str, word: &'static str, meaning: &'static str) -> Term {
    Term { key, word, meaning }
}

/// In the order of the alphabet.
pub const TERMS: &[Term] = &[
    term(
        "asset-correlation",
        "Asset correlation",
        "How strongly the hidden fortunes of two borrowers move together, between 0 (each for himself) and 1 (all as one).",
    ),
    term(
        "band",
        "Band",
        "The range that holds the true number with the stated confidence, as far as chance in the sampling goes. It says nothing about whether the model is right.",
    ),
    term(
        "baseline",
        "Baseline",
        "The policy that all others are compared with, mostly the limits of today.",
    ),
    term("cap", "Cap", "The most that one borrower’s limit may be under a policy."),
    term(
        "ccf",
        "CCF",
        "Credit conversion factor: the share of an unused line that is drawn before default.",
    ),
    term(
        "credit",
        "Credit kept",
        "What borrowers still owe under a policy, as a share of the baseline’s.",
    ),
    term(
        "dcovar",
        "ΔCoVaR",
        "How much worse the VaR of all others is when a lender is at its own VaR than when it has a median year.",
    ),
    term("ead", "EAD", "Exposure at default: what a borrower owes when he defaults."),
    term("el", "EL", "Expected loss: the mean loss over the horizon."),
    term(
        "economic-capital",
        "Economic capital",
        "VaR less EL: what has to be held against bad years beyond the mean.",
    ),
    term(
        "effective-trials",
        "Effective trials",
        "How many equally weighted trials would know a number as well; where trials have different weights there are fewer of them than trials.",
    ),
    term(
        "equal-credit-cut",
        "Equal-credit cut",
        "A cut of all limits in the same proportion that takes away as much credit as the policy does. A cap is only clever if it does better than this.",
    ),
    term(
        "es",
        "ES",
        "Expected shortfall: the mean loss in the worst years, such as the worst 1 in 1,000 at a level of 99.9 %.",
    ),
    term(
        "exceedance",
        "Exceedance probability",
        "The probability that the loss is greater than a given amount.",
    ),
    term(
        "irb",
        "IRB capital",
        "What the Basel formula for retail loans asks a bank to hold: the loss of a year in a thousand in an endless book, less EL. The PDs are the policy’s, without stress.",
    ),
    term("leakage", "Leakage", "Withdrawn credit that borrowers find with other lenders."),
    term("lgd", "LGD", "Loss given default: the share of the EAD that is lost."),
    term(
        "mes",
        "MES",
        "Marginal expected shortfall: a lender’s mean loss in the worst years of all together. Over all lenders it adds up to ES.",
    ),
    term(
        "paired",
        "Paired",
        "Compared on the same trials: chance hits both policies alike, so that their difference is known far better than each by itself.",
    ),
    term("pd", "PD", "Probability of default over the horizon."),
    term("policy", "Policy", "One set of rules about limits."),
    term("relief", "Relief", "Borrowers with less debt default less often."),
    term(
        "return-period",
        "Return period",
        "One over the exceedance probability: a loss that is exceeded once in so many years, if the horizon is one year.",
    ),
    term(
        "squeeze",
        "Squeeze",
        "Borrowers whose limit falls below what they have drawn default more often.",
    ),
    term(
        "stacking",
        "Stacking",
        "Borrowers who owe to more lenders than before default more often.",
    ),
    term("trial", "Trial", "One draw of a whole year for the whole book."),
    term(
        "var",
        "VaR",
        "Value at risk: the loss that is not exceeded with the probability of the level.",
    ),
    term(
        "verdict",
        "Verdict",
        "What can be said of a statement: it holds, it fails, it is undecided where the sampling error does not allow to say, or it depends on an assumption where it changes inside the stated range of one.",
    ),
    term("withdrawn", "Withdrawn credit", "Balances that a policy takes away."),
];
