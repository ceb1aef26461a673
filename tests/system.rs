//! The lenders behind a book: laws by enumeration of every default state of nine borrowers and four
//! lenders, with a second round, with an own account of funding and clearing; what adds up in every
//! trial; what does not depend on threads; twins that are wrong.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::judge::{Judge, binomial_p};
use support::lenders::{Exact, OWES, SCENARIO, TAPE, TRUE, World, exact};
use support::{Case, case_with, sample};
use tailcap::engine::PlanName;
use tailcap::measures::row::MeasureRow;
use tailcap::measures::verdict::Verdict;
use tailcap::measures::{Comparison, Measure, Quality};
use tailcap::report::results::{RunResults, Warning};
use tailcap::scenario::{Notation, load_text};
use tailcap::system::sample::SystemSample;
use tailcap::system::{Bearer, ScopeKind};

/// Per test; with at most 200 tests in this file a false alarm in 5,000 runs of it.
const ALPHA: f64 = 1e-6;

fn case(overrides: &[&str]) -> Case {
    case_with(SCENARIO, TAPE, overrides)
}

fn row(
    run: &RunResults,
    key: (ScopeKind, &str),
    policy: &str,
    measure: Measure,
    at: Option<f64>,
) -> (f64, f64) {
    let found = run.summary.rows.iter().find(|row| {
        (row.scope_kind, row.scope.as_str()) == key
            && row.policy == policy
            && row.measure == measure
            && row.level.or(row.threshold) == at
            && row.comparison == Comparison::Level
    });
    let estimate = found.unwrap_or_else(|| panic!("{key:?} {policy} {measure:?}")).estimate;
    (estimate.value, estimate.standard_error.unwrap_or(f64::NAN))
}

/// Holds a run against the exact numbers.
fn judge(run: &RunResults, policy: &str, exact: &Exact, judge: &mut Judge) {
    let trials = run.trials;
    let total = (ScopeKind::Total, "total");
    let names = ["P", "D", "X", "Y"];
    let mut chance = |what: &str, (found, error): (f64, f64), p: f64| match run.plan.name {
        PlanName::Plain => {
            let hits = (found * trials as f64).round() as u64;
            judge.p(|| format!("{policy}: {what}"), binomial_p(hits, trials, p));
        }
        _ => judge.normal(|| format!("{policy}: {what}"), found, p, error),
    };
    for (name, p) in names.into_iter().zip(exact.fail) {
        let key = (ScopeKind::Lender, name);
        chance(name, row(run, key, policy, Measure::FailureProbability, None), p);
    }
    let two = row(run, total, policy, Measure::FailuresAtLeast, Some(2.0));
    chance("two fail", two, exact.two_fail);
    let bearer = |name| (ScopeKind::Bearer, name);
    let means = [
        (total, Measure::ExpectedLoss, exact.means[0]),
        (total, Measure::BankruptcyCosts, exact.means[1]),
        (total, Measure::FeedbackLoss, exact.means[2]),
        (total, Measure::Failures, exact.failures),
        (bearer("lenders"), Measure::ExpectedLoss, exact.means[3]),
        (bearer("partners"), Measure::ExpectedLoss, exact.means[4]),
        (bearer("investors"), Measure::ExpectedLoss, exact.means[5]),
        (bearer("creditors"), Measure::ExpectedLoss, exact.means[6]),
    ];
    for (key, measure, expected) in means {
        let (found, error) = row(run, key, policy, measure, None);
        judge.normal(|| format!("{policy}: {} {measure:?}", key.1), found, expected, error);
    }
    let (found, error) = row(run, total, policy, Measure::ExpectedShortfall, Some(0.9));
    judge.normal(|| format!("{policy}: ES"), found, exact.es, error);
    let system = run.system.as_ref().unwrap();
    for (name, expected) in names.into_iter().zip(exact.mes) {
        let found = system.rows.iter().find(|row| {
            row.policy == policy && row.lender == name && row.measure == Measure::MarginalShortfall
        });
        let estimate = found.unwrap().estimate;
        judge.normal(
            || format!("{policy}: MES of {name}"),
            estimate.value,
            expected,
            estimate.standard_error.unwrap(),
        );
    }
}

#[test]
fn funding_clearing_and_second_round_meet_the_enumeration() {
    let case = case(&[]);
    let outcome = case.carry_out(2);
    let run = &outcome.results.runs[0];
    let mut own = Judge::new(ALPHA);
    let policies = ["today", "cap", "during"];
    let exact_laws = std::thread::scope(|scope| {
        let each = policies.map(|policy| scope.spawn(move || exact(TRUE, policy, 0.025)));
        each.map(|own| own.join().unwrap())
    });
    for (policy, exact) in policies.into_iter().zip(&exact_laws) {
        judge(run, policy, exact, &mut own);
    }
    own.expect_peace();
    // The same by weighted trials of evenly spread factors.
    let auto = case_with(SCENARIO, TAPE, &["sampling.plan=auto", "sampling.trials=65536"]);
    let outcome = auto.carry_out(2);
    let weighted = &outcome.results.runs[0];
    assert_ne!(weighted.plan.name, PlanName::Plain);
    let mut own = Judge::new(ALPHA);
    for (policy, exact) in policies.into_iter().zip(&exact_laws) {
        judge(weighted, policy, exact, &mut own);
    }
    own.expect_peace();
    let twins = [
        ("costs", World { recovered: [0.75, 0.7], ..TRUE }),
        ("claims", World { recovered: [0.8, 0.9], ..TRUE }),
        ("guarantee", World { cover: 0.4, ..TRUE }),
        ("squeeze", World { squeeze: 1.0, ..TRUE }),
        ("other assets", World { loading: 0.5, ..TRUE }),
    ];
    for (name, twin) in twins {
        let mut own = Judge::new(ALPHA);
        judge(run, "today", &exact(twin, "today", 0.1), &mut own);
        own.expect_protest(name);
    }
}

fn lenders(case: &Case, trials: u64, threads: usize) -> SystemSample {
    let run = case.base();
    run.lenders(&sample(run, trials), threads).unwrap()
}

#[test]
fn bearers_add_up_in_every_trial() {
    let case = case(&[]);
    let run = case.base();
    let losses = sample(run, 20_000);
    let system = run.lenders(&losses, 2).unwrap();
    let columns: Vec<usize> = (0..run.columns.len()).collect();
    for (policy, own) in system.policies.iter().enumerate() {
        let book = losses.losses(policy, &columns);
        let second = system.second_losses(policy, &columns);
        let market = run.market.as_ref().unwrap();
        let stays: Vec<Vec<f64>> = (0..market.roster.lenders.len())
            .map(|lender| system.lenders(market, policy, &[lender]))
            .collect();
        // Read trial by trial and in the struck ones they are the same bits.
        for (lender, by_trial) in stays.iter().enumerate() {
            let own_stays = system.stays(market, policy, &[lender]);
            assert!((0..system.trials()).all(|t| own_stays.at(t) == by_trial[t]));
            let struck: Vec<f64> = own.struck.iter().map(|s| by_trial[s.trial]).collect();
            assert_eq!(own_stays.in_struck(), struck);
            assert!(!own.cleared.is_empty() && own.cleared.len() < struck.len());
        }
        let total = system.total(market, policy);
        let bearers = Bearer::ALL.map(|bearer| system.bearer(market, policy, bearer));
        let investors = system.bearer(market, policy, Bearer::Investors);
        let costs = system.of_struck(policy, |own| own.outcome.costs);
        let seen = system.of_struck(policy, |own| own.outcome.failures);
        let mut failures = 0;
        for t in 0..system.trials() {
            let borne = bearers.iter().map(|own| own[t]).sum::<f64>();
            let lost = (book[t] + second[t]) as f64 + system.other[t] + costs[t];
            let by_lender: f64 = stays.iter().map(|x| x[t]).sum::<f64>() + investors[t];
            for (what, found) in [("bearers", borne), ("losses", lost), ("lenders", by_lender)] {
                let off = (found - total[t]).abs();
                assert!(off <= 1e-9 * total[t].max(1.0), "{what} of {policy}, {t}: off by {off}");
            }
            failures += seen[t];
        }
        assert!(failures > 1_000, "the test has seen failures: {failures}");
        assert!(own.second.len() > 100, "and second rounds: {}", own.second.len());
    }
}

/// Trials in which nobody can be stressed are told without looking at each lender: what they tell is held
/// against losses, capital and needs of every lender in every trial.
#[test]
fn calm_trials_tell_what_each_lender_tells() {
    let from = SCENARIO.find("[system.contagion]").unwrap();
    let to = SCENARIO.find("[[policy]]").unwrap();
    let end = SCENARIO.find("[[policy]]\nid = \"during\"").unwrap();
    let alone = format!("{}{}", &SCENARIO[..from], &SCENARIO[to..end]);
    // A ratio that leaves everybody room, and one below which somebody is from the start.
    for (ratio, room) in [(0.05, true), (0.6, false)] {
        let ratio_key = format!("system.capital_ratio={ratio}");
        let case = case_with(&alone, TAPE, &[&ratio_key]);
        let run = case.base();
        let market = run.market.as_ref().unwrap();
        let system = lenders(&case, 20_000, 2);
        let everybody = 0..market.roster.lenders.len();
        for (policy, own) in system.policies.iter().enumerate() {
            let stays: Vec<Vec<f64>> =
                everybody.clone().map(|l| system.lenders(market, policy, &[l])).collect();
            let seen = system.of_struck(policy, |own| own.outcome.failures);
            let lacking = system.of_struck(policy, |own| own.outcome.shortfall);
            let outside = system.bearer(market, policy, Bearer::Creditors);
            let told = |slack: f64| {
                let mut off = 0;
                let mut calm = 0;
                for t in 0..system.trials() {
                    let (mut failures, mut shortfall, mut creditors) = (0, 0.0, 0.0);
                    for lender in everybody.clone() {
                        let capital = slack * market.roster.lenders[lender].capital.unwrap();
                        let needed = ratio * market.sheets[policy].weighted[lender];
                        let loss = stays[lender][t];
                        let is_broken = own.broken.contains(&(t, lender));
                        failures += u32::from(loss > capital * (1.0 + 1e-12) || is_broken);
                        shortfall += (needed - (capital - loss)).max(0.0);
                        creditors += (loss - capital).max(0.0);
                    }
                    let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
                    off += u32::from(
                        failures != seen[t]
                            || !same(shortfall, lacking[t])
                            || !same(creditors, outside[t]),
                    );
                    calm += u32::from(shortfall == 0.0);
                }
                (off, calm)
            };
            let (off, calm) = told(1.0);
            assert_eq!(off, 0, "{ratio}, policy {policy}");
            // The test has seen both.
            assert_eq!(calm > 1_000, room, "{calm}");
            assert!(calm < 19_000, "{calm}");
            // A twin that has a little less capital.
            assert!(told(0.99).0 > 0, "{ratio}, policy {policy}");
        }
    }
}

/// The total of a system that has nothing but the book, owners of lenders of whom none fails: what is told of
/// the scope that they repeat. Where the losses differ in some trials, so do the numbers.
#[test]
fn scopes_repeat_others_only_where_their_losses_are_the_same() {
    let mut tape = String::from("borrower,lender,limit,balance,pd\n");
    (0..60).for_each(|i| tape += &format!("b{i},P,1000,{},0.{:02}\n", 1_000 - i, 4 + i % 7));
    let text = |system: &str| {
        format!(
            "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nlevels = [0.9]\n[sampling]\ntrials = 2048\nplan = \"plain\"\n\
             [portfolio]\ntape = \"book.csv\"\ndefaults = {{ lgd = 0.5, ccf = 0 }}\n[portfolio.columns]\nborrower = \"borrower\"\n\
             lender = \"lender\"\nlimit = \"limit\"\nbalance = \"balance\"\npd = \"pd\"\n[model]\ncorrelation = 0.2\n[system]\n{system}\
             [[system.programme]]\nid = \"joint\"\nlender = \"P\"\nown_share = 0.25\npartners = [\"bank\"]\n\
             [[policy]]\nid = \"today\"\n[[policy]]\nid = \"cap\"\nrule = [{{ cap = 600 }}]\n"
        )
    };
    let other = "other_assets = { amount = 9_000, pd = 0.05, loading = 0.4 }\n";
    let system = |capital: u32, more: &str| {
        format!(
            "[[system.lender]]\nname = \"P\"\ncapital = {capital}\n[[system.group]]\nname = \"bank\"\ncount = 3\n\
             capital = 90_000\n{more}"
        )
    };
    let pairs = [
        ((ScopeKind::Total, "total"), (ScopeKind::System, "system")),
        ((ScopeKind::Bearer, "lenders"), (ScopeKind::Lender, "P")),
        ((ScopeKind::Bearer, "partners"), (ScopeKind::Lender, "bank")),
    ];
    let cases = [
        (system(50_000, ""), [true, true, true]),
        // P fails.
        (system(900, ""), [true, false, true]),
        (system(50_000, other), [false, true, true]),
    ];
    for (system, same) in cases {
        let case = case_with(&text(&system), &tape, &[]);
        let outcome = case.carry_out(2);
        let run = &outcome.results.runs[0];
        let base = case.base();
        let market = base.market.as_ref().unwrap();
        let trials = lenders(&case, 2_048, 1);
        for (policy, id) in ["today", "cap"].into_iter().enumerate() {
            // What is told of losses alone.
            let of = |key: (ScopeKind, &str)| -> Vec<_> {
                let measures = [
                    Measure::ExpectedLoss,
                    Measure::StandardDeviation,
                    Measure::ValueAtRisk,
                    Measure::ExpectedShortfall,
                    Measure::EconomicCapital,
                ];
                let rows = run.summary.rows.iter().filter(|row| {
                    (row.scope_kind, row.scope.as_str()) == key
                        && row.policy == id
                        && measures.contains(&row.measure)
                });
                rows.map(|row| (row.measure, row.comparison, row.estimate)).collect()
            };
            for ((own, like), same) in pairs.into_iter().zip(same) {
                assert!(of(own).len() >= 5, "{own:?} {id}");
                assert_eq!(of(own) == of(like), same, "{own:?} {id}");
                let is_per_credit = |row: &&MeasureRow| {
                    (row.scope_kind, row.scope.as_str()) == own
                        && row.measure == Measure::ExpectedLossPerCredit
                };
                let has_credit = run.summary.rows.iter().any(|row| is_per_credit(&row));
                assert_eq!(has_credit, own.0 == ScopeKind::Total, "{own:?}");
            }
            // Its own trials, added up here.
            for bearer in [Bearer::Lenders, Bearer::Partners] {
                let own = trials.bearer(market, policy, bearer);
                let sum: f64 = own.iter().map(|x| x.round()).sum();
                let found =
                    row(run, (ScopeKind::Bearer, bearer.as_str()), id, Measure::ExpectedLoss, None);
                assert!((found.0 - sum / 2_048.0).abs() < 1e-9, "{bearer:?} {id}: {found:?}");
            }
        }
    }
}

#[test]
fn marginal_shortfalls_add_up_to_the_total() {
    let outcome = case(&["sampling.trials=20000"]).carry_out(2);
    let run = &outcome.results.runs[0];
    for policy in ["today", "cap", "during"] {
        let es =
            row(run, (ScopeKind::Total, "total"), policy, Measure::ExpectedShortfall, Some(0.9)).0;
        let rows = &run.system.as_ref().unwrap().rows;
        let own =
            rows.iter().filter(|r| r.policy == policy && r.measure == Measure::MarginalShortfall);
        let lenders: f64 = own.map(|r| r.estimate.value).sum();
        let parts = |kind| -> f64 {
            let own = run.summary.contributions.iter().filter(|c| {
                c.policy == policy
                    && c.scope_kind == kind
                    && c.measure == Measure::ExpectedShortfall
            });
            own.map(|c| c.estimate.value).sum()
        };
        let investors = run.summary.contributions.iter().find(|c| {
            c.policy == policy && c.scope == "investors" && c.measure == Measure::ExpectedShortfall
        });
        // Losses of every scope are whole units.
        let rounding = 4.0;
        let mes = lenders + investors.unwrap().estimate.value;
        assert!((mes - es).abs() < rounding, "{policy}: {mes} {es}");
        assert!((parts(ScopeKind::Bearer) - es).abs() < rounding, "{policy}");
    }
}

#[test]
fn numbers_do_not_depend_on_threads_or_length() {
    let case = case(&[]);
    let long = lenders(&case, 3_000, 1);
    assert_eq!(long, lenders(&case, 3_000, 2));
    let short = lenders(&case, 1_000, 2);
    let market = case.base().market.as_ref().unwrap();
    for policy in 0..short.policies.len() {
        assert_eq!(short.total(market, policy), long.total(market, policy)[..1_000]);
        let failures = |own: &SystemSample| own.of_struck(policy, |own| own.outcome.failures);
        assert_eq!(failures(&short), failures(&long)[..1_000]);
    }
    // Policies do not see each other.
    let fewer = case_with(
        &SCENARIO.replace("[[policy]]\nid = \"cap\"\nrule = [{ cap = 1500 }]\n", ""),
        TAPE,
        &[],
    );
    let fewer = lenders(&fewer, 3_000, 2);
    assert_eq!(fewer.policies[0], long.policies[0]);
    assert_eq!(fewer.policies[1], long.policies[2]);
}

#[test]
fn a_policy_that_binds_nobody_changes_nothing() {
    let idle = SCENARIO
        .replace("rule = [{ cap = 1500 }]\n[[policy]]", "rule = [{ cap = 9000 }]\n[[policy]]");
    let outcome = case_with(&idle, TAPE, &["sampling.trials=5000"]).carry_out(2);
    let rows = &outcome.results.runs[0].summary.rows;
    let changes = rows.iter().filter(|r| r.policy == "cap" && r.comparison == Comparison::Change);
    let of_total: Vec<_> = changes.filter(|r| r.scope_kind != ScopeKind::System).collect();
    assert!(of_total.len() > 20);
    for row in of_total {
        let e = row.estimate;
        assert_eq!((e.value, e.lower, e.upper), (0.0, Some(0.0), Some(0.0)), "{row:?}");
    }
}

/// The worked cases of joint lending, a guarantee that runs out, and three tranches.
#[test]
fn worked_cases_of_funding() {
    let tape = "borrower,lender,limit,balance,pd\nb,P,1000,1000,1\n";
    let scenario = |lgd: f64, funding: &str| {
        format!(
            "format = 1\ncurrency = \"EUR\"\nminor_units = 100\nlevels = [0.9]\n[sampling]\ntrials = 128\nplan = \"plain\"\n\
             [portfolio]\ntape = \"book.csv\"\ndefaults = {{ lgd = {lgd}, ccf = 0 }}\n[portfolio.columns]\nborrower = \"borrower\"\n\
             lender = \"lender\"\nlimit = \"limit\"\nbalance = \"balance\"\npd = \"pd\"\n[model]\ncorrelation = 0\n{funding}\n[[policy]]\nid = \"today\"\n"
        )
    };
    let joint = "[system]\n[[system.lender]]\nname = \"P\"\ncapital = 60\n[[system.lender]]\nname = \"A\"\n\
        [[system.lender]]\nname = \"B\"\n[[system.programme]]\nid = \"joint\"\nlender = \"P\"\nown_share = 0.3\n\
        partners = [\"A\", \"B\"]\nweights = [5, 2]\n";
    let borne = |text: &str, lgd: f64, names: &[&str]| -> Vec<f64> {
        let case = case_with(&scenario(lgd, text), tape, &[]);
        let run = case.base();
        let system = run.lenders(&sample(run, 1), 1).unwrap();
        let market = run.market.as_ref().unwrap();
        let of = |name: &&str| {
            let lender = market.roster.find(name).unwrap();
            system.lenders(market, 0, &[lender])[0] / 100.0
        };
        names.iter().map(of).collect()
    };
    // A loss of 100: 30, 50, 20.
    assert_eq!(borne(joint, 0.1, &["P", "A", "B"]), [30.0, 50.0, 20.0]);
    // The platform guarantees everything and has 60: the other 40 go 50 : 20 to the banks.
    let guaranteed = format!("{joint}guarantee = {{ by = \"P\" }}\n");
    let found = borne(&guaranteed, 0.1, &["P", "A", "B"]);
    for (found, expected) in found.iter().zip([60.0, 40.0 * 5.0 / 7.0, 40.0 * 2.0 / 7.0]) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    let tranches = "[system]\n[[system.lender]]\nname = \"P\"\n[[system.lender]]\nname = \"E\"\n[[system.lender]]\nname = \"M\"\n\
        [[system.lender]]\nname = \"S\"\n[[system.programme]]\nid = \"abs\"\nlender = \"P\"\nsecuritised = 1\ntranche = [\n\
        { name = \"equity\", from = 0, to = 0.1, holder = \"E\" }, { name = \"second\", from = 0.1, to = 0.25, holder = \"M\" },\n\
        { name = \"senior\", from = 0.25, to = 1, holder = \"S\" }]\n";
    for (lgd, expected) in
        [(0.04, [40.0, 0.0, 0.0]), (0.18, [100.0, 80.0, 0.0]), (0.4, [100.0, 150.0, 150.0])]
    {
        let found = borne(tranches, lgd, &["E", "M", "S"]);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{lgd}: {found} {expected}");
        }
    }
}

/// Of whoever never lost anything it is known how much he may lose: 1 - 0.05^(1 / 128) of the 40 that all may, on average.
#[test]
fn a_lender_that_never_loses_has_a_bound() {
    let tape = "borrower,lender,limit,balance,pd\nb,P,1000,1000,1\n";
    let text = "format = 1\ncurrency = \"EUR\"\nminor_units = 100\nlevels = [0.9]\n[sampling]\ntrials = 128\nplan = \"plain\"\n\
        [portfolio]\ntape = \"book.csv\"\ndefaults = { lgd = 0.04, ccf = 0 }\n[portfolio.columns]\nborrower = \"borrower\"\n\
        lender = \"lender\"\nlimit = \"limit\"\nbalance = \"balance\"\npd = \"pd\"\n[model]\ncorrelation = 0\n[system]\n\
        [[system.lender]]\nname = \"P\"\n[[system.lender]]\nname = \"S\"\ncapital = 900\n[[system.programme]]\nid = \"abs\"\n\
        lender = \"P\"\nsecuritised = 1\ntranche = [{ name = \"junior\", from = 0, to = 0.25 },\n\
        { name = \"senior\", from = 0.25, to = 1, holder = \"S\" }]\n[[policy]]\nid = \"today\"\n";
    let outcome = case_with(text, tape, &[]).carry_out(2);
    let system = outcome.results.runs[0].system.as_ref().unwrap();
    for measure in [Measure::ExpectedLoss, Measure::CapitalShortfall] {
        let own = system.rows.iter().find(|row| row.lender == "S" && row.measure == measure);
        let found = own.unwrap().estimate;
        let bound = 40.0 * (1.0 - 0.05_f64.powf(1.0 / 128.0));
        assert_eq!((found.value, found.quality), (0.0, Quality::Bound), "{measure:?}");
        assert!((found.upper.unwrap() - bound).abs() < 1e-9, "{measure:?} {found:?}");
    }
}

/// A network in a file is that of the matrix; faults of its cells are told with their lines.
#[test]
fn networks_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("book.csv", TAPE);
    let start = SCENARIO.find("network = {").unwrap();
    let end = start + SCENARIO[start..].find('\n').unwrap();
    let text =
        format!("{}network = {{ file = \"net.csv\" }}{}", &SCENARIO[..start], &SCENARIO[end..]);
    let prepare = |net: &str| {
        write("net.csv", net);
        let loaded = load_text(&folder.path().join("x.toml"), &text, Notation::Toml, &[]).unwrap();
        tailcap::run::prepare(&loaded)
    };
    let names = ["P", "D", "X", "Y"];
    let mut net = "from,to,amount\n".to_owned();
    for (i, row) in OWES.iter().enumerate() {
        for (j, debt) in row.iter().enumerate().filter(|(_, debt)| **debt > 0.0) {
            net.push_str(&format!("{},{},{debt}\n", names[i], names[j]));
        }
    }
    let runs = prepare(&net).unwrap();
    let own = runs[0].lenders(&sample(&runs[0], 2_000), 2).unwrap();
    assert_eq!(own, lenders(&case(&[]), 2_000, 2));
    let bad = "from,to,amount\nP,D,-5\nP,Q,1\nD,D,3\nX,Y,1\nX,Y,2\nX,P,many\n";
    let refused = prepare(bad).unwrap_err();
    let told: Vec<String> =
        refused.faults.iter().map(|f| format!("{:?} {}", f.place, f.kind)).collect();
    for (line, what) in [(2, "-5"), (3, "Q"), (4, "owe itself"), (6, "X to Y"), (7, "many")] {
        let place = format!("line: {line},");
        assert!(
            told.iter().any(|t| t.contains(&place) && t.contains(what)),
            "{line} {what}: {told:#?}"
        );
    }
}

/// A pool's second round costs on average what that of its people does, and so do people who stand for
/// several.
#[test]
fn pools_have_the_second_round_of_their_people() {
    let tape =
        "borrower,lender,limit,balance,pd,count\na,P,2000,1800,0.1,400\nb,P,1000,600,0.2,50\n";
    let text = "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nlevels = [0.9]\n[sampling]\ntrials = 20_000\nplan = \"plain\"\n\
        [portfolio]\ntape = \"book.csv\"\ndefaults = { lgd = 0.5, ccf = 0 }\n[portfolio.columns]\nborrower = \"borrower\"\n\
        lender = \"lender\"\nlimit = \"limit\"\nbalance = \"balance\"\npd = \"pd\"\ncount = \"count\"\n[model]\ncorrelation = 0.1\n\
        [system]\n[[system.lender]]\nname = \"P\"\ncapital = 1\n[system.feedback]\ncut = 0.5\nsqueeze = 0.8\n[[policy]]\nid = \"today\"\n";
    let outcome = case_with(text, tape, &[]).carry_out(2);
    let run = &outcome.results.runs[0];
    let (found, error) =
        row(run, (ScopeKind::Total, "total"), "today", Measure::FeedbackLoss, None);
    // Everybody is stressed from the start; lines of 1,000 and 500 are left.
    let exact = |squeeze: f64| -> f64 {
        [(400.0, 1000.0, 0.1), (50.0, 500.0, 0.2)]
            .map(|(people, exposure, pd): (f64, f64, f64)| {
                let odds = pd / (1.0 - pd) * squeeze.exp();
                people * 0.5 * exposure * (odds / (1.0 + odds) - pd)
            })
            .iter()
            .sum()
    };
    let mut own = Judge::new(ALPHA);
    own.normal(|| "second round".into(), found, exact(0.8), error);
    own.expect_peace();
    let mut twin = Judge::new(ALPHA);
    twin.normal(|| "second round".into(), found, exact(0.85), error);
    twin.expect_protest("a larger squeeze");
    let warned = run.warnings.iter().any(|w| matches!(w, Warning::StressedFromTheStart { .. }));
    assert!(warned, "{:?}", run.warnings);
}

/// Every measure of lenders can stand in a statement.
#[test]
fn statements_find_the_numbers_of_lenders() {
    let mut text =
        SCENARIO.replace("[system.feedback]", "debt_rank = \"linear\"\n[system.feedback]");
    let words = [
        "\"failures\"",
        "{ failures_at_least = 2 }",
        "\"capital_shortfall\"",
        "\"bankruptcy_costs\"",
        "\"feedback_loss\"",
        "\"debt_rank\"",
    ];
    for word in words {
        text.push_str(&format!("[[expect]]\ntext = {word:?}\npolicy = \"cap\"\nmeasure = {word}\nfalls_by_at_least = {{ relative = 0.001 }}\n"));
    }
    text.push_str("[[expect]]\ntext = \"x\"\npolicy = \"cap\"\nlender = \"X\"\nmeasure = \"failure_probability\"\nbelow = 0.9\n");
    text.push_str("[[expect]]\ntext = \"t\"\npolicy = \"cap\"\ntotal = true\nmeasure = { es = 0.9 }\nfalls_by_at_least = { relative = 0.01 }\n");
    text.push_str("[[expect]]\ntext = \"b\"\npolicy = \"cap\"\nbearer = \"creditors\"\nmeasure = \"el\"\nfalls_by_at_least = { relative = 0.01 }\n");
    let outcome = case_with(&text, TAPE, &["sampling.trials=20000"]).carry_out(2);
    assert_eq!(outcome.results.verdicts.len(), 9);
    for verdict in &outcome.results.verdicts {
        assert!(verdict.runs[0].estimate.is_some(), "{}", verdict.text);
        // Distress beyond the losses may well rise where the losses themselves fall.
        if verdict.measure != Measure::DebtRank {
            assert_eq!(verdict.verdict, Verdict::Holds, "{}", verdict.text);
        }
    }
}

/// A guarantor with more capital fails less, and one that cannot pay all has failed.
#[test]
fn guarantors_fail_less_with_more_capital() {
    let chance = |capital: &str| {
        let set = format!("system.lender.D.capital={capital}");
        let outcome = case(&[&set, "minor_units=100", "sampling.trials=20000"]).carry_out(2);
        let run = &outcome.results.runs[0];
        row(run, (ScopeKind::Lender, "D"), "today", Measure::FailureProbability, None).0
    };
    let found = ["1000", "1200.7", "1400.03", "1700", "2500"].map(chance);
    assert!(found.is_sorted_by(|a, b| a > b), "{found:?}");
}

/// What no trial showed is not told as nothing: a policy that comes with the shock may still do something.
#[test]
fn a_shock_that_was_not_seen_is_not_told_as_none() {
    let rich = ["P", "D", "X", "Y"].map(|name| format!("system.lender.{name}.capital=20000"));
    let mut set: Vec<&str> = rich.iter().map(String::as_str).collect();
    set.push("sampling.trials=200");
    let outcome = case(&set).carry_out(2);
    let rows = &outcome.results.runs[0].summary.rows;
    let changes = rows.iter().filter(|row| {
        row.policy == "during"
            && row.scope_kind == ScopeKind::Total
            && row.comparison == Comparison::Change
    });
    let sampled =
        [Measure::ExpectedLoss, Measure::ExpectedShortfall, Measure::Defaults, Measure::Failures];
    let told: Vec<_> = changes.filter(|row| sampled.contains(&row.measure)).collect();
    assert_eq!(told.len(), 4);
    for row in told {
        assert_eq!(row.estimate.value, 0.0, "nothing was seen: {row:?}");
        assert_eq!(row.estimate.quality, Quality::Bound, "{row:?}");
    }
}

/// A book in whole units of which everything defaults, with these lenders, and what follows them.
fn certain(tape: &str, system: &str) -> Case {
    let text = format!(
        "format = 1\ncurrency = \"EUR\"\nlevels = [0.9]\nsampling = {{ trials = 128, plan = \"plain\" }}\n\
         portfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 1, ccf = 0, pd = 1 }} }}\n\
         model = {{ correlation = 0.1 }}\n[system]\n{system}\n[[policy]]\nid = \"today\"\n"
    );
    case_with(&text, tape, &[])
}

/// Failures, and those of the cascade, in the first trial.
fn fallen(case: &Case) -> (u32, u32) {
    let system = lenders(case, 1, 1);
    system.of_struck(0, |own| (own.outcome.failures, own.outcome.cascade))[0]
}

/// A lender's own number.
fn own(run: &RunResults, lender: &str, measure: Measure) -> f64 {
    let rows = &run.system.as_ref().unwrap().rows;
    let found = rows.iter().find(|row| row.lender == lender && row.measure == measure);
    found.unwrap_or_else(|| panic!("{lender} {measure:?}")).estimate.value
}

/// A lender fails if it loses more than its capital, in the cascade as everywhere.
#[test]
fn a_loss_of_the_whole_capital_is_no_failure_and_starts_no_cascade() {
    let system = |most: f64, owed: f64| {
        format!(
            "lender = [{{ name = \"A\", capital = 50 }}, {{ name = \"P\", capital = 100 }}, {{ name = \"Q\", capital = 10 }}]\n\
             [[system.programme]]\nid = \"joint\"\nlender = \"A\"\npartners = [\"P\"]\nmost_of_capital = {most}\n\
             [system.contagion]\ncascade = true\nnetwork = {{ lenders = [\"P\", \"Q\"], owes = [[0, {owed}], [0, 0]] }}"
        )
    };
    let tape = |loan: &str| format!("lender,limit,balance\nA,{loan},{loan}\n");
    // P funds 100 of 130, its whole capital, and loses it.
    assert_eq!(fallen(&certain(&tape("130"), &system(1.0, 20.0))), (0, 0));
    assert_eq!(fallen(&certain(&tape("130"), &system(0.7, 20.0))), (1, 1), "A loses 60 of 50");
    // A cent more than all.
    let more = system(1.0, 20.0).replace("most_of_capital = 1\n", "");
    assert_eq!(fallen(&certain(&tape("100"), &more)), (0, 0));
    assert_eq!(
        fallen(&certain(&tape("100.01"), &more)),
        (1, 2),
        "P pays Q all but a cent; in the cascade nothing"
    );
    let less = system(1.0, 10.0).replace("most_of_capital = 1\n", "");
    assert_eq!(fallen(&certain(&tape("100.01"), &less)), (1, 1), "Q loses its capital and stands");
}

/// A guarantor pays out of its capital, as far as it has assets other than claims on lenders, after its own losses.
/// One that cannot pay all fails for certain, and a cascade starts with it; one that can just pay all does not.
#[test]
fn guarantors_that_cannot_pay_fail_in_the_cascade_too() {
    let system = |capital: &str, owes: &str| {
        format!(
            "lender = [{{ name = \"A\", capital = 50 }}, {{ name = \"G\", capital = {capital} }}, {{ name = \"P\", capital = 1000 }},\n\
             {{ name = \"Q\", capital = 10 }}]\n[[system.programme]]\nid = \"joint\"\nlender = \"A\"\npartners = [\"P\"]\n\
             guarantee = {{ by = \"G\" }}\n[system.contagion]\ncascade = true\n\
             network = {{ lenders = [\"G\", \"Q\"], owes = {owes} }}"
        )
    };
    let tape = "lender,limit,balance\nA,100,100\n";
    let paid = |case: &Case| {
        let market = case.base().market.as_ref().unwrap();
        let guarantor = market.roster.find("G").unwrap();
        lenders(case, 1, 1).lenders(market, 0, &[guarantor])[0] / 100.0
    };
    for capital in ["30", "30.07", "33.33", "0.3", "99.99"] {
        let case = certain(tape, &system(capital, "[[0, 20], [0, 0]]"));
        assert_eq!(fallen(&case), (1, 2), "{capital}");
        assert!((paid(&case) - capital.parse::<f64>().unwrap()).abs() < 1e-9, "{capital}");
        let outcome = case.carry_out(1);
        let fails = own(&outcome.results.runs[0], "G", Measure::FailureProbability);
        assert_eq!(fails, 1.0, "{capital}");
    }
    for capital in ["100", "100.01", "250"] {
        let case = certain(tape, &system(capital, "[[0, 20], [0, 0]]"));
        assert_eq!(fallen(&case), (0, 0), "{capital}");
        assert!((paid(&case) - 100.0).abs() < 1e-9, "{capital}");
    }
    // Of its 60 of capital 40 are claims on Q: it pays 20, keeps capital, and has failed all the same.
    let case = certain(tape, &system("60", "[[0, 20], [60, 0]]"));
    assert!((paid(&case) - 20.0).abs() < 1e-9, "{}", paid(&case));
    assert_eq!(fallen(&case), (1, 2));
}

/// The marginal shortfall of assets that lose 0.9 % for certain, in any order beside others of their kind.
#[test]
fn marginal_shortfalls_do_not_depend_on_the_order_of_lenders() {
    let asset = |name: &str, amount: &str| {
        format!(
            "{{ name = \"{name}\", other_assets = {{ amount = {amount}, pd = 0.02, lgd = 0.45, loading = 0 }} }}"
        )
    };
    let lenders = [asset("small", "1"), asset("large", "22_670_840"), asset("middle", "300")];
    for order in [[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0]] {
        let listed = order.map(|at| lenders[at].clone()).join(", ");
        let case = certain("lender,limit,balance\nB,100,100\n", &format!("lender = [{listed}]"));
        let outcome = case.carry_out(1);
        let run = &outcome.results.runs[0];
        let mes = |name| own(run, name, Measure::MarginalShortfall);
        assert!((mes("large") - 204_037.56).abs() < 1e-6, "{order:?}: {}", mes("large"));
        // Others are shares of the largest: no rounding of a small amount is seen.
        for (name, amount) in [("small", 1.0), ("middle", 300.0)] {
            assert!((mes(name) - 0.009 * amount).abs() < 1e-9, "{order:?}: {}", mes(name));
        }
    }
}

/// Lines drawn after the sale are the maker's: of a loss of 400 on a balance of 600 and 200 drawn later, 300 and 100.
#[test]
fn lines_drawn_after_the_sale_stay_with_the_maker() {
    let system = "lender = [{ name = \"P\" }, { name = \"E\" }]\n[[system.programme]]\nid = \"abs\"\nlender = \"P\"\n\
        securitised = 1\ntranche = [{ name = \"all\", from = 0, to = 1, holder = \"E\" }]";
    let case = certain("lender,limit,balance,ccf,lgd\nP,1000,600,0.5,0.5\n", system);
    let market = case.base().market.as_ref().unwrap();
    let system = lenders(&case, 1, 1);
    let borne = ["P", "E"].map(|name| {
        let lender = market.roster.find(name).unwrap();
        system.lenders(market, 0, &[lender])[0] / 100.0
    });
    assert!((borne[0] - 100.0).abs() < 1e-9 && (borne[1] - 300.0).abs() < 1e-9, "{borne:?}");
}

/// A lender with 1,100 at default, 100 of capital and a debt of 300 to another loses 550. Creditors get 550 of the
/// 1,000 that they are owed: the other lender loses 135, those outside 315.
#[test]
fn what_a_failed_lender_passes_on_is_told_once() {
    let system = "lender = [{ name = \"D\", capital = 100 }, { name = \"X\", capital = 400 }]\n\
        [system.contagion]\ndebt_rank = \"linear\"\n\
        network = { lenders = [\"D\", \"X\"], owes = [[0, 300], [0, 0]] }";
    let case = certain("lender,limit,balance,ccf,lgd\nD,1500,1000,0.2,0.5\n", system);
    let outcome = case.carry_out(1);
    let run = &outcome.results.runs[0];
    let close =
        |found: f64, expected: f64| assert!((found - expected).abs() < 0.01, "{found} {expected}");
    // What stays at D: its capital and what creditors outside lose. The 135 are counted with X.
    close(own(run, "D", Measure::MarginalShortfall), 100.0 + 315.0);
    close(own(run, "X", Measure::MarginalShortfall), 135.0);
    // Required are 8 % of 0.75 x 1,100.
    close(own(run, "D", Measure::CapitalShortfall), 66.0 - 100.0 + 415.0);
    close(own(run, "X", Measure::CapitalShortfall), 0.0);
    // All debts, to lenders and outside, of a balance sheet at exposure at default, before any loss.
    close(own(run, "D", Measure::Srisk), 0.08 * 1000.0 - 0.92 * (100.0 - 415.0));
    close(own(run, "X", Measure::Srisk), -0.92 * (400.0 - 135.0));
    // D's own loss is a first loss and not counted; X is distressed by 300 / 400, with 4/5 of all capital.
    close(100.0 * row(run, (ScopeKind::Total, "total"), "today", Measure::DebtRank, None).0, 60.0);
}
