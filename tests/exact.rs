//! The check scenarios against closed forms and against the enumeration of every default state: the
//! numbers of `tailcap validate` and more, with more trials and wrong twins of the laws.

mod support;

use support::judge::{Judge, binomial_p, order_statistic_p};
use support::law::{self, Latent, Law, account_loss, vasicek};
use support::{Case, case_with, shipped, value};
use tailcap::measures::Measure;
use tailcap::report::results::RunResults;

/// Per test; with at most 1,000 tests in this file a false alarm in 1,000 runs of it.
const ALPHA: f64 = 1e-6;

/// An account of the small book as the test reads it, in hundredths.
#[derive(Debug)]
struct Account {
    borrower: usize,
    segment: String,
    lender: String,
    limit: i64,
    balance: i64,
}

/// The small book and the PDs of its borrowers.
fn small_book() -> (Vec<Account>, Vec<f64>, Vec<String>) {
    let (mut accounts, mut pds, mut segments) = (Vec::new(), Vec::new(), Vec::new());
    let mut names: Vec<&str> = Vec::new();
    for line in include_str!("../scenarios/check/small-exact.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        let borrower = names.iter().position(|&n| n == cells[0]).unwrap_or_else(|| {
            names.push(cells[0]);
            pds.push(number(5));
            segments.push(cells[1].to_owned());
            names.len() - 1
        });
        accounts.push(Account {
            borrower,
            segment: cells[1].to_owned(),
            lender: cells[2].to_owned(),
            limit: number(3) as i64 * 100,
            balance: number(4) as i64 * 100,
        });
    }
    (accounts, pds, segments)
}

/// Limits under a policy of the small scenario, worked out from its words.
fn new_limit(policy: &str, account: &Account, all: &[Account]) -> i64 {
    match policy {
        "today" => account.limit,
        "cap-1500" => account.limit.min(150_000),
        "young-600" if account.segment == "young" => account.limit.min(60_000),
        "young-600" => account.limit,
        "registry-2000" => {
            let own = all.iter().filter(|a| a.borrower == account.borrower);
            let sum: i64 = own.map(|a| a.limit).sum();
            account.limit * sum.min(200_000) / sum
        }
        other => panic!("no policy {other}"),
    }
}

/// What the exact engine changes for a wrong twin.
struct Twin {
    pd: f64,
    loading: f64,
}

const RIGHT: Twin = Twin { pd: 1.0, loading: 0.0 };

/// Holds every number of the small scenario against the enumeration.
fn judge_small(run: &RunResults, twin: &Twin) -> Judge {
    let (accounts, pds, segments) = small_book();
    let correlation = 0.3;
    let latents: Vec<Latent> = pds
        .iter()
        .zip(&segments)
        .map(|(&pd, segment)| {
            let own = if segment == "young" { [0.2, 0.35] } else { [0.12_f64.sqrt(), 0.0] };
            Latent::two(pd * twin.pd, own.map(|w| w + twin.loading), correlation)
        })
        .collect();
    let states = law::states(&latents, &law::two_factors(correlation, 0.2));
    let mut judge = Judge::new(ALPHA);
    for policy in ["today", "cap-1500", "young-600", "registry-2000"] {
        for scope in ["system", "north", "south", "east", "steady", "young"] {
            let losses: Vec<(usize, i64)> = accounts
                .iter()
                .filter(|a| [a.lender.as_str(), &a.segment, "system"].contains(&scope))
                .map(|a| {
                    let new = new_limit(policy, a, &accounts);
                    (a.borrower, account_loss(a.limit, a.balance, new, 0.4, 0.6))
                })
                .collect();
            // A lender counts accounts, everybody else people.
            let lender = accounts.iter().any(|a| a.lender == scope);
            let counted: Vec<usize> = if lender {
                losses.iter().map(|l| l.0).collect()
            } else {
                let mut people: Vec<usize> = losses.iter().map(|l| l.0).collect();
                people.dedup();
                people
            };
            let in_state = |state: usize| {
                let hit = |b: usize| state >> b & 1 == 1;
                let loss: i64 = losses.iter().filter(|l| hit(l.0)).map(|l| l.1).sum();
                (loss, counted.iter().filter(|&&b| hit(b)).count() as i64)
            };
            judge_scope(&mut judge, run, (policy, scope), &states, &in_state);
        }
    }
    judge
}

/// All measures of one policy in one scope.
fn judge_scope(
    judge: &mut Judge,
    run: &RunResults,
    (policy, scope): (&str, &str),
    states: &[f64],
    in_state: &dyn Fn(usize) -> (i64, i64),
) {
    let n = run.trials;
    let over = |x: f64| x / (n as f64).sqrt();
    let found = |measure, at| value(run, scope, policy, measure, at);
    let name = |what: &str| format!("{policy} {scope} {what}");
    let each = || states.iter().enumerate().map(|(s, &p)| (in_state(s), p));
    let losses = Law::new(each().map(|((loss, _), p)| (loss, p)));
    let counts = Law::new(each().map(|((_, count), p)| (count, p)));
    let (el, sd) = (losses.mean(), losses.sd());
    judge.normal(|| name("EL"), found(Measure::ExpectedLoss, None), el / 100.0, over(sd / 100.0));
    // Standard error of a sd: sqrt(E d^4 - sd^4) / (2 sd sqrt n).
    let fourth = losses.expect(|x| (x - el).powi(4));
    let spread = (fourth - sd.powi(4)).sqrt() / (2.0 * sd) / 100.0;
    judge.normal(|| name("sd"), found(Measure::StandardDeviation, None), sd / 100.0, over(spread));
    for q in [0.9, 0.99] {
        let var = found(Measure::ValueAtRisk, Some(q));
        let k = (n as f64 * q).round() as u64;
        let p = order_statistic_p((var * 100.0).round() as i64, k, n, &losses);
        judge.p(|| name(&format!("VaR {q}: {var}")), p);
        let (exact, level) = (losses.es(q), losses.var(q) as f64);
        let excess = |x: f64| (x - level).max(0.0) / (1.0 - q);
        let mean = losses.expect(excess);
        let error = losses.expect(|x| (excess(x) - mean).powi(2)).sqrt() / 100.0;
        judge.normal(
            || name(&format!("ES {q}")),
            found(Measure::ExpectedShortfall, Some(q)),
            exact / 100.0,
            over(error),
        );
        let capital = found(Measure::EconomicCapital, Some(q));
        judge.normal(
            || name(&format!("capital {q}")),
            capital,
            var - found(Measure::ExpectedLoss, None),
            0.0,
        );
    }
    // Thresholds are of the system, and taken in every scope.
    for x in [1000.0, 5000.0] {
        let hits = (found(Measure::ExceedanceProbability, Some(x)) * n as f64).round() as u64;
        let p = binomial_p(hits, n, losses.exceeds(x as i64 * 100));
        judge.p(|| name(&format!("P(L > {x}): {hits}")), p);
    }
    let mean = counts.mean();
    judge.normal(|| name("defaults"), found(Measure::Defaults, None), mean, over(counts.sd()));
    let ratio = el / mean;
    let variance: f64 = each().map(|((l, c), p)| p * (l as f64 - ratio * c as f64).powi(2)).sum();
    judge.normal(
        || name("loss per default"),
        found(Measure::LossPerDefault, None),
        ratio / 100.0,
        over(variance.sqrt() / mean / 100.0),
    );
}

/// Null: all figures of the small scenario are those of the enumeration. n = 1,000,000 trials of
/// the default seed; twins: PDs 5 % higher, loadings 0.05 higher.
#[test]
fn the_small_book_meets_its_enumeration() {
    let run =
        &shipped("small-exact.toml", &["sampling.trials=1000000"]).carry_out(2).results.runs[0];
    judge_small(run, &RIGHT).expect_peace();
    judge_small(run, &Twin { pd: 1.05, ..RIGHT }).expect_protest("PD x 1.05");
    judge_small(run, &Twin { loading: 0.05, ..RIGHT }).expect_protest("loading + 0.05");
}

#[test]
fn one_borrower_meets_its_comment() {
    let run = &shipped("one-borrower.toml", &[]).carry_out(2).results.runs[0];
    let n = run.trials as f64;
    let mut judge = Judge::new(ALPHA);
    for (policy, loss) in [("today", 750.0), ("cap-400", 300.0)] {
        let found = |measure, at| value(run, "system", policy, measure, at);
        let error = loss * (0.05_f64 * 0.95 / n).sqrt();
        judge.normal(|| "EL".into(), found(Measure::ExpectedLoss, None), 0.05 * loss, error);
        assert_eq!(found(Measure::ValueAtRisk, Some(0.9)), 0.0);
        assert_eq!(found(Measure::ValueAtRisk, Some(0.99)), loss);
        let es = found(Measure::ExpectedShortfall, Some(0.9));
        judge.normal(|| "ES 90".into(), es, 0.5 * loss, 10.0 * error);
        let es = found(Measure::ExpectedShortfall, Some(0.99));
        assert!((es - loss).abs() < 1e-9, "{es}");
        // sd = x sqrt(p (1 - p)) is a function of the number of defaults alone.
        let p = found(Measure::ExpectedLoss, None) / loss;
        let sd = loss * (p * (1.0 - p) * n / (n - 1.0)).sqrt();
        assert!((found(Measure::StandardDeviation, None) - sd).abs() < 1e-6);
        let hits = if loss > 500.0 { (p * n).round() as u64 } else { 0 };
        let seen = found(Measure::ExceedanceProbability, Some(500.0));
        assert!((seen - hits as f64 / n).abs() < 1e-12);
    }
    judge.expect_peace();
}

/// Two borrowers under both policies; `correlation` is that of the law held against.
fn judge_two(run: &RunResults, correlation: f64) -> Judge {
    let n = run.trials;
    let joint = vasicek::joint(0.03, correlation);
    let mut judge = Judge::new(ALPHA);
    for (policy, one) in [("today", 10_000), ("half", 5_000)] {
        let found = |measure, at| value(run, "system", policy, measure, at);
        let law = Law::new([(0, 0.94 + joint), (one, 0.06 - 2.0 * joint), (2 * one, joint)]);
        let over = |x: f64| x / 100.0 / (n as f64).sqrt();
        let el = found(Measure::ExpectedLoss, None);
        judge.normal(|| format!("{policy} EL"), el, law.mean() / 100.0, over(law.sd()));
        for q in [0.95, 0.999] {
            let var = (found(Measure::ValueAtRisk, Some(q)) * 100.0).round() as i64;
            assert_eq!(var, law.var(q), "{policy} VaR {q}");
            let excess = |x: f64| (x - var as f64).max(0.0) / (1.0 - q);
            let mean = law.expect(excess);
            let error = law.expect(|x| (excess(x) - mean).powi(2)).sqrt();
            let es = found(Measure::ExpectedShortfall, Some(q));
            judge.normal(|| format!("{policy} ES {q}"), es, law.es(q) / 100.0, over(error));
        }
        for x in [0, 100] {
            let p = found(Measure::ExceedanceProbability, Some(f64::from(x)));
            let hits = (p * n as f64).round() as u64;
            let want = law.exceeds(i64::from(x) * 100);
            judge.p(|| format!("{policy} P(L > {x})"), binomial_p(hits, n, want));
        }
    }
    judge
}

/// n = 2,000,000; twin: correlation of the loading 0.2 + 0.1.
#[test]
fn two_borrowers_meet_their_comment() {
    // The numbers of the comment, from quadrature.
    let joint = vasicek::joint(0.03, 0.04);
    assert!((joint - 0.001_098_608_5).abs() < 5e-11, "{joint}");
    let law = Law::new([(0, 0.94 + joint), (100, 0.06 - 2.0 * joint), (200, joint)]);
    assert!((law.exceeds(0) - 0.058_901_391_5).abs() < 5e-11);
    assert_eq!((law.var(0.95), law.var(0.999)), (100, 200));
    assert!((law.es(0.95) - 102.197_217).abs() < 5e-7, "{}", law.es(0.95));

    let case = shipped("two-borrowers.toml", &["sampling.trials=2000000"]);
    let run = &case.carry_out(2).results.runs[0];
    judge_two(run, 0.04).expect_peace();
    judge_two(run, 0.3 * 0.3).expect_protest("loading + 0.1");
}

/// Losses of equal independent borrowers; `pd` is that of the law held against.
fn judge_binomial(run: &RunResults, pd: f64) -> Judge {
    let n = run.trials;
    let law = Law::of_sum(&vec![(Latent::one(pd, 0.0), 1); 100], &law::one_factor(8.5));
    let mut judge = Judge::new(ALPHA);
    for (policy, one) in [("today", 10.0), ("cap-5", 5.0)] {
        let found = |measure, at| value(run, "system", policy, measure, at);
        let el = found(Measure::ExpectedLoss, None);
        let error = one * law.sd() / (n as f64).sqrt();
        judge.normal(|| "EL".into(), el, one * law.mean(), error);
        let sd = found(Measure::StandardDeviation, None);
        let fourth = law.expect(|x| (x - law.mean()).powi(4));
        let spread = (fourth - law.sd().powi(4)).sqrt() / (2.0 * law.sd());
        let error = one * spread / (n as f64).sqrt();
        judge.normal(|| "sd".into(), sd, one * law.sd(), error);
        for q in [0.99, 0.999] {
            let var = (found(Measure::ValueAtRisk, Some(q)) / one).round() as i64;
            let k = (n as f64 * q).round() as u64;
            judge.p(|| format!("VaR {q}: {var}"), order_statistic_p(var, k, n, &law));
        }
        let hits = found(Measure::ExceedanceProbability, Some(50.0)) * n as f64;
        let want = law.exceeds((50.0 / one) as i64);
        judge.p(|| "P(L > 50)".into(), binomial_p(hits.round() as u64, n, want));
    }
    judge
}

#[test]
fn the_binomial_book_meets_its_comment() {
    let law = Law::of_sum(&vec![(Latent::one(0.03, 0.0), 1); 100], &law::one_factor(8.5));
    assert!((law.mean() - 3.0).abs() < 1e-9 && (10.0 * law.sd() - 17.059).abs() < 5e-4);
    assert_eq!((law.var(0.99), law.var(0.999)), (8, 9));
    for (x, p) in [(7, 0.98938), (8, 0.99678), (9, 0.99913)] {
        assert!((law.cdf(x) - p).abs() < 5e-6, "P(N <= {x}) = {}", law.cdf(x));
    }
    assert!((law.exceeds(5) - 0.080_837).abs() < 5e-7, "{}", law.exceeds(5));

    let run = &shipped("binomial.toml", &[]).carry_out(2).results.runs[0];
    judge_binomial(run, 0.03).expect_peace();
    judge_binomial(run, 0.0315).expect_protest("PD x 1.05");
}

/// The limit of a large pool; granularity (10 million people) is far below the errors.
fn judge_vasicek(case: &Case, pd: f64, loading: f64) -> Judge {
    let run = &case.carry_out(2).results.runs[0];
    let (n, rho) = ((run.trials as f64).sqrt(), loading * loading);
    let sd = (vasicek::joint(pd, rho) - pd * pd).sqrt();
    let mut judge = Judge::new(ALPHA);
    for (policy, total) in [("today", 1e9), ("cap-50", 5e8)] {
        let found = |measure, at| value(run, "system", policy, measure, at) / total;
        judge.normal(|| "EL".into(), found(Measure::ExpectedLoss, None), pd, sd / n);
        for q in [0.99, 0.999] {
            let var = found(Measure::ValueAtRisk, Some(q));
            // P(share <= the VaR found) is a beta variable, nearly normal around q.
            let error = (q * (1.0 - q)).sqrt() / n;
            judge.normal(|| format!("VaR {q}"), vasicek::cdf(var, pd, rho), q, error);
            let exact = vasicek::es(q, pd, rho);
            // sd of (x - VaR)+ / (1 - q), bounded by that of an exponential tail of that mean.
            let excess = exact - vasicek::var(q, pd, rho);
            let error = excess * (2.0 / (1.0 - q)).sqrt() / n;
            judge.normal(
                || format!("ES {q}"),
                found(Measure::ExpectedShortfall, Some(q)),
                exact,
                error,
            );
        }
    }
    judge
}

#[test]
fn the_large_pool_meets_the_vasicek_limit() {
    for (q, var, es) in [(0.99, 0.074_269, 0.084_920), (0.999, 0.098_736, 0.109_252)] {
        assert!((vasicek::var(q, 0.03, 0.04) - var).abs() < 5e-7);
        assert!((vasicek::es(q, 0.03, 0.04) - es).abs() < 5e-7, "{}", vasicek::es(q, 0.03, 0.04));
    }
    let sd = (vasicek::joint(0.03, 0.04) - 0.0009).sqrt();
    assert!((sd - 0.014_093).abs() < 5e-7, "{sd}");
    let case = shipped("vasicek.toml", &["sampling.trials=100000"]);
    judge_vasicek(&case, 0.03, 0.2).expect_peace();
    judge_vasicek(&case, 0.0315, 0.2).expect_protest("PD x 1.05");
    judge_vasicek(&case, 0.03, 0.25).expect_protest("loading + 0.05");
}

/// Basel's other-retail loading falls with the PD, so borrowers of one cell differ in both.
/// n = 1,000,000; twins: PD x 1.05, one loading (that of the mean PD) for all.
#[test]
fn other_retail_loadings_vary_inside_a_cell() {
    let pds = [0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15];
    let mut tape = String::from("limit,balance,pd\n");
    for (i, pd) in pds.iter().enumerate() {
        tape.push_str(&format!("{0},{0},{pd}\n", 100 + 10 * i));
    }
    let scenario = r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        sampling = { trials = 1_000_000 }
        portfolio = { tape = "book.csv", defaults = { lgd = 1.0 } }
        model = { correlation = { basel = "other-retail" } }
        policy = [{ id = "today" }]
    "#;
    let case = case_with(scenario, &tape, &[]);
    assert_eq!(case.base().engine().defaults().cells().len(), 1, "one cell for all");
    let losses = support::system_losses(&case.sample(1_000_000), 0);
    let loading = |pd: f64| {
        let w = (1.0 - (-35.0 * pd).exp()) / (1.0 - (-35.0_f64).exp());
        (0.03 * w + 0.16 * (1.0 - w)).sqrt()
    };
    let p = |pd_factor: f64, loading: &dyn Fn(f64) -> f64| {
        let book: Vec<(Latent, usize)> = pds
            .iter()
            .enumerate()
            .map(|(i, &pd)| (Latent::one(pd * pd_factor, loading(pd)), 100 + 10 * i))
            .collect();
        support::judge::chi_square_p(&losses, &Law::of_sum(&book, &law::one_factor(0.1)))
    };
    assert!(p(1.0, &loading) > ALPHA, "{:e}", p(1.0, &loading));
    assert!(p(1.05, &loading) < ALPHA);
    assert!(p(1.0, &|_| loading(0.0497)) < ALPHA);
}
