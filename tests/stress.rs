//! Stress on PDs and factors against exact laws: multipliers, factors held and moved.
//!
//! Null: the number of defaults (or the loss) has the exact law of the stressed model. n = 200,000
//! trials each, seeds by index; a test refuses at [`ALPHA`]; with at most 50 tests in this file a
//! false alarm in 1,000 runs of it. Twins: PD x 1.05, loading + 0.05, stress left out or misread.

mod support;

use support::judge::chi_square_p;
use support::law::{self, Latent, Law, Nodes, phi, quantile};
use support::{Case, case_with, sample, system_losses};
use tailcap::report::results::Warning;

const ALPHA: f64 = 2e-5;
const TRIALS: u64 = 200_000;

const PDS: [f64; 5] = [0.01, 0.02, 0.04, 0.1, 0.6];

/// The first four PDs in pools of 10 that owe 1 each, the last one a single that owes 50.
const TAPE: &str = "segment,count,balance,pd\n\
                    x,10,1,0.01\nx,10,1,0.02\ny,10,1,0.04\ny,10,1,0.1\ny,1,50,0.6\n";

fn book(model: &str, stress: &str, seed: u64) -> Case {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        sampling = {{ trials = {TRIALS} }}
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1.0 }} }}
        model = {{ {model} }}
        stress = {{ {stress} }}
        policy = [{{ id = "today" }}]
        "#
    );
    case_with(&scenario, TAPE, &[&format!("seed={seed}")])
}

fn losses(case: &Case) -> Vec<i64> {
    system_losses(&sample(case.base(), TRIALS), 0)
}

/// Law of the loss for one latent per line of the tape.
fn law_of(latents: [Latent; 5], nodes: &Nodes) -> Law {
    let mut people = Vec::new();
    for (i, latent) in latents.into_iter().enumerate() {
        let (count, loss) = if i < 4 { (10, 1) } else { (1, 50) };
        people.extend(std::iter::repeat_n((latent, loss), count));
    }
    Law::of_sum(&people, nodes)
}

fn one_factor(pd: impl Fn(f64) -> f64, loading: f64, shift: f64) -> Law {
    let nodes = law::one_factor(0.1);
    let moved = nodes.into_iter().map(|(z, w)| (vec![z[0] + shift], w)).collect();
    law_of(PDS.map(|p| Latent::one(pd(p), loading)), &moved)
}

fn accept(found: &[i64], law: &Law) {
    let p = chi_square_p(found, law);
    assert!(p >= ALPHA, "p = {p:.2e}");
}

fn refuse(twin: &str, found: &[i64], law: &Law) {
    let p = chi_square_p(found, law);
    assert!(p < ALPHA, "the wrong twin `{twin}` passes: p = {p:.2e}");
}

const FOUR: &str = "correlation = 0.04";

#[test]
fn a_pd_multiplier_is_clamped_at_one_and_counted() {
    let case = book(FOUR, "pd_multiplier = 2", 0);
    let found = losses(&case);
    accept(&found, &one_factor(|p| (2.0 * p).min(1.0), 0.2, 0.0));
    refuse("no stress", &found, &one_factor(|p| p, 0.2, 0.0));
    refuse("PD x 1.05", &found, &one_factor(|p| (2.1 * p).min(1.0), 0.2, 0.0));
    refuse("loading + 0.05", &found, &one_factor(|p| (2.0 * p).min(1.0), 0.25, 0.0));
    let run = &case.carry_out(2).results.runs[0];
    assert!(run.warnings.contains(&Warning::PdClamped { borrowers: 1 }), "{:?}", run.warnings);
}

#[test]
fn an_odds_multiplier_moves_log_odds() {
    let found = losses(&book(FOUR, "odds_multiplier = 3", 1));
    let odds = |by: f64| move |p: f64| by * p / (1.0 - p + by * p);
    accept(&found, &one_factor(odds(3.0), 0.2, 0.0));
    refuse("odds x 1.05", &found, &one_factor(odds(3.15), 0.2, 0.0));
    refuse("PD instead of odds", &found, &one_factor(|p| (3.0 * p).min(1.0), 0.2, 0.0));
    // Both: first the PD, then the odds.
    let found = losses(&book(FOUR, "pd_multiplier = 0.5, odds_multiplier = 2", 2));
    accept(&found, &one_factor(|p| odds(2.0)(0.5 * p), 0.2, 0.0));
    refuse("odds first", &found, &one_factor(|p| 0.5 * odds(2.0)(p), 0.2, 0.0));
}

/// Basel's other-retail loading comes from the PD before stress.
#[test]
fn loadings_come_from_the_unstressed_pd() {
    let found =
        losses(&book(r#"correlation = { basel = "other-retail" }"#, "pd_multiplier = 3", 3));
    let loading = |p: f64| {
        let w = (1.0 - (-35.0 * p).exp()) / (1.0 - (-35.0_f64).exp());
        (0.03 * w + 0.16 * (1.0 - w)).sqrt()
    };
    let stressed = |p: f64| (3.0 * p).min(1.0);
    let nodes = law::one_factor(0.1);
    let law = |l: &dyn Fn(f64) -> f64| law_of(PDS.map(|p| Latent::one(stressed(p), l(p))), &nodes);
    accept(&found, &law(&loading));
    refuse("loadings of the stressed PD", &found, &law(&|p| loading(stressed(p))));
    refuse("loading + 0.05", &found, &law(&|p| loading(p) + 0.05));
}

/// A held factor leaves independent defaults, and the mean loss is the sum of conditional PD x
/// loss: within 5 exact standard errors (6e-7).
#[test]
fn a_held_factor_gives_independent_defaults() {
    for (seed, z) in (4..).zip([-2.0, 1.5]) {
        let case = book(FOUR, &format!("factor = {{ fixed = {z} }}"), seed);
        let found = losses(&case);
        let at = |z: f64, loading: f64| {
            let given =
                |p: f64| phi((quantile(p) - loading * z) / (1.0 - loading * loading).sqrt());
            law_of(PDS.map(|p| Latent::one(given(p), 0.0)), &vec![(vec![0.0], 1.0)])
        };
        let law = at(z, 0.2);
        accept(&found, &law);
        refuse("not held", &found, &one_factor(|p| p, 0.2, 0.0));
        refuse("held at another value", &found, &at(z + 0.25, 0.2));
        refuse("loading + 0.05", &found, &at(z, 0.25));
        let mean = found.iter().sum::<i64>() as f64 / TRIALS as f64;
        let error = law.sd() / (TRIALS as f64).sqrt();
        assert!((mean - law.mean()).abs() < 5.0 * error, "{mean} {}", law.mean());
        let facts = &case.carry_out(2).results.runs[0].policies[0];
        assert_eq!(facts.exact_expected_loss, None, "PDs are not the mean default rates");
    }
}

#[test]
fn a_shifted_factor_keeps_its_spread() {
    let found = losses(&book(FOUR, "factor = { shift = -1.0 }", 6));
    accept(&found, &one_factor(|p| p, 0.2, -1.0));
    refuse("not moved", &found, &one_factor(|p| p, 0.2, 0.0));
    refuse("PD x 1.05", &found, &one_factor(|p| (1.05 * p).min(1.0), 0.2, -1.0));
    refuse("loading + 0.05", &found, &one_factor(|p| p, 0.25, -1.0));
    refuse("moved the other way", &found, &one_factor(|p| p, 0.2, 1.0));
    let held = PDS.map(|p| phi((quantile(p) + 0.2) / 0.96_f64.sqrt()));
    let held = law_of(held.map(|p| Latent::one(p, 0.0)), &vec![(vec![0.0], 1.0)]);
    refuse("held instead of moved", &found, &held);
}

const TWO: &str = r#"factor = [{ id = "f" }, { id = "g", correlation = { f = 0.6 } }], loadings = { f = 0.3, g = 0.1 }, segment = { y = { correlation = 0.09, on_factor = "g" } }"#;

/// The five latents of [`TWO`].
fn two(pd_factor: f64, more: f64) -> [Latent; 5] {
    let p = PDS.map(|p| (p * pd_factor).min(1.0));
    let x = |p| Latent::two(p, [0.3 + more, 0.1 + more], 0.6);
    let y = |p| Latent::two(p, [0.0, 0.3 + more], 0.6);
    [x(p[0]), x(p[1]), y(p[2]), y(p[3]), y(p[4])]
}

#[test]
fn two_factors_without_stress() {
    let found = losses(&book(TWO, "", 7));
    let nodes = law::two_factors(0.6, 0.2);
    accept(&found, &law_of(two(1.0, 0.0), &nodes));
    refuse("PD x 1.05", &found, &law_of(two(1.05, 0.0), &nodes));
    refuse("loading + 0.05", &found, &law_of(two(1.0, 0.05), &nodes));
    refuse("independent factors", &found, &law_of(two(1.0, 0.0), &law::two_factors(0.0, 0.2)));
}

/// With f held at -1.5 the other is N(0.6 x -1.5, 1 - 0.36); shifts come on top.
#[test]
fn a_held_factor_carries_the_other_along() {
    let nodes = |mean: f64, spread: f64| -> Nodes {
        let line = law::one_factor(0.1).into_iter();
        line.map(|(e, w)| (vec![-1.5, mean + spread * e[0]], w)).collect()
    };
    let found = losses(&book(TWO, "factors = { f = { fixed = -1.5 } }", 8));
    accept(&found, &law_of(two(1.0, 0.0), &nodes(-0.9, 0.8)));
    refuse("the other stays", &found, &law_of(two(1.0, 0.0), &nodes(0.0, 1.0)));
    refuse("the other is held too", &found, &law_of(two(1.0, 0.0), &nodes(-0.9, 0.0)));
    refuse("PD x 1.05", &found, &law_of(two(1.05, 0.0), &nodes(-0.9, 0.8)));
    let stress = "factors = { f = { fixed = -1.5 }, g = { shift = 0.5 } }";
    let found = losses(&book(TWO, stress, 9));
    accept(&found, &law_of(two(1.0, 0.0), &nodes(-0.4, 0.8)));
    refuse("no shift", &found, &law_of(two(1.0, 0.0), &nodes(-0.9, 0.8)));
    // Both held: nothing systematic is left.
    let stress = "factors = { f = { fixed = -1.5 }, g = { fixed = 1.0 } }";
    let found = losses(&book(TWO, stress, 10));
    accept(&found, &law_of(two(1.0, 0.0), &vec![(vec![-1.5, 1.0], 1.0)]));
    refuse("only one held", &found, &law_of(two(1.0, 0.0), &nodes(-0.9, 0.8)));
}

/// A shift of one factor leaves a correlated one where it is.
#[test]
fn a_shift_does_not_carry_the_other_along() {
    let found = losses(&book(TWO, "factors = { f = { shift = -1.0 } }", 11));
    let nodes = |other: f64| -> Nodes {
        let grid = law::two_factors(0.6, 0.2).into_iter();
        grid.map(|(z, w)| (vec![z[0] - 1.0, z[1] + other], w)).collect()
    };
    accept(&found, &law_of(two(1.0, 0.0), &nodes(0.0)));
    refuse("the other moves too", &found, &law_of(two(1.0, 0.0), &nodes(-0.6)));
}

/// Each variant has the law of its own stress, and the base is untouched by its variants.
#[test]
fn variants_leave_the_base_alone() {
    let plain = book(FOUR, "", 12);
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        seed = 12
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1.0 }} }}
        model = {{ {FOUR} }}
        policy = [{{ id = "today" }}]
        variant = [
            {{ id = "worse", stress = {{ pd_multiplier = 2 }} }},
            {{ id = "tighter", set = {{ "model.correlation" = 0.15 }} }},
        ]
        "#
    );
    let case = case_with(&scenario, TAPE, &[]);
    let alone = losses(&plain);
    assert_eq!(losses(&case), alone);
    let variant = |at: usize| system_losses(&sample(&case.runs[at], TRIALS), 0);
    let doubled = one_factor(|p| (2.0 * p).min(1.0), 0.2, 0.0);
    accept(&variant(1), &doubled);
    accept(&variant(2), &one_factor(|p| p, 0.15_f64.sqrt(), 0.0));
    refuse("the variant is the base", &variant(2), &one_factor(|p| p, 0.2, 0.0));
}
