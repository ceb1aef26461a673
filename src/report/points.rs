//! CSV tables of the points behind figures.

use super::results::Results;
use super::tidy::{Band, write};

/// One row per variant x policy x prefix x measure x level.
pub fn convergence(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = Band::columns(&["variant", "policy", "trials", "measure", "level"], "value", &[]);
    write(&heading, results, |run| {
        run.summary
            .convergence
            .iter()
            .map(|row| {
                (
                    run.variant.clone(),
                    row.policy.clone(),
                    row.trials,
                    row.measure.as_str(),
                    row.level,
                    Band::from(&row.estimate),
                )
            })
            .collect()
    })
}

/// One row per variant x policy x point.
pub fn densities(results: &Results) -> Result<Vec<u8>, csv::Error> {
    write(&["variant", "policy", "loss", "density"], results, |run| {
        run.summary
            .densities
            .iter()
            .flat_map(|series| {
                series
                    .points
                    .iter()
                    .map(|p| (run.variant.clone(), series.policy.clone(), p.loss, p.density))
            })
            .collect()
    })
}

/// One row per variant x policy x scope x point.
pub fn exceedance(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "policy",
        "scope_kind",
        "scope",
        "loss",
        "probability",
        "lower",
        "upper",
        "return_period",
    ];
    write(&heading, results, |run| {
        run.summary
            .exceedance
            .iter()
            .flat_map(|series| {
                series.points.iter().map(|p| {
                    (
                        run.variant.clone(),
                        series.policy.clone(),
                        series.scope_kind.as_str(),
                        series.scope.clone(),
                        p.loss,
                        p.probability,
                        p.lower,
                        p.upper,
                        p.return_period,
                    )
                })
            })
            .collect()
    })
}

/// One row per variant x ladder x cap x measure x level x comparison.
pub fn ladder(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = Band::columns(
        &["variant", "ladder", "cap", "policy", "measure", "level", "comparison", "unit"],
        "value",
        &["credit_kept", "people_cut", "people"],
    );
    write(&heading, results, |run| {
        let ladders = run.summary.ladders.iter();
        let points = ladders.flat_map(|l| l.points.iter().map(move |point| (&l.ladder, point)));
        points
            .flat_map(|(ladder, point)| {
                point.values.iter().map(move |row| {
                    (
                        (run.variant.clone(), ladder.clone(), point.cap, point.policy.clone()),
                        (row.measure.as_str(), row.level),
                        (row.comparison.as_str(), row.unit.as_str()),
                        Band::from(&row.estimate),
                        (point.credit_kept, point.people_cut, point.people),
                    )
                })
            })
            .collect()
    })
}

/// One row per variant x policy x rule x level.
pub fn frontier(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = Band::columns(
        &["variant", "policy", "ladder", "rule", "level", "credit_withdrawn"],
        "loss_saved",
        &[],
    );
    write(&heading, results, |run| {
        run.summary
            .frontier
            .iter()
            .map(|point| {
                (
                    (run.variant.clone(), point.policy.clone(), point.ladder.clone()),
                    (point.rule.as_str(), point.level, point.credit_withdrawn),
                    Band::from(&point.loss_saved),
                )
            })
            .collect()
    })
}

/// One row per variant x policy x part x measure x level.
pub fn segments(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = Band::columns(
        &["variant", "policy", "scope_kind", "scope", "measure", "level"],
        "value",
        &["share", "share_standard_error", "share_lower", "share_upper", "share_quality"],
    );
    write(&heading, results, |run| {
        run.summary
            .contributions
            .iter()
            .map(|row| {
                let share = row.share.as_ref().map(Band::from);
                (
                    (run.variant.clone(), row.policy.clone()),
                    (row.scope_kind.as_str(), row.scope.clone()),
                    (row.measure.as_str(), row.level),
                    Band::from(&row.estimate),
                    share.as_ref().map(|s| s.value),
                    share.as_ref().and_then(|s| s.standard_error),
                    share.as_ref().and_then(|s| s.lower),
                    share.as_ref().and_then(|s| s.upper),
                    share.as_ref().map(|s| s.quality),
                )
            })
            .collect()
    })
}
