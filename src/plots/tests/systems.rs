//! What the figures of lenders must say: parts that add up, bounds in words, numbers of the tables.

use super::samples::{all_figures, context};
use super::samples_of_policies::{Policies, bound, within};
use super::samples_of_systems::{borne, changes, law, system_of};
use super::*;
use crate::measures::Estimate;
use crate::measures::estimate::Quality;
use crate::system::Bearer;

fn drawn(sample: &str, name: &str) -> &'static Figure {
    let wanted = |(s, f): &&(&str, Figure)| *s == sample && f.name == name;
    &all_figures().iter().find(wanted).unwrap().1
}

fn said(figure: &Figure) -> Vec<String> {
    text_boxes(figure).0.into_iter().map(|text| text.0).collect()
}

#[test]
fn figures_of_lenders_say_what_they_show() {
    let has = |sample: &str, name: &str, wanted: &[&str]| {
        let texts = said(drawn(sample, name));
        for text in wanted {
            assert!(texts.iter().any(|t| t == text), "{sample}, {name}: `{text}` in {texts:?}");
        }
    };
    has("sure", "bearers", &["EL", "ES 99.9 %", "owners of the book's lenders", "creditors"]);
    has("sure", "bearers", &["TWD million", "TWD billion", "25 %", "50 %", "1,000", "2.00"]);
    has("hostile", "bearers", &[Language::English.words().few_star]);
    has("forty", "bearers", &["29 more policies: see segments.csv"]);
    has("six", "failures", &["probability that at least m fail", "lenders that fail, m", "6"]);
    has("hundred", "failures", &["1", "100"]);
    has("hostile", "failures", &["no failure seen in any trial: 3 policies"]);
    has(
        "hostile",
        "failures",
        &["at the far end fewer than 50 tail trials: the band is only indicative"],
    );
    has("forty", "failures", &["32 more policies: see failures.csv"]);
    let capital = "loss-against-capital";
    has("two", capital, &["EL", "VaR 99.9 %", "platform", "bank (all 2)", "0"]);
    has("two", capital, &["100 %: capital is gone", "share of the lender's capital (%)"]);
    has(
        "crowd",
        capital,
        &["15 more lenders: see summary.csv", "32 more policies: see summary.csv"],
    );
    has("six", "network", &["bank-002 6.7 %", "bank-002 2.2 %", "never seen"]);
    has("six", "network", &["area of a disc: capital, at most TWD 5.00 billion"]);
    has("hundred", "network", &["9,840 more debts: see debts.csv"]);
    has("hostile", "network", &["180 more lenders: see lenders.csv"]);
    has("four", "tranches", &["equity", "super-senior", "no loss seen", "100 %: all is lost"]);
    has("four", "tranches", &["EL*", "ES 99.9 %*", "share of the tranche's size (%)"]);
    let effects = ["losses of the book", "other assets", "contagion", "second round"];
    has("all", "waterfall-total", &effects);
    has("all", "waterfall-total", &["+100.0", "+40.0", "share of the baseline's total (%)"]);
    has("forty", "waterfall-total", &["35 more policies: see attribution.csv"]);
}

#[test]
fn captions_say_how_to_read_a_figure_and_how_many_trials() {
    let names = [
        ("sure", "bearers"),
        ("six", "failures"),
        ("two", "loss-against-capital"),
        ("six", "network"),
        ("four", "tranches"),
        ("all", "waterfall-total"),
    ];
    for (sample, name) in names {
        let caption = &drawn(sample, name).caption;
        assert!(caption.contains("100,000 trials") && caption.contains("95 %"), "{caption}");
        assert!(caption.contains("1 year") && caption.contains("today"), "{caption}");
    }
}

#[test]
fn bars_of_bearers_are_as_long_as_what_they_bear() {
    let two = Policies::new(1, "No line above");
    let shares = [(Bearer::Lenders, 0.25), (Bearer::Partners, 0.75)];
    let rows = borne(&two, &shares, |x| within(x, 1e-3 * x, Quality::Good));
    let figure = bearers(&rows, &two.names(), &context()).unwrap().unwrap();
    let document = usvg::roxmltree::Document::parse(&figure.svg).unwrap();
    let width = |fill: &str| -> Vec<f64> {
        let own = document.descendants().filter(|node| node.attribute("fill") == Some(fill));
        let rects = own.filter(|node| node.has_tag_name("rect"));
        // The first is the sample of the legend.
        rects.skip(1).map(|node| node.attribute("width").unwrap().parse().unwrap()).collect()
    };
    let (lenders, partners) = (width("#0072B2"), width("#56B4E9"));
    assert_eq!((lenders.len(), partners.len()), (4, 4));
    for (a, b) in lenders.iter().zip(&partners) {
        assert!((b / a - 3.0).abs() < 0.02, "{a} {b}");
    }
    // EL and ES of today, then of a policy that loses a sixth less.
    assert!((lenders[0] / lenders[2] - 1.2).abs() < 0.01, "{lenders:?}");
}

#[test]
fn steps_of_failures_fall_behind_the_numbers_that_were_seen() {
    let today = Policies::new(0, "");
    let points = law(&today, 3, 0.6, 1);
    let figure = failures(&points, &today.names(), &context()).unwrap().unwrap();
    let line = &curves(&figure)[0];
    // Level up to 1, down, level up to 2, down, level up to 3.
    assert_eq!(line.len(), 6, "{line:?}");
    let level: Vec<f64> = line.iter().map(|point| point.1).collect();
    assert!(level[0] == level[1] && level[2] == level[3] && level[4] == level[5]);
    // P halves, then falls by a third: log 2 and log 1.5 of an axis.
    let drops = (level[2] - level[1], level[4] - level[3]);
    assert!((drops.0 / drops.1 - 2_f64.ln() / 1.5_f64.ln()).abs() < 0.02, "{drops:?}");
}

#[test]
fn a_network_has_a_second_circle_only_where_failures_surely_change() {
    let policies = Policies::new(3, "No line above");
    let system = system_of(&policies, 5, |_, _| bound(0.001));
    let discs = |change: &dyn Fn(usize) -> Estimate| {
        let rows = changes(&policies, change);
        let figure = network(&system, &rows, &policies.names(), &context()).unwrap().unwrap();
        (without_hints(&figure.svg).matches("<circle").count(), figure)
    };
    let (one, _) = discs(&|_| within(-0.05, 0.1, Quality::Good));
    let (two, figure) = discs(&|p| within(-0.5 * p as f64, 0.1, Quality::Good));
    // Two for the colour of what was never seen, two for each of five lenders.
    assert_eq!((one, two), (2 + 10, 2 + 20));
    assert!(said(&figure).iter().any(|text| text == "No line above 2"));
    assert_eq!(figure.svg.matches("<polygon").count(), 2 * 20);
}
