//! One record of a tape becomes one checked row, or says everything that is wrong with it.

use std::cell::Cell;

use csv::ByteRecord;

use super::cell::{self, LARGEST_COUNT, Read};
use super::header::Layout;
use crate::error::FaultKind;
use crate::scenario::{Field, NegativeBalance, PortfolioSpec};
use crate::units::{Currency, Fraction, Probability};

/// Interest rates above this are taken for percent.
const LARGEST_RATE: f64 = 10.0;

/// An account and what its row says of its borrower; amounts in smallest units, NaN: missing.
#[derive(Debug)]
pub(super) struct Row<'r> {
    pub borrower: Option<&'r str>,
    pub count: u64,
    pub stands_for: u64,
    /// Empty: the tape does not say.
    pub segment: &'r str,
    /// Headers and values of further columns that name the segment.
    pub parts: Vec<(&'r str, &'r str)>,
    /// Empty: the book has no products.
    pub product: &'r str,
    pub lender: &'r str,
    pub limit: Read,
    /// As it stands in the tape; may be negative.
    pub balance: Read,
    pub pd: f64,
    pub lgd: f64,
    pub ccf: f64,
    pub score: f64,
    pub income: f64,
    pub age: f64,
    pub interest_rate: f64,
    /// Observed default, 0 or 1.
    pub defaulted: f64,
}

/// One thing wrong with a cell.
#[derive(Debug)]
pub(super) struct CellFault {
    pub field: Field,
    /// Header of a column that is no field; `field` then says nothing.
    pub column: Option<String>,
    pub kind: FaultKind,
    pub hint: Option<String>,
}

/// Reads rows of one layout.
pub(super) struct RowReader<'s> {
    pub layout: &'s Layout,
    pub spec: &'s PortfolioSpec,
    pub currency: &'s Currency,
    /// Fields for which a default has stood in, as bits.
    pub defaulted: Cell<u32>,
}

impl RowReader<'_> {
    fn note_default(&self, field: Field) {
        self.defaulted.set(self.defaulted.get() | 1 << field as u32);
    }

    /// Defaults of the scenario that no row has needed: the tape has values of its own everywhere.
    pub(super) fn unused_defaults(&self) -> Vec<Field> {
        let defaults = &self.spec.defaults;
        let given = [
            (Field::Pd, defaults.pd.is_some()),
            (Field::Lgd, defaults.lgd.is_some()),
            (Field::Ccf, defaults.ccf.is_some()),
            (Field::InterestRate, defaults.interest_rate.is_some()),
            (Field::Product, defaults.product.is_some()),
        ];
        let unused = |&(field, given): &(Field, bool)| {
            given && self.defaulted.get() >> field as u32 & 1 == 0
        };
        given.into_iter().filter(unused).map(|(field, _)| field).collect()
    }
}

/// Cells of one record together with the faults found in them so far.
struct Cells<'r, 'f> {
    reader: &'r RowReader<'r>,
    record: &'r ByteRecord,
    faults: &'f mut Vec<CellFault>,
}

impl RowReader<'_> {
    /// The row in `record`, which has as many cells as the header; `None` if faults were added.
    pub(super) fn read<'r>(
        &'r self,
        record: &'r ByteRecord,
        faults: &mut Vec<CellFault>,
    ) -> Option<Row<'r>> {
        let before = faults.len();
        let defaults = &self.spec.defaults;
        let observed = self.spec.observed_pd.is_some();
        let mut cells = Cells { reader: self, record, faults };
        let balance = cells.balance();
        let limit = cells.limit();
        let pd = if observed {
            0.0
        } else {
            let default = defaults.pd.map(Probability::get);
            cells.share(Field::Pd, "PD", "a fraction per horizon, in 0..=1", default)
        };
        let share = "a fraction in 0..=1";
        // An account need not have a product, even if others have.
        let product = defaults.product.as_deref().unwrap_or_default();
        let row = Row {
            borrower: cells.name(Field::Borrower, None),
            count: cells.count(Field::Count),
            stands_for: cells.count(Field::StandsFor),
            segment: cells.name(Field::Segment, Some("")).unwrap_or_default(),
            parts: cells.parts(),
            product: cells.name(Field::Product, Some(product)).unwrap_or_default(),
            lender: cells.name(Field::Lender, Some(&defaults.lender)).unwrap_or(&defaults.lender),
            limit,
            balance,
            pd,
            lgd: cells.share(Field::Lgd, "LGD", share, defaults.lgd.map(Fraction::get)),
            ccf: cells.share(
                Field::Ccf,
                "CCF",
                share,
                Some(defaults.ccf.map_or(0.0, Fraction::get)),
            ),
            score: cells.optional(Field::Score, "score", "a number", f64::NAN, |_| true),
            income: cells
                .optional(Field::Income, "income", "a number >= 0", f64::NAN, |x| x >= 0.0),
            age: cells.optional(Field::Age, "age", "a number >= 0", f64::NAN, |x| x >= 0.0),
            interest_rate: cells.optional(
                Field::InterestRate,
                "interest rate",
                "a fraction per year in 0..=10",
                defaults.interest_rate.unwrap_or(f64::NAN),
                |x| (0.0..=LARGEST_RATE).contains(&x),
            ),
            defaulted: if observed { cells.defaulted() } else { 0.0 },
        };
        (faults.len() == before).then_some(row)
    }
}

impl<'r> Cells<'r, '_> {
    /// The trimmed cell of a field that the tape has.
    #[inline]
    fn get(&self, field: Field) -> Option<&'r [u8]> {
        let cell = self.reader.layout.cell(field)?;
        Some(self.record.get(cell).unwrap_or_default().trim_ascii())
    }

    fn refuse(&mut self, field: Field, what: &str, found: &[u8], required: &str) {
        let kind = FaultKind::Value {
            what: what.into(),
            found: String::from_utf8_lossy(found).into_owned(),
            required: required.into(),
        };
        let hint = cell::hint(found);
        self.faults.push(CellFault { field, column: None, kind, hint });
    }

    fn hint_last(&mut self, hint: String) {
        if let Some(fault) = self.faults.last_mut() {
            fault.hint.get_or_insert(hint);
        }
    }

    fn refuse_empty(&mut self, field: Field, why: &str) {
        let kind = FaultKind::Missing { what: format!("`{}`", field.key()), why: why.into() };
        let hint = match field {
            Field::Pd | Field::Lgd => {
                Some(format!("give `{}` under [portfolio.defaults] for empty cells", field.key()))
            }
            _ => None,
        };
        self.faults.push(CellFault { field, column: None, kind, hint });
    }

    fn amount(&mut self, field: Field, required: &str) -> Option<Read> {
        let found = self.get(field)?;
        if found.is_empty() {
            self.refuse_empty(field, "the cell is empty, every row needs an amount");
            return None;
        }
        match cell::amount(found, self.reader.currency) {
            Ok(read) => return Some(read),
            Err(false) => self.refuse(field, field.key(), found, required),
            Err(true) => {
                let largest = self.reader.currency.largest();
                let required = format!("{required} of at most {largest:.0}");
                self.refuse(field, field.key(), found, &required);
            }
        }
        None
    }

    fn balance(&mut self) -> Read {
        let balance = self.amount(Field::Balance, "an amount").unwrap_or_default();
        if balance.is_negative() && self.reader.spec.negative_balance == NegativeBalance::Refuse {
            let found = self.get(Field::Balance).unwrap_or_default();
            self.refuse(Field::Balance, "balance", found, "an amount >= 0");
            self.hint_last("`negative_balance = \"zero\"` under [portfolio] takes it as 0".into());
        }
        balance
    }

    fn limit(&mut self) -> Read {
        let limit = self.amount(Field::Limit, "an amount >= 0").unwrap_or_default();
        if !limit.is_negative() {
            return limit;
        }
        // A loan without a line maps its balance here; negative balances have had their say.
        if self.reader.layout.cell(Field::Limit) != self.reader.layout.cell(Field::Balance) {
            let found = self.get(Field::Limit).unwrap_or_default();
            self.refuse(Field::Limit, "limit", found, "an amount >= 0");
        }
        Read::default()
    }

    fn count(&mut self, field: Field) -> u64 {
        let Some(found) = self.get(field) else { return 1 };
        if found.is_empty() {
            self.refuse_empty(field, "the cell is empty, every row needs a count");
            return 1;
        }
        cell::count(found).unwrap_or_else(|| {
            let required = format!("a whole number from 1 to {LARGEST_COUNT}");
            self.refuse(field, field.key(), found, &required);
            let whole = cell::number(found)
                .filter(|x| x.fract() == 0.0 && (1.0..=LARGEST_COUNT as f64).contains(x));
            if let Some(x) = whole {
                self.hint_last(format!("without a decimal point or an exponent: write {x:.0}"));
            }
            1
        })
    }

    /// A share, from the cell or (column or cell empty) from the scenario.
    fn share(&mut self, field: Field, what: &str, required: &str, default: Option<f64>) -> f64 {
        let found = self.get(field).unwrap_or_default();
        if found.is_empty() {
            self.reader.note_default(field);
            return default.unwrap_or_else(|| {
                self.refuse_empty(field, "the cell is empty and the scenario has no default");
                0.0
            });
        }
        let x = cell::number(found).unwrap_or(f64::NAN);
        if !(0.0..=1.0).contains(&x) {
            self.refuse(field, what, found, required);
            // 1.5 may be a PD in percent; an LGD of 1.1 % is hardly meant.
            let least = if field == Field::Pd { 1.0 } else { 2.0 };
            if x > 1.0 && x >= least && x <= 100.0 {
                self.hint_last(format!("if {x} % is meant, write {}", cell::hundredth(x)));
            }
        }
        x
    }

    /// A number that may be missing.
    fn optional(
        &mut self,
        field: Field,
        what: &str,
        required: &str,
        default: f64,
        holds: impl Fn(f64) -> bool,
    ) -> f64 {
        let found = self.get(field).unwrap_or_default();
        if found.is_empty() {
            self.reader.note_default(field);
            return default;
        }
        match cell::number(found).filter(|&x| holds(x)) {
            Some(x) => x,
            None => {
                self.refuse(field, what, found, required);
                default
            }
        }
    }

    /// The further columns that name the segment; an empty cell is a fault.
    fn parts(&mut self) -> Vec<(&'r str, &'r str)> {
        let (reader, record) = (self.reader, self.record);
        let one = |(header, cell): (&'r str, usize)| {
            let found = record.get(cell).unwrap_or_default().trim_ascii();
            let value = std::str::from_utf8(found).ok().map(str::trim).unwrap_or_default();
            let kind = match (found.is_empty(), value.is_empty()) {
                (false, false) => return (header, value),
                (true, _) => FaultKind::Missing {
                    what: format!("`{header}`"),
                    why: "the cell is empty, and portfolio.segment_by names segments by it".into(),
                },
                (false, true) => FaultKind::Value {
                    what: header.to_owned(),
                    found: String::from_utf8_lossy(found).into_owned(),
                    required: "UTF-8 text".into(),
                },
            };
            let column = Some(header.to_owned());
            self.faults.push(CellFault { field: Field::Segment, column, kind, hint: None });
            (header, "")
        };
        reader.layout.parts().map(one).collect()
    }

    fn defaulted(&mut self) -> f64 {
        let found = self.get(Field::Default).unwrap_or_default();
        match cell::number(found) {
            Some(x) if x == 0.0 || x == 1.0 => x,
            _ => {
                self.refuse(Field::Default, "default", found, "0 or 1");
                0.0
            }
        }
    }

    /// A name; `default` stands in for a column or cell that is empty. `None` without a column
    /// and default.
    fn name(&mut self, field: Field, default: Option<&'r str>) -> Option<&'r str> {
        let Some(found) = self.get(field) else {
            self.reader.note_default(field);
            return default;
        };
        let Ok(text) = std::str::from_utf8(found) else {
            self.refuse(field, field.key(), found, "UTF-8 text");
            self.hint_last("save the tape as UTF-8".into());
            return default;
        };
        let text = text.trim();
        if !text.is_empty() {
            return Some(text);
        }
        if default.is_none() {
            self.refuse_empty(field, "the cell is empty, every row needs a name");
        }
        self.reader.note_default(field);
        default
    }
}
