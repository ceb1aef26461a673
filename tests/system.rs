//! The lenders behind a book: laws by enumeration of every default state of nine borrowers and four
//! lenders, with a second round, with an own account of funding and clearing; what adds up in every
//! trial; what does not depend on threads; twins that are wrong.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::judge::{Judge, binomial_p};
use support::law::{one_factor, phi, quantile};
use support::{Case, case_with, sample};
use tailcap::engine::PlanName;
use tailcap::measures::verdict::Verdict;
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::{RunResults, Warning};
use tailcap::scenario::{Notation, load_text};
use tailcap::system::ScopeKind;
use tailcap::system::sample::SystemSample;

/// Per test; with at most 200 tests in this file a false alarm in 5,000 runs of it.
const ALPHA: f64 = 1e-6;

const TAPE: &str = "\
borrower,lender,limit,balance,pd
b1,P,2000,1800,0.10
b2,P,3000,2500,0.20
b2,D,1000,400,0.20
b3,D,1500,900,0.15
b3,P,2000,2000,0.15
b4,P,2500,2400,0.25
b5,D,800,800,0.25
b6,P,5000,4000,0.12
b7,D,1200,1100,0.18
b8,P,1600,600,0.08
b9,D,3000,1000,0.20
";

const SCENARIO: &str = r#"
format = 1
currency = "EUR"
minor_units = 1
levels = [0.9]
[sampling]
trials = 300_000
plan = "plain"
[portfolio]
tape = "book.csv"
defaults = { lgd = 0.5, ccf = 0 }
[portfolio.columns]
borrower = "borrower"
lender = "lender"
limit = "limit"
balance = "balance"
pd = "pd"
[model]
correlation = 0.2
[output]
equal_credit_cut = false
[system]
risk_weight = 1.0
[[system.lender]]
name = "P"
capital = 1_500
[[system.lender]]
name = "D"
capital = 1_200
[[system.lender]]
name = "X"
capital = 900
other_assets = { amount = 5_000, risk_weight = 0.5, pd = 0.05, lgd = 0.5, loading = 0.4 }
[[system.lender]]
name = "Y"
capital = 500
[[system.programme]]
id = "joint"
lender = "P"
own_share = 0.2
securitised = 0.3
partners = ["X", "Y"]
weights = [2, 1]
guarantee = { by = "D", cover = 0.5, limit = 0.2 }
tranche = [
  { name = "equity", from = 0, to = 0.1, holder = "P", risk_weight = 5 },
  { name = "mezzanine", from = 0.1, to = 0.25, holder = "Y" },
  { name = "senior", from = 0.25, to = 1 },
]
[system.contagion]
network = { lenders = ["P", "D", "X", "Y"], owes = [[0, 300, 500, 0], [200, 0, 0, 400], [0, 600, 0, 100], [100, 0, 300, 0]] }
clearing = "rogers-veraart"
recovered = { assets = 0.8, claims = 0.7 }
[system.feedback]
cut = 0.5
squeeze = 0.8
[[policy]]
id = "today"
[[policy]]
id = "cap"
rule = [{ cap = 1500 }]
[[policy]]
id = "during"
when = "during"
rule = [{ cap = 1500 }]
"#;

/// Capital of P, D, X, Y.
const CAPITAL: [f64; 4] = [1500.0, 1200.0, 900.0, 500.0];
const OWES: [[f64; 4]; 4] = [
    [0.0, 300.0, 500.0, 0.0],
    [200.0, 0.0, 0.0, 400.0],
    [0.0, 600.0, 0.0, 100.0],
    [100.0, 0.0, 300.0, 0.0],
];

/// What the twins change.
#[derive(Clone, Copy)]
struct World {
    recovered: [f64; 2],
    cover: f64,
    squeeze: f64,
    loading: f64,
}

const TRUE: World = World { recovered: [0.8, 0.7], cover: 0.5, squeeze: 0.8, loading: 0.4 };

#[derive(Clone, Copy)]
struct Line {
    lender: usize,
    limit: f64,
    balance: f64,
}

struct Person {
    pd: f64,
    lines: Vec<Line>,
}

fn people() -> Vec<Person> {
    let mut people: Vec<(String, Person)> = Vec::new();
    for row in TAPE.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [limit, balance, pd] = [2, 3, 4].map(|at| cells[at].parse::<f64>().unwrap());
        let line = Line { lender: usize::from(cells[1] == "D"), limit, balance };
        match people.iter_mut().find(|(name, _)| name == cells[0]) {
            Some((_, own)) => own.lines.push(line),
            None => people.push((cells[0].into(), Person { pd, lines: vec![line] })),
        }
    }
    people.into_iter().map(|(_, own)| own).collect()
}

/// The book under a policy before any loss.
fn capped(mut people: Vec<Person>, cap: f64) -> Vec<Person> {
    for line in people.iter_mut().flat_map(|p| &mut p.lines) {
        if cap < line.limit {
            (line.limit, line.balance) = (cap, line.balance.min(cap));
        }
    }
    people
}

fn loss(balance: f64) -> f64 {
    (0.5 * balance + 0.5).floor()
}

/// What losses of P's pool and of D's loans do, in the words of this test.
#[derive(Clone, Debug, Default)]
struct End {
    /// By lender.
    stays: [f64; 4],
    failed: [bool; 4],
    costs: f64,
    investors: f64,
    owners: [f64; 4],
    creditors: f64,
}

struct Sheet {
    /// Balance of the pool, of D's loans.
    pool: f64,
    direct: f64,
}

impl Sheet {
    fn of(people: &[Person]) -> Self {
        let sum = |lender| {
            let lines = people.iter().flat_map(|p| &p.lines).filter(|l| l.lender == lender);
            lines.map(|l| l.balance).sum()
        };
        Self { pool: sum(0), direct: sum(1) }
    }

    /// Assets outside the system and risk-weighted assets.
    fn assets(&self) -> ([f64; 4], [f64; 4]) {
        let sold = 0.3 * self.pool;
        let own = [0.2 * self.pool, self.direct, self.pool / 3.0, self.pool / 6.0];
        let assets = [own[0] + 0.1 * sold, own[1], own[2] + 5000.0, own[3] + 0.15 * sold];
        let weighted = [own[0] + 5.0 * 0.1 * sold, own[1], own[2] + 2500.0, own[3] + 0.15 * sold];
        (assets, weighted)
    }

    /// Losses of lenders and investors, and whether D cannot pay all that it guarantees.
    fn borne(&self, world: World, [pool, direct]: [f64; 2], rate: f64) -> ([f64; 4], f64, bool) {
        let sold = 0.3 * self.pool;
        let part = |from: f64, to: f64| (0.3 * pool - from * sold).clamp(0.0, (to - from) * sold);
        let (promised, able) = (world.cover * 0.5 * pool, (CAPITAL[1] - direct).max(0.0));
        let asked = promised.min(0.2 * 0.5 * self.pool);
        let paid = asked.min(able);
        let partners = 0.5 * pool - paid;
        let first = [
            0.2 * pool + part(0.0, 0.1),
            direct + paid,
            partners * 2.0 / 3.0 + 5000.0 * rate,
            partners / 3.0 + part(0.1, 0.25),
        ];
        (first, part(0.25, 1.0), asked > able)
    }

    fn end(&self, world: World, losses: [f64; 2], rate: f64) -> End {
        let (first, investors, broken) = self.borne(world, losses, rate);
        let (assets, _) = self.assets();
        let owed: [f64; 4] = std::array::from_fn(|i| OWES[i].iter().sum());
        let claims: [f64; 4] = std::array::from_fn(|j| OWES.iter().map(|row| row[j]).sum());
        let open: [f64; 4] = std::array::from_fn(|j| assets[j] + claims[j] - owed[j] - CAPITAL[j]);
        let outside = open.map(|x| x.max(0.0));
        let left: [f64; 4] = std::array::from_fn(|j| assets[j] + (-open[j]).max(0.0) - first[j]);
        // Payments from above: everybody pays in full, then what it can, again and again.
        let full: [f64; 4] = std::array::from_fn(|j| owed[j] + outside[j]);
        let mut paid = full;
        let received = |paid: &[f64; 4]| -> [f64; 4] {
            std::array::from_fn(|j| {
                (0..4).filter(|&i| full[i] > 0.0).map(|i| paid[i] * OWES[i][j] / full[i]).sum()
            })
        };
        loop {
            let from = received(&paid);
            let next: [f64; 4] = std::array::from_fn(|j| {
                if left[j] + from[j] >= full[j] * (1.0 - 1e-12) {
                    full[j]
                } else {
                    world.recovered[0] * left[j] + world.recovered[1] * from[j]
                }
            });
            let moved: f64 = (0..4).map(|j| (next[j] - paid[j]).abs()).sum();
            paid = next;
            if moved < 1e-9 {
                break;
            }
        }
        let from = received(&paid);
        let mut end = End { investors, ..End::default() };
        for j in 0..4 {
            end.failed[j] = left[j] + from[j] < full[j] * (1.0 - 1e-9);
            let equity = if end.failed[j] { 0.0 } else { left[j] + from[j] - full[j] };
            end.owners[j] = CAPITAL[j] - equity;
            let lost = if full[j] > 0.0 { outside[j] * (1.0 - paid[j] / full[j]) } else { 0.0 };
            end.creditors += lost;
            end.stays[j] = end.owners[j] + lost;
            end.costs += if end.failed[j] { left[j] + from[j] - paid[j] } else { 0.0 };
        }
        end.failed[1] |= broken;
        end
    }
}

/// Exact numbers of a policy.
#[derive(Default, Debug)]
struct Exact {
    fail: [f64; 4],
    failures: f64,
    two_fail: f64,
    /// Means: total, costs, second round, owners of P and D, owners of X and Y, investors, creditors.
    means: [f64; 7],
    es: f64,
    /// MES of P, D, X, Y.
    mes: [f64; 4],
}

/// `step` is that of the grid of the factor: who is stressed jumps along it.
fn exact(world: World, policy: &str, step: f64) -> Exact {
    let before = match policy {
        "cap" => capped(people(), 1500.0),
        _ => people(),
    };
    let sheet = Sheet::of(&before);
    let n = before.len();
    let mut exact = Exact::default();
    let mut law: Vec<(f64, f64, [f64; 4])> = Vec::new();
    let l = 0.2_f64.sqrt();
    let given = |pd: f64, y: f64| phi((quantile(pd) - l * y) / (1.0 - l * l).sqrt());
    let raised = |pd: f64| {
        let odds = pd / (1.0 - pd) * world.squeeze.exp();
        odds / (1.0 + odds)
    };
    for (y, weight) in one_factor(step) {
        let y = y[0];
        let w = world.loading;
        let rate = 0.5 * phi((quantile(0.05) - w * y) / (1.0 - w * w).sqrt());
        let first: Vec<f64> = before.iter().map(|p| given(p.pd, y)).collect();
        let second: Vec<f64> = before.iter().map(|p| given(raised(p.pd), y)).collect();
        for state in 0..1_usize << n {
            let falls = |i: usize| state >> i & 1 == 1;
            let mut losses = [0.0; 2];
            for (_, person) in before.iter().enumerate().filter(|(i, _)| falls(*i)) {
                person.lines.iter().for_each(|line| losses[line.lender] += loss(line.balance));
            }
            let (_, weighted) = sheet.assets();
            let (borne, ..) = sheet.borne(world, losses, rate);
            let stressed: [f64; 4] = std::array::from_fn(|j| {
                f64::from(u8::from(CAPITAL[j] - borne[j] < 0.08 * weighted[j]))
            });
            let shock = stressed.contains(&1.0);
            let cut = [
                0.5 * (0.23 * stressed[0] + stressed[2] / 3.0 + (1.0 / 6.0 + 0.045) * stressed[3]),
                0.5 * stressed[1],
            ];
            // Whom the second round squeezes, and what that person loses.
            let after = |person: &Person| -> (bool, [f64; 2]) {
                let (mut squeezed, mut own) = (false, [0.0; 2]);
                for line in &person.lines {
                    let mut limit = (line.limit * (1.0 - cut[line.lender]) + 1e-6).floor();
                    if policy == "during" {
                        limit = limit.min(1500.0);
                    }
                    squeezed |= limit < line.balance.min(line.limit);
                    own[line.lender] += loss(line.balance.min(limit.max(0.0)));
                }
                (squeezed, own)
            };
            let open: Vec<usize> =
                (0..n).filter(|&i| shock && !falls(i) && after(&before[i]).0).collect();
            let sure: f64 = (0..n)
                .filter(|i| !open.contains(i))
                .map(|i| if falls(i) { first[i] } else { 1.0 - first[i] })
                .product();
            for later in 0..1_usize << open.len() {
                let (mut p, mut more) = (weight * sure, [0.0; 2]);
                for (at, &i) in open.iter().enumerate() {
                    if later >> at & 1 == 1 {
                        p *= second[i] - first[i];
                        let (_, own) = after(&before[i]);
                        more[0] += own[0];
                        more[1] += own[1];
                    } else {
                        p *= 1.0 - second[i];
                    }
                }
                let all = [losses[0] + more[0], losses[1] + more[1]];
                let end = sheet.end(world, all, rate);
                let total = all[0] + all[1] + 5000.0 * rate + end.costs;
                let failed = end.failed.iter().filter(|f| **f).count();
                for j in 0..4 {
                    exact.fail[j] += if end.failed[j] { p } else { 0.0 };
                }
                exact.failures += p * failed as f64;
                exact.two_fail += if failed >= 2 { p } else { 0.0 };
                let means = [
                    total,
                    end.costs,
                    more[0] + more[1],
                    end.owners[0] + end.owners[1],
                    end.owners[2] + end.owners[3],
                    end.investors,
                    end.creditors,
                ];
                exact.means.iter_mut().zip(means).for_each(|(sum, x)| *sum += p * x);
                let parts: f64 = means[3..].iter().sum();
                assert!((parts - total).abs() < 1e-6, "{parts} {total} {end:?}");
                law.push((total, p, end.stays));
            }
        }
    }
    law.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut left = 0.1;
    for (total, p, stays) in law {
        let used = p.min(left);
        exact.es += used * total / 0.1;
        exact.mes.iter_mut().zip(stays).for_each(|(sum, x)| *sum += used * x / 0.1);
        left -= used;
        if left <= 0.0 {
            break;
        }
    }
    exact
}

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
        let second = own.second_losses(&columns);
        let market = run.market.as_ref().unwrap();
        let stays: Vec<Vec<f64>> = (0..market.roster.lenders.len())
            .map(|lender| own.lender(market, &system.rates, lender))
            .collect();
        let mut failures = 0;
        for t in 0..system.trials() {
            let borne = own.lenders[t] + own.partners[t] + own.investors[t] + own.creditors[t];
            let lost = (book[t] + second[t]) as f64 + system.other[t] + own.costs[t];
            let by_lender: f64 = stays.iter().map(|x| x[t]).sum::<f64>() + own.investors[t];
            for (what, found) in [("bearers", borne), ("losses", lost), ("lenders", by_lender)] {
                let off = (found - own.total[t]).abs();
                assert!(
                    off <= 1e-9 * own.total[t].max(1.0),
                    "{what} of {policy}, {t}: off by {off}"
                );
            }
            failures += own.failures[t];
        }
        assert!(failures > 1_000, "the test has seen failures: {failures}");
        assert!(own.second.len() > 100, "and second rounds: {}", own.second.len());
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
    for (a, b) in short.policies.iter().zip(&long.policies) {
        assert_eq!(a.total, b.total[..1_000]);
        assert_eq!(a.failures, b.failures[..1_000]);
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
            system.policies[0].lender(market, &system.rates, lender)[0] / 100.0
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
        let outcome = case(&[&set, "sampling.trials=20000"]).carry_out(2);
        let run = &outcome.results.runs[0];
        row(run, (ScopeKind::Lender, "D"), "today", Measure::FailureProbability, None).0
    };
    let found = ["1000", "1200.7", "1400.03", "1700", "2500"].map(chance);
    assert!(found.is_sorted_by(|a, b| a > b), "{found:?}");
}
