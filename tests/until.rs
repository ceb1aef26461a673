//! Sampling until a number is known well enough.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;
mod support;

use std::sync::atomic::AtomicBool;

use shell::Shell;
use statrs::distribution::{Binomial, DiscreteCDF};
use support::law::{self, Latent, Law};
use support::{Case, case, estimate};
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::{RunResults, StopReason, Warning};
use tailcap::run::Settings;

const PDS: [f64; 3] = [0.02, 0.03, 0.05];
const LOADING: f64 = 0.3;
const CAP: usize = 150;

fn amounts() -> Vec<usize> {
    (0..60).map(|i| (30.0 * 1.05_f64.powi(i)) as usize).collect()
}

fn book(sampling: &str) -> Case {
    let rows: String = amounts()
        .iter()
        .enumerate()
        .map(|(i, amount)| format!("{amount},{}\n", PDS[i % 3]))
        .collect();
    let scenario = format!(
        "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nlevels = [0.9, 0.99]\n\
         output = {{ equal_credit_cut = false }}\n\
         portfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 1.0 }} }}\n\
         model = {{ correlation = {} }}\nsampling = {{ {sampling} }}\n\
         policy = [{{ id = \"today\" }}, {{ id = \"cap\", rule = [{{ cap = {CAP} }}] }}]\n",
        LOADING * LOADING,
    );
    case(&scenario, &format!("balance,pd\n{rows}"))
}

fn carried_out(case: &Case, threads: usize) -> RunResults {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let settings = Settings { threads, memory: None, stop: &NEVER, finished: &|_| {} };
    let run = case.base();
    run.measure(&run.sample(settings), threads)
}

#[test]
fn sampling_stops_once_the_number_is_known() {
    let until = "trials = 3_000_000, until = { measure = { es = 0.99 }, relative_error = 0.02 }";
    let run = carried_out(&book(until), 2);
    assert_eq!(run.stop, StopReason::Precise);
    let found = run.system("today", Measure::ExpectedShortfall, Some(0.99), Comparison::Level);
    let found = found.unwrap().estimate;
    assert!(found.half_width().unwrap() / found.value <= 0.02);
    let precision = run.precision.as_ref().unwrap();
    assert!(precision.met && precision.reached.unwrap() <= 0.02);
    // Whole blocks, no more than a few rounds too many, and the same for any number of threads.
    assert!(run.trials.is_multiple_of(128) && run.trials < 200_000, "{}", run.trials);
    assert_eq!(run, carried_out(&book(until), 1));
    // It is the run of so many trials.
    let plain = carried_out(&book(&format!("trials = {}", run.trials)), 2);
    assert_eq!(run.summary, plain.summary);
    assert_eq!(plain.stop, StopReason::Complete);
}

#[test]
fn changes_and_absolute_errors_are_met_too() {
    let until =
        "until = { measure = \"el\", policy = \"cap\", change = true, absolute_error = 0.004 }";
    let run = carried_out(&book(until), 2);
    assert_eq!(run.stop, StopReason::Precise);
    let found = run.system("cap", Measure::ExpectedLoss, None, Comparison::RelativeChange);
    assert!(found.unwrap().estimate.half_width().unwrap() <= 0.004);
}

#[test]
fn what_is_not_reached_is_said_with_what_would_do() {
    let until = "trials = 20_000, until = { measure = { es = 0.99 }, relative_error = 0.001 }";
    let run = carried_out(&book(until), 2);
    assert_eq!((run.stop, run.trials), (StopReason::Complete, 20_000));
    let missed = run.warnings.iter().find_map(|warning| match warning {
        Warning::PrecisionMissed { asked, reached, enough } => Some((*asked, *reached, *enough)),
        _ => None,
    });
    let (asked, reached, enough) = missed.expect("a warning");
    assert!(asked == 0.001 && reached.unwrap() > 0.01);
    let need = 20_000.0 * (reached.unwrap() / asked).powi(2);
    // With a margin of a fifth, as errors are estimates themselves.
    assert!((enough.unwrap() as f64 / (1.2 * need) - 1.0).abs() < 0.1);
}

/// Null: bands of runs that stop by themselves cover what they claim, 93 to 97 %. Repetitions: 1,000
/// runs, seeds 0, 1, 2, ...; statistics: EL and ES 99 of today, the relative change of EL under the
/// cap. Refused when so few (many) hits have a probability below 1e-5 at 93 % (97 %). Wrong twin: bands
/// 0.7 times as wide.
#[test]
fn bands_of_runs_that_stop_by_themselves_cover() {
    let laws = [usize::MAX, CAP].map(|cap| {
        let book: Vec<(Latent, usize)> = amounts()
            .iter()
            .enumerate()
            .map(|(i, &loss)| (Latent::one(PDS[i % 3], LOADING), loss.min(cap)))
            .collect();
        Law::of_sum(&book, &law::one_factor(0.2))
    });
    let wanted = [
        ("today", Measure::ExpectedLoss, None, Comparison::Level, laws[0].mean()),
        ("today", Measure::ExpectedShortfall, Some(0.99), Comparison::Level, laws[0].es(0.99)),
        (
            "cap",
            Measure::ExpectedLoss,
            None,
            Comparison::RelativeChange,
            laws[1].mean() / laws[0].mean() - 1.0,
        ),
    ];
    let half = |worker: u64| {
        let until = "until = { measure = { es = 0.99 }, relative_error = 0.0335 }";
        let mut case = book(until);
        let mut hits = [[0_u64; 2]; 3];
        let mut rounds = 0_u64;
        for seed in (worker..1_000).step_by(2) {
            case.runs[0].scenario.seed = seed;
            let run = carried_out(&case, 1);
            assert_eq!(run.stop, StopReason::Precise);
            rounds += u64::from(run.trials > 20_224);
            for (hits, &(policy, measure, at, comparison, exact)) in hits.iter_mut().zip(&wanted) {
                let found = estimate(&run, "system", policy, measure, at, comparison).unwrap();
                for (hits, share) in hits.iter_mut().zip([1.0, 0.7]) {
                    let inside = (found.value - exact).abs() <= share * found.half_width().unwrap();
                    *hits += u64::from(inside);
                }
            }
        }
        (hits, rounds)
    };
    let halves: Vec<_> = std::thread::scope(|scope| {
        let handles = [0, 1].map(|worker| scope.spawn(move || half(worker)));
        handles.map(|handle| handle.join().expect("a worker")).into_iter().collect()
    });
    // Some stop after the first round and some do not: the rule is at work.
    let later: u64 = halves.iter().map(|half| half.1).sum();
    assert!((100..900).contains(&later), "{later} of 1,000 runs needed a second round");
    let covers = |hits: u64| {
        let [low, high] = [0.93, 0.97].map(|p| Binomial::new(p, 1_000).unwrap());
        low.cdf(hits) >= 1e-5 && high.sf(hits - 1) >= 1e-5
    };
    for (at, statistic) in wanted.iter().enumerate() {
        let [hits, twin] = [0, 1].map(|width| halves.iter().map(|h| h.0[at][width]).sum::<u64>());
        assert!(covers(hits), "{statistic:?}: {hits}");
        assert!(!covers(twin), "{statistic:?}: the wrong twin covers {twin}");
    }
}

#[test]
fn a_precision_that_means_nothing_is_refused() {
    let shell = Shell::new();
    shell.write("book.csv", "balance,limit,pd\n10,10,0.1\n");
    let refused = |until: &str| {
        shell.write(
            "u.toml",
            &format!(
                "format = 1\ncurrency = \"EUR\"\nportfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 1 }} }}\n\
                 model = {{ correlation = 0.1 }}\npolicy = [{{ id = \"today\" }}]\n\
                 sampling = {{ until = {until} }}\n"
            ),
        );
        let said = shell.tailcap(&["check", "u.toml"]);
        assert_eq!(said.code, 2, "{}", said.out);
        said.err
    };
    let all = [
        "{ measure = \"el\" }",
        "{ measure = \"credit\", relative_error = 1.5 }",
        "{ measure = { es = 0.95 }, policy = \"cap\", absolute_error = -1 }",
        "{ measure = \"el\", change = true, relative_error = 0.1, absolute_error = 3 }",
    ]
    .map(refused);
    insta::assert_snapshot!(all.join("\n----\n"));
}
