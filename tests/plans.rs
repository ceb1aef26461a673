//! Coverage of the bands under the sampling plans that are not plain.
//!
//! Null, for each statistic with at least 100 effective trials: the coverage of its 95 % band lies in
//! 93..=97 %. Repetitions: [`REPETITIONS`] runs of [`TRIALS`] trials, seeds 0, 1, 2, … by index. A
//! statistic is refused when so few (many) hits have a probability below [`ALPHA`] at a coverage of
//! 93 % (97 %); with at most 250 statistics and two sides a false alarm in 1,000 runs of this file.
//! Run with `--nocapture` for the table of docs/validation.md.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use statrs::distribution::{Binomial, DiscreteCDF};
use support::law::{self, Latent, Law, Nodes};
use support::{Case, case, estimate, value};
use tailcap::measures::{Comparison, Estimate, Figures, Measure};
use tailcap::report::results::RunResults;
use tailcap::run::Settings;

const REPETITIONS: u64 = 1_000;
const TRIALS: u64 = 2_048;
const ALPHA: f64 = 2e-6;
const CAP: usize = 150;
const PDS: [f64; 3] = [0.02, 0.03, 0.05];
const LEVELS: [f64; 3] = [0.95, 0.99, 0.999];
const PLANS: [&str; 3] = ["importance", "quasi", "importance-quasi"];

/// A book whose law can be worked out.
struct Book {
    name: &'static str,
    segments: (&'static str, &'static str),
    model: &'static str,
    latent: fn(usize) -> Latent,
    nodes: fn() -> Nodes,
    threshold: usize,
}

/// Everybody on one factor; two segments on two factors of correlation 0.3.
const BOOKS: [Book; 2] = [
    Book {
        name: "one factor",
        segments: ("all", "all"),
        model: "correlation = 0.09",
        latent: |i| Latent::one(PDS[i % 3], 0.3),
        nodes: || law::one_factor(0.1),
        threshold: 3_500,
    },
    Book {
        name: "two factors",
        segments: ("even", "odd"),
        model: "factor = [{ id = \"a\" }, { id = \"b\", correlation = { a = 0.3 } }], \
                loadings = { a = 0.35 }, segment = { odd = { loadings = { b = 0.25 } } }",
        latent: |i| match i % 2 {
            0 => Latent::two(PDS[i % 3], [0.35, 0.0], 0.3),
            _ => Latent::two(PDS[i % 3], [0.0, 0.25], 0.3),
        },
        nodes: || law::two_factors(0.3, 0.25),
        threshold: 3_000,
    },
];

/// Fully drawn lines from 30 to about 560, so that losses come close to a continuous law.
fn amounts() -> Vec<usize> {
    (0..60).map(|i| (30.0 * 1.05_f64.powi(i)) as usize).collect()
}

impl Book {
    fn case(&self, sampling: &str) -> Case {
        let rows: String = amounts()
            .iter()
            .enumerate()
            .map(|(i, amount)| {
                let segment = [self.segments.0, self.segments.1][i % 2];
                format!("{amount},{},{segment}\n", PDS[i % 3])
            })
            .collect();
        let scenario = format!(
            "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nlevels = {LEVELS:?}\n\
             thresholds = [{}]\nsampling = {{ {sampling} }}\n\
             output = {{ equal_credit_cut = false }}\n\
             portfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 1.0 }} }}\n\
             model = {{ {} }}\n\
             policy = [{{ id = \"today\" }}, {{ id = \"cap\", rule = [{{ cap = {CAP} }}] }}]\n",
            self.threshold, self.model
        );
        case(&scenario, &format!("balance,pd,segment\n{rows}"))
    }

    fn law(&self, most: usize) -> Law {
        let losses = amounts();
        let borrowers: Vec<(Latent, usize)> =
            losses.iter().enumerate().map(|(i, &x)| ((self.latent)(i), x.min(most))).collect();
        Law::of_sum(&borrowers, &(self.nodes)())
    }
}

type Key = (&'static str, Measure, Option<f64>, Comparison);

fn keys(book: &Book) -> Vec<Key> {
    use Comparison::{Level, RelativeChange};
    let mut measures = vec![(Measure::ExpectedLoss, None), (Measure::StandardDeviation, None)];
    for measure in [Measure::ValueAtRisk, Measure::ExpectedShortfall] {
        measures.extend(LEVELS.map(|q| (measure, Some(q))));
    }
    measures.push((Measure::ExceedanceProbability, Some(book.threshold as f64)));
    let both = |&(measure, at): &(Measure, Option<f64>)| {
        [("today", measure, at, Level), ("cap", measure, at, RelativeChange)]
    };
    // No policy leaves losses beyond the threshold.
    let mut keys: Vec<Key> = measures.iter().flat_map(both).collect();
    keys.pop();
    keys
}

fn exact(book: &Book) -> Vec<f64> {
    let (today, cap) = (book.law(usize::MAX), book.law(CAP));
    let of = |law: &Law, measure, at: Option<f64>| match measure {
        Measure::ExpectedLoss => law.mean(),
        Measure::StandardDeviation => law.sd(),
        Measure::ValueAtRisk => law.var(at.unwrap()) as f64,
        Measure::ExpectedShortfall => law.es(at.unwrap()),
        Measure::ExceedanceProbability => law.exceeds(at.unwrap() as i64),
        other => panic!("no exact {other:?}"),
    };
    let value = |(policy, measure, at, _): Key| match policy {
        "today" => of(&today, measure, at),
        _ => of(&cap, measure, at) / of(&today, measure, at) - 1.0,
    };
    keys(book).into_iter().map(value).collect()
}

static NEVER: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether trials are weighed, as they should be.
#[derive(Clone, Copy, PartialEq)]
enum Weighed {
    Yes,
    /// The wrong twin.
    No,
}

fn repetitions(book: &Book, sampling: &str, weighed: Weighed, worker: u64) -> Vec<Vec<Estimate>> {
    let mut case = book.case(sampling);
    let settings = Settings { threads: 1, memory: None, stop: &NEVER, finished: &|_| {} };
    (worker..REPETITIONS)
        .step_by(2)
        .map(|seed| {
            case.runs[0].scenario.seed = seed;
            let mut sample = case.base().sample(settings);
            if weighed == Weighed::No {
                sample.blocks.iter_mut().for_each(|block| block.weights.clear());
            }
            let results: RunResults = case.base().measure(&sample, 1);
            let get = |(policy, measure, at, comparison): Key| {
                *estimate(&results, "system", policy, measure, at, comparison).unwrap()
            };
            keys(book).into_iter().map(get).collect()
        })
        .collect()
}

/// Bands of all repetitions.
fn bands(book: &Book, sampling: &str, weighed: Weighed) -> Vec<Vec<Estimate>> {
    std::thread::scope(|scope| {
        let spawn = |worker| scope.spawn(move || repetitions(book, sampling, weighed, worker));
        [0, 1].map(spawn).map(|handle| handle.join().unwrap()).concat()
    })
}

fn covers(e: &Estimate, truth: f64) -> bool {
    let slack = 1e-9 * truth.abs().max(1e-3);
    e.lower.is_none_or(|x| x - slack <= truth) && e.upper.is_none_or(|x| truth <= x + slack)
}

fn honest(hits: u64) -> bool {
    let few = Binomial::new(0.93, REPETITIONS).unwrap().cdf(hits);
    let many = Binomial::new(0.97, REPETITIONS).unwrap();
    few >= ALPHA && (hits == 0 || many.sf(hits - 1) >= ALPHA)
}

fn plan(name: &str) -> String {
    format!("trials = {TRIALS}, plan = \"{name}\"")
}

/// The plans on one book, with the wrong twins that must be refused.
fn plans_cover(book: &Book) {
    let truths = exact(book);
    let mut off = Vec::new();
    for name in PLANS {
        let found = bands(book, &plan(name), Weighed::Yes);
        for (at, (key, &truth)) in keys(book).iter().zip(&truths).enumerate() {
            let of: Vec<&Estimate> = found.iter().map(|run| &run[at]).collect();
            let mean = |get: fn(&Estimate) -> Option<f64>| {
                of.iter().filter_map(|e| get(e)).sum::<f64>() / of.len() as f64
            };
            let effective = mean(|e| e.effective_trials);
            let hits = of.iter().filter(|e| covers(e, truth)).count() as u64;
            // Where losses jump, a change of VaR has the box of both intervals, which may cover more.
            let is_boxed = key.1 == Measure::ValueAtRisk && key.3 == Comparison::RelativeChange;
            let few = Binomial::new(0.93, REPETITIONS).unwrap().cdf(hits) < ALPHA;
            let is_off = effective >= 100.0 && if is_boxed { few } else { !honest(hits) };
            println!(
                "{} | {name} | {} {} {:?} | {truth:.4} | {:.1} % | {effective:.0} | {:.1}{}",
                book.name,
                key.0,
                key.1.as_str(),
                key.2,
                100.0 * hits as f64 / REPETITIONS as f64,
                mean(|e| e.variance_ratio),
                if is_off { " | OFF" } else { "" }
            );
            if is_off {
                off.push((name, *key, hits));
            }
            // Half the error must be seen.
            let halved = |e: &&Estimate| {
                let half = |end: Option<f64>| end.map(|x| 0.5 * (x + e.value));
                covers(
                    &Estimate::of(Figures { lower: half(e.lower), upper: half(e.upper), ..***e }),
                    truth,
                )
            };
            let hits = of.iter().copied().filter(|e| halved(e)).count() as u64;
            let is_seen = effective < 100.0 || is_boxed || !honest(hits);
            assert!(is_seen, "{name} {key:?}: half the band covers {hits}");
        }
    }
    assert!(off.is_empty(), "{off:#?}");
}

#[test]
fn bands_of_plans_cover_with_one_factor() {
    plans_cover(&BOOKS[0]);
}

#[test]
fn bands_of_plans_cover_with_two_factors() {
    plans_cover(&BOOKS[1]);
}

#[test]
fn bands_of_runs_that_stop_by_themselves_cover() {
    let book = &BOOKS[0];
    let until = "plan = \"auto\", trials = 1_000_000, \
                 until = { measure = { es = 0.999 }, relative_error = 0.012 }";
    let found = bands(book, until, Weighed::Yes);
    let truths = exact(book);
    for (at, (key, truth)) in keys(book).iter().zip(truths).enumerate() {
        let hits = found.iter().filter(|run| covers(&run[at], truth)).count() as u64;
        println!("until | {key:?} | {:.1} %", 100.0 * hits as f64 / REPETITIONS as f64);
        assert!(honest(hits), "{key:?}: {hits}");
    }
}

#[test]
fn weights_left_out_are_seen() {
    let book = &BOOKS[0];
    let found = bands(book, &plan("importance"), Weighed::No);
    for (at, (key, truth)) in keys(book).iter().zip(exact(book)).enumerate() {
        // Shares of losses saved differ little from year to year.
        let hits = found.iter().filter(|run| covers(&run[at], truth)).count() as u64;
        assert!(key.0 != "today" || !honest(hits), "{key:?}: {hits}");
    }
}

#[test]
fn one_in_a_million_is_found() {
    // P(all of a small book's losses exceed a threshold) of about 1e-6, within 4.75 standard errors
    // and 5 %; plain sampling of as many trials sees nothing and says so with an exact bound.
    let book = Book { threshold: 4_700, ..BOOKS[0] };
    let truth = book.law(usize::MAX).exceeds(book.threshold as i64);
    assert!((1e-7..5e-6).contains(&truth), "{truth}");
    let find = |sampling: &str| {
        let run = book.case(sampling).carry_out(2).results.runs.swap_remove(0);
        let at = Some(book.threshold as f64);
        *estimate(&run, "system", "today", Measure::ExceedanceProbability, at, Comparison::Level)
            .unwrap()
    };
    let found = find("trials = 50_000, plan = \"auto\"");
    println!("{truth:e} {found:?}");
    let error = found.standard_error.unwrap();
    assert!((found.value - truth).abs() <= 4.75 * error && error < 0.025 * truth, "{found:?}");
    let plain = find("trials = 50_000");
    assert_eq!(plain.value, 0.0);
    assert!((plain.upper.unwrap() - (1.0 - 0.05_f64.powf(1.0 / 50_000.0))).abs() < 1e-12);
}

#[test]
fn bands_hold_in_atoms() {
    // One borrower with a PD just below 0.1 %: VaR 99.9 % is 0, and a sample that says 100 must not be
    // sure of it.
    let scenario = "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nlevels = [0.999]\n\
                    sampling = { trials = 20_000, plan = \"auto\" }\n\
                    portfolio = { tape = \"book.csv\", defaults = { lgd = 1.0 } }\n\
                    model = { correlation = 0.04 }\npolicy = [{ id = \"today\" }]\n";
    let mut one = case(scenario, "balance,pd\n100,0.00099\n");
    let settings = Settings { threads: 2, memory: None, stop: &NEVER, finished: &|_| {} };
    let (mut hits, mut wrong) = (0, 0);
    for seed in 0..200 {
        one.runs[0].scenario.seed = seed;
        let run = one.base().measure(&one.base().sample(settings), 2);
        assert!(run.plan.is_twisted());
        let (measure, at) = (Measure::ValueAtRisk, Some(0.999));
        let found = estimate(&run, "system", "today", measure, at, Comparison::Level).unwrap();
        hits += u64::from(covers(found, 0.0));
        wrong += u64::from(found.value > 0.0);
    }
    assert!(wrong > 10, "{wrong}: the sample is never in doubt");
    assert!(hits >= 186, "{hits} of 200");
}

#[test]
fn plans_agree_with_plain_sampling_where_there_is_nothing_to_gain() {
    // Nobody hangs on a factor: evenly spread factors are the plain plan, bit for bit.
    let book = Book { model: "correlation = 0", ..BOOKS[0] };
    let run = |name: &str| book.case(&plan(name)).carry_out(2).results.runs.swap_remove(0);
    let plain = run("plain");
    assert_eq!(run("quasi"), plain);
    assert!(value(&plain, "system", "today", Measure::ExpectedLoss, None) > 0.0);
}

/// Long: 1,000 runs of 100,000 trials, as docs/validation.md has them.
#[test]
#[ignore = "takes minutes: cargo test --release --test plans -- --ignored --nocapture plain"]
fn plain_bands_cover_beyond_999_of_1000() {
    let book = &BOOKS[0];
    let found = bands(book, "trials = 100_000, plan = \"plain\"", Weighed::Yes);
    for (at, (key, truth)) in keys(book).iter().zip(exact(book)).enumerate() {
        let hits = found.iter().filter(|run| covers(&run[at], truth)).count() as u64;
        let effective = found.iter().filter_map(|run| run[at].effective_trials).sum::<f64>()
            / REPETITIONS as f64;
        println!(
            "plain | {} {} {:?} | {:.1} % | {effective:.0}",
            key.0,
            key.1.as_str(),
            key.2,
            100.0 * hits as f64 / REPETITIONS as f64
        );
        assert!(effective < 100.0 || honest(hits), "{key:?}: {hits}");
    }
}

/// Long: what the plan is worth on 100,000 borrowers, squared error times time over seeds.
#[test]
#[ignore = "takes minutes: cargo test --release --test plans -- --ignored --nocapture worth"]
fn what_a_plan_is_worth_over_seeds() {
    use tailcap::scenario::SamplingPlan;
    const SEEDS: u64 = 40;
    let mut run = tailcap::bench::workloads::find("W1").unwrap().prepare();
    let settings = Settings { threads: 1, memory: None, stop: &NEVER, finished: &|_| {} };
    let mut measured = |plan, trials| {
        run.scenario.sampling.plan = plan;
        run.scenario.sampling.trials = trials;
        let mut values: Vec<[f64; 2]> = Vec::new();
        let began = std::time::Instant::now();
        for seed in 0..SEEDS {
            run.scenario.seed = seed;
            let results = run.measure(&run.sample(settings), 1);
            let of = |measure, at| value(&results, "system", "today", measure, at);
            values.push([
                of(Measure::ExpectedLoss, None),
                of(Measure::ExpectedShortfall, Some(0.999)),
            ]);
        }
        let seconds = began.elapsed().as_secs_f64() / SEEDS as f64;
        let variance = |k: usize| {
            let mean = values.iter().map(|v| v[k]).sum::<f64>() / SEEDS as f64;
            values.iter().map(|v| (v[k] - mean).powi(2)).sum::<f64>() / (SEEDS - 1) as f64
        };
        [variance(0) * seconds, variance(1) * seconds]
    };
    let plain = measured(SamplingPlan::Plain, 20_000);
    let auto = measured(SamplingPlan::Auto, 20_000);
    let [el, es] = [plain[0] / auto[0], plain[1] / auto[1]];
    println!("squared error x time, plain over auto: EL {el:.2}, ES 99.9 % {es:.0}");
    assert!(el > 1.0 / 1.3 && es > 10.0);
}
