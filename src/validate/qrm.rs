//! Exercises of McNeil, Frey and Embrechts (Quantitative Risk Management, chapter 11) that the model
//! can express.

use super::exact::{Atoms, Exact};
use super::law::{Latent, Law, one_factor, vasicek};
use super::limit::Limit;
use super::sampled::{Book, Sampled};
use super::{Case, Check, Kind, Settings, range};
use crate::measures::Measure;
use crate::scenario::Rejected;

/// Standard deviation of exercise 11.6 a.
pub(super) const INDEPENDENT: f64 = 1.258_570_617_804_182;
/// The same of 11.6 b.
pub(super) const CORRELATED: f64 = 3.081_571_027_901_191;
/// The same of 11.6 c.
pub(super) const RANDOM_LGD: f64 = 3.097_754_025_096_247;
/// VaR 99.9 % of exercise 11.16 b.
pub(super) const TWO_GROUPS: f64 = 7_777.659_735_861_529;
/// VaR 99 % of exercise 11.17 b.
pub(super) const TWO_LOADINGS: f64 = 8_422.874_048_385_884;
/// P(20 of 100 default or more), evaluated from the formula there, which prints 0.001121173: its last
/// digit is one too large.
pub(super) const TAIL: f64 = 0.001_121_172_49;

const SOURCE: &str = "github.com/qrmtutorial/qrm, chapter 11 (McNeil, Frey, Embrechts)";

/// All that can be expressed.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    loans(&mut checks, settings)?;
    groups(&mut checks, settings)?;
    let trials = tail(&mut checks, settings)?;
    let title = "Exercises on credit portfolios";
    Ok(Case { id: "qrm", title, source: SOURCE, kind: Kind::Published, trials, checks })
}

fn found(sampled: &Sampled, measure: Measure, at: Option<f64>) -> f64 {
    sampled.found("system", "today", measure, at)
}

/// Exercise 11.6: 1,000 loans of 1 with PD 1 % and LGD 0.4, independent (a), with a correlation of
/// 0.005 between default indicators (b), and then with LGDs of the law Beta(9.2, 13.8) (c).
fn loans(checks: &mut Vec<Check>, settings: &Settings<'_>) -> Result<(), Box<Rejected>> {
    let linked = asset_correlation(0.01, 0.005);
    // The variance of Beta(9.2, 13.8) is 0.4 x 0.6 / 24, in which c differs from b by half a percent.
    let random = "\nseverity = { lgd = { law = \"beta\", sd = 0.1 } }";
    let cases = [
        (30, "11.6 a", 0.0, "", INDEPENDENT, 200_000),
        (31, "11.6 b", linked, "", CORRELATED, 200_000),
        (35, "11.6 c", linked, random, RANDOM_LGD, 2_000_000),
    ];
    for (seed, name, r, severity, sd, trials) in cases {
        let head = pool_head(0.01, 0.4, &format!("correlation = {r}"), "[0.99]") + severity;
        let book = Book {
            name: "qrm-loans.toml",
            scenario: head,
            tape: "count,limit,balance\n1000,1,1\n".into(),
            trials,
            seed,
        };
        let sampled = book.sample(settings)?;
        let n = sampled.trials();
        // In units of 0.4, which one default loses.
        let people = vec![(Latent::one(0.01, r.sqrt()), 1); 1_000];
        let law = Atoms { law: Law::of_sum(&people, &one_factor(0.1)), per_unit: 2.5 };
        let el = found(&sampled, Measure::ExpectedLoss, None);
        checks.push(Check::new(format!("{name}: EL"), 4.0, el, range::mean(&law, n)));
        let seen = found(&sampled, Measure::StandardDeviation, None);
        // Random LGDs widen the law by next to nothing.
        let room = range::standard_deviation(&law, n).moved(sd - law.sd());
        checks.push(Check::new(format!("{name}: sd"), sd, seen, room));
    }
    Ok(())
}

/// The asset correlation under which default indicators have this correlation, by bisection.
fn asset_correlation(pd: f64, indicators: f64) -> f64 {
    let target = pd * pd + indicators * pd * (1.0 - pd);
    let (mut low, mut high) = (0.0, 0.5);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if vasicek::joint(pd, middle) < target { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Exercises 11.16 b and 11.17 b: two large pools on one factor with their own loadings.
fn groups(checks: &mut Vec<Check>, settings: &Settings<'_>) -> Result<(), Box<Rejected>> {
    // PD, loading and what a group loses if all default, as a share of 30,000.
    let first = [(0.01, 0.8_f64.sqrt(), 0.3), (0.001, 0.2_f64.sqrt(), 0.3)];
    let second = [(0.01, 0.6, 0.2), (0.05, 0.8, 0.4)];
    let cases = [
        ("11.16 b: VaR 99.9 %", 0.999, first, TWO_GROUPS),
        ("11.17 b: VaR 99 %", 0.99, second, TWO_LOADINGS),
    ];
    for (seed, (name, q, groups, expected)) in (32..).zip(cases) {
        let [(_, one, _), (_, other, _)] = groups;
        let model = format!(
            "loadings = {{ systematic = {one} }}, \
             segment = {{ b = {{ loadings = {{ systematic = {other} }} }} }}"
        );
        let rows = ["a", "b"].iter().zip(groups).map(|(segment, (pd, _, share))| {
            // Amounts in ten-thousandths, so that a default loses a whole number.
            let loss: f64 = 1e4 * share;
            let loss = loss.round();
            format!("1000000000,{segment},{loss},{loss},{pd}\n")
        });
        let book = Book {
            name: "qrm-groups.toml",
            scenario: pool_head(0.01, 1.0, &model, &format!("[{q}]")),
            tape: format!("count,segment,limit,balance,pd\n{}", rows.collect::<String>()),
            trials: 200_000,
            seed,
        };
        let sampled = book.sample(settings)?;
        let scaled = groups.map(|(pd, w, share)| (Latent::one(pd, w), 30_000.0 * share));
        let law = Limit::new(scaled.to_vec());
        let var = found(&sampled, Measure::ValueAtRisk, Some(q)) * 30_000.0 / 1e13;
        let room = range::value_at_risk(&law, q, sampled.trials());
        checks.push(Check::new(name.into(), expected, var, room));
        let closed = law.quantile(q);
        let quantity = format!("{name}, by formula");
        checks.push(Check::new(quantity, expected, closed, range::within(expected, 1e-6)));
    }
    Ok(())
}

/// 100 loans with PD 5 % and asset correlation 0.05: 20 defaults or more.
fn tail(checks: &mut Vec<Check>, settings: &Settings<'_>) -> Result<u64, Box<Rejected>> {
    let people = vec![(Latent::one(0.05, 0.05_f64.sqrt()), 1); 100];
    let p = Law::of_sum(&people, &one_factor(0.1)).exceeds(19);
    let expected = TAIL;
    let quantity = "100 loans: P(N >= 20), by formula".to_owned();
    checks.push(Check::new(quantity, expected, p, range::within(expected, 1e-11)));
    let head = pool_head(0.05, 1.0, "correlation = 0.05", "[0.99]\nthresholds = [19]");
    let book = Book {
        name: "qrm-tail.toml",
        scenario: head,
        tape: "count,limit,balance\n100,1,1\n".into(),
        trials: 1_000_000,
        seed: 34,
    };
    let sampled = book.sample(settings)?;
    let seen = found(&sampled, Measure::ExceedanceProbability, Some(19.0));
    let room = range::counts(p, sampled.trials());
    checks.push(Check::new("100 loans: P(N >= 20)".into(), expected, seen, room));
    Ok(sampled.trials())
}

fn pool_head(pd: f64, lgd: f64, model: &str, levels: &str) -> String {
    // Hundredths, so that what a default loses is a whole number of smallest units.
    format!(
        r#"
        format = 1
        currency = "EUR"
        levels = {levels}
        portfolio = {{ tape = "book.csv", defaults = {{ pd = {pd}, lgd = {lgd} }} }}
        model = {{ {model} }}
        policy = [{{ id = "today" }}]
        "#
    )
}
