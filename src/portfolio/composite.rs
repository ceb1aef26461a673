//! Segments named by several columns: `students/north/card` by segment, region and product.
//!
//! The segment itself is placed as ever, by rules, tape or default; the other columns add their values.
//! Everything downstream (limits by segment, dependence, reports) then sees one name per combination
//! that the book has.

use super::Labels;
use super::draft::Draft;
use super::gather::GatherNames;
use crate::error::{Fault, FaultKind, Place};
use crate::scenario::PART_SEPARATOR;

/// Most combinations: each is a segment with reports of its own.
const MOST_COMBINATIONS: usize = 1000;

/// Names the segments of a placed book by the values of `columns`; nothing to do for none.
///
/// Faults: borrowers with accounts of several products or lenders where these name segments, values that
/// hold the separator, too many combinations.
pub(super) fn name_by_parts(draft: &mut Draft, columns: &[String]) -> Result<(), Vec<Fault>> {
    if columns.is_empty() {
        return Ok(());
    }
    let refused = |at: usize, message: String, hint: &str| {
        let place = Place::Value(format!("portfolio.segment_by[{at}]"));
        vec![Fault::new(place, FaultKind::Conflict { message }).with_hint(hint)]
    };
    let of_accounts = |column: &Option<Labels>| -> Option<Result<Labels, u64>> {
        column.as_ref().map(|labels| one_per_borrower(draft, labels))
    };
    let mut further = draft.parts.iter();
    let mut parts: Vec<Labels> = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let found = match column.as_str() {
            "segment" => Some(Ok(draft.borrowers.segment.clone())),
            "product" => of_accounts(&draft.accounts.product),
            "lender" => of_accounts(&Some(draft.accounts.lender.clone())),
            _ => further.next().cloned().map(Ok),
        };
        let Some(found) = found else {
            let message =
                format!("the book has no {column}, so that segments cannot be named by it");
            return Err(refused(
                at,
                message,
                "give one under [portfolio.defaults], or leave it out",
            ));
        };
        let labels = found.map_err(|borrowers| {
            let message = format!(
                "{borrowers} borrowers have accounts of several {column}s, so that the {column} names no \
                 segment of theirs"
            );
            refused(at, message, "a borrower has one latent asset: name segments by what all its accounts share")
        })?;
        if let Some(name) = labels.names.iter().find(|name| name.contains(PART_SEPARATOR)) {
            let message =
                format!("the {column} `{name}` holds `{PART_SEPARATOR}`, which parts names");
            return Err(refused(at, message, "write such values with another sign in the tape"));
        }
        if labels.names.iter().any(String::is_empty) {
            let message =
                format!("some borrowers have no {column}, so that it names no segment of theirs");
            return Err(refused(at, message, "give one under [portfolio.defaults]"));
        }
        parts.push(labels);
    }
    let mut names = GatherNames::default();
    let mut name = String::new();
    for b in 0..draft.entries() {
        name.clear();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                name.push(PART_SEPARATOR);
            }
            name.push_str(&part.names[part.codes.get(b)]);
        }
        names.push(&name);
    }
    let labels = names.finish();
    if labels.names.len() > MOST_COMBINATIONS {
        let message = format!(
            "the columns name {} segments, more than {MOST_COMBINATIONS}",
            labels.names.len()
        );
        let place = Place::Value("portfolio.segment_by".into());
        return Err(vec![
            Fault::new(place, FaultKind::Conflict { message })
                .with_hint("leave out the column with the most values, or gather them in the tape"),
        ]);
    }
    draft.borrowers.segment = labels;
    Ok(())
}

/// A column of the accounts as one of the borrowers; else how many borrowers have several values.
fn one_per_borrower(draft: &Draft, labels: &Labels) -> Result<Labels, u64> {
    let mut names = GatherNames::default();
    let mut several = 0;
    for b in 0..draft.entries() {
        let accounts = draft.accounts_of(b);
        let first = labels.codes.get(accounts.start);
        several += u64::from(accounts.into_iter().any(|a| labels.codes.get(a) != first));
        names.push(&labels.names[first]);
    }
    if several > 0 { Err(several) } else { Ok(names.finish()) }
}
