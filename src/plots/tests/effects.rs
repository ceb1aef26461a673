//! What the figures about assumptions must say: effects and their sum, maps and their borders.

use super::samples::{all_figures, context};
use super::samples_of_effects::{good, map_of};
use super::*;
use crate::plots::border;

fn drawn(sample: &str, name: &str) -> &'static Figure {
    let wanted = |(s, f): &&(&str, Figure)| *s == sample && f.name == name;
    &all_figures().iter().find(wanted).unwrap().1
}

#[test]
fn effects_and_maps_say_what_they_show() {
    let has = |sample: &str, name: &str, wanted: &[&str]| {
        let texts: Vec<String> =
            text_boxes(drawn(sample, name)).0.into_iter().map(|t| t.0).collect();
        for text in wanted {
            assert!(texts.iter().any(|t| t == text), "{sample}, {name}: `{text}` in {texts:?}");
        }
    };
    let effects = ["direct effect", "leakage", "relief", "squeeze", "stacking", "all together"];
    has("three", "waterfall", &effects);
    has(
        "three",
        "waterfall",
        &["EL", "ES 99.9 %", "−17.6", "+8.8", "change (% of the baseline's)"],
    );
    has("three", "waterfall", &["lowers losses", "raises losses", "95 % band"]);
    has("forty", "waterfall", &["34 more policies: see attribution.csv"]);
    has("hostile", "waterfall", &["0", Language::English.words().few_star]);
    let map = "region_leak-squeeze";
    has("smooth", map, &["lowers ES 99.9 %", "raises ES 99.9 %", "leakage", "squeeze"]);
    has(
        "smooth",
        map,
        &["no change", "its 95 % band", "undecided (band holds 0)", "change of ES 99.9 %", "−5 %"],
    );
    has("smooth", map, &["Change of ES 99.9 % under cap-100k against today"]);
    has("hundred", map, &["cap (policy.cap-3000.rule.0)", "change of P(L > TWD 50.0 million)"]);
    has("sure", map, &["no change (95 % band within the line)"]);
    has("falls", map, &["lowers ES 99.9 %"]);
    let texts = text_boxes(drawn("falls", map)).0;
    assert!(!texts.iter().any(|(text, _)| text.contains("raises") || text == "no change"));
}

#[test]
fn error_bars_of_effects_are_always_drawn() {
    // Two strokes at each of two ends in two columns of six rows for three policies, and the sample.
    let strokes = drawn("three", "waterfall").svg.matches("stroke-width=\"11\"").count();
    assert_eq!(strokes, 2 * 2 * (2 * 6 * 3 + 1));
}

#[test]
fn borders_are_joined_where_they_run_from_row_to_row() {
    let lengths = |series: &RegionSeries| -> Vec<usize> {
        let mut lengths: Vec<usize> = border::lines(series).iter().map(Vec::len).collect();
        lengths.sort_unstable();
        lengths
    };
    // Steep and flat slopes are one line.
    assert_eq!(lengths(&map_of((10, 10), |x, y| good(x - 0.5 + 0.1 * y))), [10]);
    assert_eq!(lengths(&map_of((50, 4), |x, y| good(x - 0.9 * y - 0.05))), [4]);
    // Two sides of a valley.
    assert_eq!(lengths(&map_of((20, 6), |x, _| good((x - 0.5).powi(2) - 0.03))), [6, 6]);
    // Rows that differ altogether have nothing to do with one another.
    let flipped = |x: f64, y: f64| if y < 0.5 { x - 0.3 } else { 0.3 - x };
    assert_eq!(lengths(&map_of((10, 4), |x, y| good(flipped(x, y)))), [2, 2]);
    assert!(lengths(&map_of((5, 5), |_, _| good(-1.0))).is_empty());
    // A row of its own is a line of one point.
    let alone = |x: f64, y: f64| if (y - 0.5).abs() < 0.1 { x - 0.5 } else { 1.0 };
    assert_eq!(lengths(&map_of((4, 5), |x, y| good(alone(x, y)))), [1]);
}

#[test]
fn a_border_that_does_not_fit_its_map_is_left_out() {
    let mut series = map_of((6, 6), |x, y| good(x - 0.5 * y - 0.2));
    series.border.iter_mut().for_each(|point| point.x += 5.0);
    let figure = region(&series, &context()).unwrap();
    assert!(!figure.caption.contains("Line:"));
    series.changes.truncate(7);
    region(&series, &context()).unwrap();
    (series.x, series.y, series.changes) = (Vec::new(), Vec::new(), Vec::new());
    region(&series, &context()).unwrap();
}
