//! Where policies stop helping, in words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::numbers::decimal;
use super::results::RunResults;
use super::wrapping::wrapped;
use crate::measures::Measure;
use crate::measures::region::{BreakEvenPoint, Direction, RegionSeries};

/// The break-evens and maps of a run, in lines that fit the screen.
pub fn lines(run: &RunResults) -> Vec<String> {
    sentences(run).iter().flat_map(|line| wrapped(line, 4)).collect()
}

/// The same, a sentence each.
pub fn sentences(run: &RunResults) -> Vec<String> {
    let points = run.break_evens.iter().map(flip);
    points.chain(run.regions.iter().map(|own| map(&region(own)))).collect()
}

/// A map in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionFacts {
    /// Id.
    pub region: String,
    /// Title.
    pub title: String,
    /// Policy id.
    pub policy: String,
    /// What is measured.
    pub measure: Measure,
    /// Its level.
    pub level: Option<f64>,
    /// Path of the number from left to right, and its range.
    pub x: (String, f64, f64),
    /// Path of the number from bottom to top, and its range.
    pub y: (String, f64, f64),
    /// Points of the map.
    pub points: u64,
    /// Points at which the measure falls.
    pub lowers: u64,
    /// Points at which it rises.
    pub raises: u64,
}

/// A map in short.
pub fn region(series: &RegionSeries) -> RegionFacts {
    let ends = |key: &str, values: &[f64]| {
        (key.to_owned(), values[0], values.last().copied().unwrap_or(values[0]))
    };
    let those = |direction| {
        series.changes.iter().filter(|change| Direction::of(change) == direction).count() as u64
    };
    RegionFacts {
        region: series.region.clone(),
        title: series.title.clone(),
        policy: series.policy.clone(),
        measure: series.measure,
        level: series.level,
        x: ends(&series.x_key, &series.x),
        y: ends(&series.y_key, &series.y),
        points: series.changes.len() as u64,
        lowers: those(Direction::Lowers),
        raises: those(Direction::Raises),
    }
}

/// Where a policy stops helping, in words.
pub fn flip(own: &BreakEvenPoint) -> String {
    let key = last_word(&own.key);
    let range = format!("{} to {}", number(own.from), number(own.to));
    let ends = format!(
        "{} % at {}, {} % at {}",
        decimal(100.0 * own.at_from.value, 1),
        number(own.from),
        decimal(100.0 * own.at_to.value, 1),
        number(own.to)
    );
    match own.value {
        Some(value) => {
            let end =
                |x: Option<f64>| x.map_or_else(|| "beyond the range".to_owned(), |x| decimal(x, 3));
            format!(
                "flips at {key} {} ({} to {}): {} ({ends})",
                decimal(value, 3),
                end(own.lower),
                end(own.upper),
                own.title
            )
        }
        None => format!("does not flip for {key} {range}: {} ({ends})", own.title),
    }
}

/// What a map shows, in words.
pub fn map(own: &RegionFacts) -> String {
    format!(
        "map of {} x {}: falls at {} of {} points, rises at {}: {}",
        last_word(&own.x.0),
        last_word(&own.y.0),
        own.lowers,
        own.points,
        own.raises,
        own.title
    )
}

fn last_word(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).replace('_', " ")
}

fn number(x: f64) -> String {
    let text = decimal(x, 3);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
