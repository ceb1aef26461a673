//! A CSV file with a column of default rates, one row per period.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::disk;
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};

/// What to take from the file.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Header of the rates.
    pub column: &'a str,
    /// Header of the dates; the first column whose first cell begins with a year unless given.
    pub date: Option<&'a str>,
    /// First date, or the beginning of it.
    pub from: Option<&'a str>,
    /// Last date, or the beginning of it.
    pub to: Option<&'a str>,
    /// Whether rates are written in percent.
    pub percent: bool,
    /// Whether periods of a year are averaged.
    pub per_year: bool,
}

/// Rates in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Header of the dates, if the file has any.
    pub date: Option<String>,
    /// Date of each rate as written (a year where years are averaged), or the number of its line.
    pub periods: Vec<String>,
    /// Fractions.
    pub rates: Vec<f64>,
    /// Rows without a rate between those that have one.
    pub gaps: usize,
    /// Years left out because they have fewer periods than others.
    pub short_years: Vec<String>,
}

/// Reads the rates; up to [`MAX_FAULTS`] faults.
pub fn read(file: &Path, wanted: Wanted<'_>) -> Result<Rates, Vec<Fault>> {
    let whole = |kind| vec![Fault::new(Place::File(file.to_owned()), kind)];
    let unreadable = |e: csv::Error| whole(FaultKind::Unreadable { reason: e.to_string() });
    let mut reader = ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(disk::open(file).map_err(|e| unreadable(e.into()))?);
    let headers = reader.headers().map_err(unreadable)?.clone();
    let rows: Vec<StringRecord> = reader.records().collect::<Result<_, _>>().map_err(unreadable)?;
    let find = |name: &str| {
        headers.iter().position(|header| header == name).ok_or_else(|| {
            let known: Vec<String> = headers.iter().map(str::to_owned).collect();
            let kind = FaultKind::UnknownName { what: "header".into(), found: name.into(), known };
            whole(kind)
        })
    };
    let column = find(wanted.column)?;
    let is_dated =
        |at: usize| at != column && rows.first().is_some_and(|row| year(&row[at]).is_some());
    let date = match wanted.date {
        Some(name) => Some(find(name)?),
        None => (0..headers.len()).find(|&at| is_dated(at)),
    };
    let needs = [("--from", wanted.from.is_some()), ("--to", wanted.to.is_some())];
    let needs = needs.into_iter().chain([("--per-year", wanted.per_year)]);
    if let (None, Some((flag, _))) = (date, needs.into_iter().find(|need| need.1)) {
        let message = format!("{flag} needs dates, and no column begins with a year");
        let kind = FaultKind::Conflict { message };
        return Err(vec![
            Fault::new(Place::File(file.to_owned()), kind)
                .with_hint("write dates as 2009-03-31, 2009-03, 2009Q1 or 2009, so that they sort"),
        ]);
    }
    let mut faults = Vec::new();
    let mut found: Vec<(String, f64)> = Vec::new();
    let (mut empty, mut gaps) = (0, 0);
    let mut before: Option<&str> = None;
    for row in &rows {
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |at: usize| Place::Cell {
            file: file.to_owned(),
            line,
            column: headers.get(at).map(str::to_owned),
        };
        let mut refuse = |at: usize, what: &str, required: &str, hint: Option<String>| {
            let (what, required) = (what.to_owned(), required.to_owned());
            let kind = FaultKind::Value { what, found: row[at].to_owned(), required };
            faults.push(Fault { place: cell(at), kind, hint });
        };
        let when = date.map(|at| (at, &row[at]));
        if let Some((at, when)) = when {
            if year(when).is_none() {
                let hint = "write dates as 2009-03-31, 2009-03, 2009Q1 or 2009, so that they sort";
                refuse(at, "date", "a date that begins with its year", Some(hint.into()));
            } else if before.is_some_and(|before| before >= when) {
                refuse(at, "date", "later than that of the row before", None);
            }
            before = Some(when);
            let inside = wanted.from.is_none_or(|from| when >= from)
                && wanted.to.is_none_or(|to| when.get(..to.len()).unwrap_or(when) <= to);
            if !inside {
                continue;
            }
        }
        let text = &row[column];
        if text.is_empty() {
            empty += 1;
            continue;
        }
        if !found.is_empty() {
            gaps += empty;
        }
        empty = 0;
        let most = if wanted.percent { 100.0 } else { 1.0 };
        match text.parse::<f64>().ok().filter(|x| (0.0..=most).contains(x)) {
            Some(x) => {
                let when = when.map_or_else(|| line.to_string(), |(_, when)| when.to_owned());
                found.push((when, if wanted.percent { x / 100.0 } else { x }));
            }
            None if wanted.percent => {
                refuse(column, "rate", "a number of percent in 0..=100", None)
            }
            None => {
                let above = text.parse::<f64>().is_ok_and(|x| x > 1.0 && x <= 100.0);
                let hint = above.then(|| "--percent reads the column as percent".to_owned());
                refuse(column, "rate", "a fraction in 0..=1", hint);
            }
        }
    }
    faults.truncate(MAX_FAULTS);
    if !faults.is_empty() {
        return Err(faults);
    }
    let (mut periods, mut rates): (Vec<String>, Vec<f64>) = found.into_iter().unzip();
    let mut short_years = Vec::new();
    if wanted.per_year {
        (periods, rates, short_years) = by_year(&periods, &rates);
    }
    let date = date.and_then(|at| headers.get(at)).map(str::to_owned);
    Ok(Rates { date, periods, rates, gaps, short_years })
}

/// The year that a date begins with.
fn year(date: &str) -> Option<&str> {
    let year = date.get(..4)?;
    let behind = date[4..].chars().next();
    let whole = year.bytes().all(|byte| byte.is_ascii_digit());
    (whole && behind.is_none_or(|next| !next.is_ascii_digit())).then_some(year)
}

/// Averages by year; years with fewer periods than the fullest are left out and named.
fn by_year(periods: &[String], rates: &[f64]) -> (Vec<String>, Vec<f64>, Vec<String>) {
    let mut years: Vec<(&str, Vec<f64>)> = Vec::new();
    for (period, &rate) in periods.iter().zip(rates) {
        let year = &period[..4];
        match years.last_mut().filter(|(last, _)| *last == year) {
            Some((_, all)) => all.push(rate),
            None => years.push((year, vec![rate])),
        }
    }
    let fullest = years.iter().map(|(_, all)| all.len()).max().unwrap_or(0);
    let (full, short): (Vec<_>, Vec<_>) =
        years.into_iter().partition(|(_, all)| all.len() == fullest);
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    (
        full.iter().map(|(year, _)| (*year).to_owned()).collect(),
        full.iter().map(|(_, all)| mean(all)).collect(),
        short.iter().map(|(year, _)| (*year).to_owned()).collect(),
    )
}
