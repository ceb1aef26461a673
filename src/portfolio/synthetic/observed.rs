//! Reads the values of an empirical law from a column of a CSV file.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::disk;
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::portfolio::cell;
use crate::scenario::law::{Domain, Law, Observed};

/// The values with their weights, ascending; cells without a value are left out.
pub(super) fn read(
    source: &Observed,
    law: &Law,
    domain: Domain,
) -> Result<Vec<(f64, f64)>, Vec<Fault>> {
    let file = || Place::File(source.file.clone());
    let unreadable = |reason: String| {
        let fault = Fault::new(file(), FaultKind::Unreadable { reason });
        vec![fault.with_hint("`file` starts from the folder of the scenario")]
    };
    let opened = disk::open(&source.file).map_err(|e| unreadable(e.to_string()))?;
    let mut reader = ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).from_reader(opened);
    let headers = reader.headers().map_err(|e| unreadable(e.to_string()))?.clone();
    let place = |header: &str, key: &str| {
        headers.iter().position(|h| h == header).ok_or_else(|| {
            let known: Vec<String> = headers.iter().map(str::to_owned).collect();
            let shown: Vec<String> = known.iter().take(20).map(|h| format!("`{h}`")).collect();
            let kind = FaultKind::UnknownName {
                what: "header of the file".into(),
                found: header.to_owned(),
                known,
            };
            let fault = Fault::new(Place::Value(format!("{}.{key}", source.path)), kind);
            vec![fault.with_hint(format!("the file has {}", shown.join(", ")))]
        })
    };
    let column = place(&source.column, "column")?;
    let weights = source.weights.as_deref().map(|header| place(header, "weights")).transpose()?;
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                faults.extend(unreadable(error.to_string()));
                break;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let mut refuse = |header: &str, found: &str, required: &str| {
            let kind = FaultKind::Value {
                what: header.to_owned(),
                found: found.to_owned(),
                required: required.to_owned(),
            };
            let column = Some(header.to_owned());
            let place = Place::Cell { file: source.file.clone(), line, column };
            let mut fault = Fault::new(place, kind);
            fault.hint = cell::hint(found.as_bytes());
            faults.push(fault);
        };
        let text = &record[column];
        if text.is_empty() {
            continue;
        }
        let value = cell::number(text.as_bytes()).filter(|&x| domain.holds(law.clipped(x)));
        if value.is_none() {
            refuse(&source.column, text, &format!("a number {}", domain.required));
        }
        let weight = match weights {
            None => Some(1.0),
            Some(at) => {
                let weight =
                    cell::number(record[at].as_bytes()).filter(|w| (0.0..=1e100).contains(w));
                if weight.is_none() {
                    let header = source.weights.as_deref().unwrap_or_default();
                    refuse(header, &record[at], "a number from 0 to 1e100");
                }
                weight
            }
        };
        values.extend(value.zip(weight).filter(|pair| pair.1 > 0.0));
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if faults.is_empty() && values.is_empty() {
        let (what, why) = (format!("`{}`", source.column), "no row has a value".to_owned());
        faults.push(Fault::new(file(), FaultKind::Missing { what, why }));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(values)
}
