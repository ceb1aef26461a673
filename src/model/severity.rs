//! What a default costs: laws of LGDs and CCFs given the state of a trial.
//!
//! With m the LGD of an account, c its CCF, U a uniform of the account's own and Y the systematic part of its
//! borrower ([`super`], equation 2), low in bad years:
//!
//! 1. fixed: LGD = m;
//! 2. beta: I_LGD(a, b) = U,   a = m n, b = (1 - m) n, n = m (1 - m) / sd^2 - 1;
//! 3. discrete: the least value whose cumulative probability reaches U; as nothing in 0..=1 with a mean of 0 or
//!    1 spreads, accounts with such an m have LGD = m under 2 and 3;
//! 4. tied to the factor (Frye and Jacobs 2012): LGD(Y) = Phi(G(p(Y)) - k) / p(Y),
//!    k = (G(p) - G(p m)) / sqrt(1 - l^2),
//!    p(Y) the conditional PD of today, stressed, and p the PD before stress. As G(p(Y)) is linear in Y,
//!    E[p(Y) LGD(Y)] = p m without stress: the expected loss stays, bad years take more of it;
//! 5. CCF(Y) = Phi((G(c) - b Y) / sqrt(1 - b^2)), b the loading: E CCF(Y) = c, and lines are drawn in bad
//!    years (in the spirit of Kupiec 2007);
//! 6. E[p(Y) CCF(Y)] = Phi2(G(p), G(c); l b), and the same with G(p) moved by G(p m) - G(p) where LGDs are tied
//!    to the factor ([`crate::special::bivariate`]).
//!
//! LGDs of equation 4 follow from a Gaussian copula. One U serves all policies, and the debts of an account that
//! moved to another lender.

use super::{Model, conditional_pd};
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::Portfolio;
use crate::scenario::{LgdLaw, SeverityLaw, SeveritySpec};
use crate::special::beta_table::BetaTable;
use crate::special::{beta, bivariate, normal};

/// How far LGDs may miss the mean of a discrete law.
const SAME_MEAN: f64 = 1e-9;
/// Beta laws that get a table; where there are more they are inverted one by one.
const TABLES: usize = 64;

/// The laws of a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Severity {
    /// By segment.
    laws: Vec<SeverityLaw>,
    /// LGD at each lender new to people; `None`: that of the account the debt comes from.
    elsewhere: Vec<Option<f64>>,
}

/// Tables of the beta laws of a book, ascending by sd and mean.
#[derive(Debug, Default)]
pub struct Tables(Vec<((f64, f64), BetaTable)>);

/// A borrower in a trial.
#[derive(Debug, Clone, Copy)]
pub struct Case<'s> {
    law: &'s SeverityLaw,
    systematic: Systematic,
    tables: &'s Tables,
}

/// A borrower and the systematic part of its law; the only things asked of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Systematic {
    /// Y.
    pub y: f64,
    /// l.
    pub loading: f64,
    /// p before stress.
    pub pd: f64,
    /// The threshold G(p) after stress.
    pub threshold: f64,
}

impl Systematic {
    /// Of entry `b` at a value of its segment's direction.
    pub fn of(model: &Model, book: &Portfolio, b: usize, y: f64) -> Self {
        let pd = book.borrowers.pd.get(b);
        let segment = &model.segments[book.borrowers.segment.codes.get(b)];
        let threshold = normal::quantile(model.stressed(pd).pd);
        Self { y, loading: segment.loading.at(pd), pd, threshold }
    }

    /// Threshold of p(Y) LGD(Y), whose law is that of another PD.
    fn tied_threshold(&self, mean: f64) -> f64 {
        let (today, costly) = (normal::quantile(self.pd), normal::quantile(self.pd * mean));
        // What costs nothing before stress costs nothing under any.
        if costly == f64::NEG_INFINITY {
            return costly;
        }
        // At a PD of 1 without stress both thresholds are infinite.
        let stress = if self.threshold == today { 0.0 } else { self.threshold - today };
        costly + stress
    }
}

impl Severity {
    /// Binds the laws to a book; `elsewhere` has the LGD of each lender new to people, where it has its own.
    /// `None` where every default costs the account's own LGD times EAD.
    ///
    /// Faults: a segment that the book does not have; LGDs that a law cannot have.
    pub fn new(
        spec: &SeveritySpec,
        book: &Portfolio,
        elsewhere: Vec<Option<f64>>,
    ) -> Result<Option<Self>, Vec<Fault>> {
        let names = &book.borrowers.segment.names;
        let unknown = spec.segments.iter().filter(|own| !names.contains(&own.segment));
        let mut faults: Vec<Fault> = unknown
            .map(|own| {
                let kind = FaultKind::UnknownName {
                    what: "segment".into(),
                    found: own.segment.clone(),
                    known: names.clone(),
                };
                Fault::new(Place::Key(own.path.clone()), kind)
            })
            .collect();
        let laws: Vec<SeverityLaw> = names.iter().map(|name| spec.of(name).clone()).collect();
        let severity = Self { laws, elsewhere };
        faults.extend(severity.impossible(book));
        if !faults.is_empty() {
            return Err(faults);
        }
        let is_fixed = severity.laws.iter().all(SeverityLaw::is_fixed);
        Ok((!is_fixed).then_some(severity))
    }

    /// Laws that segments with such LGDs cannot have: one fault for each law, which names the first segment.
    fn impossible(&self, book: &Portfolio) -> Vec<Fault> {
        let mut first: Vec<Option<(f64, u64)>> = vec![None; self.laws.len()];
        self.for_each_lgd(book, |segment, lgd, accounts| {
            if !holds(&self.laws[segment].lgd, lgd) {
                first[segment].get_or_insert((lgd, 0)).1 += accounts;
            }
        });
        let names = &book.borrowers.segment.names;
        let found =
            first.into_iter().enumerate().filter_map(|(segment, own)| Some((segment, own?)));
        let found: Vec<(usize, (f64, u64))> = found.collect();
        let place = |segment: usize| self.laws[segment].lgd_path.as_str();
        let mut faults = Vec::new();
        for (at, &(segment, (lgd, accounts))) in found.iter().enumerate() {
            if found[..at].iter().any(|(other, _)| place(*other) == place(segment)) {
                continue;
            }
            let same = found[at + 1..].iter().filter(|(other, _)| place(*other) == place(segment));
            let who = (names[segment].as_str(), lgd, accounts);
            faults.push(refusal(&self.laws[segment], who, same.count()));
        }
        faults
    }

    /// Every LGD of the book and of lenders new to its people: segment, LGD, accounts.
    fn for_each_lgd(&self, book: &Portfolio, mut take: impl FnMut(usize, f64, u64)) {
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            for a in book.accounts_of(b) {
                take(segment, book.accounts.lgd.get(a), book.count(b));
            }
        }
        for &lgd in self.elsewhere.iter().flatten() {
            (0..self.laws.len()).for_each(|segment| take(segment, lgd, 0));
        }
    }

    /// Tables for the beta laws of a book.
    pub fn tables(&self, book: &Portfolio) -> Tables {
        let mut keys: Vec<(f64, f64)> = Vec::new();
        self.for_each_lgd(book, |segment, lgd, _| {
            let LgdLaw::Beta { sd } = *self.laws[segment].lgd.of(lgd) else { return };
            // Neighbours are mostly alike.
            if keys.len() < TABLES && keys.last() != Some(&(sd, lgd)) && !keys.contains(&(sd, lgd))
            {
                keys.push((sd, lgd));
            }
        });
        keys.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)));
        let table = |key: (f64, f64)| {
            let (a, b) = shapes(key.1, key.0);
            (key, BetaTable::new(a, b))
        };
        Tables(keys.into_iter().map(table).collect())
    }

    /// Whether anything hangs on the factors.
    pub fn is_systematic(&self) -> bool {
        self.laws.iter().any(|law| law.lgd == LgdLaw::FryeJacobs || law.ccf_loading > 0.0)
    }

    /// The laws of a segment.
    pub fn law(&self, segment: usize) -> &SeverityLaw {
        &self.laws[segment]
    }

    /// The LGD at a lender new to people of a debt that comes from an account with LGD `own`.
    pub fn lgd_elsewhere(&self, lender: usize, own: f64) -> f64 {
        self.elsewhere.get(lender).copied().flatten().unwrap_or(own)
    }

    /// A borrower of a segment in a trial.
    pub fn case<'s>(
        &'s self,
        segment: usize,
        systematic: Systematic,
        tables: &'s Tables,
    ) -> Case<'s> {
        Case { law: &self.laws[segment], systematic, tables }
    }
}

impl Case<'_> {
    /// Whether each default has an LGD of its own.
    pub fn is_random(&self) -> bool {
        matches!(self.law.lgd, LgdLaw::Beta { .. } | LgdLaw::Discrete(_))
    }

    /// Equations 1 to 4 for an account of this LGD.
    pub fn lgd(&self, mean: f64, u: f64) -> f64 {
        match self.law.lgd.of(mean) {
            LgdLaw::Fixed => mean,
            LgdLaw::Beta { sd } => self.tables.quantile((*sd, mean), u),
            LgdLaw::Discrete(values) => discrete(values, u),
            LgdLaw::FryeJacobs => frye_jacobs(mean, &self.systematic),
        }
    }

    /// Equation 5.
    pub fn ccf(&self, mean: f64) -> f64 {
        conditional_ccf(mean, self.law.ccf_loading, self.systematic.y)
    }
}

impl Tables {
    fn quantile(&self, key: (f64, f64), u: f64) -> f64 {
        let order = |own: &((f64, f64), BetaTable)| {
            own.0.0.total_cmp(&key.0).then(own.0.1.total_cmp(&key.1))
        };
        match self.0.binary_search_by(order) {
            Ok(at) => self.0[at].1.quantile(u),
            Err(_) => {
                let (a, b) = shapes(key.1, key.0);
                beta::quantile(a, b, u)
            }
        }
    }
}

/// Shapes of equation 2.
pub fn shapes(mean: f64, sd: f64) -> (f64, f64) {
    let n = mean * (1.0 - mean) / (sd * sd) - 1.0;
    (mean * n, (1.0 - mean) * n)
}

/// Equation 3.
fn discrete(values: &[(f64, f64)], u: f64) -> f64 {
    let mut below = 0.0;
    for &(x, p) in values {
        below += p;
        if u <= below {
            return x;
        }
    }
    // The probabilities add up to 1 but for rounding.
    values.last().map_or(0.0, |last| last.0)
}

/// Equation 4. Where nobody defaults it does not matter; the ends of the law stand there.
pub fn frye_jacobs(mean: f64, of: &Systematic) -> f64 {
    let pd = conditional_pd(of.threshold, of.loading, of.y);
    let loss = conditional_pd(of.tied_threshold(mean), of.loading, of.y);
    if pd > 0.0 { (loss / pd).clamp(0.0, 1.0) } else { 0.0 }
}

/// Equation 5 for a CCF, a loading and Y; bits of the CCF where the loading is 0.
fn conditional_ccf(ccf: f64, loading: f64, y: f64) -> f64 {
    if loading == 0.0 { ccf } else { conditional_pd(normal::quantile(ccf), loading, y) }
}

impl Severity {
    /// E[p(Y) LGD(Y)] and E[p(Y) LGD(Y) CCF(Y)] of an account with this LGD and CCF whose borrower defaults with
    /// the stressed PD `pd` under some policy (equation 6). `of` is the borrower today, at any Y.
    pub fn expected(
        &self,
        segment: usize,
        of: &Systematic,
        pd: f64,
        (lgd, ccf): (f64, f64),
    ) -> (f64, f64) {
        let law = &self.laws[segment];
        let threshold = normal::quantile(pd);
        if law.lgd == LgdLaw::FryeJacobs && threshold != of.threshold {
            return by_quadrature(law, of, threshold, (lgd, ccf));
        }
        let (threshold, rate, share) = match law.lgd {
            LgdLaw::FryeJacobs => {
                let threshold = of.tied_threshold(lgd);
                (threshold, normal::cdf(threshold), 1.0)
            }
            _ => (threshold, pd * lgd, lgd),
        };
        let correlation = of.loading * law.ccf_loading;
        let drawn = match correlation == 0.0 {
            true => rate * ccf,
            false => share * bivariate::cdf(threshold, normal::quantile(ccf), correlation),
        };
        (rate, drawn)
    }
}

/// The same where the policy moves the PD, so that it and the LGD hang on Y by different laws: the trapezoid
/// rule, whose error falls faster than any power of the step.
fn by_quadrature(
    law: &SeverityLaw,
    of: &Systematic,
    threshold: f64,
    (lgd, ccf): (f64, f64),
) -> (f64, f64) {
    const STEP: f64 = 0.125;
    let (mut rate, mut drawn) = (0.0, 0.0);
    for i in -72..=72 {
        let y = f64::from(i) * STEP;
        let weight = STEP * libm::exp(-0.5 * y * y) / std::f64::consts::TAU.sqrt();
        let at = Systematic { y, ..*of };
        let own = weight * conditional_pd(threshold, of.loading, y) * frye_jacobs(lgd, &at);
        rate += own;
        drawn += own * conditional_ccf(ccf, law.ccf_loading, y);
    }
    (rate, drawn)
}

/// Whether an account may have this LGD.
fn holds(law: &LgdLaw, lgd: f64) -> bool {
    match law.of(lgd) {
        LgdLaw::Fixed | LgdLaw::FryeJacobs => true,
        LgdLaw::Beta { sd } => sd * sd < lgd * (1.0 - lgd),
        LgdLaw::Discrete(_) => law.own_mean().is_some_and(|m| (m - lgd).abs() <= SAME_MEAN),
    }
}

fn refusal(
    law: &SeverityLaw,
    (segment, lgd, accounts): (&str, f64, u64),
    more_segments: usize,
) -> Fault {
    let mut who = match accounts {
        0 => format!("the LGD {lgd} of a lender that takes debts of segment `{segment}` over"),
        1 => format!("the LGD {lgd} of an account of segment `{segment}`"),
        _ => format!("the LGD {lgd} of segment `{segment}` ({accounts} accounts like it)"),
    };
    match more_segments {
        0 => {}
        1 => who.push_str(" and LGDs of another segment"),
        n => who.push_str(&format!(" and LGDs of {n} more segments")),
    }
    let (message, hint) = match &law.lgd {
        LgdLaw::Beta { sd } => {
            let widest = (lgd * (1.0 - lgd)).sqrt();
            let message = format!(
                "no beta law has the mean and an sd of {sd}: {who} must have sd^2 < m (1 - m)"
            );
            // Rounded down, so that what is advised is accepted.
            let digits = 10_f64.powi(3 - widest.log10().floor() as i32);
            let below = (widest * digits).floor() / digits;
            (message, format!("an sd below {below}, or segments with laws of their own"))
        }
        other => {
            let mean = other.own_mean().unwrap_or(lgd);
            let message = format!("the mean of the discrete law is {mean}, but not {who}");
            let hint = format!(
                "set the LGD of these accounts to {mean}, change the law, or give segments laws of their own"
            );
            (message, hint)
        }
    };
    let place = Place::Key(law.lgd_path.clone());
    Fault::new(place, FaultKind::Conflict { message }).with_hint(hint)
}

#[cfg(test)]
mod tests;
