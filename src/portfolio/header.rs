//! Which cell of a tape row holds which field, and whether the run has all it needs.

use std::path::Path;

use csv::ByteRecord;

use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::scenario::{Field, PortfolioSpec};

/// Where each field stands in a row.
#[derive(Debug)]
pub(super) struct Layout {
    /// Headers as written, trimmed.
    headers: Vec<String>,
    /// Index of the cell, by `Field as usize`.
    cells: [Option<usize>; Field::ALL.len()],
    /// Cells of the columns of `segment_by` that are no field of their own, in its order.
    parts: Vec<usize>,
}

impl Layout {
    /// Reads the header record at `line` of `file`; up to [`MAX_FAULTS`] faults.
    pub(super) fn new(
        header: &ByteRecord,
        file: &Path,
        line: u64,
        spec: &PortfolioSpec,
    ) -> Result<Self, Vec<Fault>> {
        let place = |column: Option<&str>| Place::Cell {
            file: file.to_owned(),
            line,
            column: column.map(str::to_owned),
        };
        let mut headers = Vec::with_capacity(header.len());
        for cell in header {
            let Ok(text) = std::str::from_utf8(cell) else {
                let message = format!("header `{}` is not UTF-8", String::from_utf8_lossy(cell));
                let fault = Fault::new(place(None), FaultKind::Syntax { message });
                return Err(vec![fault.with_hint("save the tape as UTF-8")]);
            };
            headers.push(text.trim().to_owned());
        }
        let mut layout = Self { headers, cells: [None; Field::ALL.len()], parts: Vec::new() };
        let mut faults = Vec::new();
        layout.place_mapped(spec, &mut faults);
        layout.place_own_names(spec);
        layout.place_parts(spec, &mut faults);
        for (i, header) in layout.headers.iter().enumerate() {
            let mut cells = layout.cells.iter().flatten().chain(&layout.parts);
            let used = cells.any(|&cell| layout.headers[cell] == *header);
            if used && layout.headers[..i].contains(header) {
                let kind = FaultKind::Duplicate { what: "header".into(), id: header.clone() };
                faults.push(Fault::new(place(Some(header)), kind));
            }
        }
        // What is missing because of a mistyped mapping would only be said twice.
        if faults.is_empty() {
            faults.extend(layout.missing(spec, &place(None)));
        }
        faults.truncate(MAX_FAULTS);
        if faults.is_empty() { Ok(layout) } else { Err(faults) }
    }

    /// Number of cells that every row must have.
    pub(super) fn width(&self) -> usize {
        self.headers.len()
    }

    /// Index of the cell that holds `field`.
    #[inline]
    pub(super) fn cell(&self, field: Field) -> Option<usize> {
        self.cells[field as usize]
    }

    /// Header of the column that holds `field`.
    pub(super) fn header(&self, field: Field) -> Option<String> {
        self.cell(field).map(|cell| self.headers[cell].clone())
    }

    fn place_mapped(&mut self, spec: &PortfolioSpec, faults: &mut Vec<Fault>) {
        for mapping in &spec.columns {
            let found = self.headers.iter().position(|h| h == mapping.header.trim());
            self.cells[mapping.field as usize] = found;
            if found.is_none() {
                let kind = FaultKind::UnknownName {
                    what: "header of the tape".into(),
                    found: mapping.header.clone(),
                    known: self.headers.clone(),
                };
                let fault = Fault::new(Place::Value(mapping.path.clone()), kind);
                faults.push(fault.with_hint(near(&mapping.header, &self.headers)));
            }
        }
    }

    /// Headers and indices of the cells that [`super::composite`] joins to the segment's name.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.parts.iter().map(|&cell| (self.headers[cell].as_str(), cell))
    }

    fn place_parts(&mut self, spec: &PortfolioSpec, faults: &mut Vec<Fault>) {
        for (i, column) in spec.segment_by.iter().enumerate() {
            if is_field(column) {
                continue;
            }
            match self.headers.iter().position(|header| header == column) {
                Some(cell) => self.parts.push(cell),
                None => {
                    let kind = FaultKind::UnknownName {
                        what: "header of the tape".into(),
                        found: column.clone(),
                        known: self.headers.clone(),
                    };
                    let place = Place::Value(format!("portfolio.segment_by[{i}]"));
                    faults.push(Fault::new(place, kind).with_hint(near(column, &self.headers)));
                }
            }
        }
    }

    /// Headers that no mapping uses and that are a field's own name.
    fn place_own_names(&mut self, spec: &PortfolioSpec) {
        for field in Field::ALL {
            let mapped = |m: &crate::scenario::ColumnMapping| {
                m.field == field || m.header.trim() == field.key()
            };
            if !spec.columns.iter().any(mapped) {
                self.cells[field as usize] = self.headers.iter().position(|h| h == field.key());
            }
        }
    }

    fn missing(&self, spec: &PortfolioSpec, place: &Place) -> Vec<Fault> {
        let has = |field| self.cell(field).is_some();
        let mut faults = Vec::new();
        let mut miss = |what: &str, why: &str, hint: String| {
            let kind = FaultKind::Missing { what: format!("`{what}`"), why: why.into() };
            faults.push(Fault::new(place.clone(), kind).with_hint(hint));
        };
        let map = |field: Field| {
            format!(
                "say which column it is: `{} = \"...\"` under [portfolio.columns]; the tape has {}",
                field.key(),
                listed(&self.headers)
            )
        };
        let or_default = |field: Field| {
            format!("{}; or give `{}` under [portfolio.defaults]", map(field), field.key())
        };
        if !has(Field::Limit) {
            let loans = "for loans without a line, map `limit` and `balance` to the same column";
            let why = "limits are what policies act on";
            miss("limit", why, format!("{}; {loans}", map(Field::Limit)));
        }
        if !has(Field::Balance) {
            miss("balance", "without it nothing is owed", map(Field::Balance));
        }
        if spec.observed_pd.is_some() {
            if !has(Field::Default) {
                let why = "[portfolio.observed_pd] counts observed defaults";
                miss("default", why, map(Field::Default));
            }
        } else if !has(Field::Pd) && spec.defaults.pd.is_none() {
            miss(
                "pd",
                "neither the tape nor the scenario says who defaults",
                or_default(Field::Pd),
            );
        }
        if !has(Field::Lgd) && spec.defaults.lgd.is_none() {
            miss("lgd", "neither the tape nor the scenario has it", or_default(Field::Lgd));
        }
        if let Some(observed) = &spec.observed_pd
            && let Some(header) = self.header(Field::Pd)
        {
            let message = format!(
                "PDs come both from observed defaults and from the column `{header}` of the tape"
            );
            let place = Place::Key(observed.path.clone());
            faults.push(
                Fault::new(place, FaultKind::Conflict { message })
                    .with_hint("leave one of the two out"),
            );
        }
        faults
    }
}

/// Whether a column of `segment_by` is a field that every book may have rather than a header of the tape.
fn is_field(column: &str) -> bool {
    [Field::Segment, Field::Product, Field::Lender].iter().any(|field| field.key() == column)
}

/// The header that was probably meant, or all of them.
fn near(wanted: &str, headers: &[String]) -> String {
    let likeness = |h: &String| strsim::jaro_winkler(&wanted.to_lowercase(), &h.to_lowercase());
    let best = headers.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best.filter(|h| likeness(h) > 0.8) {
        Some(header) => format!("did you mean `{header}`?"),
        None => format!("the tape has {}", listed(headers)),
    }
}

/// The first headers, in the tape's order.
fn listed(headers: &[String]) -> String {
    let shown: Vec<String> = headers.iter().take(30).map(|h| format!("`{h}`")).collect();
    let rest = if headers.len() > shown.len() { ", ..." } else { "" };
    format!("{}{rest}", shown.join(", "))
}
