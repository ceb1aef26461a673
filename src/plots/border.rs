//! The border of a map: its places, which are known row by row, joined to lines.

use crate::measures::region::{BorderPoint, RegionSeries};

/// A place of the border, the row it lies in and the column left of it.
#[derive(Debug, Clone, Copy)]
struct Place {
    row: usize,
    column: usize,
    point: BorderPoint,
}

/// The places of the border as lines of rising y.
///
/// Places of neighbouring rows belong together where the change passes 0 on every column between
/// them: the border then runs from one to the other. A place without such a neighbour is a line of
/// one point.
pub fn lines(series: &RegionSeries) -> Vec<Vec<BorderPoint>> {
    let mut done: Vec<Vec<Place>> = Vec::new();
    let mut open: Vec<Vec<Place>> = Vec::new();
    for row in 0..series.y.len() {
        let mut ends = std::mem::take(&mut open);
        for place in places(series, row) {
            let distance = |line: &Vec<Place>| {
                let last = line.last()?;
                is_joined(series, *last, place).then(|| last.column.abs_diff(place.column))
            };
            let nearest = (0..ends.len()).filter_map(|at| Some((distance(&ends[at])?, at))).min();
            let mut line = nearest.map_or_else(Vec::new, |(_, at)| ends.remove(at));
            line.push(place);
            open.push(line);
        }
        done.append(&mut ends);
    }
    done.append(&mut open);
    let points = |line: Vec<Place>| line.into_iter().map(|place| place.point).collect();
    done.into_iter().map(points).collect()
}

/// The places of a row from left to right.
fn places(series: &RegionSeries, row: usize) -> Vec<Place> {
    let of_row =
        series.border.iter().filter(|point| point.y == series.y[row] && point.x.is_finite());
    let passes = |column: &usize, point: &BorderPoint| {
        (series.x[*column]..=series.x[*column + 1]).contains(&point.x)
            && is_fall(series, row, *column) != is_fall(series, row, column + 1)
    };
    let columns = 0..series.x.len().saturating_sub(1);
    of_row
        .filter_map(|&point| {
            let column = columns.clone().find(|column| passes(column, &point))?;
            Some(Place { row, column, point })
        })
        .collect()
}

/// Whether the border runs from a place to one in the row above.
fn is_joined(series: &RegionSeries, below: Place, above: Place) -> bool {
    let fall = |row: usize, column: usize| is_fall(series, row, column);
    let (from, to) = (below.column.min(above.column), below.column.max(above.column));
    fall(below.row, below.column) == fall(above.row, above.column)
        && (from + 1..=to).all(|column| fall(below.row, column) != fall(above.row, column))
}

/// The side of 0, with 0 itself where `measures` counts it.
fn is_fall(series: &RegionSeries, row: usize, column: usize) -> bool {
    series.changes.get(row * series.x.len() + column).is_some_and(|change| change.value <= 0.0)
}
