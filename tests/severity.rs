//! What defaults cost where that follows laws: exact laws by enumeration of borrowers, LGDs and the factor, with
//! wrong twins; published moments; what must agree to the last bit.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::judge::{Judge, kolmogorov_p, order_statistic_p};
use support::law::{Law, one_factor, phi, quantile};
use support::{Case, case_with, estimate, system_losses, value};
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::{RunResults, Warning};

/// Per test; with at most 400 tests in this file a false alarm in 2,500 runs of it.
const ALPHA: f64 = 1e-6;

const TAPE: &str = "\
borrower,lender,limit,balance,pd,count
b1,A,120,80,0.10,3
b2,A,90,20,0.20,1
b3,B,200,150,0.05,2
b4,B,60,60,0.30,1
b5,A,150,10,0.12,1
";

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
minor_units = 1
levels = [0.9, 0.99]
[sampling]
trials = 300_000
plan = "plain"
[portfolio]
tape = "book.csv"
defaults = { lgd = 0.68, ccf = 0.5 }
[model]
correlation = 0.2
[output]
equal_credit_cut = false
[severity]
SEVERITY
[[policy]]
id = "today"
[[policy]]
id = "cap"
rule = [{ cap = 70 }]
"#;

const TWO: &str = r#"lgd = { law = "discrete", values = [1.0, 0.2], probabilities = [0.6, 0.4] }"#;

fn run(severity: &str, overrides: &[&str]) -> Case {
    case_with(&SCENARIO.replace("SEVERITY", severity), TAPE, overrides)
}

/// What the enumeration knows of LGDs.
#[derive(Clone)]
enum Lgds {
    Values(Vec<(f64, f64)>),
    FryeJacobs(f64),
}

/// The world of the book; what a wrong twin changes.
#[derive(Clone)]
struct World {
    lgds: Lgds,
    ccf_loading: f64,
    squeeze: f64,
    leakage: f64,
}

fn two() -> Lgds {
    Lgds::Values(vec![(0.2, 0.4), (1.0, 0.6)])
}

fn plain(lgds: Lgds, ccf_loading: f64) -> World {
    World { lgds, ccf_loading, squeeze: 0.0, leakage: 0.0 }
}

fn rounded(x: f64) -> i64 {
    (x + 0.5).floor() as i64
}

/// The law of the system's loss under a cap.
fn law(world: &World, cap: i64) -> Law {
    const RHO: f64 = 0.2;
    let (lgd, ccf) = (0.68, 0.5);
    let rows: Vec<(i64, i64, f64, usize)> = TAPE
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| cells[at].parse::<f64>().unwrap();
            (number(2) as i64, number(3) as i64, number(4), number(5) as usize)
        })
        .collect();
    let most: i64 = rows.iter().map(|row| (row.0.max(row.1) + 1) * row.3 as i64).sum();
    let mut total = vec![0.0; most as usize + 1];
    let g = |p: f64| quantile(p);
    for (z, weight) in one_factor(0.004) {
        let y = z[0];
        let at = |threshold: f64| phi((threshold - RHO.sqrt() * y) / (1.0 - RHO).sqrt());
        let b = world.ccf_loading;
        let drawn_share = phi((g(ccf) - b * y) / (1.0 - b * b).sqrt());
        let mut own = vec![0.0; total.len()];
        own[0] = weight;
        for &(limit, balance, pd, count) in &rows {
            let new = limit.min(cap);
            let kept = balance.min(new);
            let debt = rounded(world.leakage * (balance - kept) as f64);
            let odds = pd / (1.0 - pd) * if new < balance { world.squeeze.exp() } else { 1.0 };
            let p = at(g(odds / (1.0 + odds)));
            let exposure = kept + rounded(drawn_share * (new - kept) as f64);
            let lgds = match &world.lgds {
                Lgds::Values(values) => values.clone(),
                Lgds::FryeJacobs(factor) => {
                    let costly = at(g(pd * lgd * factor));
                    vec![(costly / at(g(pd)), 1.0)]
                }
            };
            let loss = |x: f64| rounded(x * exposure as f64) + rounded(x * debt as f64);
            for _ in 0..count {
                let before = own.clone();
                own.iter_mut().for_each(|own| *own *= 1.0 - p);
                for &(x, chance) in &lgds {
                    let shift = loss(x) as usize;
                    for (to, from) in own[shift..].iter_mut().zip(&before) {
                        *to += p * chance * from;
                    }
                }
            }
        }
        total.iter_mut().zip(&own).for_each(|(total, own)| *total += own);
    }
    Law::new(total.into_iter().enumerate().map(|(x, p)| (x as i64, p)))
}

/// Holds a run against the laws under both policies.
fn judge(run: &RunResults, world: &World) -> Judge {
    let mut judge = Judge::new(ALPHA);
    for (policy, cap) in [("today", i64::MAX), ("cap", 70)] {
        judge_law(&mut judge, run, policy, &law(world, cap));
    }
    judge
}

fn judge_law(judge: &mut Judge, run: &RunResults, policy: &str, law: &Law) {
    let n = run.trials;
    let over = |x: f64| x / (n as f64).sqrt();
    let found = |measure, at| value(run, "system", policy, measure, at);
    let (el, sd) = (law.mean(), law.sd());
    judge.normal(|| format!("{policy} EL"), found(Measure::ExpectedLoss, None), el, over(sd));
    let fourth = law.expect(|x| (x - el).powi(4));
    let spread = over((fourth - sd.powi(4)).sqrt() / (2.0 * sd));
    judge.normal(|| format!("{policy} sd"), found(Measure::StandardDeviation, None), sd, spread);
    for q in [0.9, 0.99] {
        let var = found(Measure::ValueAtRisk, Some(q));
        let k = (n as f64 * q).round() as u64;
        judge.p(|| format!("{policy} VaR {q}: {var}"), order_statistic_p(var as i64, k, n, law));
        let level = law.var(q) as f64;
        let excess = |x: f64| (x - level).max(0.0) / (1.0 - q);
        let mean = law.expect(excess);
        let error = over(law.expect(|x| (excess(x) - mean).powi(2)).sqrt());
        let es = found(Measure::ExpectedShortfall, Some(q));
        judge.normal(|| format!("{policy} ES {q}"), es, law.es(q), error);
    }
    let exact = run.policies.iter().find(|own| own.id == policy).unwrap().exact_expected_loss;
    // Only the rounding of each loss lies between, of which amounts as small as these show something.
    let off = exact.map_or(f64::INFINITY, |exact| (exact / el - 1.0).abs());
    judge.p(|| format!("{policy} exact EL {exact:?} for {el}"), f64::from(u8::from(off < 1e-3)));
}

#[test]
fn discrete_lgds_and_swelling_lines_meet_the_enumeration() {
    let outcome = run(&format!("{TWO}\nccf_loading = 0.4"), &[]).carry_out(2);
    let results = &outcome.results.runs[0];
    judge(results, &plain(two(), 0.4)).expect_peace();
    let mean = Lgds::Values(vec![(0.68, 1.0)]);
    let shifted = Lgds::Values(vec![(0.2, 0.45), (1.0, 0.55)]);
    let twins = [
        ("LGDs at their mean", plain(mean, 0.4)),
        ("lines that stay", plain(two(), 0.0)),
        ("lines that swell less", plain(two(), 0.3)),
        ("other probabilities", plain(shifted, 0.4)),
    ];
    for (name, twin) in twins {
        judge(results, &twin).expect_protest(name);
    }
}

#[test]
fn tied_lgds_meet_the_enumeration() {
    let outcome = run(r#"lgd = { law = "frye-jacobs" }"#, &[]).carry_out(2);
    let results = &outcome.results.runs[0];
    judge(results, &plain(Lgds::FryeJacobs(1.0), 0.0)).expect_peace();
    let mean = Lgds::Values(vec![(0.68, 1.0)]);
    judge(results, &plain(mean, 0.0)).expect_protest("LGDs at their mean");
    judge(results, &plain(Lgds::FryeJacobs(0.97), 0.0)).expect_protest("other LGDs");
}

/// The exact engine on the same book, under behaviour that moves PDs and debts too: every number but for the
/// quadrature of the test.
#[test]
fn worked_out_laws_of_discrete_lgds_are_the_enumeration() {
    let moved = ["engine=exact", "behaviour.squeeze=0.9", "behaviour.leakage=0.5"];
    let behaving = World { squeeze: 0.9, leakage: 0.5, ..plain(two(), 0.0) };
    for (overrides, world) in [(&moved[..1], plain(two(), 0.0)), (&moved[..], behaving)] {
        let outcome = run(TWO, overrides).carry_out(2);
        let results = &outcome.results.runs[0];
        let shifted = Lgds::Values(vec![(0.2, 0.41), (1.0, 0.59)]);
        let twin = World { lgds: shifted, ..world.clone() };
        for (policy, cap) in [("today", i64::MAX), ("cap", 70)] {
            let found = |measure, at| value(results, "system", policy, measure, at);
            let far = |world: &World| {
                let law = law(world, cap);
                let mut far = 0.0_f64;
                let mut off = |found: f64, want: f64| far = far.max((found / want - 1.0).abs());
                off(found(Measure::ExpectedLoss, None), law.mean());
                off(found(Measure::StandardDeviation, None), law.sd());
                for q in [0.9, 0.99] {
                    off(found(Measure::ValueAtRisk, Some(q)), law.var(q) as f64);
                    off(found(Measure::ExpectedShortfall, Some(q)), law.es(q));
                }
                far
            };
            assert!(far(&world) < 1e-7, "{policy}: {:e}", far(&world));
            assert!(far(&twin) > 1e-3, "{policy}: {:e}", far(&twin));
        }
    }
}

/// Weighted trials with twisted defaults aim by mean costs; their weights leave the law as it is.
#[test]
fn weighted_trials_meet_the_enumeration() {
    let overrides = ["sampling.plan=auto", "sampling.trials=65536"];
    let outcome = run(&format!("{TWO}\nccf_loading = 0.4"), &overrides).carry_out(2);
    let results = &outcome.results.runs[0];
    assert!(results.plan.is_twisted());
    let protests = |world: &World| {
        let mut judge = Judge::new(ALPHA);
        for (policy, cap) in [("today", i64::MAX), ("cap", 70)] {
            let law = law(world, cap);
            let mut one = |measure, at, exact: f64| {
                let found =
                    estimate(results, "system", policy, measure, at, Comparison::Level).unwrap();
                let error = found.standard_error.unwrap();
                judge.normal(|| format!("{policy} {measure:?}"), found.value, exact, error);
            };
            one(Measure::ExpectedLoss, None, law.mean());
            one(Measure::ExpectedShortfall, Some(0.9), law.es(0.9));
            one(Measure::ExpectedShortfall, Some(0.99), law.es(0.99));
        }
        judge
    };
    protests(&plain(two(), 0.4)).expect_peace();
    protests(&plain(two(), 0.2)).expect_protest("lines that swell less");
}

#[test]
fn squeezed_people_and_debts_elsewhere_meet_the_enumeration() {
    let overrides = ["behaviour.squeeze=0.9", "behaviour.leakage=0.5"];
    let world = World { squeeze: 0.9, leakage: 0.5, ..plain(two(), 0.4) };
    let severity = format!("{TWO}\nccf_loading = 0.4");
    let outcome = run(&severity, &overrides).carry_out(2);
    let results = &outcome.results.runs[0];
    judge(results, &world).expect_peace();
    for (name, twin) in [
        ("no squeeze", World { squeeze: 0.0, ..world.clone() }),
        ("no debts elsewhere", World { leakage: 0.0, ..world.clone() }),
        ("lines that stay", World { ccf_loading: 0.0, ..world }),
    ] {
        judge(results, &twin).expect_protest(name);
    }
    // LGDs that are tied stay those of today where the odds move.
    let tied = World { lgds: Lgds::FryeJacobs(1.0), ccf_loading: 0.3, squeeze: 0.9, leakage: 0.5 };
    let severity = "lgd = { law = \"frye-jacobs\" }\nccf_loading = 0.3";
    let outcome = run(severity, &overrides).carry_out(2);
    judge(&outcome.results.runs[0], &tied).expect_peace();
}

/// McNeil, Frey and Embrechts, Quantitative Risk Management: 1,000 loans of 1, PD 1 %, correlation of default
/// indicators 0.005, LGDs Beta(9.2, 13.8) or their mean 0.4.
#[test]
fn the_textbook_portfolio_has_its_published_spread() {
    const BETA: f64 = 3.097_754_025_096_247;
    const FIXED: f64 = 3.081_571_027_901_191;
    let (pd, wanted) = (0.01, 0.005);
    // The asset correlation with that correlation of defaults.
    let joint = pd * pd + wanted * pd * (1.0 - pd);
    let (mut low, mut high) = (0.0, 0.5);
    while high - low > 1e-13 {
        let middle = 0.5 * (low + high);
        let g = tailcap::special::normal::quantile(pd);
        if tailcap::special::bivariate::cdf(g, g, middle) < joint {
            low = middle;
        } else {
            high = middle;
        }
    }
    let tape = "borrower,lender,limit,balance,pd,count\nall,A,10000,10000,0.01,1000\n";
    let trials = 4_000_000;
    let spread = |severity: &str| {
        let text = SCENARIO.replace("SEVERITY", severity);
        let rho = format!("model.correlation={low}");
        let case = case_with(&text, tape, &[&rho, "portfolio.defaults.lgd=0.4"]);
        let losses = system_losses(&case.sample(trials), 0);
        let losses: Vec<f64> = losses.iter().map(|&x| x as f64 / 1e4).collect();
        let n = losses.len() as f64;
        let mean = losses.iter().sum::<f64>() / n;
        let moment = |k: i32| losses.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
        let sd = moment(2).sqrt();
        (sd, (moment(4) - sd.powi(4)).sqrt() / (2.0 * sd * n.sqrt()))
    };
    let (beta, fixed) = (spread(r#"lgd = { law = "beta", sd = 0.1 }"#), spread(""));
    for ((found, error), exact, twin) in [(beta, BETA, FIXED), (fixed, FIXED, BETA)] {
        assert!((found - exact).abs() < 4.75 * error, "{found} +- {error} for {exact}");
        assert!((found - twin).abs() > 4.75 * error, "{found} +- {error} is the twin {twin}");
    }
}

#[test]
fn beta_lgds_have_their_law() {
    use statrs::distribution::{Beta, ContinuousCDF};
    let tape = "borrower,lender,limit,balance,pd,count\none,A,1000000,1000000,1,1\n";
    let severity = r#"lgd = { law = "beta", sd = 0.25 }"#;
    let case = case_with(&SCENARIO.replace("SEVERITY", severity), tape, &[]);
    let losses = system_losses(&case.sample(20_000), 0);
    let lgds: Vec<f64> = losses.iter().map(|&x| x as f64 / 1e6).collect();
    let p = |sd: f64| {
        let n = 0.68 * 0.32 / (sd * sd) - 1.0;
        let law = Beta::new(0.68 * n, 0.32 * n).unwrap();
        kolmogorov_p(&lgds, |x| law.cdf(x))
    };
    assert!(p(0.25) > ALPHA, "{}", p(0.25));
    assert!(p(0.27) < ALPHA, "{}", p(0.27));
}

/// A law of one value goes the whole way of random LGDs and must end at today's bits.
#[test]
fn one_value_is_a_fixed_lgd() {
    let one =
        |lgd: f64| format!("lgd = {{ law = \"discrete\", values = [{lgd}], probabilities = [1] }}");
    let behaviours: [&[&str]; 3] = [
        &[],
        &["behaviour.squeeze=0.9", "behaviour.leakage=0.5", "behaviour.relief=0.4"],
        &["sampling.plan=auto"],
    ];
    for own in behaviours {
        let overrides: Vec<&str> = own.iter().copied().chain(["sampling.trials=6000"]).collect();
        let random = run(&one(0.68), &overrides).carry_out(2);
        let fixed = run("", &overrides).carry_out(2);
        assert_eq!(random.samples, fixed.samples, "{own:?}");
        assert_eq!(numbers(random.results.runs), numbers(fixed.results.runs), "{own:?}");
    }
}

/// LGDs of 0 and 1 have no spread: such accounts of a segment with random LGDs cost what they cost under fixed ones.
#[test]
fn lgds_at_an_end_are_fixed() {
    let tape = "borrower,lender,limit,balance,pd,count,lgd\n\
        a,A,120,80,0.1,3,0\nb,A,90,20,0.2,1,1\nc,B,200,150,0.05,2,1\n";
    let laws = [r#"lgd = { law = "beta", sd = 0.25 }"#, r#"lgd = { law = "beta", sd = 0 }"#, TWO];
    for engine in ["monte-carlo", "exact"] {
        let engine = format!("engine={engine}");
        let numbers_of = |law: &str| {
            let text = SCENARIO.replace("SEVERITY", law);
            let text = match engine.ends_with("exact") {
                true => text.replace("[sampling]\ntrials = 300_000\nplan = \"plain\"\n", ""),
                false => text.replace("300_000", "20_000"),
            };
            let outcome = case_with(&text, tape, &[&engine]).carry_out(2);
            let run = &outcome.results.runs[0];
            [Measure::ExpectedLoss, Measure::StandardDeviation]
                .map(|measure| value(run, "system", "today", measure, None))
        };
        let fixed = numbers_of("");
        for law in laws {
            for (a, b) in numbers_of(law).iter().zip(fixed) {
                assert!((a - b).abs() <= 1e-6 * b, "{engine} {law}: {a} {b}");
            }
        }
    }
}

#[test]
fn one_value_is_a_fixed_lgd_in_the_second_round() {
    use support::lenders::{SCENARIO, TAPE};
    let text = SCENARIO.replace(
        "[system]\n",
        "[severity]\nlgd = { law = \"discrete\", values = [0.5], probabilities = [1] }\n[system]\n",
    );
    assert_ne!(text, SCENARIO);
    let overrides = ["sampling.trials=20000", "behaviour.leakage=0.3"];
    let random = case_with(&text, TAPE, &overrides).carry_out(2);
    let fixed = case_with(SCENARIO, TAPE, &overrides).carry_out(2);
    let feedback = |run: &RunResults| value(run, "total", "cap", Measure::FeedbackLoss, None);
    assert!(feedback(&fixed.results.runs[0]) > 0.0);
    assert_eq!(numbers(random.results.runs), numbers(fixed.results.runs));
}

/// Runs without the sentences on what they rest on, which name the law, and without exact means: those of fixed LGDs
/// and of laws are added up in another order, and what rounding moves is told of fixed ones.
fn numbers(mut runs: Vec<RunResults>) -> Vec<RunResults> {
    for run in &mut runs {
        run.assumptions.clear();
        run.warnings.retain(|own| !matches!(own, Warning::LossesRounded { .. }));
        run.policies.iter_mut().for_each(|policy| policy.exact_expected_loss = None);
    }
    runs
}

/// The mean LGD of a default by PD and Y.
type Lgd<'f> = &'f dyn Fn(f64, f64) -> f64;

/// Everybody is stressed from the start, so that the mean of the second round is an integral over the factor.
#[test]
fn the_second_round_costs_what_the_laws_say() {
    let tape = "borrower,lender,limit,balance,pd,count\n\
        a,P,2000,1800,0.1,300\na,P,1000,100,0.1,300\nb,P,1000,600,0.2,5\nc,P,1600,900,0.3,1\n";
    let text = SCENARIO.replace("[[policy]]\nid = \"cap\"\nrule = [{ cap = 70 }]\n", "").replace(
        "[[policy]]",
        "[system]\n[[system.lender]]\nname = \"P\"\ncapital = 1\n\
            [system.feedback]\ncut = 0.5\nsqueeze = 0.8\n[[policy]]",
    );
    let (rho, ccf): (f64, f64) = (0.2, 0.4);
    let exact = |lgd: Lgd<'_>, squeeze: f64, b: f64| -> f64 {
        let at = |g: f64, y: f64| phi((g - rho.sqrt() * y) / (1.0 - rho).sqrt());
        // People, what is left of their debts, their free lines, PD.
        let rows = [(300.0, 1100.0, 400.0, 0.1), (5.0, 500.0, 0.0, 0.2), (1.0, 800.0, 0.0, 0.3)];
        let given = |y: f64| -> f64 {
            let share = phi((quantile(ccf) - b * y) / (1.0 - b * b).sqrt());
            let own = rows.map(|(people, debt, free, pd): (f64, f64, f64, f64)| {
                let odds = pd / (1.0 - pd) * squeeze.exp();
                let more = at(quantile(odds / (1.0 + odds)), y) - at(quantile(pd), y);
                people * more * lgd(pd, y) * (debt + share * free)
            });
            own.iter().sum()
        };
        one_factor(0.05).iter().map(|(y, weight)| weight * given(y[0])).sum()
    };
    let tied = |pd: f64, y: f64| {
        let at = |g: f64| phi((g - rho.sqrt() * y) / (1.0 - rho).sqrt());
        at(quantile(0.68 * pd)) / at(quantile(pd))
    };
    let drawn = |_: f64, _: f64| 0.68;
    let cases: [(&str, Lgd<'_>); 2] = [(TWO, &drawn), ("lgd = { law = \"frye-jacobs\" }", &tied)];
    for (law, lgd) in cases {
        let text = text.replace("SEVERITY", &format!("{law}\nccf_loading = 0.5"));
        let overrides = ["sampling.trials=40000", "portfolio.defaults.ccf=0.4"];
        let outcome = case_with(&text, tape, &overrides).carry_out(2);
        let run = &outcome.results.runs[0];
        let found = estimate(run, "total", "today", Measure::FeedbackLoss, None, Comparison::Level)
            .unwrap();
        let error = found.standard_error.unwrap();
        let mut own = Judge::new(ALPHA);
        own.normal(|| law.into(), found.value, exact(lgd, 0.8, 0.5), error);
        own.expect_peace();
        for (twin, squeeze, b) in [("a larger squeeze", 0.85, 0.5), ("lines that stay", 0.8, 0.0)] {
            let mut other = Judge::new(ALPHA);
            other.normal(|| law.into(), found.value, exact(lgd, squeeze, b), error);
            other.expect_protest(twin);
        }
        let other: Lgd<'_> = if law == TWO { &tied } else { &drawn };
        let mut twin = Judge::new(ALPHA);
        twin.normal(|| law.into(), found.value, exact(other, 0.8, 0.5), error);
        twin.expect_protest("the other law");
        // The same bits with one thread.
        assert_eq!(case_with(&text, tape, &overrides).carry_out(1).results, outcome.results);
    }
}
