//! Whether a filter lets a borrower or an account pass, told apart from "cannot be known".

use crate::scenario::{Field, Filter, Range};

/// What a filter can look at. `None` where the book does not have it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Attributes<'a> {
    /// Segment of the borrower.
    pub segment: Option<&'a str>,
    /// Lender of the account.
    pub lender: Option<&'a str>,
    /// Product of the account.
    pub product: Option<&'a str>,
    /// Score of the borrower.
    pub score: Option<f64>,
    /// Income of the borrower per year, units of currency.
    pub income: Option<f64>,
    /// Age of the borrower, years.
    pub age: Option<f64>,
    /// Limit, units of currency.
    pub limit: Option<f64>,
    /// Balance, units of currency.
    pub balance: Option<f64>,
}

/// The outcome of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Every condition holds.
    Matches,
    /// Some condition does not hold, whatever the missing attributes are.
    Fails,
    /// No known condition fails, but this attribute is needed and missing (the first one in the
    /// order of [`Filter`]'s fields).
    Missing(Field),
}

/// Judges every condition of `filter`; pure.
pub fn matches(filter: &Filter, of: &Attributes<'_>) -> Matching {
    let conditions = [
        (Field::Segment, named(filter.segments.as_deref(), of.segment)),
        (Field::Lender, named(filter.lenders.as_deref(), of.lender)),
        (Field::Product, named(filter.products.as_deref(), of.product)),
        (Field::Score, ranged(filter.score, of.score)),
        (Field::Income, ranged(filter.income, of.income)),
        (Field::Age, ranged(filter.age, of.age)),
        (Field::Limit, ranged(filter.limit, of.limit)),
        (Field::Balance, ranged(filter.balance, of.balance)),
    ];
    let mut missing = None;
    for (field, condition) in conditions {
        match condition {
            Condition::Holds => {}
            Condition::Fails => return Matching::Fails,
            Condition::Unknown => missing = missing.or(Some(field)),
        }
    }
    missing.map_or(Matching::Matches, Matching::Missing)
}

enum Condition {
    Holds,
    Fails,
    Unknown,
}

impl From<bool> for Condition {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

fn named(wanted: Option<&[String]>, name: Option<&str>) -> Condition {
    match (wanted, name) {
        (None, _) => Condition::Holds,
        (Some(_), None) => Condition::Unknown,
        (Some(wanted), Some(name)) => wanted.iter().any(|w| w == name).into(),
    }
}

fn ranged(wanted: Option<Range>, x: Option<f64>) -> Condition {
    match (wanted, x) {
        (None, _) => Condition::Holds,
        (Some(_), None) => Condition::Unknown,
        (Some(range), Some(x)) => range.contains(x).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Bound;

    fn young() -> Filter {
        let range = Range { lower: None, upper: Some(Bound::Exclusive(25.0)) };
        Filter { age: Some(range), segments: Some(vec!["students".into()]), ..Filter::default() }
    }

    #[test]
    fn all_conditions_have_to_hold() {
        let student =
            Attributes { segment: Some("students"), age: Some(24.0), ..Default::default() };
        assert_eq!(matches(&young(), &student), Matching::Matches);
        let older = Attributes { age: Some(25.0), ..student };
        assert_eq!(matches(&young(), &older), Matching::Fails);
        let other = Attributes { segment: Some("rest"), ..student };
        assert_eq!(matches(&young(), &other), Matching::Fails);
        assert_eq!(matches(&Filter::default(), &Attributes::default()), Matching::Matches);
    }

    #[test]
    fn a_missing_attribute_matters_only_if_nothing_else_fails() {
        let ageless = Attributes { segment: Some("students"), ..Default::default() };
        assert_eq!(matches(&young(), &ageless), Matching::Missing(Field::Age));
        let other = Attributes { segment: Some("rest"), ..Default::default() };
        assert_eq!(matches(&young(), &other), Matching::Fails);
    }
}
