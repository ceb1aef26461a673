//! Synthetic results of lenders behind a book: who bears losses, who fails, who owes whom.

use super::samples::context;
use super::samples_of_effects::effects;
use super::samples_of_policies::{Policies, bare, bound, within};
use crate::measures::attribution::AttributionRow;
use crate::measures::contribution::Contribution;
use crate::measures::estimate::Quality;
use crate::measures::failures::FailurePoint;
use crate::measures::lenders::LenderRow;
use crate::measures::row::MeasureRow;
use crate::measures::{Comparison, Estimate, Figures, Measure, Unit};
use crate::plots::{
    Figure, FigureContext, PlotError, bearers, failures, loss_against_capital, network, tranches,
    waterfall_total,
};
use crate::policy::attribution::Channel;
use crate::report::results::{Debt, LenderFacts, SystemResults, TrancheFacts};
use crate::system::{Bearer, ScopeKind};

type Drawn = Result<Option<Figure>, PlotError>;

/// EL, then VaR and ES of two levels.
const KEYS: [(Measure, Option<f64>, f64); 5] = [
    (Measure::ExpectedLoss, None, 0.2),
    (Measure::ValueAtRisk, Some(0.99), 0.6),
    (Measure::ExpectedShortfall, Some(0.99), 0.8),
    (Measure::ValueAtRisk, Some(0.999), 1.1),
    (Measure::ExpectedShortfall, Some(0.999), 1.5),
];

pub fn row(
    policy: &str,
    (scope_kind, scope): (ScopeKind, &str),
    (measure, level): (Measure, Option<f64>),
    comparison: Comparison,
    estimate: Estimate,
) -> MeasureRow {
    MeasureRow {
        policy: policy.to_owned(),
        scope_kind,
        scope: scope.to_owned(),
        measure,
        level,
        threshold: None,
        comparison,
        unit: Unit::Currency,
        estimate,
    }
}

/// Rows of a part: EL, VaR and ES in the units that `estimate` gives them, by policy and size.
pub fn rows_of(
    policies: &Policies,
    part: (ScopeKind, &str),
    estimate: impl Fn(usize, f64) -> Estimate,
) -> Vec<MeasureRow> {
    let of = |(p, policy): (usize, &str)| {
        let key = |&(measure, level, size): &(Measure, Option<f64>, f64)| {
            row(policy, part, (measure, level), Comparison::Level, estimate(p, size))
        };
        KEYS.iter().map(key).collect::<Vec<_>>()
    };
    policies.all().flat_map(of).collect()
}

/// What bearers take of losses of 1,000 million in EL and twice as much in ES, less by policy.
pub fn borne(
    policies: &Policies,
    shares: &[(Bearer, f64)],
    estimate: impl Fn(f64) -> Estimate,
) -> Vec<Contribution> {
    let mut rows = Vec::new();
    for (p, policy) in policies.all() {
        let keys = [
            (Measure::Credit, None, 0.0),
            (Measure::ExpectedLoss, None, 1e9),
            (Measure::ExpectedShortfall, Some(0.99), 1.5e9),
            (Measure::ExpectedShortfall, Some(0.999), 2e9),
        ];
        for (measure, level, size) in keys {
            let size = size / (1.0 + 0.2 * p as f64);
            rows.extend(shares.iter().map(|&(bearer, share)| Contribution {
                policy: policy.to_owned(),
                scope_kind: ScopeKind::Bearer,
                scope: bearer.as_str().to_owned(),
                measure,
                level,
                estimate: estimate(share * size),
                share: (size > 0.0).then(|| within(share, 0.01, Quality::Good)),
            }));
        }
    }
    rows
}

/// So many lenders, some in groups.
pub fn lenders(names: &[(&str, Option<&str>, Option<f64>)]) -> Vec<LenderFacts> {
    let facts = |&(name, group, capital): &(&str, Option<&str>, Option<f64>)| LenderFacts {
        name: name.to_owned(),
        group: group.map(str::to_owned),
        capital,
        other_assets: 0.0,
    };
    names.iter().map(facts).collect()
}

/// Figures of failures from 0 to `most` with P(at least m) = p / m, fewer under later policies.
pub fn law(policies: &Policies, most: u32, p: f64, stride: u32) -> Vec<FailurePoint> {
    let of = |(at, policy): (usize, &str)| {
        let point = move |failures: u32| {
            let least = match failures {
                0 => 1.0,
                m => p / f64::from(m) / (1.0 + at as f64),
            };
            FailurePoint {
                policy: policy.to_owned(),
                failures,
                probability: bare(least),
                at_least: within(least, 0.2 * least, Quality::Good),
            }
        };
        let policy_most = most / (1 + at as u32);
        (0..=policy_most).step_by(stride as usize).map(point).collect::<Vec<_>>()
    };
    policies.all().flat_map(of).collect()
}

/// A system of `count` lenders with capitals and debts of many sizes.
pub fn system_of(
    policies: &Policies,
    count: usize,
    fails: impl Fn(usize, usize) -> Estimate,
) -> SystemResults {
    let names: Vec<String> = (0..count).map(|i| format!("bank-{:03}", i + 1)).collect();
    let capital = |i: usize| 5e9 / (1.0 + i as f64);
    let owes = |i: usize, j: usize| capital(i) * capital(j) / 5e10;
    let pairs = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
    let debt = |(i, j): (usize, usize)| Debt {
        from: names[i].clone(),
        to: names[j].clone(),
        amount: owes(i, j),
    };
    let mut rows = Vec::new();
    for (p, policy) in policies.all() {
        rows.extend(names.iter().enumerate().map(|(i, lender)| LenderRow {
            policy: policy.to_owned(),
            lender: lender.clone(),
            group: None,
            measure: Measure::FailureProbability,
            level: None,
            estimate: fails(p, i),
            degenerate: false,
        }));
    }
    SystemResults {
        lenders: names
            .iter()
            .enumerate()
            .map(|(i, name)| LenderFacts {
                name: name.clone(),
                group: None,
                capital: Some(capital(i)),
                other_assets: 0.0,
            })
            .collect(),
        tranches: Vec::new(),
        debts: pairs.filter(|(i, j)| i != j).map(debt).collect(),
        debt_rank: None,
        rows,
        failures: Vec::new(),
        effects: Vec::new(),
    }
}

/// Changes of the expected number of failures by policy.
pub fn changes(policies: &Policies, change: impl Fn(usize) -> Estimate) -> Vec<MeasureRow> {
    let total = (ScopeKind::Total, "total");
    let key = (Measure::Failures, None);
    let of = |(p, (policy, _)): (usize, &(String, String))| {
        row(policy, total, key, Comparison::Change, change(p))
    };
    policies.others().map(of).collect()
}

/// Effects of a baseline and its policies on the total, with the totals and those of the book.
pub fn of_total(
    policies: &Policies,
    channels: &[(Channel, f64)],
) -> (Vec<AttributionRow>, Vec<MeasureRow>) {
    let good = |_: usize, x: f64| within(x, 0.1 * x.abs() + 0.002, Quality::Good);
    let mut rows = effects(policies, channels, good);
    let first = policies.others().next().map(|(_, (policy, _))| policy.clone());
    let mut base: Vec<AttributionRow> =
        rows.iter().filter(|row| Some(&row.policy) == first.as_ref()).cloned().collect();
    base.retain(|row| row.channel != Some(Channel::Book));
    base.iter_mut().for_each(|row| {
        row.policy = "today".to_owned();
        row.estimate = within(6e7, 1e7, Quality::Good);
    });
    rows.extend(base);
    rows.iter_mut().for_each(|row| row.scope_kind = ScopeKind::Total);
    let today = Policies::new(0, "");
    let totals =
        rows_of(&today, (ScopeKind::Total, "total"), |_, x| within(2e8 * x, 1e7, Quality::Good));
    let books =
        rows_of(&today, (ScopeKind::System, "system"), |_, x| within(8e7 * x, 4e6, Quality::Good));
    (rows, [totals, books].concat())
}

pub fn facts_of(policies: &Policies, names: &[&str], size: f64) -> Vec<TrancheFacts> {
    let of = |(p, policy): (usize, &str)| {
        let fact = |name: &&str| TrancheFacts {
            policy: policy.to_owned(),
            tranche: (*name).to_owned(),
            holder: None,
            from: 0.0,
            to: 0.1,
            amount: size / (1.0 + p as f64),
        };
        names.iter().map(fact).collect::<Vec<_>>()
    };
    policies.all().flat_map(of).collect()
}

/// Rows of tranches that lose ever less, the last nothing in any trial.
pub fn rows_of_tranches(policies: &Policies, names: &[&str], size: f64) -> Vec<MeasureRow> {
    let last = names.len() - 1;
    let of = |(at, name): (usize, &&str)| {
        let share = 0.3 * 10_f64.powi(-3 * at as i32);
        rows_of(policies, (ScopeKind::Tranche, *name), |p, x| match at == last {
            true => bound(0.01 * x * size),
            false if p == 1 => within(share * x * size, 3.0 * share * size, Quality::TooFew),
            false => within(share * x * size, 0.1 * share * x * size, Quality::Good),
        })
    };
    names.iter().enumerate().flat_map(of).collect()
}

/// What has nothing to show, as it was drawn.
pub fn empty() -> Vec<(&'static str, Drawn)> {
    let context = context();
    let two = Policies::new(1, "Nobody is cut");
    let names = two.names();
    let one_kind = borne(&two, &[(Bearer::Lenders, 1.0)], |x| within(x, 1.0, Quality::Good));
    let nothing = borne(&two, &[(Bearer::Lenders, 0.5), (Bearer::Partners, 0.5)], |_| {
        Estimate::exact(0.0, 0.95)
    });
    let mut no_debts = system_of(&two, 3, |_, _| bound(0.001));
    no_debts.debts.clear();
    let rows = rows_of(&two, (ScopeKind::Lender, "agent"), |_, x| within(x, 0.1, Quality::Good));
    let free = lenders(&[("agent", None, None)]);
    let (book_only, totals) = of_total(&two, &[(Channel::Book, -0.1)]);
    let book_only: Vec<AttributionRow> =
        book_only.into_iter().filter(|row| row.policy != "today").collect();
    vec![
        ("one kind of bearer", bearers(&one_kind, &names, &context)),
        ("no losses", bearers(&nothing, &names, &context)),
        ("nobody fails", failures(&law(&two, 0, 0.1, 1), &names, &context)),
        ("no failures told", failures(&[], &names, &context)),
        ("no capital", loss_against_capital(&rows, &free, &names, &context)),
        ("no lenders", loss_against_capital(&[], &[], &names, &context)),
        ("no debts", network(&no_debts, &[], &names, &context)),
        ("no tranches", tranches(&rows, &[], &names, &context)),
        ("nothing but the book", waterfall_total(&book_only, &totals, &names, &context)),
        ("no effects", waterfall_total(&[], &totals, &names, &context)),
    ]
}

/// The figures, named.
pub fn draw_all(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    let drawn = |(name, figure): (&'static str, Drawn)| (name, figure.unwrap().unwrap());
    let all = [who_bears, who_fails, against_capital, who_owes, of_tranches, totals];
    all.into_iter().flat_map(|draw| draw(context)).map(drawn).collect()
}

fn hostile(context: &FigureContext) -> FigureContext {
    FigureContext {
        scenario: "<script>alert(\"x\")</script> & a very long scenario title ".repeat(6),
        currency: "CURRENCIES".to_owned(),
        ..context.clone()
    }
}

fn sizes() -> [Policies; 3] {
    let long = "Nobody may owe more than a third of the income of the household, whoever lends";
    [Policies::new(2, "No line above"), Policies::new(40, "No line above"), Policies::new(3, long)]
}

fn who_bears(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, forty, long] = sizes();
    let all = [
        (Bearer::Lenders, 0.25),
        (Bearer::Partners, 0.5),
        (Bearer::Investors, 0.002),
        (Bearer::Creditors, 0.248),
    ];
    let sure = borne(&three, &all, |x| within(x, 1e-4 * x, Quality::Good));
    let many = borne(&forty, &all[..2], |x| within(x, 0.02 * x, Quality::Good));
    let odd = borne(&long, &all, |x| match x {
        x if x < 1e7 => bound(1e9),
        x if x > 9e8 => {
            Estimate::of(Figures { lower: None, ..*within(x, 2.0 * x, Quality::TooFew) })
        }
        x => within(x, 0.4 * x, Quality::TooFew),
    });
    vec![
        ("sure", bearers(&sure, &three.names(), context)),
        ("forty", bearers(&many, &forty.names(), context)),
        ("hostile", bearers(&odd, &long.names(), &hostile(context))),
    ]
}

fn who_fails(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, forty, long] = sizes();
    let mut spared = law(&long, 1, 0.01, 1);
    for point in &mut spared {
        point.at_least = point.at_least.with_quality(Quality::TooFew);
    }
    vec![
        ("six", failures(&law(&three, 6, 0.03, 1), &three.names(), context)),
        ("hundred", failures(&law(&three, 100, 0.5, 3), &three.names(), context)),
        ("forty", failures(&law(&forty, 1_000, 1e-4, 7), &forty.names(), context)),
        ("hostile", failures(&spared, &long.names(), &hostile(context))),
    ]
}

fn against_capital(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, forty, long] = sizes();
    let good = |x: f64| within(x, 0.1 * x, Quality::Good);
    let facts = lenders(&[
        ("platform", None, Some(1e9)),
        ("bank-1", Some("bank"), Some(3e9)),
        ("bank-2", Some("bank"), Some(1e9)),
        ("agent", None, None),
    ]);
    let of = |policies: &Policies, name, estimate: &dyn Fn(usize, f64) -> Estimate| {
        rows_of(policies, (ScopeKind::Lender, name), estimate)
    };
    let two = [
        of(&three, "platform", &|p, x| good(1e9 * x / (1.0 + p as f64))),
        of(&three, "bank", &|_, x| {
            if x < 0.7 { Estimate::exact(0.0, 0.95) } else { good(2e9 * x) }
        }),
    ]
    .concat();
    let names: Vec<String> = (0..25).map(|i| format!("lender number {i} of a long name")).collect();
    let crowd: Vec<(&str, Option<&str>, Option<f64>)> =
        names.iter().map(|name| (&**name, None, Some(1e9))).collect();
    let many: Vec<MeasureRow> = names
        .iter()
        .enumerate()
        .flat_map(|(i, name)| of(&forty, name, &|_, x| good(1e4 * x * 2_f64.powi(i as i32))))
        .collect();
    let odd = [
        of(&long, "platform", &|p, x| match p {
            0 => bound(x * 1e8),
            1 => bare(x * 1e9),
            2 => within(x * 1e3, 1e12, Quality::TooFew),
            _ => bare(f64::NAN),
        }),
        of(&long, "bank", &|_, x| within(x, x, Quality::TooFew)),
    ]
    .concat();
    vec![
        ("two", loss_against_capital(&two, &facts, &three.names(), context)),
        ("crowd", loss_against_capital(&many, &lenders(&crowd), &forty.names(), context)),
        ("hostile", loss_against_capital(&odd, &facts, &long.names(), &hostile(context))),
    ]
}

fn who_owes(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, _, long] = sizes();
    let chance = |x: f64| within(x, 0.1 * x, Quality::Good);
    let six = system_of(&three, 6, |p, i| match i {
        0 => bound(1e-4),
        i => chance(0.2 / (1.0 + p as f64) / 3_f64.powi(i as i32)),
    });
    let hundred = system_of(&three, 100, |_, i| chance(1e-6 * (1.0 + i as f64)));
    let mut odd = system_of(&long, 300, |p, i| match (p, i) {
        (0, i) if i % 9 == 0 => within(1e-9 * (1.0 + i as f64), 0.1, Quality::TooFew),
        (0, _) => bare(f64::NAN),
        _ => bound(0.1),
    });
    odd.lenders
        .iter_mut()
        .for_each(|lender| lender.name = format!("{} <of a long name>", lender.name));
    odd.rows.iter_mut().for_each(|row| row.lender = format!("{} <of a long name>", row.lender));
    odd.debts.iter_mut().for_each(|debt| {
        debt.from = format!("{} <of a long name>", debt.from);
        debt.to = format!("{} <of a long name>", debt.to);
    });
    let sure = changes(&three, |p| within(-0.5 * p as f64, 0.1, Quality::Good));
    let unsure = changes(&three, |_| within(-0.05, 0.1, Quality::Good));
    let odder = changes(&long, |p| within(p as f64, 0.1, Quality::TooFew));
    vec![
        ("six", network(&six, &sure, &three.names(), context)),
        ("hundred", network(&hundred, &unsure, &three.names(), context)),
        ("hostile", network(&odd, &odder, &long.names(), &hostile(context))),
    ]
}

fn of_tranches(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, forty, long] = sizes();
    let names = ["joint/equity", "joint/mezzanine", "joint/senior", "joint/super-senior"];
    let two = ["a/everything <but> the first loss of a long name", "b/rest"];
    let of = |policies: &Policies, names: &[&str], context: &FigureContext| {
        let rows = rows_of_tranches(policies, names, 1e9);
        tranches(&rows, &facts_of(policies, names, 1e9), &policies.names(), context)
    };
    let safe = rows_of_tranches(&three, &names[3..], 1e9);
    vec![
        ("four", of(&three, &names, context)),
        ("forty", of(&forty, &names, context)),
        ("hostile", of(&long, &two, &hostile(context))),
        ("safe", tranches(&safe, &facts_of(&three, &names[3..], 1e9), &three.names(), context)),
    ]
}

fn totals(context: &FigureContext) -> Vec<(&'static str, Drawn)> {
    let [three, forty, long] = sizes();
    let all = [
        (Channel::Book, -0.2),
        (Channel::OtherAssets, 0.0),
        (Channel::Contagion, -0.1),
        (Channel::Feedback, 0.05),
    ];
    let of = |policies: &Policies, channels: &[(Channel, f64)], context: &FigureContext| {
        let (effects, rows) = of_total(policies, channels);
        waterfall_total(&effects, &rows, &policies.names(), context)
    };
    vec![
        ("all", of(&three, &all, context)),
        ("forty", of(&forty, &all[..3], context)),
        ("hostile", of(&long, &all[1..3], &hostile(context))),
    ]
}
