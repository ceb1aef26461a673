//! Synthetic series of the figures about assumptions: effects of policies, and maps.

use super::samples::context;
use super::samples_of_policies::{Policies, bare, within};
use crate::measures::attribution::AttributionRow;
use crate::measures::estimate::Quality;
use crate::measures::region::RegionSeries;
use crate::measures::{Estimate, Figures, Measure};
use crate::plots::{Figure, FigureContext, PlotError, region, waterfall};
use crate::policy::attribution::Channel;
use crate::system::ScopeKind;

const BASELINE: f64 = 2e8;

/// Effects of all policies but the first, with what they add to EL in shares; ES changes by more.
pub fn effects(
    policies: &Policies,
    channels: &[(Channel, f64)],
    estimate: impl Fn(usize, f64) -> Estimate,
) -> Vec<AttributionRow> {
    let mut rows = Vec::new();
    for (p, (policy, _)) in policies.others() {
        for (measure, level, scale) in [
            (Measure::ExpectedLoss, None, 0.8),
            (Measure::ExpectedShortfall, Some(0.99), 2.0),
            (Measure::ExpectedShortfall, Some(0.999), 1.2),
        ] {
            let scale = scale / (1.0 + 0.5 * (p as f64 - 1.0));
            let own = channels.iter().map(|&(channel, share)| (Some(channel), share));
            let sum = channels.iter().map(|(_, share)| share).sum();
            for (channel, share) in own.chain([(None, sum)]) {
                let Figures { value, lower, upper, .. } = *estimate(p, scale * share);
                let money = |share: f64| share * BASELINE;
                rows.push(AttributionRow {
                    policy: policy.clone(),
                    scope_kind: ScopeKind::System,
                    scope: "system".into(),
                    measure,
                    level,
                    channel,
                    estimate: Estimate::of(Figures {
                        value: money(value),
                        lower: lower.map(money),
                        upper: upper.map(money),
                        ..*estimate(p, scale * share)
                    }),
                    baseline: BASELINE,
                });
            }
        }
    }
    rows
}

/// A map of so many points over unit ranges.
pub fn map_of(
    (columns, rows): (usize, usize),
    change: impl Fn(f64, f64) -> Estimate,
) -> RegionSeries {
    let values = |n: usize| -> Vec<f64> { (0..n).map(|i| i as f64 / (n - 1) as f64).collect() };
    let (x, y) = (values(columns), values(rows));
    let points = y.iter().flat_map(|&y| x.iter().map(move |&x| (x, y)));
    let series = RegionSeries {
        region: "leak-squeeze".to_owned(),
        title: "Where a cap of 100,000 stops helping".to_owned(),
        policy: "cap-100k".to_owned(),
        measure: Measure::ExpectedShortfall,
        level: Some(0.999),
        threshold: None,
        x_key: "behaviour.leakage".to_owned(),
        y_key: "behaviour.squeeze".to_owned(),
        changes: points.map(|(x, y)| change(x, y)).collect(),
        x,
        y,
        border: Vec::new(),
    };
    series.with_border()
}

pub fn good(value: f64) -> Estimate {
    within(value, 0.01, Quality::Good)
}

/// What has nothing to show, as it was drawn.
pub fn empty() -> Vec<(&'static str, Result<Option<Figure>, PlotError>)> {
    let context = context();
    let one = Policies::new(1, "Nobody is cut");
    let mut worthless = effects(&one, &[(Channel::Direct, 0.1)], |_, x| good(x));
    worthless.iter_mut().for_each(|row| row.baseline = 0.0);
    vec![
        ("no effects", waterfall(&[], &one.names(), &context)),
        ("no loss to compare with", waterfall(&worthless, &one.names(), &context)),
    ]
}

/// The figures, named.
pub fn draw_all(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    [falls(context), maps(context)].concat()
}

fn falls(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    use Channel::{Direct, Leakage, Relief, Squeeze, Stacking};
    let drawn = |rows: &[AttributionRow], policies: &Policies, context: &FigureContext| {
        waterfall(rows, &policies.names(), context).unwrap().unwrap()
    };
    let all =
        [(Direct, -0.22), (Leakage, 0.11), (Relief, -0.03), (Squeeze, 0.05), (Stacking, 0.02)];
    let [one, three, forty] = [1, 3, 40].map(|n| Policies::new(n, "No line above"));
    let long = Policies::new(3, "Nobody may owe more than a third of the income of the household");
    let plain = effects(&three, &all, |_, x| within(x, 0.1 * x.abs() + 0.002, Quality::Good));
    let mut two = effects(&one, &all[..2], |_, x| good(x));
    two.retain(|row| row.measure == Measure::ExpectedLoss);
    let many = effects(&forty, &all, |_, x| good(x));
    let odd = effects(&long, &all, |p, x| match p {
        1 if x > 0.0 => Estimate::exact(0.0, 0.95),
        1 => within(x, 9.0, Quality::TooFew),
        2 if x > 0.0 => bare(0.0),
        2 => bare(if x < -0.17 { f64::NAN } else { x }),
        _ if x > 0.0 => Estimate::of(Figures { upper: None, ..*good(1e-7 * x) }),
        _ => Estimate::of(Figures { upper: Some(f64::INFINITY), ..*good(1e-7 * x) }),
    });
    let raised = effects(&one, &[(Direct, 0.4), (Leakage, 2.6)], |_, x| good(x));
    let still = effects(&one, &[(Direct, 0.0), (Leakage, 0.0)], |_, x| bare(x));
    vec![
        ("three", drawn(&plain, &three, context)),
        ("one", drawn(&two, &one, context)),
        ("forty", drawn(&many, &forty, context)),
        ("hostile", drawn(&odd, &long, &hostile(context))),
        ("raised", drawn(&raised, &one, context)),
        ("still", drawn(&still, &one, context)),
    ]
}

fn hostile(context: &FigureContext) -> FigureContext {
    FigureContext {
        scenario: "<script>alert(\"x\")</script> & a very long scenario title ".repeat(6),
        currency: "CURRENCIES".to_owned(),
        ..context.clone()
    }
}

fn maps(context: &FigureContext) -> Vec<(&'static str, Figure)> {
    let drawn = |series: &RegionSeries| region(series, context).unwrap();
    let slope = |x: f64, y: f64| 0.12 * x + 0.1 * y * y - 0.1;
    let smooth = |n| map_of(n, |x, y| within(slope(x, y), 0.015, Quality::Good));
    // A valley inside a plain that rises: two sides, which meet at its ends.
    let valley = |x: f64, y: f64| 1.2 * ((x - 0.45).powi(2) + 0.6 * (y - 0.5).powi(2)) - 0.1;
    let mut hundred = map_of((100, 100), |x, y| within(valley(x, y), 0.02, Quality::Good));
    hundred.x.iter_mut().for_each(|x| *x *= 100_000.0);
    hundred.y.iter_mut().for_each(|y| *y = 100_000.0 * (1.0 + *y));
    hundred.x_key = "policy.cap-3000.rule.0.cap".to_owned();
    hundred.y_key = "policy.young-50k.rule.1.cap".to_owned();
    hundred.measure = Measure::ExceedanceProbability;
    (hundred.level, hundred.threshold) = (None, Some(5e7));
    let hundred = hundred.with_border();
    let saddle = map_of((9, 12), |x, y| good((x - 0.5) * (y - 0.52) + 0.02));
    let noisy = map_of((12, 12), |x, y| {
        within(0.2 * x - 0.1 + 0.1 * (40.0 * x + 23.0 * y).sin(), 0.05, Quality::TooFew)
    });
    let unknown = map_of((8, 6), |x, y| match (8.0 * x + 5.0 * y) as usize % 4 {
        0 => bare(f64::NAN),
        1 => bare(slope(x, y)),
        2 => Estimate::of(Figures { upper: Some(f64::INFINITY), ..*good(slope(x, y)) }),
        _ => Estimate::of(Figures { lower: None, ..*good(slope(x, y)) }),
    });
    let nothing = map_of((5, 5), |_, _| bare(f64::NAN));
    let mut long = smooth((6, 5));
    long.title = "<b>A title that does not fit on one line</b> & goes on and on ".repeat(3);
    long.policy = "a-policy-of-a-very-long-id-".repeat(4);
    long.x_key = format!("policy.{}.rule.0.cap", long.policy);
    long.measure = Measure::ExceedanceProbability;
    (long.level, long.threshold) = (None, Some(123_456_789.0));
    vec![
        ("smooth", drawn(&smooth((20, 20)))),
        ("sure", drawn(&map_of((20, 20), |x, y| within(slope(x, y), 1e-4, Quality::Good)))),
        ("two", drawn(&smooth((2, 2)))),
        ("wide", drawn(&smooth((60, 3)))),
        ("hundred", drawn(&hundred)),
        ("saddle", drawn(&saddle)),
        ("noisy", drawn(&noisy)),
        ("falls", drawn(&map_of((20, 20), |x, y| good(-0.30 + 0.05 * x * y)))),
        ("rises", drawn(&map_of((20, 20), |x, y| good(0.001 + 0.5 * x + y)))),
        ("constant", drawn(&map_of((10, 10), |_, _| good(-0.2)))),
        ("zero", drawn(&map_of((10, 10), |_, _| Estimate::exact(0.0, 0.95)))),
        ("unknown", drawn(&unknown)),
        ("nothing", drawn(&nothing)),
        ("hostile", region(&long, &hostile(context)).unwrap()),
    ]
}
