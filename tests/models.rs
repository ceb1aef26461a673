//! Every family of dependence against exact laws of small books ([`support::families`]), by every plan, with
//! wrong twins.

mod support;

use support::families::{Family, Person};
use support::judge::{Judge, order_statistic_p};
use support::law::Law;
use support::{Case, case, case_with, estimate, system_losses, value};
use tailcap::measures::{Comparison, Measure};
use tailcap::report::results::RunResults;

/// Per test of a number.
const ALPHA: f64 = 1e-6;

/// Few of many different PDs: points, and marks in bad years.
fn singles() -> Vec<Person> {
    (0..28)
        .map(|i| Person {
            count: 1,
            pd: 0.003 * 1.18_f64.powi(i),
            loss: 2 + 2 * ((i as usize * 7) % 5),
            segment: (i % 2) as usize,
        })
        .collect()
}

/// Pools large and small.
fn pools() -> Vec<Person> {
    let pool = |count, pd, loss, segment| Person { count, pd, loss, segment };
    vec![pool(160, 0.06, 1, 0), pool(6, 0.1, 3, 1), pool(1, 0.3, 20, 1), pool(70, 0.12, 1, 1)]
}

fn tape(people: &[Person]) -> String {
    let row = |p: &Person| {
        format!("{},{},{},{},{}\n", p.count, ["a", "b"][p.segment], p.loss, p.loss, p.pd)
    };
    let rows: String = people.iter().map(row).collect();
    format!("count,segment,limit,balance,pd\n{rows}")
}

fn scenario(model: &str, more: &str) -> String {
    format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.9, 0.99]
        thresholds = [10]
        sampling = {{ trials = 200_000, plan = "plain" }}
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1 }} }}
        {more}
        {model}
        "#
    )
}

const TODAY: &str = "policy = [{ id = \"today\" }]";

/// A family as a scenario writes it, and as the exact law reads it; then a wrong twin.
struct Model {
    name: &'static str,
    text: &'static str,
    right: Family,
    wrong: Family,
}

const WEIGHTS: [[f64; 2]; 2] = [[0.6, 0.2], [0.0, 0.9]];

fn models() -> Vec<Model> {
    let sectors =
        |poisson, deviations| Family::CreditRiskPlus { poisson, deviations, weights: WEIGHTS };
    vec![
        Model {
            name: "t",
            text: "[model]\ncopula = \"t\"\ndegrees_of_freedom = 4\ncorrelation = 0.09",
            right: Family::Student([4.0; 2], 0.3),
            wrong: Family::Student([6.0; 2], 0.3),
        },
        Model {
            name: "grouped t",
            text: "[model]\ncopula = \"t\"\ndegrees_of_freedom = 3\ncorrelation = 0.09\n\
                   [model.segment.b]\ndegrees_of_freedom = 12\ncorrelation = 0.09",
            right: Family::Student([3.0, 12.0], 0.3),
            wrong: Family::Student([3.0, 3.000_001], 0.3),
        },
        Model {
            name: "logit-normal",
            text: "[[model.factor]]\nid = \"x\"\n[[model.factor]]\nid = \"y\"\n\
                   correlation = { x = 0.5 }\n[model]\nmixture = \"logit-normal\"\n\
                   log_odds_sd = 0.7\n[model.segment.b]\nmixture = \"logit-normal\"\n\
                   loadings = { y = 0.4 }",
            right: Family::LogitNormal([0.7, 0.4], 0.5),
            wrong: Family::LogitNormal([0.7, 0.4], 0.0),
        },
        Model {
            name: "probit and beta",
            text: "[[model.factor]]\nid = \"x\"\n[[model.factor]]\nid = \"y\"\n[model]\n\
                   correlation = 0.09\n[model.segment.b]\nmixture = \"beta\"\n\
                   default_correlation = 0.03\non_factor = \"y\"",
            right: Family::ProbitAndBeta(0.3, 0.03, 0.0),
            wrong: Family::ProbitAndBeta(0.6, 0.03, 0.0),
        },
        Model {
            name: "creditrisk+, poisson",
            text: "[[model.factor]]\nid = \"x\"\nsd = 0.8\n[[model.factor]]\nid = \"y\"\nsd = 1.2\n\
                   [model]\ncopula = \"creditrisk+\"\ndefaults = \"poisson\"\n\
                   loadings = { x = 0.6, y = 0.2 }\n[model.segment.b]\nloadings = { y = 0.9 }",
            right: sectors(true, [0.8, 1.2]),
            wrong: sectors(false, [0.8, 1.2]),
        },
        Model {
            name: "creditrisk+, bernoulli",
            text: "[[model.factor]]\nid = \"x\"\nsd = 0.8\n[[model.factor]]\nid = \"y\"\nsd = 1.2\n\
                   [model]\ncopula = \"creditrisk+\"\ndefaults = \"bernoulli\"\n\
                   loadings = { x = 0.6, y = 0.2 }\n[model.segment.b]\nloadings = { y = 0.9 }",
            right: sectors(false, [0.8, 1.2]),
            wrong: sectors(true, [0.8, 1.2]),
        },
    ]
}

/// A beta segment's highest PD is that of the book.
fn of_book(family: Family, people: &[Person]) -> Family {
    let in_b = people.iter().filter(|p| p.segment == 1).map(|p| p.pd);
    match family {
        Family::ProbitAndBeta(loading, rho, _) => {
            Family::ProbitAndBeta(loading, rho, in_b.fold(0.0, f64::max))
        }
        other => other,
    }
}

fn judge(judge: &mut Judge, run: &RunResults, scope: &str, law: &Law) {
    let n = run.trials;
    let over = |x: f64| x / (n as f64).sqrt();
    let found = |measure, at| value(run, scope, "today", measure, at);
    let (el, sd) = (law.mean(), law.sd());
    judge.normal(|| format!("{scope} EL"), found(Measure::ExpectedLoss, None), el, over(sd));
    let fourth = law.expect(|x| (x - el).powi(4));
    let spread = (fourth - sd.powi(4)).sqrt() / (2.0 * sd);
    judge.normal(
        || format!("{scope} sd"),
        found(Measure::StandardDeviation, None),
        sd,
        over(spread),
    );
    for q in [0.9, 0.99] {
        let var = found(Measure::ValueAtRisk, Some(q));
        let k = (n as f64 * q).round() as u64;
        judge.p(|| format!("{scope} VaR {q}: {var}"), order_statistic_p(var as i64, k, n, law));
        let level = law.var(q) as f64;
        let excess = |x: f64| (x - level).max(0.0) / (1.0 - q);
        let mean = law.expect(excess);
        let error = law.expect(|x| (excess(x) - mean).powi(2)).sqrt();
        let es = found(Measure::ExpectedShortfall, Some(q));
        judge.normal(|| format!("{scope} ES {q}"), es, law.es(q), over(error));
    }
    let p = law.exceeds(10);
    let seen = found(Measure::ExceedanceProbability, Some(10.0));
    judge.normal(|| format!("{scope} P(L > 10)"), seen, p, over((p * (1.0 - p)).sqrt()));
}

#[test]
fn every_family_meets_its_exact_law_and_refuses_another() {
    for model in models() {
        for (book, people) in [("singles", singles()), ("pools", pools())] {
            let run = case(&scenario(model.text, TODAY), &tape(&people)).carry_out(2).results.runs;
            let verdict = |family: Family| {
                let family = of_book(family, &people);
                let mut own = Judge::new(ALPHA);
                judge(&mut own, &run[0], "system", &family.law(&people, 0.2, |_| true));
                for (segment, name) in ["a", "b"].into_iter().enumerate() {
                    let law = family.law(&people, 0.2, |p| p.segment == segment);
                    judge(&mut own, &run[0], name, &law);
                }
                own
            };
            println!("{} on {book}", model.name);
            verdict(model.right).expect_peace();
            verdict(model.wrong).expect_protest(model.name);
        }
    }
}

#[test]
fn every_plan_meets_the_exact_law() {
    let people = singles();
    for model in models() {
        let law = of_book(model.right, &people).law(&people, 0.2, |_| true);
        let wrong = of_book(model.wrong, &people).law(&people, 0.2, |_| true);
        for plan in ["importance", "quasi", "importance-quasi"] {
            let plan_key = format!("sampling.plan={plan}");
            let own = case_with(
                &scenario(model.text, TODAY),
                &tape(&people),
                &["sampling.trials=64000", &plan_key, "levels=[0.99, 0.999]"],
            );
            let run = own.carry_out(2).results.runs;
            let off = |law: &Law| {
                let mut own = Judge::new(ALPHA);
                let mut one = |measure, at, exact: f64| {
                    let found =
                        estimate(&run[0], "system", "today", measure, at, Comparison::Level)
                            .expect("a row");
                    let error = found.standard_error.expect("an error");
                    // Bands of 64 randomisations have Student's law; 1.3 covers it at this level.
                    own.normal(|| format!("{measure:?}"), found.value, exact, 1.3 * error);
                };
                one(Measure::ExpectedLoss, None, law.mean());
                for q in [0.99, 0.999] {
                    one(Measure::ExpectedShortfall, Some(q), law.es(q));
                }
                own
            };
            println!("{} by {plan}: {:?}", model.name, run[0].plan.name);
            off(&law).expect_peace();
            off(&wrong).expect_protest(model.name);
        }
    }
}

/// With relief PDs move by policy: each policy meets the law of its own PDs, and people who default under
/// both do so on one mark.
#[test]
fn behaviour_moves_pds_on_common_marks_in_every_family() {
    let people = singles();
    let policies = "policy = [{ id = \"today\" }, { id = \"half\", rule = [{ scale = 0.5 }] }]\n\
                    behaviour = { squeeze = 0.8 }\noutput = { equal_credit_cut = false }";
    for model in models().into_iter().filter(|m| m.name != "creditrisk+, poisson") {
        let case: Case = case(&scenario(model.text, policies), &tape(&people));
        let sample = case.sample(200_000);
        let today = system_losses(&sample, 0);
        let half = system_losses(&sample, 1);
        // Squeezed: log-odds + 0.8; what is owed is halved.
        let raised = |p: f64| 1.0 / (1.0 + (1.0 - p) / p * (-0.8_f64).exp());
        let squeezed: Vec<Person> =
            people.iter().map(|p| Person { pd: raised(p.pd), loss: p.loss / 2, ..*p }).collect();
        let family = of_book(model.right, &people);
        // CreditRisk+ caps rates, and so does a beta share beyond the segment's highest PD.
        let capped = matches!(family, Family::ProbitAndBeta(..));
        let law = match capped {
            true => None,
            false => Some(family.law(&squeezed, 0.2, |_| true)),
        };
        let n = half.len() as f64;
        let mean = |x: &[i64]| x.iter().sum::<i64>() as f64 / n;
        let mut own = Judge::new(ALPHA);
        let base = family.law(&people, 0.2, |_| true);
        own.normal(|| "today".into(), mean(&today), base.mean(), base.sd() / n.sqrt());
        if let Some(law) = &law {
            own.normal(|| "half".into(), mean(&half), law.mean(), law.sd() / n.sqrt());
            let p = law.exceeds(10);
            let seen = half.iter().filter(|&&x| x > 10).count() as f64 / n;
            own.normal(|| "P".into(), seen, p, (p * (1.0 - p) / n).sqrt());
        }
        println!("{}", model.name);
        own.expect_peace();
        // The wrong twin: nobody is squeezed.
        if let Some(law) = &law {
            let calm: Vec<Person> =
                people.iter().map(|p| Person { loss: p.loss / 2, ..*p }).collect();
            let calm = family.law(&calm, 0.2, |_| true);
            let mut own = Judge::new(ALPHA);
            own.normal(|| "half".into(), mean(&half), calm.mean(), law.sd() / n.sqrt());
            own.expect_protest("nobody squeezed");
        }
        // Who defaults today still does: halves of today's losses are there in every trial.
        let lost = today.iter().zip(&half).filter(|(t, h)| **h < **t / 2).count();
        assert_eq!(lost, 0, "{}", model.name);
    }
}

/// The same bits for any number of threads and any length, with the second family of layers included.
#[test]
fn families_keep_their_bits() {
    let people = singles();
    for model in models() {
        let own = case(&scenario(model.text, TODAY), &tape(&people));
        let (long, short) = (own.sample(3_000), own.sample(700));
        let losses = system_losses(&long, 0);
        assert_eq!(losses[..700], system_losses(&short, 0)[..]);
        let one = own.base().engine().block(511, 1, &mut tailcap::engine::Scratch::default());
        assert_eq!(one.losses.iter().sum::<i64>(), losses[511], "{}", model.name);
    }
}
