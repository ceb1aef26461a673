//! All measures of one policy in one scope against an exact law.

use super::exact::Exact;
use super::sampled::Sampled;
use super::{Check, range};
use crate::measures::Measure;
use crate::report::numbers::percent;

/// What is asked, and how it is called.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Stands before every quantity, such as `cap-5 `.
    pub prefix: &'a str,
    /// Scope.
    pub scope: &'a str,
    /// Policy.
    pub policy: &'a str,
    /// Levels of VaR and ES.
    pub levels: &'a [f64],
    /// Thresholds, units of currency.
    pub thresholds: &'a [f64],
    /// What numbers of the result are multiplied by before they are held against the law, such as 1
    /// over the size of the book.
    pub per: f64,
}

/// EL, standard deviation, VaR, ES and exceedance probabilities.
pub fn against(law: &dyn Exact, sampled: &Sampled, asked: Asked<'_>) -> Vec<Check> {
    let Asked { prefix, scope, policy, levels, thresholds, per } = asked;
    let n = sampled.trials();
    let found = |measure, at| per * sampled.found(scope, policy, measure, at);
    let named = |what: String| format!("{prefix}{what}");
    let mut checks = vec![
        Check::new(
            named("EL".into()),
            law.mean(),
            found(Measure::ExpectedLoss, None),
            range::mean(law, n),
        ),
        Check::new(
            named("sd".into()),
            law.sd(),
            found(Measure::StandardDeviation, None),
            range::standard_deviation(law, n),
        ),
    ];
    for &q in levels {
        checks.push(Check::new(
            named(format!("VaR {}", percent(q))),
            law.quantile(q),
            found(Measure::ValueAtRisk, Some(q)),
            range::value_at_risk(law, q, n),
        ));
        checks.push(Check::new(
            named(format!("ES {}", percent(q))),
            law.expected_shortfall(q),
            found(Measure::ExpectedShortfall, Some(q)),
            range::expected_shortfall(law, q, n),
        ));
    }
    for &x in thresholds {
        let p = law.exceeds(x);
        let seen = sampled.found(scope, policy, Measure::ExceedanceProbability, Some(x));
        checks.push(Check::new(named(format!("P(L > {x})")), p, seen, range::counts(p, n)));
    }
    checks
}
