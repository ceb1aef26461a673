//! Synthetic series of the figures that hold policies against one another: ladders, frontiers, bands,
//! prefixes, parts; the dull ones and the hostile ones.

use super::samples::context;
use crate::measures::contribution::Contribution;
use crate::measures::convergence::ConvergenceRow;
use crate::measures::estimate::Quality;
use crate::measures::frontier::{FrontierPoint, FrontierRule};
use crate::measures::ladder::{LadderPoint, LadderSeries, LadderValue};
use crate::measures::{Comparison, Estimate, Figures, Measure, Unit};
use crate::plots::{
    Figure, FigureContext, PlotError, PolicyName, contributions, convergence, frontier, ladder,
    who_is_cut,
};
use crate::policy::bands::BandAttribute;
use crate::report::who_is_cut::CutRow;
use crate::system::ScopeKind;

/// A value with a band of this half-width.
pub fn within(value: f64, half: f64, quality: Quality) -> Estimate {
    Estimate::of(Figures {
        value,
        standard_error: Some(half / 1.96),
        lower: Some(value - half),
        upper: Some(value + half),
        confidence: 0.95,
        quality,
        effective_trials: None,
        variance_ratio: None,
    })
}

/// A value of which no end is known.
pub fn bare(value: f64) -> Estimate {
    Estimate::of(Figures {
        standard_error: None,
        lower: None,
        upper: None,
        ..*within(value, 0.0, Quality::TooFew)
    })
}

/// Nothing seen, below this bound.
pub fn bound(upper: f64) -> Estimate {
    Estimate::of(Figures {
        lower: Some(0.0),
        upper: Some(upper),
        quality: Quality::Bound,
        ..*bare(0.0)
    })
}

/// Ids and titles of a baseline and so many other policies.
pub struct Policies(Vec<(String, String)>);

impl Policies {
    pub fn new(count: usize, title: &str) -> Self {
        let others = (0..count).map(|i| (format!("p-{i}"), format!("{title} {i}")));
        let base = ("today".to_owned(), "Limits as they are".to_owned());
        Self([base].into_iter().chain(others).collect())
    }

    pub fn names(&self) -> Vec<PolicyName<'_>> {
        self.0.iter().map(|(id, title)| PolicyName { id, title, is_step: false }).collect()
    }

    pub fn all(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().enumerate().map(|(at, (id, _))| (at, &**id))
    }

    pub fn others(&self) -> impl Iterator<Item = (usize, &(String, String))> {
        self.0.iter().enumerate().skip(1)
    }
}

pub fn ladder_of(id: &str, caps: usize, change: impl Fn(f64) -> Estimate) -> LadderSeries {
    let points = (0..caps).map(|i| {
        let share = (i as f64 + 1.0) / caps as f64;
        let value = |measure, level, scale: f64| LadderValue {
            measure,
            level,
            comparison: Comparison::RelativeChange,
            unit: Unit::Fraction,
            estimate: change(scale * (share.sqrt() - 1.0)),
        };
        LadderPoint {
            cap: 500.0 * 1_000_f64.powf(share),
            policy: format!("{id}-{i}"),
            credit_kept: Some(share.sqrt()),
            people_cut: 30_000 - (30_000.0 * share) as u64,
            people: 30_000,
            values: vec![
                value(Measure::ExpectedLoss, None, 1.0),
                value(Measure::ExpectedShortfall, Some(0.99), 0.9),
                value(Measure::ExpectedShortfall, Some(0.999), 1.1),
            ],
        }
    });
    LadderSeries { ladder: id.to_owned(), points: points.collect() }
}

fn point(policy: &(String, String), withdrawn: f64, loss_saved: Estimate) -> FrontierPoint {
    FrontierPoint {
        policy: policy.0.clone(),
        title: policy.1.clone(),
        ladder: None,
        rule: FrontierRule::Policy,
        level: 0.999,
        credit_withdrawn: withdrawn,
        loss_saved,
    }
}

/// Each policy with its proportional cut, along a bent curve.
fn frontier_of(policies: &Policies) -> Vec<FrontierPoint> {
    let mut points = vec![point(&policies.0[0], 0.0, Estimate::exact(0.0, 0.95))];
    for (i, policy) in policies.others() {
        let withdrawn = 0.7 * i as f64 / policies.0.len() as f64;
        let saved = |power: f64| within(withdrawn.powf(power), 0.01, Quality::Good);
        points.push(point(policy, withdrawn, saved(0.85)));
        let cut = point(policy, withdrawn, saved(0.75));
        points.push(FrontierPoint { rule: FrontierRule::EqualCreditCut, ..cut });
    }
    points
}

/// The caps of a ladder beside the baseline.
fn frontier_of_ladder(id: &str, caps: usize) -> Vec<FrontierPoint> {
    let step = |i: usize| {
        let withdrawn = 0.9 * (i as f64 / caps as f64).powi(2);
        let name = (format!("{id}-{i}"), format!("No line above {i}"));
        let own = point(&name, withdrawn, within(withdrawn.powf(0.8), 0.004, Quality::TooFew));
        FrontierPoint { ladder: Some(id.to_owned()), ..own }
    };
    (0..caps).map(step).collect()
}

/// Bands by number of an attribute, and the people without a value.
fn bands(
    attribute: BandAttribute,
    count: usize,
) -> Vec<(BandAttribute, String, Option<f64>, Option<f64>)> {
    if attribute == BandAttribute::All {
        return vec![(attribute, "all".into(), None, None)];
    }
    let edge = |i: usize| 12_500.0 * i as f64;
    let mut bands: Vec<_> = (0..count)
        .map(|i| {
            let (above, up_to) = ((i > 0).then(|| edge(i)), (i + 1 < count).then(|| edge(i + 1)));
            (attribute, format!("band {i}"), above, up_to)
        })
        .collect();
    bands.push((attribute, "unknown".into(), None, None));
    bands
}

fn cut_rows(
    policies: &Policies,
    attributes: &[(BandAttribute, usize)],
    judged: bool,
) -> Vec<CutRow> {
    let all = attributes.iter().flat_map(|&(attribute, count)| bands(attribute, count));
    let all: Vec<_> = all.collect();
    let mut rows = Vec::new();
    for (p, (policy, _)) in policies.0.iter().enumerate() {
        for (b, (attribute, band, above, up_to)) in all.iter().enumerate() {
            let share = if p == 0 { 0.0 } else { ((b * 7 + p * 3) % 23) as f64 / 23.0 };
            rows.push(CutRow {
                policy: policy.clone(),
                attribute: *attribute,
                band: band.clone(),
                above: *above,
                up_to: *up_to,
                people: if b == 3 { 0 } else { 230 },
                people_cut: (230.0 * share) as u64 + u64::from(p > 0),
                accounts_cut: 0,
                limits_before: 1e6,
                limit_cut: 0.0,
                credit_before: if b == 2 { 0.0 } else { 5e5 },
                withdrawn_credit: 5e5 * share * share,
                people_judged: 200,
                over_indebted_before: judged.then_some(0.3),
                over_indebted_after: (judged && b != 1).then_some(0.3 * (1.0 - share)),
            });
        }
    }
    rows
}

/// Prefixes of a run, the last ones with narrower bands.
fn prefixes(estimate: impl Fn(usize, f64) -> Estimate) -> Vec<ConvergenceRow> {
    let of = |(measure, level, width): (Measure, Option<f64>, f64)| {
        let estimate = &estimate;
        (0..8).map(move |k| ConvergenceRow {
            policy: "today".to_owned(),
            trials: 781 << k,
            measure,
            level,
            estimate: estimate(k, width / 2_f64.powf(0.5 * k as f64)),
        })
    };
    [
        (Measure::ExpectedLoss, None, 0.05),
        (Measure::ValueAtRisk, Some(0.999), 0.2),
        (Measure::ExpectedShortfall, Some(0.999), 0.3),
    ]
    .into_iter()
    .flat_map(of)
    .collect()
}

fn shares(
    kind: ScopeKind,
    policies: &Policies,
    parts: usize,
    estimate: impl Fn(Measure, f64) -> Option<Estimate>,
) -> Vec<Contribution> {
    let mut rows = Vec::new();
    for (p, (policy, _)) in policies.0.iter().enumerate() {
        let weights: Vec<f64> = (0..parts).map(|s| 1.0 + ((3 * s + p) % 7) as f64).collect();
        let sum: f64 = weights.iter().sum();
        for (s, weight) in weights.iter().enumerate() {
            let measures = [
                (Measure::Credit, None),
                (Measure::ExpectedLoss, None),
                (Measure::ExpectedShortfall, Some(0.999)),
            ];
            rows.extend(measures.map(|(measure, level)| Contribution {
                policy: policy.clone(),
                scope_kind: kind,
                scope: format!("segment-{s}"),
                measure,
                level,
                estimate: bare(1e6 * weight),
                share: estimate(measure, weight / sum),
            }));
        }
    }
    rows
}

/// What has nothing to show, as it was drawn.
pub fn empty() -> Vec<(&'static str, Result<Option<Figure>, PlotError>)> {
    let context = context();
    let none = Policies::new(1, "Nobody is cut");
    let names = none.names();
    let still: Vec<FrontierPoint> =
        none.0.iter().map(|policy| point(policy, 0.0, Estimate::exact(0.0, 0.95))).collect();
    let mut idle = cut_rows(&none, &[(BandAttribute::All, 1), (BandAttribute::Age, 4)], false);
    idle.iter_mut().for_each(|row| row.people_cut = 0);
    let alone = cut_rows(&none, &[(BandAttribute::All, 1)], false);
    let zero = prefixes(|_, _| bound(3e4));
    let known = |_, share| Some(within(share, 0.01, Quality::Good));
    let lenders = shares(ScopeKind::Lender, &none, 3, known);
    let unknown = shares(ScopeKind::Segment, &none, 3, |_, _| None);
    let shortest: Vec<ConvergenceRow> =
        prefixes(|_, width| within(1e7, width, Quality::Good)).into_iter().step_by(8).collect();
    let segments = |rows: &[_]| contributions(ScopeKind::Segment, rows, &names, &context);
    vec![
        ("no cap", ladder(&ladder_of("cap", 0, bare), &context)),
        ("no point", frontier(&[], &names, &context)),
        ("nothing moves", frontier(&still, &names, &context)),
        ("nobody cut", who_is_cut(&idle, &names, &context)),
        ("no attribute", who_is_cut(&alone, &names, &context)),
        ("no losses", convergence(&zero, &context)),
        ("one prefix", convergence(&shortest, &context)),
        ("no segments", segments(&lenders)),
        ("no shares", segments(&unknown)),
    ]
}

/// The figures, named.
pub fn draw_all(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    let hostile = FigureContext {
        scenario: "<script>alert(\"x\")</script> & a very long scenario title ".repeat(6),
        currency: "CURRENCIES".to_owned(),
        ..context.clone()
    };
    let drawn = |figure: Result<Option<Figure>, PlotError>| figure.unwrap().unwrap();
    let good = |x: f64| within(x, 0.01, Quality::Good);
    let ladders = |id: &str, caps, context| drawn(ladder(&ladder_of(id, caps, good), context));
    let mut broken = ladder_of("broken", 12, good);
    for (i, point) in broken.points.iter_mut().enumerate() {
        let estimate = &mut point.values[2].estimate;
        match i % 4 {
            0 => *estimate = bare(estimate.value),
            1 => *estimate = estimate.within(estimate.lower, Some(f64::INFINITY)),
            2 => *estimate = Estimate::of(Figures { value: f64::NAN, ..**estimate }),
            _ => {}
        }
        point.credit_kept = (i != 5).then_some(0.9);
    }
    let mut narrow = ladder_of("narrow", 4, |x| within(0.1 * x, 0.002, Quality::Good));
    (0..4).for_each(|i| narrow.points[i].cap = 1_000.0 * i as f64);

    let [one, four, eight, forty] = [1, 4, 8, 40].map(|n| Policies::new(n, "No line above"));
    let long = Policies::new(8, "Nobody may owe more than a third of the income of the household");
    let front = |policies: &Policies, context| {
        drawn(frontier(&frontier_of(policies), &policies.names(), context))
    };
    let steps = |caps: usize| {
        let mut points = frontier_of_ladder("cap", caps);
        points.extend(frontier_of_ladder("young", 6).into_iter().map(|mut p| {
            p.credit_withdrawn *= 0.3;
            p.loss_saved = within(0.2 * p.loss_saved.value, 0.002, Quality::TooFew);
            p
        }));
        let first =
            ["today", "cap-0", "young-0"].map(|id| PolicyName { id, title: id, is_step: false });
        drawn(frontier(&points, &first, context))
    };
    let mut odd = frontier_of(&four);
    odd[1].loss_saved = bare(0.4);
    odd[3].loss_saved = bound(0.3);
    odd[3].credit_withdrawn = 0.0;
    odd[5].loss_saved = Estimate::of(Figures { value: f64::NAN, ..*odd[5].loss_saved });
    odd[7].loss_saved = odd[7].loss_saved.within(odd[7].loss_saved.lower, Some(f64::INFINITY));
    odd[7].credit_withdrawn = -0.1;

    use BandAttribute::{Age, All, Income, Limit, Score};
    let everything = [(All, 1), (Income, 5), (Age, 5), (Score, 6), (Limit, 7)];
    let cut = |policies: &Policies, attributes: &[_], judged, context| {
        drawn(who_is_cut(&cut_rows(policies, attributes, judged), &policies.names(), context))
    };
    let settle = |estimate: &dyn Fn(usize, f64) -> Estimate, context| {
        drawn(convergence(&prefixes(estimate), context))
    };
    let plain = |k: usize, width: f64| {
        let off = if k == 7 { 0.0 } else { 0.4 * width * (k as f64).sin() };
        within(5e7 * (1.0 + off), 5e7 * width, Quality::Good)
    };
    let open = |k: usize, width: f64| match k {
        0 => bare(4e7),
        1 => Estimate::of(Figures { lower: Some(2e7), ..*bare(4e7) }),
        2 => within(f64::NAN, 1.0, Quality::Good),
        _ => within(5e7, 9e8 * width, Quality::TooFew),
    };
    let parts = |kind, policies: &Policies, count, context| {
        let known = |measure, share: f64| {
            let half = if measure == Measure::Credit { 0.0 } else { 0.3 * share };
            Some(within(share, half, Quality::Good))
        };
        let rows = shares(kind, policies, count, known);
        drawn(contributions(kind, &rows, &policies.names(), context))
    };
    let doubtful = shares(ScopeKind::Segment, &four, 3, |measure, share| match measure {
        Measure::ExpectedShortfall => Some(bound(share)),
        Measure::ExpectedLoss => Some(bare(f64::NAN)),
        _ => Some(bare(share)),
    });
    vec![
        ("few", ladders("cap", 6, context)),
        ("caps-25", ladders("cap", 25, context)),
        ("caps-1000", ladders("cap", 1_000, context)),
        ("one", ladders("cap", 1, context)),
        ("broken", drawn(ladder(&broken, context))),
        ("narrow", drawn(ladder(&narrow, context))),
        ("hostile", ladders(&"a-very-long-ladder-id-".repeat(6), 9, &hostile)),
        ("one", front(&one, context)),
        ("four", front(&four, context)),
        ("eight", front(&eight, context)),
        ("forty", front(&forty, context)),
        ("hostile", front(&long, &hostile)),
        ("caps-25", steps(25)),
        ("caps-1000", steps(1_000)),
        ("odd", drawn(frontier(&odd, &four.names(), context))),
        ("one", cut(&one, &everything, true, context)),
        ("four", cut(&four, &everything[..3], false, context)),
        ("eight", cut(&eight, &everything, true, context)),
        ("forty", cut(&forty, &[(All, 1), (Limit, 60), (Age, 3)], false, context)),
        ("hostile", cut(&long, &everything, true, &hostile)),
        ("plain", settle(&plain, context)),
        ("open", settle(&open, &hostile)),
        ("four", parts(ScopeKind::Segment, &four, 7, context)),
        ("four", parts(ScopeKind::Lender, &four, 2, context)),
        ("forty", parts(ScopeKind::Segment, &forty, 60, context)),
        ("hostile", parts(ScopeKind::Segment, &long, 3, &hostile)),
        ("doubtful", drawn(contributions(ScopeKind::Segment, &doubtful, &four.names(), context))),
    ]
}
