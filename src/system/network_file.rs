//! Debts between lenders from a CSV file with the columns `from`, `to` and `amount`.

use std::path::Path;

use super::roster::Roster;
use crate::disk;
use crate::error::{Fault, FaultKind, Place};
use crate::units::fineness::Fineness;
use crate::units::{Currency, Decimal};

/// Debts by lender x lender, smallest units, and the bytes they were read from.
pub struct Read {
    /// `owes[i][j]` is what i owes j.
    pub owes: Vec<Vec<f64>>,
    /// The file as it stands.
    pub bytes: Vec<u8>,
}

/// The most lines of faults that are told.
const PATIENCE: usize = 20;

/// Reads a file.
///
/// Faults: a file that cannot be read, columns that are missing, lenders that are not known or have no
/// capital, amounts that are none, debts to oneself, pairs given twice.
pub fn read(path: &Path, roster: &Roster, currency: &Currency) -> Result<Read, Vec<Fault>> {
    let unreadable = |reason: String| {
        vec![Fault::new(Place::File(path.to_owned()), FaultKind::Unreadable { reason })]
    };
    let bytes = disk::read(path).map_err(|error| unreadable(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let heading = reader.headers().map_err(|error| unreadable(error.to_string()))?.clone();
    let cell = |line: u64, column: &str, kind: FaultKind| {
        let column = Some(column.to_owned());
        Fault::new(Place::Cell { file: path.to_owned(), line, column }, kind)
    };
    let mut faults = Vec::new();
    let mut place = |name: &str| {
        let found = heading.iter().position(|own| own == name);
        if found.is_none() {
            let why = "a network has the columns `from`, `to` and `amount`".to_owned();
            faults.push(cell(
                1,
                name,
                FaultKind::Missing { what: format!("column `{name}`"), why },
            ));
        }
        found.unwrap_or(0)
    };
    let (from, to, amount) = (place("from"), place("to"), place("amount"));
    let n = roster.lenders.len();
    let known: Vec<String> =
        roster.with_capital().map(|l| roster.lenders[l].name.clone()).collect();
    let mut owes = vec![vec![0.0; n]; n];
    let mut seen = vec![false; n * n];
    let (mut fineness, mut sum) = (Fineness::new(currency), 0.0);
    if !faults.is_empty() {
        return Err(faults);
    }
    for record in reader.records() {
        if faults.len() >= PATIENCE {
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let line = record.position().map_or(0, csv::Position::line);
        let mut lender = |at: usize, column: &str| {
            let name = record.get(at).unwrap_or_default();
            let own = roster.find(name).filter(|&l| roster.lenders[l].capital.is_some());
            if own.is_none() {
                let (what, found) = ("lender with capital".into(), name.into());
                let kind = FaultKind::UnknownName { what, found, known: known.clone() };
                faults.push(cell(line, column, kind));
            }
            own
        };
        let pair = (lender(from, "from"), lender(to, "to"));
        let text = record.get(amount).unwrap_or_default();
        let written = Decimal::parse(text.as_bytes()).filter(|own| !own.is_negative());
        let rounded = written.and_then(|own| own.rounded(currency.minor_per_unit));
        if let (Some(written), Some(own)) = (written, rounded) {
            fineness.add(written, 1.0);
            sum += own.minor as f64;
        }
        let debt = rounded.map(|own| own.minor as f64);
        if debt.is_none() {
            let kind = FaultKind::Value {
                what: "amount".into(),
                found: text.into(),
                required: "an amount >= 0".into(),
            };
            let fault = cell(line, "amount", kind);
            faults.push(match text.starts_with('-') {
                true => fault.with_hint("swap `from` and `to`: negative debts are refused"),
                false => fault,
            });
        }
        let ((Some(i), Some(j)), Some(debt)) = (pair, debt) else { continue };
        if i == j {
            let message = "a lender cannot owe itself".to_owned();
            faults.push(cell(line, "to", FaultKind::Conflict { message }));
        }
        if std::mem::replace(&mut seen[i * n + j], true) {
            let (what, id) =
                ("pair of lenders".into(), format!("{} to {}", &record[from], &record[to]));
            faults.push(cell(line, "from", FaultKind::Duplicate { what, id }));
        }
        owes[i][j] = debt;
    }
    if let Some(found) = fineness.too_coarse(sum / currency.per_unit()) {
        let place = Place::File(path.to_owned());
        faults.push(found.fault(place, "debts", found.sum, currency));
    }
    if faults.is_empty() { Ok(Read { owes, bytes }) } else { Err(faults) }
}
