//! Capital by the Basel retail formula beside the simulated capital.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{case, case_with, estimate, value};
use tailcap::measures::irb::rate;
use tailcap::measures::{Comparison, Measure};
use tailcap::report::screen::screen;
use tailcap::scenario::BaselRetail::{self, Mortgage, OtherRetail, Qrre};

/// Basel II (June 2006), Annex 5: PD and risk weights in percent, mortgage at LGD 45 and 25 %, other
/// retail and QRRE at 45 and 85 %.
const ANNEX_5: [(f64, [f64; 6]); 6] = [
    (0.03, [4.15, 2.30, 4.45, 8.41, 0.98, 1.85]),
    (0.25, [21.30, 11.83, 21.15, 39.96, 5.76, 10.88]),
    (0.50, [35.08, 19.49, 32.36, 61.13, 10.04, 18.97]),
    (1.00, [56.40, 31.33, 45.77, 86.46, 17.22, 32.53]),
    (1.50, [73.45, 40.80, 53.37, 100.81, 23.40, 44.19]),
    (2.50, [100.64, 55.91, 60.90, 115.03, 33.98, 64.18]),
];
const COLUMNS: [(BaselRetail, f64); 6] = [
    (Mortgage, 0.45),
    (Mortgage, 0.25),
    (OtherRetail, 0.45),
    (OtherRetail, 0.85),
    (Qrre, 0.45),
    (Qrre, 0.85),
];

#[test]
fn risk_weights_are_the_published_ones() {
    for (pd, weights) in ANNEX_5 {
        for ((class, lgd), published) in COLUMNS.into_iter().zip(weights) {
            let weight = 1250.0 * lgd * rate(class, pd / 100.0);
            assert!((weight - published).abs() < 0.01, "{pd} {class:?}: {weight} {published}");
        }
    }
    // The wrong twin: a PD 1 % higher shows in the weights.
    let twin = 1250.0 * 0.45 * rate(Mortgage, 0.0101);
    assert!((twin - 56.40).abs() > 0.1, "{twin}");
    assert_eq!((rate(Qrre, 0.0), rate(Qrre, 1.0)), (0.0, 0.0));
}

const SCENARIO: &str = r#"format = 1
currency = "EUR"
levels = [0.99]

[sampling]
trials = 500
plan = "plain"

[portfolio]
tape = "book.csv"

[model]
correlation = 0.04

[output]
irb = { cards = "qrre", homes = "mortgage" }
equal_credit_cut = false

[[policy]]
id = "today"

[[policy]]
id = "half"
[[policy.rule]]
scale = 0.5
"#;

const BOOK: &str = "\
segment,lender,limit,balance,pd,lgd,count
cards,here,1000,1000,0.01,0.45,300
cards,there,2000,2000,0.025,0.85,200
homes,here,100000,100000,0.005,0.25,10
";

/// By hand from the table: risk weight / 12.5 of each exposure.
fn by_hand() -> (f64, f64, f64) {
    let cards_here = 300.0 * 1000.0 * 0.1722 / 12.5;
    let cards_there = 400_000.0 * 0.6418 / 12.5;
    let homes = 1_000_000.0 * 0.1949 / 12.5;
    (cards_here, cards_there, homes)
}

#[test]
fn a_small_book_has_the_capital_of_the_table() {
    let outcome = case(SCENARIO, BOOK).carry_out(1);
    let run = &outcome.results.runs[0];
    let of = |scope, policy| value(run, scope, policy, Measure::IrbCapital, None);
    let (cards_here, cards_there, homes) = by_hand();
    let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 5e-4;
    assert!(near(of("system", "today"), cards_here + cards_there + homes));
    assert!(near(of("cards", "today"), cards_here + cards_there));
    assert!(near(of("homes", "today"), homes));
    assert!(near(of("here", "today"), cards_here + homes));
    // The other class is seen.
    assert!(!near(of("homes", "today"), homes * rate(Qrre, 0.005) / rate(Mortgage, 0.005)));
    // Half the exposure, half the capital, known exactly.
    let change =
        estimate(run, "system", "half", Measure::IrbCapital, None, Comparison::RelativeChange);
    assert!((change.unwrap().value + 0.5).abs() < 1e-12);
    assert_eq!(change.unwrap().standard_error, Some(0.0));
    let shown = screen(&outcome.results, None);
    assert!(shown.contains("IRB capital 99.9 % (EUR k): today 40.3, half 20.1"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_class_is_that_of_the_correlation_unless_given() {
    let rows = |overrides: &[&str], text: &str| {
        let outcome = case_with(text, BOOK, overrides).carry_out(1);
        let found = estimate(
            &outcome.results.runs[0],
            "system",
            "today",
            Measure::IrbCapital,
            None,
            Comparison::Level,
        );
        found.map(|estimate| estimate.value)
    };
    let plain = SCENARIO.replace("irb = { cards = \"qrre\", homes = \"mortgage\" }\n", "");
    // A number is no class, and neither is a class for a part of the book.
    assert_eq!(rows(&[], &plain), None);
    assert_eq!(rows(&[], &SCENARIO.replace(", homes = \"mortgage\"", "")), None);
    let all = rows(&["output.irb=qrre"], &plain).unwrap();
    let basel = plain.replace("correlation = 0.04", "correlation = { basel = \"qrre\" }");
    assert_eq!(rows(&[], &basel), Some(all));
    let wanted: f64 =
        [(300_000.0, 0.45, 0.01), (400_000.0, 0.85, 0.025), (1_000_000.0, 0.25, 0.005)]
            .map(|(ead, lgd, pd)| ead * lgd * rate(Qrre, pd))
            .iter()
            .sum();
    assert!((all / wanted - 1.0).abs() < 1e-12, "{all} {wanted}");
}
