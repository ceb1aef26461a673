//! Coverage of the error bands over many seeds: a band that claims 95 % holds the exact value in
//! about 95 of 100 runs.
//!
//! Null, for each statistic: its coverage lies in 93..=97 %. Repetitions: [`REPETITIONS`] runs of
//! [`TRIALS`] trials, seeds 0, 1, 2, … by index. A statistic is refused when so few (many) hits
//! have a probability below [`ALPHA`] at a coverage of 93 % (97 %); with at most 60 statistics and
//! two sides a false alarm in 1,000 runs of this file.

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use statrs::distribution::{Binomial, DiscreteCDF};
use support::law::{self, Latent, Law};
use support::{Case, case, estimate, sample};
use tailcap::measures::{Comparison, Estimate, Measure};
use tailcap::policy::Role;

const REPETITIONS: u64 = 2_000;
/// 60 of them lie beyond the 99 % level.
const TRIALS: u64 = 6_000;
const ALPHA: f64 = 8e-6;
/// Half-widths of a 95 % band in standard errors.
const Z: f64 = 1.959_963_984_540_054;

const PDS: [f64; 3] = [0.02, 0.03, 0.05];
const LOADING: f64 = 0.3;
const CAP: usize = 150;

/// Fully drawn lines from 30 to about 560, so that losses come close to a continuous law.
fn amounts() -> Vec<usize> {
    (0..120).map(|i| (30.0 * 1.025_f64.powi(i)) as usize).collect()
}

fn book() -> Case {
    let rows: String = amounts()
        .iter()
        .enumerate()
        .map(|(i, amount)| format!("{amount},{}\n", PDS[i % 3]))
        .collect();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.95, 0.99]
        thresholds = [1_000, 2_000]
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1.0 }} }}
        model = {{ correlation = {} }}
        policy = [{{ id = "today" }}, {{ id = "cap", rule = [{{ cap = {CAP} }}] }}]
        "#,
        LOADING * LOADING
    );
    case(&scenario, &format!("balance,pd\n{rows}"))
}

/// Exact values of one policy: losses and what divides them.
struct Exact {
    law: Law,
    credit: f64,
}

impl Exact {
    fn new(losses: &[usize]) -> Self {
        let book: Vec<(Latent, usize)> = losses
            .iter()
            .enumerate()
            .map(|(i, &loss)| (Latent::one(PDS[i % 3], LOADING), loss))
            .collect();
        let credit = losses.iter().sum::<usize>() as f64;
        Self { law: Law::of_sum(&book, &law::one_factor(0.2)), credit }
    }

    fn of(&self, measure: Measure, at: Option<f64>) -> f64 {
        let q = at.unwrap_or(0.0);
        // 40 people of each PD.
        let defaults = 40.0 * PDS.iter().sum::<f64>();
        match measure {
            Measure::ExpectedLoss => self.law.mean(),
            Measure::StandardDeviation => self.law.sd(),
            Measure::ValueAtRisk => self.law.var(q) as f64,
            Measure::ExpectedShortfall => self.law.es(q),
            Measure::EconomicCapital => self.law.var(q) as f64 - self.law.mean(),
            Measure::ExceedanceProbability => self.law.exceeds(q as i64),
            Measure::Defaults => defaults,
            Measure::LossPerDefault => self.law.mean() / defaults,
            Measure::ExpectedShortfallPerCredit => self.law.es(q) / self.credit,
            other => panic!("no exact {other:?}"),
        }
    }
}

/// A band by policy, measure, level or threshold, and comparison.
type Key = (&'static str, Measure, Option<f64>, Comparison);

fn keys() -> Vec<Key> {
    use Comparison::{
        Change, ChangeAtEqualCredit, Level, RelativeChange, RelativeChangeAtEqualCredit,
    };
    let q = [Some(0.95), Some(0.99)];
    let mut measures = vec![
        (Measure::ExpectedLoss, None),
        (Measure::StandardDeviation, None),
        (Measure::LossPerDefault, None),
    ];
    for measure in [
        Measure::ValueAtRisk,
        Measure::ExpectedShortfall,
        Measure::EconomicCapital,
        Measure::ExpectedShortfallPerCredit,
    ] {
        measures.extend(q.map(|q| (measure, q)));
    }
    measures.extend([1_000.0, 2_000.0].map(|x| (Measure::ExceedanceProbability, Some(x))));
    let mut keys: Vec<Key> = vec![("today", Measure::Defaults, None, Level)];
    for (measure, at) in measures {
        keys.push(("today", measure, at, Level));
        for comparison in [Change, RelativeChange, ChangeAtEqualCredit, RelativeChangeAtEqualCredit]
        {
            // Credit is a constant: the comparison of a ratio to it repeats that of ES.
            if !matches!(measure, Measure::ExpectedShortfallPerCredit) {
                keys.push(("cap", measure, at, comparison));
            }
        }
    }
    keys
}

/// What is remembered of a band.
#[derive(Debug, Clone, Copy)]
struct Band {
    own: Estimate,
    /// Standard errors of the two sides of a comparison.
    sides: (f64, f64),
}

/// Exact values, and the bands of every repetition.
struct Measured {
    exact: Vec<f64>,
    bands: Vec<Vec<Band>>,
}

static MEASURED: LazyLock<Measured> = LazyLock::new(|| {
    let case = book();
    let today: Vec<usize> = amounts();
    let capped: Vec<usize> = today.iter().map(|&x| x.min(CAP)).collect();
    let Some(&Role::EqualCredit { scale, .. }) = case.base().applied.last().map(|a| &a.role) else {
        panic!("the cap has a proportional cut beside it")
    };
    let cut: Vec<usize> = today.iter().map(|&x| (x as f64 * scale) as usize).collect();
    let [today, capped, cut] = [today, capped, cut].map(|losses| Exact::new(&losses));
    let exact = keys()
        .into_iter()
        .map(|(policy, measure, at, comparison)| {
            let own = if policy == "cap" { &capped } else { &today };
            let (own, today, cut) =
                (own.of(measure, at), today.of(measure, at), cut.of(measure, at));
            match comparison {
                Comparison::Level => own,
                Comparison::Change => own - today,
                Comparison::RelativeChange => own / today - 1.0,
                Comparison::ChangeAtEqualCredit => own - cut,
                Comparison::RelativeChangeAtEqualCredit => own / cut - 1.0,
            }
        })
        .collect();
    let workers: Vec<Vec<Vec<Band>>> = std::thread::scope(|scope| {
        let spawn = |worker: u64| scope.spawn(move || repetitions(worker));
        let handles = [0, 1].map(spawn);
        handles.map(|h| h.join().expect("a worker")).into_iter().collect()
    });
    Measured { exact, bands: workers.concat() }
});

/// Every second seed.
fn repetitions(worker: u64) -> Vec<Vec<Band>> {
    let mut case = book();
    let keys = keys();
    (worker..REPETITIONS)
        .step_by(2)
        .map(|seed| {
            case.runs[0].scenario.seed = seed;
            let run = case.base();
            let results = run.measure(&sample(run, TRIALS), 1);
            let get = |policy, measure, at, comparison| {
                *estimate(&results, "system", policy, measure, at, comparison)
                    .unwrap_or_else(|| panic!("no row {measure:?} {at:?} {comparison:?}"))
            };
            keys.iter()
                .map(|&(policy, measure, at, comparison)| {
                    let side = |policy| {
                        let own = get(policy, measure, at, Comparison::Level);
                        own.standard_error.unwrap_or(f64::NAN)
                    };
                    Band {
                        own: get(policy, measure, at, comparison),
                        sides: (side("cap"), side("today")),
                    }
                })
                .collect()
        })
        .collect()
}

/// Hits of each statistic, by the ends that `ends` gives a band.
fn coverage(ends: impl Fn(&Band) -> (f64, f64)) -> Vec<(Key, u64)> {
    let Measured { exact, bands } = &*MEASURED;
    keys()
        .into_iter()
        .enumerate()
        .map(|(at, key)| {
            let hits = bands.iter().filter(|run| {
                let (lower, upper) = ends(&run[at]);
                // Values of a lattice may agree with their end up to rounding.
                let slack = 1e-9 * exact[at].abs().max(1e-3);
                lower - slack <= exact[at] && exact[at] <= upper + slack
            });
            (key, hits.count() as u64)
        })
        .collect()
}

/// Whether so many hits may come from a coverage in 93..=97 %.
fn honest(hits: u64) -> bool {
    let few = Binomial::new(0.93, REPETITIONS).expect("a law").cdf(hits);
    let many = Binomial::new(0.97, REPETITIONS).expect("a law");
    let many = if hits == 0 { 1.0 } else { many.sf(hits - 1) };
    few >= ALPHA && many >= ALPHA
}

fn own_ends(band: &Band) -> (f64, f64) {
    let end = |end: Option<f64>, open: f64| end.unwrap_or(open);
    (end(band.own.lower, f64::NEG_INFINITY), end(band.own.upper, f64::INFINITY))
}

#[test]
fn bands_cover_what_they_claim() {
    let found = coverage(own_ends);
    assert!(2.0 * ALPHA * found.len() as f64 <= 1e-3, "{} statistics", found.len());
    let table: BTreeMap<String, String> = found
        .iter()
        .map(|((policy, measure, at, comparison), hits)| {
            let share = *hits as f64 / REPETITIONS as f64;
            let at = at.map_or(String::new(), |at| format!(" {at}"));
            (
                format!("{policy} {}{at} {}", measure.as_str(), comparison.as_str()),
                format!("{:.1} %{}", 100.0 * share, if honest(*hits) { "" } else { "  OFF" }),
            )
        })
        .collect();
    println!("coverage over {REPETITIONS} runs of {TRIALS} trials: {table:#?}");
    assert!(table.values().all(|text| !text.ends_with("OFF")), "{table:#?}");
}

#[test]
fn half_the_error_is_seen() {
    for ((_, measure, at, comparison), hits) in coverage(|band| {
        let half = 0.5 * Z * band.own.standard_error.unwrap_or(f64::NAN);
        (band.own.value - half, band.own.value + half)
    }) {
        assert!(!honest(hits), "{measure:?} {at:?} {comparison:?}: {hits} hits");
    }
}

/// The errors of both sides as if they were independent.
#[test]
fn unpaired_errors_are_seen() {
    let unpaired = coverage(|band| {
        let wide = Z * band.sides.0.hypot(band.sides.1);
        (band.own.value - wide, band.own.value + wide)
    });
    for ((_, measure, at, comparison), hits) in unpaired {
        let smooth = matches!(measure, Measure::ExpectedLoss | Measure::ExpectedShortfall);
        if comparison == Comparison::Change && smooth {
            assert!(!honest(hits), "{measure:?} {at:?}: {hits} hits");
        }
    }
}
