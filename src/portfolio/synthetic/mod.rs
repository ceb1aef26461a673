//! Borrowers drawn from laws: a book without a tape.
//!
//! Each row of a segment takes a point u of the unit cube, one coordinate per attribute (see
//! [`placing`]), and has the values x = F^-1(u) of the attributes' laws (see [`quantiles`]). The PD of
//! a logistic law is, with the first line's limit L (at least one smallest unit) and e = G(u),
//!
//! 1. log-odds(PD) = log-odds(pd) + slope ln(L / at) + sigma e.
//!
//! Amounts are rounded to the smallest unit, the balance being utilisation x limit. The people of a
//! pool are split exactly into those with and without the second line.

mod observed;
mod placing;
mod quantiles;

use placing::Placing;
use quantiles::Quantiles;

use super::cell::Read;
use super::draft::Draft;
use super::gather_rows::Gathering;
use super::row::Row;
use crate::error::{Fault, FaultKind, MAX_FAULTS, Place};
use crate::scenario::Defaults;
use crate::scenario::synthetic::{
    Attribute, Grain, Logistic, PdLaw, SyntheticBook, SyntheticLine, SyntheticSegment,
};
use crate::special::normal;
use crate::units::{Currency, Fraction, Probability};

/// Draws the borrowers of all segments; up to [`MAX_FAULTS`] faults.
pub(super) fn draw(
    book: &SyntheticBook,
    defaults: &Defaults,
    currency: &Currency,
) -> Result<Draft, Vec<Fault>> {
    let mut gathering = Gathering::new(currency);
    let mut faults = Vec::new();
    // Where some have two accounts, everybody's accounts are held together by an id.
    let named = book.segments.iter().any(|segment| segment.second.is_some());
    for (number, segment) in book.segments.iter().enumerate() {
        let prepared = Quantiles::new(segment).and_then(|quantiles| {
            let placing = Placing::new(segment, number as u32, book.seed)?;
            Ok((quantiles, placing))
        });
        match prepared {
            Ok((quantiles, placing)) => {
                let drawing = Drawing { segment, quantiles, placing, defaults, currency, named };
                faults.extend(drawing.push(&mut gathering).err());
            }
            Err(found) => faults.extend(found),
        }
    }
    faults.truncate(MAX_FAULTS);
    if faults.is_empty() { Ok(gathering.finish()) } else { Err(faults) }
}

/// One segment in the making.
struct Drawing<'a> {
    segment: &'a SyntheticSegment,
    quantiles: Quantiles,
    placing: Placing,
    defaults: &'a Defaults,
    currency: &'a Currency,
    named: bool,
}

/// An account in smallest units.
struct Account {
    limit: i64,
    balance: i64,
    /// Before rounding, units of currency.
    limit_drawn: f64,
    balance_drawn: f64,
    lgd: f64,
}

impl Drawing<'_> {
    fn push(&self, gathering: &mut Gathering) -> Result<(), Fault> {
        let rows = self.placing.rows();
        let mut people_before = 0;
        for row in 0..rows {
            let u = self.placing.at(row);
            let (count, stands_for) = match self.segment.grain {
                Grain::Each => (1, 1),
                Grain::StandsFor(people) => (1, people),
                Grain::Pools(pools) => (share_of(row, self.segment.borrowers, pools), 1),
            };
            let holders = self.holders(&u, people_before, count);
            people_before += count;
            let first = self.account(&self.segment.line, &u, false, None)?;
            let pd = self.pd(&u, first.limit);
            for (count, both) in [(count - holders, false), (holders, true)] {
                if count == 0 {
                    continue;
                }
                let id = self.named.then(|| {
                    let with = if both { "+" } else { "" };
                    format!("{}-{}{with}", self.segment.id, row + 1)
                });
                let owner =
                    Owner { id: id.as_deref(), count, stands_for, pd, u: &u, drawing: self };
                owner.push(&self.segment.line, &first, gathering);
                if let (true, Some(second)) = (both, &self.segment.second) {
                    let account = self.account(&second.line, &u, true, Some(&first))?;
                    owner.push(&second.line, &account, gathering);
                }
            }
        }
        Ok(())
    }

    /// How many of the `count` people of a row have the second line.
    fn holders(&self, u: &Point, before: u64, count: u64) -> u64 {
        let Some(second) = &self.segment.second else { return 0 };
        let share = second.share.get();
        if matches!(self.segment.grain, Grain::Pools(_)) {
            // Rounded sums, not sums of rounded numbers: the whole segment has its share.
            let up_to = |people: u64| (people as f64 * share).round() as u64;
            return (up_to(before + count) - up_to(before)).min(count);
        }
        if u[Attribute::Second as usize] > 1.0 - share { count } else { 0 }
    }

    fn account(
        &self,
        line: &SyntheticLine,
        u: &Point,
        is_second: bool,
        first: Option<&Account>,
    ) -> Result<Account, Fault> {
        let [limit, utilisation, lgd] = if is_second {
            [Attribute::SecondLimit, Attribute::SecondUtilisation, Attribute::SecondLgd]
        } else {
            [Attribute::Limit, Attribute::Utilisation, Attribute::Lgd]
        };
        let value = |attribute: Attribute| self.quantiles.value(attribute, u);
        let known = |attribute| value(attribute).expect("a line has a limit and a utilisation");
        let limit_units = known(limit);
        let amount = |units: f64, path: &str| {
            self.currency.amount(units).map(|amount| amount.0).ok_or_else(|| {
                let kind = FaultKind::Conflict {
                    message: format!(
                        "the law gives an amount of {units:e}, must be at most {:e}",
                        self.currency.largest()
                    ),
                };
                Fault::new(Place::Value(path.to_owned()), kind).with_hint("clip the law with `max`")
            })
        };
        let limit = amount(limit_units, &line.limit.path)?;
        let balance_units = known(utilisation) * self.units(limit);
        let balance = amount(balance_units, &line.utilisation.path)?;
        let lgd = value(lgd)
            .or(first.map(|first| first.lgd))
            .or(self.defaults.lgd.map(Fraction::get))
            .expect("checked: a line has an LGD or the portfolio has a default");
        Ok(Account { limit, balance, limit_drawn: limit_units, balance_drawn: balance_units, lgd })
    }

    /// An amount that stands for itself, to the smallest unit.
    fn rounded(&self, units: f64) -> f64 {
        let per_unit = self.currency.per_unit();
        (units * per_unit).round() / per_unit
    }

    fn units(&self, minor: i64) -> f64 {
        minor as f64 / self.currency.per_unit()
    }

    fn pd(&self, u: &Point, limit: i64) -> f64 {
        match &self.segment.pd {
            PdLaw::Free(_) => self.quantiles.value(Attribute::Pd, u).expect("it has a law"),
            PdLaw::Logistic(logistic) => self.logistic(logistic, limit, u[Attribute::Pd as usize]),
            PdLaw::Default => {
                let default = self.defaults.pd.map(Probability::get);
                default.expect("checked: the portfolio has a default PD")
            }
        }
    }

    /// Equation 1.
    fn logistic(&self, logistic: &Logistic, limit: i64, u: f64) -> f64 {
        let Logistic { pd, at, slope, sigma, .. } = logistic;
        let level = libm::log(pd.get()) - libm::log1p(-pd.get());
        let distance = libm::log(self.units(limit.max(1)) / at);
        let own = if *sigma > 0.0 { sigma * normal::quantile(u) } else { 0.0 };
        1.0 / (1.0 + libm::exp(-(level + slope * distance + own)))
    }
}

/// A point of the unit cube, by [`Attribute`].
type Point = [f64; Attribute::ALL.len()];

/// The people of pool `row` when `people` are shared among `pools` as evenly as possible.
fn share_of(row: u64, people: u64, pools: u64) -> u64 {
    people / pools + u64::from(row < people % pools)
}

/// People who are alike, with what a row says of them.
struct Owner<'a> {
    id: Option<&'a str>,
    count: u64,
    stands_for: u64,
    pd: f64,
    u: &'a Point,
    drawing: &'a Drawing<'a>,
}

impl Owner<'_> {
    fn push(&self, line: &SyntheticLine, account: &Account, gathering: &mut Gathering) {
        let Drawing { segment, quantiles, defaults, .. } = self.drawing;
        let value = |attribute| quantiles.value(attribute, self.u).unwrap_or(f64::NAN);
        let product = line.product.as_deref().or(defaults.product.as_deref());
        let row = Row {
            parts: Vec::new(),
            borrower: self.id,
            count: self.count,
            stands_for: self.stands_for,
            segment: &segment.id,
            product: product.unwrap_or_default(),
            lender: line.lender.as_deref().unwrap_or(&defaults.lender),
            limit: Read::whole(account.limit),
            balance: Read::whole(account.balance),
            pd: self.pd,
            lgd: account.lgd,
            ccf: line.ccf.or(defaults.ccf).unwrap_or(Fraction::ZERO).get(),
            score: value(Attribute::Score),
            income: self.drawing.rounded(value(Attribute::Income)),
            age: value(Attribute::Age),
            interest_rate: line.interest_rate.or(defaults.interest_rate).unwrap_or(f64::NAN),
            defaulted: 0.0,
        };
        let people = self.count as f64 * self.stands_for as f64;
        gathering.note_drawn(account.limit_drawn, account.balance_drawn, people);
        let pushed = gathering.push(&row, || 0);
        assert!(pushed.is_ok(), "both rows of a borrower say the same");
    }
}
