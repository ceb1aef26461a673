//! What must hold of any results, whatever the scenario. Each oracle is a function that can be given results that
//! were spoilt on purpose.

use std::collections::BTreeMap;

use serde_json::Value;
use tailcap::engine::LossSample;
use tailcap::measures::row::MeasureRow;
use tailcap::measures::{Comparison, Estimate, Measure, Quality};
use tailcap::report::Results;
use tailcap::report::results::{RunResults, Warning};
use tailcap::system::ScopeKind;

use super::expected;
use super::world::World;

/// Something that did not hold: the oracle's name, and what was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub oracle: &'static str,
    pub what: String,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Found(pub Vec<Broken>);

impl Found {
    /// Notes what does not hold.
    pub fn expect(&mut self, holds: bool, oracle: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Broken { oracle, what: what() });
        }
    }
}

/// Slack for sums of doubles.
fn slack(a: f64, b: f64) -> f64 {
    1e-9 * (a.abs() + b.abs()) + 1e-9
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= slack(a, b)
}

fn at_most(a: f64, b: f64) -> bool {
    a <= b + slack(a, b)
}

/// Written as JSON and read again, results are the same.
pub fn round_trip(results: &Results, found: &mut Found) {
    let text = serde_json::to_string(results).unwrap_or_default();
    match serde_json::from_str::<Results>(&text) {
        Ok(again) => found.expect(again == *results, "round-trip", || {
            "results.json read again differs from what was written".to_owned()
        }),
        Err(error) => found.expect(false, "round-trip", || format!("results.json: {error}")),
    }
}

/// Every estimate anywhere in results is ordered and finite.
pub fn estimates(results: &Value, found: &mut Found) {
    walk(results, &mut String::new(), found);
}

fn walk(tree: &Value, path: &mut String, found: &mut Found) {
    match tree {
        Value::Object(map) => {
            if map.contains_key("standard_error") && map.contains_key("quality") {
                match serde_json::from_value::<Estimate>(tree.clone()) {
                    Ok(own) => estimate(&own, path, found),
                    Err(error) => found
                        .expect(false, "estimate-finite", || format!("{path}: {error}: {tree}")),
                }
                return;
            }
            for (key, own) in map {
                step(path, key, own, found);
            }
        }
        Value::Array(list) => {
            for (at, own) in list.iter().enumerate() {
                let name = ["policy", "scope", "measure", "level", "comparison"];
                let told: Vec<String> = name
                    .iter()
                    .filter_map(|key| own.get(key).filter(|own| !own.is_null()))
                    .map(|own| own.to_string().replace('"', ""))
                    .collect();
                step(path, &format!("{at}({})", told.join(" ")), own, found);
            }
        }
        _ => {}
    }
}

fn step(path: &mut String, key: &str, own: &Value, found: &mut Found) {
    let long = path.len();
    path.push('/');
    path.push_str(key);
    walk(own, path, found);
    path.truncate(long);
}

fn estimate(own: &Estimate, path: &str, found: &mut Found) {
    let told = || format!("{path}: {own:?}");
    let numbers = [Some(own.value), own.standard_error, own.lower, own.upper];
    found.expect(numbers.into_iter().flatten().all(f64::is_finite), "estimate-finite", told);
    found.expect(own.standard_error.is_none_or(|se| se >= 0.0), "standard-error-sign", told);
    let below = own.lower.is_none_or(|low| at_most(low, own.value));
    let above = own.upper.is_none_or(|high| at_most(own.value, high));
    found.expect(below && above, "interval-holds-value", told);
    found.expect(
        own.lower.zip(own.upper).is_none_or(|(low, high)| low <= high),
        "interval-ordered",
        told,
    );
    let several = own.effective_trials.is_none_or(|n| n.is_finite() && n >= 0.0)
        && own.variance_ratio.is_none_or(|x| x.is_finite() && x >= 0.0);
    found.expect(several, "estimate-finite", told);
}

/// Values themselves, by scope and policy.
type Levels<'r> = BTreeMap<(&'static str, &'r str, &'r str), Vec<&'r MeasureRow>>;

fn levels(run: &RunResults) -> Levels<'_> {
    let mut all = Levels::new();
    for row in &run.summary.rows {
        if row.comparison == Comparison::Level {
            let key = (row.scope_kind.as_str(), row.scope.as_str(), row.policy.as_str());
            all.entry(key).or_default().push(row);
        }
    }
    all
}

fn of<'r>(rows: &[&'r MeasureRow], measure: Measure) -> Vec<&'r MeasureRow> {
    rows.iter().copied().filter(|row| row.measure == measure).collect()
}

/// EL <= ES, VaR <= ES, both rising with the level; P(L > x) falling in x and within 0..1, its bounds too.
pub fn ordered(run: &RunResults, found: &mut Found) {
    for (key, rows) in levels(run) {
        let mean = of(&rows, Measure::ExpectedLoss).first().map(|row| row.estimate.value);
        let mut vars = of(&rows, Measure::ValueAtRisk);
        let mut tails = of(&rows, Measure::ExpectedShortfall);
        let by_level = |a: &&MeasureRow, b: &&MeasureRow| a.level.partial_cmp(&b.level);
        vars.sort_by(|a, b| by_level(a, b).expect("levels are numbers"));
        tails.sort_by(|a, b| by_level(a, b).expect("levels are numbers"));
        for (name, list) in [("VaR", &vars), ("ES", &tails)] {
            for pair in list.windows(2) {
                let (a, b) = (pair[0].estimate.value, pair[1].estimate.value);
                found.expect(at_most(a, b), "monotone-in-level", || {
                    format!(
                        "{key:?}: {name} {a} at {:?}, {b} at {:?}",
                        pair[0].level, pair[1].level
                    )
                });
            }
        }
        for tail in &tails {
            let es = tail.estimate.value;
            if let Some(var) = vars.iter().find(|row| row.level == tail.level) {
                let var = var.estimate.value;
                found.expect(at_most(var, es), "var-below-es", || {
                    format!("{key:?} at {:?}: VaR {var}, ES {es}", tail.level)
                });
            }
            if let Some(mean) = mean {
                found.expect(at_most(mean, es), "el-below-es", || {
                    format!("{key:?} at {:?}: EL {mean}, ES {es}", tail.level)
                });
            }
        }
        let mut beyond = of(&rows, Measure::ExceedanceProbability);
        beyond.sort_by(|a, b| a.threshold.partial_cmp(&b.threshold).expect("amounts are numbers"));
        for row in &beyond {
            let p = row.estimate;
            let ends = [Some(p.value), p.lower, p.upper].into_iter().flatten();
            found.expect(
                ends.into_iter().all(|x| (-1e-12..=1.0 + 1e-12).contains(&x)),
                "probability-range",
                || format!("{key:?} P(L > {:?}): {p:?}", row.threshold),
            );
        }
        for pair in beyond.windows(2) {
            let (a, b) = (pair[0].estimate, pair[1].estimate);
            let told = || {
                format!(
                    "{key:?}: {a:?} at {:?}, {b:?} at {:?}",
                    pair[0].threshold, pair[1].threshold
                )
            };
            found.expect(at_most(b.value, a.value), "exceedance-falls", told);
            let bounds = a.upper.zip(b.upper).is_none_or(|(a, b)| at_most(b, a));
            found.expect(bounds, "exceedance-bounds-fall", told);
        }
    }
    for series in &run.summary.exceedance {
        for pair in series.points.windows(2) {
            found.expect(
                pair[0].loss < pair[1].loss && at_most(pair[1].probability, pair[0].probability),
                "exceedance-falls",
                || format!("curve of {} {}: {pair:?}", series.scope, series.policy),
            );
        }
    }
}

/// Segments and lenders (without a system) add up to the system; contributions to what they share out.
pub fn additive(run: &RunResults, found: &mut Found) {
    let sums = [Measure::ExpectedLoss, Measure::Credit, Measure::Limits, Measure::Exposure];
    let all = levels(run);
    for policy in &run.policies {
        let whole = all.get(&("system", "system", policy.id.as_str()));
        for measure in sums {
            let Some(whole) = whole.and_then(|rows| of(rows, measure).first().copied()) else {
                continue;
            };
            for kind in ["segment", "lender"] {
                if kind == "lender" && run.system.is_some() {
                    continue;
                }
                let parts: Vec<f64> = all
                    .iter()
                    .filter(|(key, _)| key.0 == kind && key.2 == policy.id)
                    .flat_map(|(_, rows)| of(rows, measure))
                    .map(|row| row.estimate.value)
                    .collect();
                if !parts.is_empty() {
                    let sum: f64 = parts.iter().sum();
                    found.expect(same(sum, whole.estimate.value), "additivity", || {
                        format!(
                            "{kind}s of {} add up to {sum} of {measure:?}, the system has {}",
                            policy.id, whole.estimate.value
                        )
                    });
                }
            }
        }
    }
    let mut shared: BTreeMap<(String, &'static str, Measure, String), f64> = BTreeMap::new();
    for part in &run.summary.contributions {
        let key = (
            part.policy.clone(),
            part.scope_kind.as_str(),
            part.measure,
            part.level.map_or_else(String::new, |level| level.to_string()),
        );
        *shared.entry(key).or_default() += part.estimate.value;
    }
    for ((policy, kind, measure, level), sum) in shared {
        if !matches!(kind, "segment" | "lender") || (kind == "lender" && run.system.is_some()) {
            continue;
        }
        let level = level.parse().ok();
        let Some(row) = run.system(&policy, measure, level, Comparison::Level) else { continue };
        let whole = row.estimate.value;
        let near = (sum - whole).abs() <= 1e-6 * whole.abs() + 1e-6;
        found.expect(near, "contributions-add-up", || {
            format!(
                "{kind}s of {policy} contribute {sum} to {measure:?} {level:?}, which is {whole}"
            )
        });
    }
    borne(run, &all, found);
}

/// All bearers together bear the total.
fn borne(run: &RunResults, all: &Levels<'_>, found: &mut Found) {
    for policy in &run.policies {
        let total = all.get(&("total", "total", policy.id.as_str()));
        let Some(total) = total.and_then(|rows| of(rows, Measure::ExpectedLoss).first().copied())
        else {
            continue;
        };
        let parts = all.iter().filter(|(key, _)| key.0 == "bearer" && key.2 == policy.id);
        let parts: Vec<f64> = parts
            .flat_map(|(_, rows)| of(rows, Measure::ExpectedLoss))
            .map(|row| row.estimate.value)
            .collect();
        let (sum, whole) = (parts.iter().sum::<f64>(), total.estimate.value);
        let near = (sum - whole).abs() <= 1e-6 * whole.abs() + 0.05;
        found.expect(parts.is_empty() || near, "bearers-add-up", || {
            format!("bearers of {} bear {sum}, the total is {whole}", policy.id)
        });
    }
}

/// A change is the difference of two values.
pub fn changes(run: &RunResults, baseline: &str, found: &mut Found) {
    for row in &run.summary.rows {
        if row.comparison != Comparison::Change {
            continue;
        }
        let level = |policy: &str| {
            run.summary.rows.iter().find(|own| {
                own.comparison == Comparison::Level
                    && own.policy == policy
                    && own.scope_kind == row.scope_kind
                    && own.scope == row.scope
                    && own.measure == row.measure
                    && own.level == row.level
                    && own.threshold == row.threshold
            })
        };
        let Some((own, base)) = level(&row.policy).zip(level(baseline)) else { continue };
        let (own, base) = (own.estimate.value, base.estimate.value);
        let near = (own - base - row.estimate.value).abs() <= slack(own, base);
        found.expect(near, "change-is-difference", || {
            let MeasureRow { policy, scope, measure, level, .. } = row;
            format!(
                "{policy} {scope} {measure:?} {level:?}: {own} less {base}, told as {}",
                row.estimate.value
            )
        });
    }
}

/// Limits, credit and exact expected losses are those of plain arithmetic; losses are bounded by exposure.
pub fn sums(world: &World, run: &RunResults, found: &mut Found) {
    let most = expected::most(world);
    let bounded = world.scenario["model"]["defaults"] != "poisson";
    for policy in &run.policies {
        let row = |measure| run.system(&policy.id, measure, None, Comparison::Level);
        if let Some(want) = expected::sums(world, &policy.id, |_| true) {
            // A new limit may be rounded to a hundredth per account.
            let accounts = world.rows.iter().map(|row| row.count as f64).sum::<f64>() * 0.01;
            for (measure, want) in [(Measure::Limits, want.limits), (Measure::Credit, want.credit)]
            {
                let Some(row) = row(measure) else { continue };
                let own = row.estimate.value;
                found.expect((own - want).abs() <= accounts + slack(own, want), "books", || {
                    format!("{measure:?} of {} is {own}, the rows have {want}", policy.id)
                });
            }
            if let Some(own) = policy.exact_expected_loss.filter(|_| expected::keeps_means(world)) {
                let near = (own - want.expected_loss).abs()
                    <= want.rounding + slack(own, want.expected_loss);
                found.expect(near, "exact-el-independent", || {
                    format!(
                        "exact expected loss of {} is {own}, PD x LGD x EAD add up to {}",
                        policy.id, want.expected_loss
                    )
                });
            }
        }
        let raised = run.policies.len() > 1 && world.scenario.get("behaviour").is_some();
        if policy.id == "today" && bounded && !raised {
            for row in &run.summary.rows {
                let amount = matches!(
                    row.measure,
                    Measure::ExpectedLoss | Measure::ValueAtRisk | Measure::ExpectedShortfall
                );
                let own = row.policy == policy.id && row.scope_kind == ScopeKind::System;
                if amount && own && row.comparison == Comparison::Level {
                    let value = row.estimate.value;
                    found.expect(
                        value >= 0.0 && at_most(value, most),
                        "loss-within-exposure",
                        || {
                            format!(
                                "{:?} {:?} is {value}, all limits are {most}",
                                row.measure, row.level
                            )
                        },
                    );
                }
            }
        }
    }
    lower_caps(world, run, found);
}

/// A lower cap loses no more, where behaviour moves nothing else.
fn lower_caps(world: &World, run: &RunResults, found: &mut Found) {
    if world.scenario.get("behaviour").is_some() || world.scenario.get("system").is_some() {
        return;
    }
    for ladder in &run.summary.ladders {
        let losses = ladder.points.iter().map(|point| {
            let row = run.system(&point.policy, Measure::ExpectedLoss, None, Comparison::Level);
            row.map_or(0.0, |row| row.estimate.value)
        });
        let losses: Vec<f64> = losses.collect();
        found.expect(losses.windows(2).all(|pair| at_most(pair[0], pair[1])), "lower-cap", || {
            format!("expected losses of {} by rising cap: {losses:?}", ladder.ladder)
        });
    }
}

/// Probabilities of failure are probabilities, fall in their number, and add up to the expected number.
pub fn failures(run: &RunResults, found: &mut Found) {
    let Some(system) = &run.system else { return };
    for policy in &run.policies {
        let points: Vec<_> = system.failures.iter().filter(|p| p.policy == policy.id).collect();
        let sum: f64 = points.iter().map(|point| point.probability.value).sum();
        found.expect(points.is_empty() || (sum - 1.0).abs() < 1e-9, "failures", || {
            format!("probabilities of numbers of failures of {} add up to {sum}", policy.id)
        });
        let mean: f64 =
            points.iter().map(|point| f64::from(point.failures) * point.probability.value).sum();
        let each: f64 = system
            .rows
            .iter()
            .filter(|row| row.policy == policy.id && row.measure == Measure::FailureProbability)
            .map(|row| row.estimate.value)
            .sum();
        let told = run
            .summary
            .rows
            .iter()
            .find(|row| {
                row.policy == policy.id
                    && row.measure == Measure::Failures
                    && row.comparison == Comparison::Level
            })
            .map(|row| row.estimate.value);
        let near = told.is_none_or(|told| (told - mean).abs() < 1e-9 && (told - each).abs() < 1e-9);
        found.expect(near, "failures", || {
            format!(
                "failures of {}: expected {told:?}, by numbers {mean}, by lenders {each}",
                policy.id
            )
        });
    }
}

/// A reach that a mean of bounded numbers leaves with a probability below 1e-11 (Bernstein): `sd` and `most` are of
/// one number, `n` of them are averaged.
pub fn reach(sd: f64, most: f64, n: f64) -> f64 {
    let log = 26.0;
    let c = most * log / (3.0 * n);
    c + (c * c + 2.0 * log * sd * sd / n).sqrt()
}

/// Losses of the system by trial, units of currency, with weights that average 1.
pub struct Trials {
    pub losses: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Trials {
    /// Those of a policy of a sample.
    pub fn of(sample: &LossSample, run: &RunResults, policy: usize) -> Option<Self> {
        let finer = run.warnings.iter().find_map(|warning| match warning {
            Warning::FinerUnit { minor_units } => Some(*minor_units),
            _ => None,
        });
        let per_unit = finer.unwrap_or(100) as f64;
        let columns = sample.blocks.first()?.losses.shape()[3];
        let losses = sample.losses(policy, &(0..columns).collect::<Vec<_>>());
        let losses: Vec<f64> = losses.into_iter().map(|x| x as f64 / per_unit).collect();
        let weights = sample.weights().unwrap_or_else(|| vec![1.0; losses.len()]);
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let weights = weights.into_iter().map(|w| w / mean).collect();
        Some(Self { losses, weights })
    }

    /// Mean of a function of the loss.
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self.losses.iter().zip(&self.weights).map(|(&x, w)| w * f(x)).sum();
        sum / self.losses.len() as f64
    }
}

/// What is worked out exactly lies where the trials are.
pub fn exact_against_trials(
    world: &World,
    (exact, sampled): (&RunResults, &RunResults),
    sample: &LossSample,
    found: &mut Found,
) {
    let most = expected::most(world) * 1.0001;
    let poisson = world.scenario["model"]["defaults"] == "poisson";
    let behaves = world.scenario.get("behaviour").is_some();
    let step = exact.engine.as_ref().map_or(0.0, |own| {
        own.grid_step.filter(|_| own.grid_is_exact == Some(false)).unwrap_or(0.0)
    });
    for (at, policy) in exact.policies.iter().enumerate() {
        let value = |measure, level| {
            exact
                .system(&policy.id, measure, level, Comparison::Level)
                .map(|row| row.estimate.value)
        };
        let mean = value(Measure::ExpectedLoss, None);
        if let Some((own, want)) = mean.zip(expected::sums(world, &policy.id, |_| true))
            && expected::keeps_means(world)
        {
            let near = (own - want.expected_loss).abs()
                <= want.rounding + 1e-6 * want.expected_loss + slack(own, 0.0);
            found.expect(near, "exact-engine-el", || {
                format!(
                    "engine exact: expected loss of {} is {own}, PD x LGD x EAD add up to {}",
                    policy.id, want.expected_loss
                )
            });
        }
        for row in exact.summary.rows.iter().filter(|row| {
            row.policy == policy.id
                && row.scope_kind == ScopeKind::Segment
                && row.measure == Measure::ExpectedLoss
                && row.comparison == Comparison::Level
        }) {
            let want = expected::sums(world, &policy.id, |own| own.segment == row.scope);
            let Some(want) = want.filter(|_| expected::keeps_means(world)) else { continue };
            let own = row.estimate.value;
            let near = (own - want.expected_loss).abs()
                <= want.rounding + 1e-6 * want.expected_loss + slack(own, 0.0);
            found.expect(near, "exact-engine-el", || {
                format!(
                    "engine exact: expected loss of {} in {} is {own}, PD x LGD x EAD add up to {}",
                    policy.id, row.scope, want.expected_loss
                )
            });
        }
        // Behaviour may take debts elsewhere, and a Poisson number of defaults has no bound.
        if poisson || behaves {
            continue;
        }
        let (Some(trials), Some(mean), Some(sd)) =
            (Trials::of(sample, sampled, at), mean, value(Measure::StandardDeviation, None))
        else {
            continue;
        };
        let n = trials.losses.len() as f64;
        let heaviest = trials.weights.iter().copied().fold(1.0, f64::max);
        // E (w f)^2 <= heaviest E f^2 under the drawn law.
        let far = |second: f64, most: f64| reach((heaviest * second).sqrt(), heaviest * most, n);
        let own = trials.mean(|x| x);
        let allowed = far(sd * sd + if heaviest > 1.0 { mean * mean } else { 0.0 }, most);
        found.expect((own - mean).abs() <= allowed, "exact-against-sampling", || {
            format!("{}: EL exact {mean}, {n} trials {own}, at most {allowed} apart", policy.id)
        });
        for level in exact_levels(exact, &policy.id) {
            let Some((var, es)) = value(Measure::ValueAtRisk, Some(level))
                .zip(value(Measure::ExpectedShortfall, Some(level)))
            else {
                continue;
            };
            let tail = 1.0 - level;
            let allowed = far(tail, 1.0);
            let above = trials.mean(|x| f64::from(u8::from(x > var + step + 0.005)));
            let from = trials.mean(|x| f64::from(u8::from(x >= var - step - 0.005)));
            found.expect(
                above <= tail + allowed && from >= tail - allowed,
                "exact-against-sampling",
                || {
                    format!(
                        "{}: exact VaR {var} at {level}, but of {n} trials {above} lie above it and \
                         {from} at or above it, {allowed} allowed",
                        policy.id
                    )
                },
            );
            let excess = (es - var).max(0.0) * tail;
            let allowed =
                1.5 * far((most - var).max(0.0) * excess, most) + 2.0 * step * tail + 0.01 * tail;
            let own = trials.mean(|x| (x - var).max(0.0));
            found.expect((own - excess).abs() <= allowed, "exact-against-sampling", || {
                format!(
                    "{}: exact VaR {var} and ES {es} at {level}; mean excess over it {excess}, {n} trials \
                     {own}, at most {allowed} apart",
                    policy.id
                )
            });
        }
    }
    claimed(exact, sampled, found);
}

fn exact_levels(run: &RunResults, policy: &str) -> Vec<f64> {
    let own = run.summary.rows.iter().filter(|row| {
        row.policy == policy
            && row.scope_kind == ScopeKind::System
            && row.measure == Measure::ExpectedShortfall
            && row.comparison == Comparison::Level
    });
    own.filter_map(|row| row.level).collect()
}

/// Numbers that are called good lie within eight of their own standard errors.
fn claimed(exact: &RunResults, sampled: &RunResults, found: &mut Found) {
    let step = exact.engine.as_ref().map_or(0.0, |own| own.grid_step.unwrap_or(0.0));
    for row in &sampled.summary.rows {
        let amount = matches!(
            row.measure,
            Measure::ExpectedLoss
                | Measure::StandardDeviation
                | Measure::ExpectedShortfall
                | Measure::ExceedanceProbability
        );
        let Some(error) = row.estimate.standard_error else { continue };
        if !amount
            || row.estimate.quality != Quality::Good
            || !matches!(row.comparison, Comparison::Level | Comparison::Change)
        {
            continue;
        }
        let Some(own) = exact.summary.rows.iter().find(|own| {
            own.policy == row.policy
                && own.scope_kind == row.scope_kind
                && own.scope == row.scope
                && own.measure == row.measure
                && own.level == row.level
                && own.threshold == row.threshold
                && own.comparison == row.comparison
        }) else {
            continue;
        };
        let (a, b) = (own.estimate.value, row.estimate.value);
        let allowed = 8.0 * error
            + match row.measure {
                Measure::ExceedanceProbability => 1e-6,
                _ => step + 1e-6 * a.abs() + 0.02,
            };
        found.expect((a - b).abs() <= allowed, "good-but-far", || {
            let MeasureRow { policy, scope, measure, level, threshold, comparison, .. } = row;
            format!(
                "{policy} {scope} {measure:?} {level:?} {threshold:?} {comparison:?}: exact {a}, sampled {b} with \
                 standard error {error}, called good"
            )
        });
    }
}

/// The sampled mean lies where plain arithmetic puts it, as far as trials can tell.
pub fn sampled_mean(world: &World, run: &RunResults, sample: &LossSample, found: &mut Found) {
    let model = &world.scenario["model"];
    let calm = model.get("copula").is_none()
        && model.get("mixture").is_none()
        && model["correlation"].as_f64().is_some_and(|rho| rho <= 0.3);
    if !calm || !expected::keeps_means(world) {
        return;
    }
    let most = expected::most(world) * 1.0001;
    for (at, policy) in run.policies.iter().enumerate() {
        let (Some(want), Some(trials)) =
            (expected::sums(world, &policy.id, |_| true), Trials::of(sample, run, at))
        else {
            continue;
        };
        let heaviest = trials.weights.iter().copied().fold(1.0, f64::max);
        let own = trials.mean(|x| x);
        // E L^2 <= most E L holds for any law.
        let second = most * want.expected_loss;
        let allowed =
            reach((heaviest * second).sqrt(), heaviest * most, trials.losses.len() as f64);
        let near = (own - want.expected_loss).abs() <= allowed + want.rounding;
        found.expect(near, "sampled-el-independent", || {
            format!(
                "mean of {} trials of {} is {own}, PD x LGD x EAD add up to {}, at most {allowed} apart",
                trials.losses.len(),
                policy.id,
                want.expected_loss
            )
        });
    }
}

/// Two ways to write the same book have the same distribution, up to rounding.
pub fn same_law(a: &RunResults, b: &RunResults, what: &str, found: &mut Found) {
    let error = |run: &RunResults| run.engine.as_ref().map_or(0.0, |own| own.numerical_error);
    let allowed = 1e-7 + 20.0 * error(a).max(error(b));
    let system = |run: &RunResults| {
        let rows = run.summary.rows.clone();
        rows.into_iter().filter(|row| {
            row.scope_kind == ScopeKind::System && row.comparison == Comparison::Level
        })
    };
    let others: Vec<MeasureRow> = system(b).collect();
    for row in system(a) {
        let twin = others.iter().find(|own| {
            own.policy == row.policy
                && own.measure == row.measure
                && own.level == row.level
                && own.threshold == row.threshold
        });
        let Some(twin) = twin else { continue };
        let (own, other) = (row.estimate.value, twin.estimate.value);
        let near = (own - other).abs() <= allowed * own.abs().max(other.abs()) + 1e-9;
        found.expect(near, "labels-and-order", || {
            format!(
                "{what}: {} {:?} {:?} is {own}, then {other}",
                row.policy, row.measure, row.level
            )
        });
    }
}
