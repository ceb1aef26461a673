//! Writes a book as a canonical CSV tape that reads back as the same book.

use std::io::{self, Write};

use super::{Numbers, Portfolio};
use crate::media;
use crate::scenario::Field;
use crate::units::Currency;

/// Longer plain decimals are written with an exponent.
const LONGEST_PLAIN: usize = 20;

/// Writes `book` under the fields' own names, which need no mapping on reading.
///
/// Only columns that the book has are written; borrowers are numbered from 1 if any has several
/// accounts. `notes` (source, licence) stand above the header as lines that start with `#`.
/// Numbers have the fewest digits that read back as the same number.
pub fn write(
    book: &Portfolio,
    currency: &Currency,
    notes: &[&str],
    mut out: impl Write,
) -> io::Result<()> {
    for line in notes.iter().flat_map(|note| note.lines()) {
        writeln!(out, "# {}", media::terminal(line))?;
    }
    let columns = columns(book);
    // A name that begins with `#` is quoted, else its row would be read as a comment.
    let mut csv = csv::WriterBuilder::new().comment(Some(b'#')).from_writer(out);
    csv.write_record(columns.iter().map(|field| field.key()))?;
    for b in 0..book.entries() {
        for a in book.accounts_of(b) {
            for &field in &columns {
                csv.write_field(cell(book, currency, field, b, a))?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
    }
    csv.flush()
}

fn columns(book: &Portfolio) -> Vec<Field> {
    let (borrowers, accounts) = (&book.borrowers, &book.accounts);
    let has = |field: &Field| match field {
        Field::Borrower => borrowers.first_account.is_some(),
        Field::Count => borrowers.count.is_some(),
        Field::StandsFor => borrowers.stands_for.is_some(),
        Field::Product => accounts.product.is_some(),
        Field::Score => borrowers.score.is_some(),
        Field::Income => borrowers.income.is_some(),
        Field::Age => borrowers.age.is_some(),
        Field::InterestRate => accounts.interest_rate.is_some(),
        Field::Default => false,
        Field::Segment
        | Field::Lender
        | Field::Limit
        | Field::Balance
        | Field::Pd
        | Field::Lgd
        | Field::Ccf => true,
    };
    Field::ALL.into_iter().filter(has).collect()
}

/// The cell of `field` for account `a` of entry `b`; empty where the book has no value.
fn cell(book: &Portfolio, currency: &Currency, field: Field, b: usize, a: usize) -> String {
    let (borrowers, accounts) = (&book.borrowers, &book.accounts);
    let name = |labels: &super::Labels, i: usize| labels.names[labels.codes.get(i)].clone();
    let known = |column: &Option<Numbers>, i: usize| {
        column.as_ref().and_then(|numbers| numbers.known(i)).map(shortest).unwrap_or_default()
    };
    match field {
        Field::Borrower => (b + 1).to_string(),
        Field::Count => borrowers.draws(b).to_string(),
        Field::StandsFor => borrowers.stands_for(b).to_string(),
        Field::Segment => name(&borrowers.segment, b),
        Field::Product => accounts.product.as_ref().map(|p| name(p, a)).unwrap_or_default(),
        Field::Lender => name(&accounts.lender, a),
        Field::Limit => amount(accounts.limit.get(a), currency),
        Field::Balance => amount(accounts.balance.get(a), currency),
        Field::Pd => shortest(borrowers.pd.get(b)),
        Field::Lgd => shortest(accounts.lgd.get(a)),
        Field::Ccf => shortest(accounts.ccf.get(a)),
        Field::Score => known(&borrowers.score, b),
        Field::Income => known(&borrowers.income, b),
        Field::Age => known(&borrowers.age, b),
        Field::InterestRate => known(&accounts.interest_rate, a),
        Field::Default => String::new(),
    }
}

fn amount(minor: i64, currency: &Currency) -> String {
    let per_unit = currency.minor_per_unit as i64;
    if minor % per_unit == 0 {
        return (minor / per_unit).to_string();
    }
    shortest(minor as f64 / per_unit as f64)
}

fn shortest(x: f64) -> String {
    let plain = x.to_string();
    if plain.len() > LONGEST_PLAIN { format!("{x:e}") } else { plain }
}
