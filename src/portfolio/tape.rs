//! Streams a CSV tape row by row into columns, with the line of everything that is wrong.
//!
//! Lines that start with `#` before the header are comments. Rows are never held as text: one
//! record buffer is reused, and the checksum is taken from the bytes as they pass.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::cause;
use super::draft::Draft;
use super::gather_rows::Gathering;
use super::hashing::Hashing;
use super::header::Layout;
use super::row::{CellFault, RowReader};
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::scenario::PortfolioSpec;
use crate::units::Currency;

const BUFFER: usize = 1 << 17;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a whole tape: the book as it stands, and the SHA-256 of the bytes in lower-case hex.
/// `file` is only the name in faults.
pub(super) fn read(
    input: impl Read,
    file: &Path,
    spec: &PortfolioSpec,
    currency: &Currency,
) -> Result<(Draft, String), Vec<Fault>> {
    let whole = |kind| vec![Fault::new(Place::File(file.to_owned()), kind)];
    let unreadable =
        |e: &dyn std::fmt::Display| whole(FaultKind::Unreadable { reason: e.to_string() });
    let mut input = BufReader::with_capacity(BUFFER, Hashing::new(input));
    let Comments { lines: comments, last } =
        skip_comments(&mut input).map_err(|e| unreadable(&e))?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(input);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|e| unreadable(&e))? {
        let (what, why) = ("header".into(), "the tape is empty".into());
        return Err(hinted(
            whole(FaultKind::Missing { what, why }),
            "its first line names the columns, such as limit,balance,pd,lgd",
        ));
    }
    let mut lines = Lines { comments, after_header: 1, before: 1, after: reader.position().line() };
    let header_line = lines.of(&record, 0);
    let layout = Layout::new(&record, file, header_line, spec).map_err(|faults| {
        let cause = cause::of(&record, &last, spec);
        match cause {
            Some((message, hint)) => {
                let place = Place::Cell { file: file.to_owned(), line: header_line, column: None };
                vec![Fault::new(place, FaultKind::Conflict { message }).with_hint(hint)]
            }
            None => faults,
        }
    })?;
    lines.after_header = lines.after;
    let rows = RowReader { layout: &layout, spec, currency, defaulted: Cell::new(0) };
    let mut gathering = Gathering::new(currency);
    let mut faults = Vec::new();
    let mut found = Vec::new();
    let mut number = 0;
    while faults.len() < MAX_FAULTS {
        lines.before = lines.after;
        if !reader.read_byte_record(&mut record).map_err(|e| unreadable(&e))? {
            break;
        }
        lines.after = reader.position().line();
        number += 1;
        let line = || lines.of(&record, number);
        if record.len() != layout.width() {
            faults.push(wrong_width(file, line(), record.len(), layout.width()));
            continue;
        }
        if gathering.rows() == u32::MAX as usize {
            let message = format!("the tape has more than {} rows", u32::MAX);
            return Err(whole(FaultKind::Conflict { message }));
        }
        if let Some(row) = rows.read(&record, &mut found)
            && let Err(fault) = gathering.push(&row, line)
        {
            found.push(fault);
        }
        faults.extend(found.drain(..).map(|fault| placed(fault, file, line(), &layout)));
    }
    faults.truncate(MAX_FAULTS);
    if !faults.is_empty() {
        return Err(faults);
    }
    if gathering.rows() == 0 {
        let (what, why) = ("data".into(), "the tape has a header but no rows".into());
        return Err(hinted(
            whole(FaultKind::Missing { what, why }),
            "each line after the first is an account, or a pool of `count` like ones",
        ));
    }
    let checksum = reader.into_inner().into_inner().hex();
    let mut draft = gathering.finish();
    draft.unused_defaults = rows.unused_defaults();
    Ok((draft, checksum))
}

fn hinted(faults: Vec<Fault>, hint: &str) -> Vec<Fault> {
    faults.into_iter().map(|fault| fault.with_hint(hint)).collect()
}

fn placed(fault: CellFault, file: &Path, line: u64, layout: &Layout) -> Fault {
    let column = fault.column.or_else(|| layout.header(fault.field));
    let place = Place::Cell { file: file.to_owned(), line, column };
    Fault { place, kind: fault.kind, hint: fault.hint }
}

fn wrong_width(file: &Path, line: u64, found: usize, required: usize) -> Fault {
    let kind = FaultKind::Value {
        what: "number of cells".into(),
        found: found.to_string(),
        required: format!("{required}, as in the header"),
    };
    let fault = Fault::new(Place::Cell { file: file.to_owned(), line, column: None }, kind);
    fault.with_hint(if found > required {
        "a cell with a comma in it needs quotes"
    } else {
        "an empty cell keeps its comma"
    })
}

/// Lines before the header.
struct Comments {
    /// How many there are.
    lines: u64,
    /// The beginning of the last, without its `#`.
    last: Vec<u8>,
}

/// Skips a byte order mark and lines that start with `#`.
fn skip_comments(input: &mut impl BufRead) -> std::io::Result<Comments> {
    const SHOWN: usize = 1 << 12;
    if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    let mut comments = Comments { lines: 0, last: Vec::new() };
    while input.fill_buf()?.first() == Some(&b'#') {
        let ahead = input.fill_buf()?;
        let line = ahead[1..].split(|&byte| matches!(byte, b'\n' | b'\r')).next();
        let line = line.unwrap_or_default();
        comments.last = line[..line.len().min(SHOWN)].to_vec();
        input.skip_until(b'\n')?;
        comments.lines += 1;
    }
    Ok(comments)
}

/// Reckons the line on which a record starts.
///
/// The csv reader counts line feeds consumed; that is one line late after `\r\n` (the feed is
/// consumed with the next record), blind to blank lines (skipped before a record), and constant
/// when lines end in `\r` alone.
struct Lines {
    comments: u64,
    /// The reader's count right after the header: still 1 unless lines end in a bare `\n`.
    after_header: u64,
    before: u64,
    after: u64,
}

impl Lines {
    /// Line of the record just read, the `number`-th after the header.
    fn of(&self, record: &ByteRecord, number: u64) -> u64 {
        let feed_pending = self.after_header == 1 && number > 0;
        if feed_pending && self.after == 1 {
            return self.comments + 1 + number;
        }
        let inner = record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        let terminator = u64::from(!feed_pending);
        let skipped = (self.after - self.before).saturating_sub(inner + terminator);
        self.comments + self.before + skipped
    }
}
