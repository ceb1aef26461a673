//! Tables of what assumptions do: attribution, regions and break-evens.

use super::results::Results;
use super::tidy::{Band, write};
use crate::measures::region::Direction;
use crate::policy::attribution::Channel;

/// One row per variant x policy x scope x measure x level x effect.
pub fn attribution(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let before = ["variant", "policy", "scope_kind", "scope", "measure", "level", "effect"];
    let heading = Band::columns(&before, "added", &["baseline"]);
    write(&heading, results, |run| {
        let of_total = run.system.iter().flat_map(|system| &system.effects);
        let rows = run.summary.attribution.iter().chain(of_total);
        rows.map(|row| {
            (
                (run.variant.clone(), row.policy.clone()),
                (row.scope_kind.as_str(), row.scope.clone()),
                (row.measure.as_str(), row.level, row.channel.map_or("all", Channel::as_str)),
                Band::from(&row.estimate),
                row.baseline,
            )
        })
        .collect()
    })
}

/// One row per region and point.
pub fn regions(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let before = [
        "variant",
        "region",
        "policy",
        "measure",
        "level",
        "threshold",
        "x_key",
        "x",
        "y_key",
        "y",
    ];
    let heading = Band::columns(&before, "relative_change", &["direction"]);
    write(&heading, results, |run| {
        let points = run.regions.iter().flat_map(|region| {
            let grid = region.y.iter().flat_map(|&y| region.x.iter().map(move |&x| (x, y)));
            grid.zip(&region.changes).map(move |(at, change)| (region, at, change))
        });
        points
            .map(|(region, (x, y), change)| {
                (
                    (run.variant.clone(), region.region.clone(), region.policy.clone()),
                    (region.measure.as_str(), region.level, region.threshold),
                    (region.x_key.clone(), x, region.y_key.clone(), y),
                    Band::from(change),
                    Direction::of(change).as_str(),
                )
            })
            .collect()
    })
}

/// One row per place where the change of a region passes 0.
pub fn borders(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = ["variant", "region", "y", "x", "lower", "upper"];
    write(&heading, results, |run| {
        let points = run.regions.iter().flat_map(|r| r.border.iter().map(move |at| (r, at)));
        points
            .map(|(region, at)| {
                let name = (run.variant.clone(), region.region.clone());
                (name, at.y, at.x, at.lower, at.upper)
            })
            .collect()
    })
}

/// One row per break-even.
pub fn break_evens(results: &Results) -> Result<Vec<u8>, csv::Error> {
    let heading = [
        "variant",
        "break_even",
        "policy",
        "measure",
        "level",
        "threshold",
        "key",
        "from",
        "to",
        "value",
        "lower",
        "upper",
        "crossings",
        "change_at_from",
        "change_at_to",
    ];
    write(&heading, results, |run| {
        let found = run.break_evens.iter();
        found
            .map(|own| {
                (
                    (run.variant.clone(), own.break_even.clone(), own.policy.clone()),
                    (own.measure.as_str(), own.level, own.threshold),
                    (own.key.clone(), own.from, own.to),
                    (own.value, own.lower, own.upper, own.crossings),
                    (own.at_from.value, own.at_to.value),
                )
            })
            .collect()
    })
}
