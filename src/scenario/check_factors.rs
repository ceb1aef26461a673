//! The checks of `[[model.factor]]`: the factors, and how they hang together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::check::Check;
use super::paths;
use super::spec_model::RawFactor;
use super::values::List;
use crate::error::Place;

/// Id of the only factor when the file names none.
pub const DEFAULT_FACTOR: &str = "systematic";

/// The factors and how they hang together.
pub(super) struct Factors {
    /// Their ids.
    pub ids: Vec<String>,
    /// Symmetric, unit diagonal.
    pub correlation: Vec<Vec<f64>>,
    /// Index into `segment_by` of the column that a factor is one per value of.
    pub per: Vec<Option<usize>>,
    /// Whether the correlations may still move.
    pub repair: bool,
    /// Standard deviations of sectors, where given.
    pub deviations: Vec<Option<f64>>,
}

/// Checks the factors; `segment_by` are the columns that name the segments.
pub(super) fn factors(
    raw: List<RawFactor>,
    segment_by: &[String],
    repair: bool,
    check: &mut Check<'_>,
) -> Factors {
    let raw = raw.unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    let mut links = Vec::new();
    let mut deviations = Vec::new();
    let mut per = Vec::new();
    for (i, raw) in raw.into_iter().enumerate() {
        let Some(raw) = raw else { continue };
        let path = paths::element("model.factor", i);
        ids.push(check.id(&path, raw.id, "factor", &mut seen));
        let required = "a finite standard deviation of at least 0";
        deviations.push(check.number(&paths::key(&path, "sd"), raw.sd, required, |x| x >= 0.0));
        per.push(raw.per.and_then(|column| part(&column, &path, segment_by, check)));
        links.push((path, raw.correlation.unwrap_or_default()));
    }
    if ids.is_empty() {
        ids.push(DEFAULT_FACTOR.to_owned());
        per.push(None);
    }
    let mut matrix = vec![vec![0.0; ids.len()]; ids.len()];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    // (lower, higher) index to the number given first.
    let mut given: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (i, (path, link)) in links.into_iter().enumerate() {
        for (other, x) in link {
            let at = paths::key(&paths::key(&path, "correlation"), &other);
            let Some(j) = named(&other, Place::Key(at.clone()), &ids, check) else { continue };
            if i == j {
                check.conflict(&at, format!("the correlation of `{other}` with itself is 1"));
                continue;
            }
            if let Some(one) = [i, j].into_iter().find(|&one| per[one].is_some()) {
                let message = format!(
                    "`{}` is a factor for each value of a column, independent of all others",
                    ids[one]
                );
                let hint = "let borrowers hang on a common factor as well, by `loadings`";
                check.conflict(&at, message).hint = Some(hint.into());
                continue;
            }
            let holds = |x: f64| (-1.0..=1.0).contains(&x);
            let Some(x) = check.number(&at, x, "a correlation in -1..=1", holds) else { continue };
            let before = *given.entry((i.min(j), i.max(j))).or_insert(x);
            if before != x {
                let message = format!(
                    "the correlation of `{}` and `{other}` is given twice: {before} and {x}",
                    ids[i]
                );
                check.conflict(&at, message);
            }
            matrix[i][j] = x;
            matrix[j][i] = x;
        }
    }
    Factors { ids, correlation: matrix, per, repair, deviations }
}

/// The index of the column that the factor at `path` is one per value of.
fn part(column: &str, path: &str, segment_by: &[String], check: &mut Check<'_>) -> Option<usize> {
    let found = segment_by.iter().position(|part| part == column);
    if found.is_none() && !check.is_incomplete("portfolio.segment_by") {
        let place = Place::Value(paths::key(path, "per"));
        check.unknown(place, "column of portfolio.segment_by", column, segment_by);
        if let Some(fault) = check.faults.last_mut().filter(|fault| fault.hint.is_none()) {
            let all = segment_by.iter().map(String::as_str).chain([column]);
            let all: Vec<String> = all.map(|column| format!("\"{column}\"")).collect();
            fault.hint = Some(format!(
                "segments have to be told apart by it: segment_by = [{}] under [portfolio]",
                all.join(", ")
            ));
        }
    }
    found
}

/// The index of a factor; a fault at `place` if there is none of that name.
pub(super) fn named(
    name: &str,
    place: Place,
    ids: &[String],
    check: &mut Check<'_>,
) -> Option<usize> {
    let found = ids.iter().position(|id| id == name);
    if found.is_none() && !check.is_incomplete("model.factor") {
        check.unknown(place, "factor", name, ids);
    }
    found
}
