//! The data behind the page's own charts: curves and key numbers by scope and policy, thinned to what a screen can
//! show and rounded to what an eye can read.

use serde::Serialize;

use crate::measures::series::{DensityKind, DensitySeries, ExceedancePoint};
use crate::measures::{Comparison, Estimate, Measure, Quality};
use crate::plots;
use crate::report::at_a_glance::shown;
use crate::report::results::{Results, RunResults};
use crate::system::ScopeKind;

/// Numbers that all curves together may have; a number takes about 8 bytes.
const MOST_OF_CURVES: usize = 80_000;
/// Numbers that all key numbers together may have.
const MOST_OF_KEYS: usize = 90_000;
/// Points of a density.
const DENSITY_POINTS: usize = 160;
/// Points of an exceedance curve of the system.
const SYSTEM_POINTS: usize = 180;
/// With fewer points a curve misleads.
const FEWEST_POINTS: usize = 8;
/// Most points of a curve of a part.
const PART_POINTS: usize = 60;
/// Significant digits of curves and of key numbers.
const CURVE_DIGITS: i32 = 4;
const KEY_DIGITS: i32 = 7;
/// So many policies are switched on at first, besides the baseline.
const ON_AT_FIRST: usize = 5;

/// Everything the page's charts need.
#[derive(Debug, Serialize)]
pub struct Explorer {
    currency: String,
    horizon: String,
    confidence: f64,
    levels: Vec<f64>,
    baseline: usize,
    policies: Vec<Face>,
    runs: Vec<Series>,
    /// Parts left out, each a kind with a count.
    left_out: Vec<(String, usize)>,
}

/// How a policy appears.
#[derive(Debug, Serialize)]
struct Face {
    id: String,
    title: String,
    colour: String,
    dash: Vec<f64>,
    ladder: Option<String>,
    cap: Option<f64>,
    on: bool,
}

#[derive(Debug, Serialize)]
struct Series {
    variant: String,
    title: String,
    scopes: Vec<Scope>,
}

#[derive(Debug, Serialize)]
struct Scope {
    kind: &'static str,
    name: String,
    /// By policy.
    density: Vec<Option<Density>>,
    /// By policy: x, P(L > x), lower, upper.
    exceedance: Vec<Vec<[f64; 4]>>,
    /// By policy: EL, then VaR and ES of each level, then credit.
    keys: Vec<Vec<Option<Key>>>,
    /// The same as relative changes against the baseline.
    changes: Vec<Vec<Option<Key>>>,
}

#[derive(Debug, Serialize)]
struct Density {
    atoms: bool,
    points: Vec<[f64; 2]>,
}

/// Value, lower, upper, quality (0 not sampled, 1 good, 2 too few, 3 bound).
type Key = (f64, Option<f64>, Option<f64>, u8);

/// The data of all runs.
pub fn explorer(results: &Results) -> Explorer {
    let facts = &results.scenario;
    let base = &results.runs[0];
    let ids: Vec<&str> = base.policies.iter().map(|policy| &*policy.id).collect();
    let baseline = ids.iter().position(|id| *id == facts.baseline).unwrap_or(0);
    let (kept, left_out) = kept_scopes(base, facts.levels.len());
    // The system of the scenario itself is drawn in full, whatever it takes; the rest shares what is left.
    let full = ids.len() * (4 * SYSTEM_POINTS + 2 * DENSITY_POINTS);
    let variants = results.runs.len() - 1;
    let parts = ids.len() * (kept.len().saturating_sub(1) + variants);
    let densities = ids.len() * variants * 2 * DENSITY_POINTS;
    let room = MOST_OF_CURVES.saturating_sub(full + densities.min(MOST_OF_CURVES / 3));
    let each = if parts == 0 { PART_POINTS } else { (room / (4 * parts)).min(PART_POINTS) };
    let runs = results.runs.iter().enumerate().map(|(at, run)| {
        let own = if at == 0 { &kept[..] } else { &kept[..1.min(kept.len())] };
        let scopes = own.iter().map(|(kind, name)| {
            let points = if at == 0 && *kind == ScopeKind::System { SYSTEM_POINTS } else { each };
            scope(run, (*kind, name), &ids, &facts.levels, points)
        });
        Series { variant: run.variant.clone(), title: run.title.clone(), scopes: scopes.collect() }
    });
    Explorer {
        currency: facts.currency.clone(),
        horizon: facts.horizon.clone(),
        confidence: facts.confidence,
        levels: facts.levels.clone(),
        baseline,
        policies: faces(results, base),
        runs: runs.collect(),
        left_out,
    }
}

fn faces(results: &Results, run: &RunResults) -> Vec<Face> {
    let baseline = &results.scenario.baseline;
    let visible = shown(&run.policies, baseline);
    // Colours follow the figures: places among the policies that these show.
    let looks = plots::looks_of(visible.iter().map(|policy| &*policy.id), baseline);
    let mut on = 0;
    run.policies
        .iter()
        .map(|policy| {
            let at = visible.iter().position(|own| own.id == policy.id);
            let (colour, dash) = at.map_or_else(plots::plain_look, |at| looks[at].clone());
            let steps = run.summary.ladders.iter().flat_map(|ladder| &ladder.points);
            let cap = steps.into_iter().find(|point| point.policy == policy.id).map(|own| own.cap);
            let is_on = policy.id == *baseline || (policy.ladder.is_none() && on < ON_AT_FIRST);
            on += usize::from(is_on && policy.id != *baseline);
            Face {
                id: policy.id.clone(),
                title: policy.title.clone(),
                colour,
                dash,
                ladder: policy.ladder.clone(),
                cap,
                on: is_on,
            }
        })
        .collect()
}

/// Scopes that are left out, by kind.
type LeftOut = Vec<(String, usize)>;

/// The scopes that there is room for, in their order, and how many of each kind are left out: those with the
/// smallest EL under the first policy go first.
fn kept_scopes(run: &RunResults, levels: usize) -> (Vec<(ScopeKind, String)>, LeftOut) {
    let first = run.policies.first().map_or("", |policy| &policy.id);
    let means = run.summary.rows.iter().filter(|row| {
        row.policy == first
            && row.measure == Measure::ExpectedLoss
            && row.comparison == Comparison::Level
    });
    let mut all: Vec<(ScopeKind, String, f64)> =
        means.map(|row| (row.scope_kind, row.scope.clone(), row.estimate.value)).collect();
    let per_scope = run.policies.len() * (2 + 2 * levels) * 2 * 4;
    let most = (MOST_OF_KEYS / per_scope.max(1)).max(1);
    let mut left_out: Vec<(String, usize)> = Vec::new();
    while all.len() > most {
        let part =
            |kind| matches!(kind, ScopeKind::Lender | ScopeKind::Segment | ScopeKind::Tranche);
        let parts = all.iter().enumerate().filter(|(_, own)| part(own.0));
        let Some((at, _)) = parts.min_by(|a, b| a.1.2.total_cmp(&b.1.2)) else { break };
        let kind = all.remove(at).0.as_str().to_owned();
        match left_out.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, count)) => *count += 1,
            None => left_out.push((kind, 1)),
        }
    }
    (all.into_iter().map(|(kind, name, _)| (kind, name)).collect(), left_out)
}

fn scope(
    run: &RunResults,
    (kind, name): (ScopeKind, &str),
    ids: &[&str],
    levels: &[f64],
    points: usize,
) -> Scope {
    let is_system = kind == ScopeKind::System;
    let density = |id: &&str| {
        let series = run.summary.densities.iter().find(|series| series.policy == **id)?;
        is_system.then(|| thin_density(series))
    };
    let exceedance = |id: &&str| {
        let mut own = run.summary.exceedance.iter();
        let own = own.find(|s| s.scope_kind == kind && s.scope == name && s.policy == **id);
        match own {
            Some(series) if points >= FEWEST_POINTS => thin_curve(&series.points, points),
            _ => Vec::new(),
        }
    };
    let rows: Vec<_> =
        run.summary.rows.iter().filter(|row| row.scope_kind == kind && row.scope == name).collect();
    let keys = |comparison: Comparison| -> Vec<Vec<Option<Key>>> {
        let find = |id: &str, measure, level: Option<f64>| {
            let mut own = rows.iter();
            let own = own.find(|row| {
                row.policy == id
                    && row.measure == measure
                    && row.level == level
                    && row.comparison == comparison
            });
            own.map(|row| key(&row.estimate))
        };
        let of = |id: &&str| {
            let mut own = vec![find(id, Measure::ExpectedLoss, None)];
            for &level in levels {
                own.push(find(id, Measure::ValueAtRisk, Some(level)));
                own.push(find(id, Measure::ExpectedShortfall, Some(level)));
            }
            own.push(find(id, Measure::Credit, None));
            own
        };
        ids.iter().map(of).collect()
    };
    Scope {
        kind: kind.as_str(),
        name: name.to_owned(),
        density: ids.iter().map(density).collect(),
        exceedance: ids.iter().map(exceedance).collect(),
        keys: keys(Comparison::Level),
        changes: keys(Comparison::RelativeChange),
    }
}

fn key(estimate: &Estimate) -> Key {
    let digits = |x: f64| rounded(x, KEY_DIGITS);
    let quality = match estimate.quality {
        Quality::Exact | Quality::Approximation => 0,
        Quality::Good => 1,
        Quality::TooFew => 2,
        Quality::Bound => 3,
    };
    (digits(estimate.value), estimate.lower.map(digits), estimate.upper.map(digits), quality)
}

fn thin_density(series: &DensitySeries) -> Density {
    let points = thinned(&series.points, DENSITY_POINTS);
    let pair = |p: &&crate::measures::series::DensityPoint| {
        [rounded(p.loss, CURVE_DIGITS + 1), rounded(p.density, CURVE_DIGITS)]
    };
    Density {
        atoms: series.kind == DensityKind::Atoms,
        points: points.iter().map(|p| pair(&p)).collect(),
    }
}

fn thin_curve(points: &[ExceedancePoint], most: usize) -> Vec<[f64; 4]> {
    let digits = |x: f64| rounded(x, CURVE_DIGITS);
    let four = |p: &ExceedancePoint| {
        [rounded(p.loss, CURVE_DIGITS + 1), digits(p.probability), digits(p.lower), digits(p.upper)]
    };
    thinned(points, most).iter().map(four).collect()
}

/// At most so many of the points, evenly spread, both ends among them.
fn thinned<T: Copy>(points: &[T], most: usize) -> Vec<T> {
    if points.len() <= most || most < 2 {
        return points.to_vec();
    }
    (0..most).map(|at| points[at * (points.len() - 1) / (most - 1)]).collect()
}

/// The number to so many significant digits.
fn rounded(x: f64, digits: i32) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    let text = format!("{x:.*e}", (digits - 1) as usize);
    text.parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_order() {
        let points: Vec<usize> = (0..1_000).collect();
        for most in [2, 7, 60, 999] {
            let kept = thinned(&points, most);
            assert_eq!((kept.len(), kept[0], kept[most - 1]), (most, 0, 999));
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert_eq!(thinned(&points, 2_000).len(), 1_000);
    }

    #[test]
    fn numbers_keep_their_leading_digits() {
        assert_eq!(rounded(123_456_789.0, 4), 123_500_000.0);
        assert_eq!(rounded(-0.000_123_456, 3), -0.000_123);
        assert_eq!(rounded(0.0, 3), 0.0);
        assert_eq!(rounded(f64::NAN, 3), 0.0);
    }
}
