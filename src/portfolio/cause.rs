//! Why the header of a tape has not what a run needs, where that can be seen: another separator, or a `#`.

use csv::ByteRecord;

use crate::scenario::{Field, PortfolioSpec};

/// Longest piece of a line that is shown.
const SHOWN: usize = 60;

/// What is wrong with the whole line, and its cure; `above` is the comment before the header.
pub(super) fn of(
    header: &ByteRecord,
    above: &[u8],
    spec: &PortfolioSpec,
) -> Option<(String, &'static str)> {
    let line = header.get(0).filter(|_| header.len() == 1).unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    for (sign, name) in [(';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")] {
        if names_fields(line.split(sign), spec) > 0 && line.contains(sign) {
            let message = format!(
                "the header `{}` has its names between {name}, and a tape has commas between its cells",
                shown(&line)
            );
            let hint = "save the tape with commas; numbers then have a decimal point, not a comma";
            return Some((message, hint));
        }
    }
    let above = String::from_utf8_lossy(above);
    if names_fields(above.split([',', ';', '\t']), spec) >= 2 {
        let message = format!(
            "the line `#{}` looks like the header, but lines that start with `#` are comments, so that \
             the next line is taken for it",
            shown(&above)
        );
        return Some((message, "write the header without `#`"));
    }
    None
}

/// How many of these cells are headers that the run looks for.
fn names_fields<'c>(cells: impl Iterator<Item = &'c str>, spec: &PortfolioSpec) -> usize {
    let is_field = |cell: &&str| {
        let cell = cell.trim().trim_matches('"');
        Field::ALL.iter().any(|field| field.key() == cell)
            || spec.columns.iter().any(|own| own.header.trim() == cell)
    };
    cells.filter(is_field).count()
}

/// The beginning of a line.
fn shown(line: &str) -> String {
    let short: String = line.chars().take(SHOWN).collect();
    if short.len() < line.len() { format!("{short}...") } else { short }
}
