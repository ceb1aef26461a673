//! Runs on books without a tape, and on draws that stand for several borrowers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shell;
mod support;

use shell::Shell;
use support::{case, people, system_losses};
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::Warning;

const RULES: &str = "
[[policy]]
id = \"today\"
[[policy]]
id = \"cap\"
[[policy.rule]]
cap = CAP
[[policy]]
id = \"half\"
[[policy.rule]]
scale = 0.5
";

fn tape_case(tape: &str, cap: u32) -> support::Case {
    let scenario = format!(
        "format = 1\ncurrency = \"EUR\"\nlevels = [0.9]\nsampling = {{ trials = 3_000 }}\n\
         portfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 0.5, ccf = 0.2 }} }}\n\
         model = {{ correlation = 0.1 }}\n{}",
        RULES.replace("CAP", &cap.to_string())
    );
    case(&scenario, tape)
}

/// A draw that stands for ten borrowers loses what one borrower with ten times the debt loses, trial
/// by trial, and counts as ten people.
#[test]
fn a_draw_that_stands_for_ten_is_ten_times_as_large() {
    let rows = |stands_for: u32, times: u32| {
        let mut tape = String::from("count,stands_for,segment,limit,balance,pd\n");
        for i in 1..60_u32 {
            let (limit, balance) = (100 * i * times, 37 * i * times);
            let (count, segment) = (1 + i % 3, ["old", "young"][(i % 2) as usize]);
            let pd = 0.002 * f64::from(i);
            tape.push_str(&format!("{count},{stands_for},{segment},{limit},{balance},{pd}\n"));
        }
        tape
    };
    let (ten, large) = (tape_case(&rows(10, 1), 1_500), tape_case(&rows(1, 10), 15_000));
    let (a, b) = (ten.sample(3_000), large.sample(3_000));
    for policy in 0..3 {
        assert_eq!(system_losses(&a, policy), system_losses(&b, policy), "policy {policy}");
    }
    assert!(people(&a).iter().zip(people(&b)).all(|(&ten, one)| ten == 10 * one));
    let runs = [&ten, &large].map(|case| case.carry_out(2).results.runs.remove(0));
    for measure in [Measure::ExpectedLoss, Measure::Credit, Measure::Exposure] {
        let [a, b] = [&runs[0], &runs[1]]
            .map(|run| run.system("cap", measure, None, Comparison::Level).unwrap().estimate.value);
        assert_eq!(a, b, "{measure:?}");
    }
    let [a, b] = [&runs[0], &runs[1]].map(|run| run.policies[1].exact_expected_loss.unwrap());
    assert!((a / b - 1.0).abs() < 1e-12);
    let faked = |run: &tailcap::report::results::RunResults| {
        run.warnings.iter().any(|w| matches!(w, Warning::GranularityFaked { .. }))
    };
    assert!(faked(&runs[0]) && !faked(&runs[1]));
}

const PLATFORM: &str = "format = 1
currency = \"CNY\"
levels = [0.99]
sampling = { trials = 2_000 }
model = { correlation = 0.04 }
[portfolio.defaults]
lgd = 0.75
ccf = 0.24
[[portfolio.synthetic]]
id = \"users\"
borrowers = 2_000_000
pools = 200
product = \"revolving\"
pd = { logistic = { pd = 0.03, at = 6_000, slope = -0.37, sigma = 0.3 } }
limit = { lognormal = { median = 6_000, sigma = 0.9 }, min = 500, max = 50_000 }
utilisation = { beta = { a = 0.6, b = 1.4 } }
income = { lognormal = { median = 30_000, sigma = 0.5 } }
rank_correlation = { limit = { income = 0.4 } }
second = { share = 0.064, product = \"cash\", limit = 20_000, utilisation = 0.5 }
[portfolio.calibrate]
mean_pd = 0.03
";

/// The tape that `tailcap tape` writes of a synthetic book takes its place without a trace.
#[test]
fn a_written_book_gives_the_numbers_of_the_drawn_one() {
    for grain in ["pools = 200", "stands_for = 10_000"] {
        let shell = Shell::new();
        let drawn =
            format!("{PLATFORM}{}", RULES.replace("CAP", "5_000")).replace("pools = 200", grain);
        shell.write("drawn.toml", &drawn);
        shell.done(&["tape", "drawn.toml", "--out", "book.csv"]);
        let head = drawn.split("[[portfolio.synthetic]]").next().unwrap();
        let read =
            format!("{head}[portfolio]\ntape = \"book.csv\"\n{}", RULES.replace("CAP", "5_000"));
        // Laws, seed of the book and calibration have become rows.
        let read = read.replace("[portfolio.defaults]\nlgd = 0.75\nccf = 0.24\n", "");
        shell.write("read.toml", &read);
        shell.done(&["run", "drawn.toml", "--quiet"]);
        shell.done(&["run", "read.toml", "--quiet"]);
        let rows = |name: &str| shell.read(&format!("output/{name}/summary.csv"));
        assert!(rows("drawn").lines().count() > 50);
        assert_eq!(rows("drawn"), rows("read"), "{grain}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_at_its_place() {
    let shell = Shell::new();
    let drawn = format!("{PLATFORM}{}", RULES.replace("CAP", "5_000"));
    let broken = drawn.replace(
        "{ limit = { income = 0.4 } }",
        "{ limit = { income = 0.9, utilisation = -0.9 }, income = { utilisation = 0.9 } }",
    );
    shell.write("impossible.toml", &broken);
    insta::assert_snapshot!(refused(&shell, &["check", "impossible.toml"]));
    let missing = drawn.replace(
        "utilisation = { beta = { a = 0.6, b = 1.4 } }",
        "utilisation = { empirical = { file = \"seen.csv\", column = \"used\" } }",
    );
    shell.write("missing.toml", &missing);
    insta::assert_snapshot!(refused(&shell, &["check", "missing.toml"]));
    shell.write("seen.csv", "limit,used\n100,0.3\n200,-0.1\n300,NaN\n");
    insta::assert_snapshot!(refused(&shell, &["check", "missing.toml"]));
}

/// The shipped platform keeps the shares of its products' balances that were published for it
/// (draws of 400,000 borrowers), within one point.
#[test]
fn the_shipped_platform_keeps_the_published_shares() {
    let path = shell::repository("scenarios/platform.toml");
    let loaded = tailcap::scenario::load(&path, &[]).unwrap_or_else(|r| panic!("{:?}", r.faults));
    let prepared = tailcap::run::prepare(&loaded).unwrap_or_else(|r| panic!("{:?}", r.faults));
    let book = prepared[0].book();
    assert_eq!(book.people(), 500_000_000);
    let products = book.accounts.product.as_ref().unwrap();
    let drawn = |product: &str| -> f64 {
        let mut sum = 0.0;
        for b in 0..book.entries() {
            let own =
                book.accounts_of(b).filter(|&a| products.names[products.codes.get(a)] == product);
            let own: i64 = own.map(|a| book.accounts.balance.get(a)).sum();
            sum += own as f64 * book.count(b) as f64;
        }
        sum
    };
    let published = [
        ("revolving", 500, 15.0),
        ("revolving", 1_000, 27.0),
        ("revolving", 3_000, 55.0),
        ("revolving", 5_000, 70.0),
        ("revolving", 10_000, 87.0),
        ("revolving", 20_000, 97.0),
        ("revolving", 50_000, 100.0),
        ("cash", 20_000, 67.0),
        ("cash", 50_000, 89.0),
        ("cash", 100_000, 97.0),
        ("cash", 200_000, 99.8),
    ];
    for (product, cap, want) in published {
        let id = format!("{}-{cap}", if product == "cash" { "cash" } else { "line" });
        let at = loaded.scenario.policies.iter().position(|p| p.id == id).unwrap();
        let withdrawn = prepared[0].applied[at].books.total().withdrawn as f64;
        let kept = 100.0 * (1.0 - withdrawn / drawn(product));
        assert!((kept - want).abs() < 1.0, "{id}: {kept}");
    }
    // 3,470 yuan a user, and the mean PD by balance that the scenario asks for.
    let mean = (drawn("revolving") + drawn("cash")) / 100.0 / 5e8;
    assert!((mean / 3_470.0 - 1.0).abs() < 0.01, "{mean}");
    assert!((book.quality.mean_pd_by_balance - 0.03).abs() < 1e-9);
}

/// What is said of input that is refused.
fn refused(shell: &Shell, arguments: &[&str]) -> String {
    let said = shell.tailcap(arguments);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    said.err
}
