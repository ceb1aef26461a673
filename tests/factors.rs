//! Dependence by several columns of the tape, and factor correlations that are repaired.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::case;
use tailcap::model::{LoadingRule, Model};
use tailcap::report::results::Warning;
use tailcap::scenario::{Notation, load_text};
use tailcap::special::{bivariate, normal};

/// Standard errors that a mean may lie off: a false alarm in about 500,000.
const ERRORS: f64 = 4.75;

const BY_REGION: &str = r#"format = 1
currency = "EUR"

[sampling]
trials = 40_000
plan = "plain"

[portfolio]
tape = "book.csv"
segment_by = ["segment", "region"]
defaults = { lgd = 0.5, pd = 0.1 }

[model]
loadings = { systematic = 0.3, region = 0.4, class = 0.5 }

[[model.factor]]
id = "region"
per = "region"

[[model.factor]]
id = "systematic"

[[model.factor]]
id = "class"
per = "segment"

[[policy]]
id = "today"
"#;

const REGIONS: &str = "\
segment,region,balance,count
students,north,100,40
students,south,100,40
workers,north,100,40
workers,south,100,40
";

/// Covariance of the latent assets of two borrowers of these segments.
fn covariance(model: &Model, a: usize, b: usize) -> f64 {
    let length = |segment: usize| match model.segments[segment].loading {
        LoadingRule::Fixed(length) => length,
        LoadingRule::OtherRetail => panic!("loadings are fixed"),
    };
    let n = model.factors.len();
    // Rows of the law's root are the factors in terms of independent normals.
    let on = |segment: usize, k: usize| {
        let mut unit = vec![0.0; n];
        unit[k] = 1.0;
        let direction = model.segments[segment].direction;
        model.directions_at(&model.factors.transform(&unit))[direction]
    };
    length(a) * length(b) * (0..n).map(|k| on(a, k) * on(b, k)).sum::<f64>()
}

/// The squares of the loadings that two segments share.
fn shared(a: &str, b: &str, (systematic, class, region): (f64, f64, f64)) -> f64 {
    let (a, b) = (a.split_once('/').unwrap(), b.split_once('/').unwrap());
    let square = |same: bool, w: f64| if same { w * w } else { 0.0 };
    systematic * systematic + square(a.0 == b.0, class) + square(a.1 == b.1, region)
}

#[test]
fn segments_share_the_squares_of_what_they_have_in_common() {
    let case = case(BY_REGION, REGIONS);
    let book = case.base().book();
    let names = &book.borrowers.segment.names;
    assert_eq!(names, &["students/north", "students/south", "workers/north", "workers/south"]);
    let model = &case.base().model;
    assert_eq!(model.factors.len(), 5);
    for (i, a) in names.iter().enumerate() {
        for (j, b) in names.iter().enumerate() {
            let found = covariance(model, i, j);
            let wanted = shared(a, b, (0.3, 0.5, 0.4));
            assert!((found - wanted).abs() < 1e-14, "{a} {b}: {found} {wanted}");
        }
    }
    // Loadings taken for those of the other column are seen.
    assert!((covariance(model, 0, 1) - shared("a/x", "a/y", (0.3, 0.4, 0.5))).abs() > 0.05);
}

#[test]
fn joint_defaults_follow_the_shared_factors() {
    let case = case(BY_REGION, REGIONS);
    let names = case.base().book().borrowers.segment.names.clone();
    let sample = case.sample(40_000);
    let people: Vec<Vec<u64>> = (0..4).map(|s| sample.defaulted_people(0, &[s])).collect();
    let h = normal::quantile(0.1);
    for (i, j) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        let both: Vec<f64> =
            people[i].iter().zip(&people[j]).map(|(a, b)| (a * b) as f64 / 1600.0).collect();
        let n = both.len() as f64;
        let mean = both.iter().sum::<f64>() / n;
        let spread = both.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        let off = |rho: f64| (mean - bivariate::cdf(h, h, rho)) / (spread / n).sqrt();
        let rho = shared(&names[i], &names[j], (0.3, 0.5, 0.4));
        assert!(off(rho).abs() < ERRORS, "{} {}: {}", names[i], names[j], off(rho));
        // The wrong twin: one factor for everybody.
        let twin = off(0.3 * 0.3 + 0.5 * 0.5 + 0.4 * 0.4);
        assert!(twin.abs() > ERRORS, "{} {}: {twin}", names[i], names[j]);
    }
}

#[test]
fn products_and_lenders_name_segments_where_borrowers_have_one() {
    let by = |columns: &str| {
        let text = BY_REGION.replace(r#"["segment", "region"]"#, columns);
        let text = text.replace("per = \"region\"", "per = \"lender\"");
        let tape = "borrower,segment,product,lender,balance\n\
                    1,young,card,here,10\n1,young,loan,here,20\n2,old,card,there,30\n";
        (text, tape)
    };
    let (text, tape) = by(r#"["lender", "segment"]"#);
    let names = case(&text, tape).base().book().borrowers.segment.names.clone();
    assert_eq!(names, ["here/young", "there/old"]);
    let (text, tape) = by(r#"["segment", "product", "lender"]"#);
    let message = refusal(&text, tape);
    assert!(message.contains("1 borrowers have accounts of several products"), "{message}");
}

/// The faults of a scenario, whichever stage refuses it.
fn refusal(scenario: &str, tape: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("book.csv"), tape).unwrap();
    let path = folder.path().join("test.toml");
    let columns = ["limit", "balance"].map(|f| format!("portfolio.columns.{f}=balance"));
    match load_text(&path, scenario, Notation::Toml, &columns) {
        Err(rejected) => format!("{:#?}", rejected.faults),
        Ok(loaded) => match tailcap::run::prepare(&loaded) {
            Err(refused) => format!("{:#?}", refused.faults),
            Ok(_) => panic!("not refused"),
        },
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let of = |from: &str, to: &str, tape: &str| {
        assert!(BY_REGION.contains(from), "{from}");
        refusal(&BY_REGION.replacen(from, to, 1), tape)
    };
    let unknown = of("per = \"region\"", "per = \"product\"", REGIONS);
    assert!(unknown.contains("column of portfolio.segment_by"), "{unknown}");
    assert!(
        unknown.contains("segment_by = [\\\"segment\\\", \\\"region\\\", \\\"product\\\"]"),
        "{unknown}"
    );
    let missing = of(r#"["segment", "region"]"#, r#"["segment", "regoin", "region"]"#, REGIONS);
    assert!(missing.contains("did you mean `region`?"), "{missing}");
    let linked =
        of("per = \"segment\"", "per = \"segment\"\ncorrelation = { region = 0.2 }", REGIONS);
    assert!(linked.contains("independent of all others"), "{linked}");
    let slash = of("[model]", "[model]", &REGIONS.replace("north", "north/east"));
    assert!(slash.contains("holds `/`"), "{slash}");
    let empty = of("[model]", "[model]", &REGIONS.replace("workers,north", "workers,"));
    assert!(empty.contains("names segments by it"), "{empty}");
    let torn =
        of("[model]", "[model]", "borrower,segment,region,balance\n1,a,north,10\n1,a,south,10\n");
    assert!(torn.contains("borrower `1` has region `south` here but `north` in line 2"), "{torn}");
    let rows: String = (0..199).map(|i| format!("a,r{i},10\nb,r{i},10\n")).collect();
    let many = of("[model]", "[model]", &format!("segment,region,balance\n{rows}"));
    assert!(many.contains("makes 202 factors, more than 200"), "{many}");
    let rows: String = (0..1001).map(|i| format!("s{i},r,10\n")).collect();
    let names = of("[model]", "[model]", &format!("segment,region,balance\n{rows}"));
    assert!(names.contains("name 1001 segments, more than 1000"), "{names}");
    let synthetic = r#"[[portfolio.synthetic]]
id = "a"
borrowers = 10
limit = 10
utilisation = 1
"#;
    let text = BY_REGION
        .replace("tape = \"book.csv\"\n", "")
        .replace("[model]\n", &format!("{synthetic}\n[model]\n"));
    let path = std::path::Path::new("test.toml");
    let rejected = load_text(path, &text, Notation::Toml, &[]).unwrap_err();
    assert!(format!("{:?}", rejected.faults).contains("column of a synthetic book"));
}

#[test]
fn stress_on_a_spread_factor_moves_each_of_its_values() {
    let stressed = format!("{BY_REGION}\n[stress]\nfactors = {{ region = {{ fixed = -2.0 }} }}\n");
    let case = case(&stressed, REGIONS);
    let law = &case.base().model.factors;
    let moved = law.transform(&[0.3; 5]);
    // Region is the first factor; its second value stands behind all three.
    assert_eq!((moved[0], moved[3]), (-2.0, -2.0));
    assert!(moved[1] != -2.0 && moved[2] != -2.0 && moved[4] != -2.0);
}

const IMPOSSIBLE: &str = r#"format = 1
currency = "EUR"
levels = [0.9]

[sampling]
trials = 2_000

[portfolio]
tape = "book.csv"
defaults = { lgd = 0.5, pd = 0.1 }

[model]
loadings = { north = 0.3, south = 0.3, young = 0.3 }
repair = true

[[model.factor]]
id = "north"
correlation = { south = 1.0, young = 0.0 }
[[model.factor]]
id = "south"
correlation = { young = 1.0 }
[[model.factor]]
id = "young"

[[policy]]
id = "today"
"#;

#[test]
fn a_repair_is_used_and_told() {
    let tape = "balance,count\n100,50\n";
    let case = case(IMPOSSIBLE, tape);
    // The matrix of Higham's example: w'Cw of the nearest one.
    let rho = covariance(&case.base().model, 0, 0);
    let wanted = 0.09 * (3.0 + 2.0 * (0.7607 + 0.7607 + 0.1573));
    assert!((rho - wanted).abs() < 2e-5, "{rho} {wanted}");
    let outcome = case.carry_out(2);
    let told = outcome.results.runs[0].warnings.iter().find_map(|warning| match warning {
        Warning::FactorCorrelationsRepaired {
            factors,
            before,
            after,
            distance,
            names,
            correlation,
        } => {
            Some((factors.clone(), *before, *after, *distance, names.clone(), correlation.clone()))
        }
        _ => None,
    });
    let (factors, before, after, distance, names, correlation) = told.unwrap();
    // The whole matrix, as it was used.
    assert_eq!(names.len(), 3);
    let used = |i: usize, j: usize| correlation[i][j];
    for i in 0..3 {
        assert_eq!(used(i, i), 1.0);
        (0..3).for_each(|j| assert_eq!(used(i, j), used(j, i)));
    }
    let pairs: f64 = [(0, 1), (0, 2), (1, 2)].iter().map(|&(i, j)| used(i, j)).sum();
    assert!((pairs - (0.7607 + 0.7607 + 0.1573)).abs() < 2e-4, "{correlation:?}");
    assert_eq!((factors.0.as_str(), factors.1.as_str(), before), ("north", "south", 1.0));
    assert!((after - 0.7607).abs() < 5e-5 && (distance - 0.5278).abs() < 5e-5);

    let refused = refusal(&IMPOSSIBLE.replace("repair = true\n", ""), tape);
    assert!(refused.contains("repair = true") && refused.contains("0.5278"), "{refused}");
    let loaded = refusal(&IMPOSSIBLE.replace("young = 0.3", "young = 0.9"), tape);
    assert!(loaded.contains("must be below 1"), "{loaded}");
}

#[test]
fn all_factors_of_a_book_are_counted_and_named() {
    let outcome = case(&BY_REGION.replace("40_000", "100"), REGIONS).carry_out(1);
    let told = &outcome.results.runs[0].assumptions[0].text;
    let wanted = "5 factors (region for each region: north, south; systematic; class for each segment: \
                  students, workers)";
    assert!(told.contains(wanted), "{told}");
    // Without columns there is nothing to name.
    let outcome = case(IMPOSSIBLE, "balance,count\n100,50\n").carry_out(1);
    let told = &outcome.results.runs[0].assumptions[0].text;
    assert!(told.contains("3 factors") && !told.contains("3 factors ("), "{told}");
}

#[test]
fn more_factors_than_there_may_be_are_refused_as_such() {
    let of = |n: usize| {
        let factors: String =
            (0..n).map(|i| format!("[[model.factor]]\nid = \"f{i}\"\n")).collect();
        format!(
            "format = 1\ncurrency = \"EUR\"\n[portfolio]\ntape = \"book.csv\"\n\
             defaults = {{ lgd = 0.5, pd = 0.1 }}\n[model]\nloadings = {{ f0 = 0.3 }}\n{factors}\
             [[policy]]\nid = \"today\"\n"
        )
    };
    let tape = "balance,count\n100,50\n";
    let refused = refusal(&of(201), tape);
    assert!(refused.contains("the model has 201 factors, must be at most 200"), "{refused}");
    assert!(!refused.contains("each value"), "{refused}");
    assert_eq!(case(&of(200), tape).base().model.factors.len(), 200);
}
