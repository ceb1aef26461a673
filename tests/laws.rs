//! The law of who defaults together, from two borrowers to a million, against exact mixtures.
//!
//! Null of every test: the sample comes from the exact law. Seeds are 0, 1, 2, … by index. A test
//! refuses at [`ALPHA`]; with at most 50 tests in this file a false alarm in 1,000 runs of it.
//! Each test is repeated with a slightly wrong law, which it must refuse.

mod support;

use support::judge::{binomial_p, chi_square_p, kolmogorov_p, two_sample_p};
use support::law::{self, Latent, Law, Nodes, vasicek};
use support::{Case, case_with, people, system_losses};

const ALPHA: f64 = 2e-5;

fn book(model: &str, tape: &str, seed: u64) -> Case {
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        portfolio = {{ tape = "book.csv", defaults = {{ lgd = 1.0 }} }}
        model = {{ {model} }}
        policy = [{{ id = "today" }}]
        "#
    );
    case_with(&scenario, tape, &[&format!("seed={seed}")])
}

fn counts(case: &Case, trials: u64) -> Vec<i64> {
    people(&case.sample(trials)).into_iter().map(|n| n as i64).collect()
}

/// The law of the number of defaults.
fn count_law(latents: impl IntoIterator<Item = Latent>, nodes: &Nodes) -> Law {
    Law::of_sum(&latents.into_iter().map(|l| (l, 1)).collect::<Vec<_>>(), nodes)
}

fn accept(what: &str, p: f64) {
    assert!(p >= ALPHA, "{what}: p = {p:.2e}");
}

fn refuse(twin: &str, p: f64) {
    assert!(p < ALPHA, "the wrong twin `{twin}` passes: p = {p:.2e}");
}

/// n = 400,000, seed 0.
#[test]
fn different_pds_thinned_in_one_cell() {
    let pds: Vec<f64> = (1..=40).map(|i| 0.002 * f64::from(i)).collect();
    let tape: String = pds.iter().map(|pd| format!("1,{pd}\n")).collect();
    let case = book("correlation = 0.09", &format!("balance,pd\n{tape}"), 0);
    assert_eq!(case.base().engine().defaults().cells().len(), 1);
    let found = counts(&case, 400_000);
    let nodes = law::one_factor(0.1);
    let p = |factor: f64, loading: f64| {
        let latents = pds.iter().map(|pd| Latent::one(pd * factor, loading));
        chi_square_p(&found, &count_law(latents, &nodes))
    };
    accept("one cell", p(1.0, 0.3));
    refuse("PD x 1.05", p(1.05, 0.3));
    refuse("loading + 0.05", p(1.0, 0.35));
}

/// Thinning must pick the right people, not only the right number: hits of each PD by itself, told
/// apart by balances 1, 100, 10,000. n = 400,000, seed 1; the twin lets PDs of a cell be alike.
#[test]
fn thinning_picks_the_right_people() {
    let pds = [0.01, 0.03, 0.05];
    let tape = "balance,pd\n1,0.01\n100,0.03\n10000,0.05\n";
    let case = book("correlation = 0.09", tape, 1);
    assert_eq!(case.base().engine().defaults().cells().len(), 1);
    let losses = system_losses(&case.sample(400_000), 0);
    let nodes = law::one_factor(0.1);
    let p = |pds: [f64; 3]| {
        let book = [(pds[0], 1), (pds[1], 100), (pds[2], 10_000)]
            .map(|(pd, loss)| (Latent::one(pd, 0.3), loss));
        chi_square_p(&losses, &Law::of_sum(&book, &nodes))
    };
    accept("marks", p(pds));
    refuse("one PD for all", p([0.03; 3]));
    refuse("PD x 1.05", p(pds.map(|pd| pd * 1.05)));
}

/// n = 200,000 each, seeds 2 and 3: a pool of 60, and 60 rows (told apart by a score that nothing
/// uses).
#[test]
fn a_pool_is_its_people() {
    let rows: String = (0..60).map(|i| format!("7,0.04,{i}\n")).collect();
    let pool = book("correlation = 0.15", "count,balance,pd\n60,7,0.04\n", 2);
    let rows = book("correlation = 0.15", &format!("balance,pd,score\n{rows}"), 3);
    assert_eq!((pool.base().book().entries(), rows.base().book().entries()), (1, 60));
    let n = 200_000;
    let (a, b) = (system_losses(&pool.sample(n), 0), system_losses(&rows.sample(n), 0));
    accept("pool against rows", two_sample_p(&a, &b));
    let nodes = law::one_factor(0.1);
    let p = |sample: &[i64], pd: f64, loading: f64| {
        let people = vec![(Latent::one(pd, loading), 7); 60];
        chi_square_p(sample, &Law::of_sum(&people, &nodes))
    };
    let loading = 0.15_f64.sqrt();
    accept("pool", p(&a, 0.04, loading));
    accept("rows", p(&b, 0.04, loading));
    refuse("PD x 1.05", p(&a, 0.042, loading));
    refuse("loading + 0.05", p(&a, 0.04, loading + 0.05));
    // A pool that stands or falls as one borrower.
    let together = Law::of_sum(&[(Latent::one(0.04, loading), 420)], &nodes);
    refuse("one draw for the pool", chi_square_p(&a, &together));
    let wrong = book("correlation = 0.15", "count,balance,pd\n60,7,0.042\n", 4);
    refuse("rows against a pool x 1.05", two_sample_p(&system_losses(&wrong.sample(n), 0), &b));
}

/// Small pools of different PDs share a cell with single rows. n = 400,000, seed 5.
#[test]
fn pools_and_rows_mix_in_a_cell() {
    let pools = [(20_u32, 0.02), (1, 0.025), (35, 0.03), (3, 0.05), (1, 0.06), (12, 0.035)];
    let tape: String = pools.iter().map(|(n, pd)| format!("{n},1,{pd}\n")).collect();
    let case = book("correlation = 0.04", &format!("count,balance,pd\n{tape}"), 5);
    assert_eq!(case.base().engine().defaults().cells().len(), 1);
    let found = counts(&case, 400_000);
    let p = |factor: f64, loading: f64| {
        let latents = pools
            .iter()
            .flat_map(|&(n, pd)| (0..n).map(move |_| Latent::one(pd * factor, loading)));
        chi_square_p(&found, &count_law(latents, &law::one_factor(0.1)))
    };
    accept("mixed cell", p(1.0, 0.2));
    refuse("PD x 1.05", p(1.05, 0.2));
    refuse("loading + 0.05", p(1.0, 0.25));
}

/// Two pools of one PD, each a cell of its own, without correlation: their marks are their own.
/// n = 200,000, seed 6. Twin: marks shared, so that the second pool repeats the first.
#[test]
fn pools_do_not_share_marks() {
    let tape = "count,balance,pd\n400,1,0.05\n400,2,0.05\n";
    let case = book("correlation = 0", tape, 6);
    assert_eq!(case.base().engine().defaults().cells().len(), 2);
    let found = counts(&case, 200_000);
    let nodes = law::one_factor(8.5);
    let latent = || Latent::one(0.05, 0.0);
    accept("own marks", chi_square_p(&found, &count_law((0..800).map(|_| latent()), &nodes)));
    let shared = Law::of_sum(&vec![(latent(), 2); 400], &nodes);
    refuse("shared marks", chi_square_p(&found, &shared));
    // The less crude twin: a common factor of loading 0.05 that is not in the model.
    let hidden = (0..800).map(|_| Latent::one(0.05, 0.05));
    refuse("loading + 0.05", chi_square_p(&found, &count_law(hidden, &law::one_factor(0.1))));
}

/// A million people in one pool: the default share against the Vasicek law (granularity moves its
/// variance by less than 1 in 5,000). n = 40,000, seed 7.
#[test]
fn a_large_pool_is_vasicek() {
    let case = book("correlation = 0.04", "count,balance,pd\n1000000,1,0.03\n", 7);
    let shares: Vec<f64> = counts(&case, 40_000).iter().map(|&n| n as f64 / 1e6).collect();
    let p =
        |pd: f64, loading: f64| kolmogorov_p(&shares, |x| vasicek::cdf(x, pd, loading * loading));
    accept("Vasicek", p(0.03, 0.2));
    refuse("PD x 1.05", p(0.0315, 0.2));
    refuse("loading + 0.05", p(0.03, 0.25));
}

/// A large pool without correlation is binomial: n = 100,000, seed 8, 5,000 people.
#[test]
fn a_large_pool_without_correlation_is_binomial() {
    let case = book("correlation = 0", "count,balance,pd\n5000,1,0.03\n", 8);
    let found = counts(&case, 100_000);
    let nodes = vec![(vec![0.0], 1.0)];
    let p = |pd: f64, loading: f64, nodes: &Nodes| {
        let latents = (0..5_000).map(|_| Latent::one(pd, loading));
        chi_square_p(&found, &count_law(latents, nodes))
    };
    accept("binomial", p(0.03, 0.0, &nodes));
    refuse("PD x 1.05", p(0.0315, 0.0, &nodes));
}

/// PDs of 0 and 1 leave nothing to chance, under any correlation.
#[test]
fn certain_pds_are_certain() {
    for correlation in ["0", "0.3", "0.999"] {
        let tape = "count,balance,pd\n3,1,0\n1,10,0\n4,100,1\n1,1000,1\n20,10000,1\n1,7,0\n";
        let case = book(&format!("correlation = {correlation}"), tape, 9);
        let losses = system_losses(&case.sample(2_000), 0);
        assert!(losses.iter().all(|&x| x == 201_400), "{correlation}");
    }
}

/// PDs close to 1, in rows and pools. n = 200,000, seed 10; twin: survival odds x 1.05.
#[test]
fn pds_close_to_one() {
    let pds = [0.9, 0.95, 0.99, 0.999];
    let tape = "count,balance,pd\n1,1,0.9\n1,1,0.95\n1,1,0.99\n1,1,0.999\n30,1,0.97\n";
    let case = book("correlation = 0.16", tape, 10);
    let found = counts(&case, 200_000);
    let p = |survival: f64, loading: f64| {
        let people = pds.into_iter().chain([0.97; 30]);
        let latents = people.map(|pd| Latent::one(1.0 - survival * (1.0 - pd), loading));
        chi_square_p(&found, &count_law(latents, &law::one_factor(0.1)))
    };
    accept("close to 1", p(1.0, 0.4));
    refuse("survival x 1.05", p(1.05, 0.4));
    refuse("loading + 0.05", p(1.0, 0.45));
}

/// Correlation close to 1: nearly all or none. n = 200,000, seed 11; twin: PD x 1.05.
#[test]
fn correlation_close_to_one() {
    let rho: f64 = 0.999;
    let case = book("correlation = 0.999", "count,balance,pd\n20,1,0.1\n", 11);
    let found = counts(&case, 200_000);
    // The conditional PD is a step of width 0.03: the grid must be much finer.
    let nodes = law::one_factor(0.002);
    let p = |pd: f64, loading: f64| {
        let latents = (0..20).map(|_| Latent::one(pd, loading));
        chi_square_p(&found, &count_law(latents, &nodes))
    };
    accept("close to 1", p(0.1, rho.sqrt()));
    refuse("PD x 1.05", p(0.105, rho.sqrt()));
    refuse("loading - 0.001", p(0.1, rho.sqrt() - 0.001));
}

/// Two segments on one factor with opposite loadings: together they vary less than apart.
/// n = 400,000, seed 12; twin: the sign dropped.
#[test]
fn negative_loadings_hedge() {
    let model = r#"loadings = { systematic = 0.4 }, segment = { contrary = { loadings = { systematic = -0.4 } } }"#;
    let tape = "count,segment,balance,pd\n20,usual,1,0.05\n20,contrary,1,0.05\n";
    let case = book(model, tape, 12);
    let found = counts(&case, 400_000);
    let p = |pd: f64, other: f64| {
        let latents = (0..40).map(|i| Latent::one(pd, if i < 20 { 0.4 } else { other }));
        chi_square_p(&found, &count_law(latents, &law::one_factor(0.1)))
    };
    accept("opposite", p(0.05, -0.4));
    refuse("same sign", p(0.05, 0.4));
    refuse("PD x 1.05", p(0.0525, -0.4));
    refuse("loading + 0.05", p(0.05, -0.35));
}

/// Joint default probability by loading.
type Joint<'a> = &'a dyn Fn(f64) -> f64;

/// Joint default of two borrowers of one cell, of two cells, and of two factors with correlation
/// 0.5. n = 2,000,000, seeds 13 to 15; twin: loading + 0.05.
#[test]
fn two_borrowers_default_together_as_often_as_they_should() {
    let one = |loading: f64| -> f64 {
        let (a, b) = (Latent::one(0.05, loading), Latent::one(0.1, loading));
        law::one_factor(0.1).iter().map(|(z, w)| w * a.given(z) * b.given(z)).sum()
    };
    let two = |loading: f64| -> f64 {
        let a = Latent::two(0.05, [loading, 0.0], 0.5);
        let b = Latent::two(0.1, [0.0, loading], 0.5);
        law::two_factors(0.5, 0.1).iter().map(|(z, w)| w * a.given(z) * b.given(z)).sum()
    };
    let factors = r#"factor = [{ id = "f" }, { id = "g", correlation = { f = 0.5 } }],
        correlation = 0.09, segment = { y = { correlation = 0.09, on_factor = "g" } }"#;
    let cases: [(&str, &str, &str, Joint<'_>); 3] = [
        ("one cell", "correlation = 0.09", "x", &one),
        ("two cells", "correlation = 0.09", "y", &one),
        ("two factors", &factors.replace('\n', " "), "y", &two),
    ];
    let trials = 2_000_000;
    for (seed, (name, model, segment, joint)) in (13..).zip(cases) {
        let tape = format!("segment,balance,pd\nx,1,0.05\n{segment},2,0.1\n");
        let case = book(model, &tape, seed);
        let cells = case.base().engine().defaults().cells().len();
        assert_eq!(cells, if segment == "x" { 1 } else { 2 }, "{name}");
        let losses = system_losses(&case.sample(trials), 0);
        let both = losses.iter().filter(|&&x| x == 3).count() as u64;
        accept(name, binomial_p(both, trials, joint(0.3)));
        refuse(name, binomial_p(both, trials, joint(0.35)));
        refuse(name, binomial_p(both, trials, joint(0.25)));
    }
}
