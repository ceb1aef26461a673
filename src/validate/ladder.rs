//! The scenarios of `scenarios/check` that have a closed form.

use super::exact::{Atoms, Exact};
use super::judge::{Asked, against};
use super::law::{Latent, Law, one_factor, states};
use super::limit::Limit;
use super::sampled::Book;
use super::{Case, Kind, Settings};
use crate::scenario::Rejected;

/// A shipped check scenario with its tape.
macro_rules! shipped {
    ($name:literal, $trials:literal, seed $seed:literal) => {
        $crate::validate::sampled::Book {
            name: concat!($name, ".toml"),
            scenario: include_str!(concat!("../../scenarios/check/", $name, ".toml")).to_owned(),
            tape: include_str!(concat!("../../scenarios/check/", $name, ".csv")).to_owned(),
            trials: $trials,
            seed: $seed,
        }
    };
}
pub(super) use shipped;

/// What is special about a case of the ladder.
struct Rung<'a> {
    id: &'static str,
    title: &'static str,
    source: &'static str,
    book: Book,
    levels: &'a [f64],
    thresholds: &'a [f64],
    /// Policies with their exact laws.
    laws: Vec<(&'a str, Box<dyn Exact>)>,
}

impl Rung<'_> {
    fn run(self, settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
        let Self { id, title, source, book, levels, thresholds, laws } = self;
        let sampled = book.sample(settings)?;
        let checks = laws.iter().flat_map(|(policy, law)| {
            let prefix = format!("{policy}: ");
            let (prefix, scope) = (prefix.as_str(), "system");
            let asked = Asked { prefix, scope, policy, levels, thresholds, per: 1.0 };
            against(law.as_ref(), &sampled, asked)
        });
        let (trials, checks) = (sampled.trials(), checks.collect());
        Ok(Case { id, title, source, kind: Kind::Law, trials, checks })
    }
}

fn atoms(pairs: impl IntoIterator<Item = (i64, f64)>) -> Box<dyn Exact> {
    Box::new(Atoms { law: Law::new(pairs), per_unit: 1.0 })
}

/// A loss of 750 (300 under the cap) with 5 %, else none.
pub fn one_borrower(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let law = |loss: i64| atoms([(0, 0.95), (loss, 0.05)]);
    Rung {
        id: "one-borrower",
        title: "One borrower",
        source: "closed form: a loss or none",
        book: shipped!("one-borrower", 400_000, seed 0),
        levels: &[0.9, 0.99],
        thresholds: &[500.0],
        laws: vec![("today", law(750)), ("cap-400", law(300))],
    }
    .run(settings)
}

/// Both default with the bivariate normal probability.
pub fn two_borrowers(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let both = states(&[Latent::one(0.03, 0.2), Latent::one(0.03, 0.2)], &one_factor(0.05));
    let law = |loss: i64| {
        atoms(both.iter().enumerate().map(|(s, &p)| (loss * i64::from(s.count_ones()), p)))
    };
    Rung {
        id: "two-borrowers",
        title: "Two borrowers and their joint default",
        source: "closed form: Phi2(G(p), G(p); 0.04), by quadrature",
        book: shipped!("two-borrowers", 1_000_000, seed 1),
        levels: &[0.95, 0.999],
        thresholds: &[0.0, 100.0],
        laws: vec![("today", law(100)), ("half", law(50))],
    }
    .run(settings)
}

/// Independent equal borrowers.
pub fn binomial(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let law = |loss: usize| -> Box<dyn Exact> {
        let people = vec![(Latent::one(0.03, 0.0), loss); 100];
        Box::new(Atoms { law: Law::of_sum(&people, &one_factor(8.5)), per_unit: 1.0 })
    };
    Rung {
        id: "binomial",
        title: "A hundred borrowers without correlation",
        source: "closed form: Binomial(100, 0.03)",
        book: shipped!("binomial", 200_000, seed 2),
        levels: &[0.99, 0.999],
        thresholds: &[50.0],
        laws: vec![("today", law(10)), ("cap-5", law(5))],
    }
    .run(settings)
}

/// Ten million borrowers: the limit of the one-factor model.
pub fn vasicek(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let law = |amount| -> Box<dyn Exact> { Box::new(Limit::pool(0.03, 0.04, amount)) };
    Rung {
        id: "vasicek",
        title: "Ten million borrowers on one factor",
        source: "closed form: Vasicek 1987, 2002",
        book: shipped!("vasicek", 400_000, seed 4),
        levels: &[0.99, 0.999],
        thresholds: &[],
        laws: vec![("today", law(1e9)), ("cap-50", law(5e8))],
    }
    .run(settings)
}
