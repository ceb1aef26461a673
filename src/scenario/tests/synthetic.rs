//! Synthetic segments: what is read, what is refused, how files that build on others change them.

use insta::assert_snapshot;

use super::*;
use crate::scenario::law::LawKind;
use crate::scenario::synthetic::{Grain, PdLaw, SyntheticBook};

/// A scenario with one segment; `{}` stands for more of it.
fn text(more: &str) -> String {
    format!(
        "format = 1\ncurrency = \"CNY\"\n[model]\ncorrelation = 0.04\n[[policy]]\nid = \"today\"\n\
         [[portfolio.synthetic]]\nid = \"users\"\n{more}"
    )
}

const LEAST_SEGMENT: &str =
    "borrowers = 1000\nlimit = 5000\nutilisation = 0.3\npd = 0.03\nlgd = 1\n";

fn book(text: &str) -> SyntheticBook {
    let loaded = toml(text).unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false)));
    match loaded.scenario.portfolio.source {
        BookSource::Synthetic(book) => book,
        BookSource::Tape(_) => panic!("the book is a tape"),
    }
}

#[test]
fn the_least_segment_has_the_documented_defaults() {
    let book = book(&text(LEAST_SEGMENT));
    let [segment] = book.segments.as_slice() else { panic!("one segment") };
    assert_eq!(book.seed, DEFAULT_SEED);
    assert_eq!((segment.borrowers, segment.grain), (1_000, Grain::Each));
    assert!(matches!(&segment.pd, PdLaw::Free(law) if law.kind == LawKind::Fixed(0.03)));
    assert!(segment.second.is_none() && segment.line.product.is_none());
}

#[test]
fn a_second_line_takes_over_what_it_does_not_say() {
    let more = "lender = \"a\"\nproduct = \"card\"\nccf = 0.2\ninterest_rate = 0.1\n\
                second = { share = 0.5, limit = 9, utilisation = 1, product = \"loan\" }\n";
    let book = book(&text(&format!("{LEAST_SEGMENT}{more}")));
    let line = &book.segments[0].second.as_ref().unwrap().line;
    assert_eq!((line.lender.as_deref(), line.product.as_deref()), (Some("a"), Some("loan")));
    assert_eq!((line.ccf.map(Fraction::get), line.interest_rate), (Some(0.2), Some(0.1)));
    assert!(line.lgd.is_none());
}

#[test]
fn values_of_a_segment_are_set_by_its_id() {
    let set = [
        "portfolio.synthetic.users.borrowers=500".to_owned(),
        "portfolio.synthetic.users.limit={ uniform = { from = 1, to = 2 } }".to_owned(),
        "portfolio.book_seed=9".to_owned(),
    ];
    let name = Path::new("cut.toml");
    let loaded = load_text(name, &text(LEAST_SEGMENT), Notation::Toml, &set).unwrap();
    let BookSource::Synthetic(book) = loaded.scenario.portfolio.source else { panic!() };
    assert_eq!((book.seed, book.segments[0].borrowers), (9, 500));
    assert_eq!(book.segments[0].line.limit.kind, LawKind::Uniform { from: 1.0, to: 2.0 });
}

#[test]
fn laws_and_sources_of_a_base_give_way() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let base = text(LEAST_SEGMENT).replace(
        "limit = 5000",
        "limit = { empirical = { file = \"seen.csv\", column = \"x\" }, max = 9 }\npools = 10",
    );
    write("lib/base.toml", &base);
    let own = |rest: &str| {
        let text = format!("format = 1\nextends = \"lib/base.toml\"\n{rest}");
        let path = write("own.toml", &text);
        load(&path, &[]).unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false)))
    };
    let segment = |rest: &str| match own(rest).scenario.portfolio.source {
        BookSource::Synthetic(book) => book.segments.into_iter().next().unwrap(),
        BookSource::Tape(_) => panic!("the book is a tape"),
    };
    // Paths of laws start from the file that wrote them.
    let LawKind::Observed(seen) = segment("").line.limit.kind else { panic!("not from a file") };
    assert_eq!(seen.file, folder.path().join("lib/seen.csv"));
    // Another law replaces the one below, and keeps what is done to its values.
    let normal = "[[portfolio.synthetic]]\nid = \"users\"\nstands_for = 5\n\
                  limit = { lognormal = { median = 5, sigma = 1 } }\n";
    let changed = segment(normal);
    assert_eq!(changed.line.limit.kind, LawKind::Lognormal { median: 5.0, sigma: 1.0 });
    assert_eq!((changed.line.limit.max, changed.grain), (Some(9.0), Grain::StandsFor(5)));
    // A tape replaces the whole synthetic book.
    let loaded = own("[portfolio]\ntape = \"t.csv\"\n");
    assert_eq!(tape(&loaded.scenario), folder.path().join("t.csv"));
}

#[test]
fn a_segment_without_anything() {
    assert_snapshot!(message(&text("")));
}

#[test]
fn laws_that_are_none() {
    let more = "borrowers = 10\npools = 11\nlgd = 75\nccf = 24\ninterest_rate = 18\n\
         limit = { lognormal = { median = -1 } }\n\
         utilisation = { beta = { a = 0, b = 1 }, uniform = { from = 0, to = 1 } }\n\
         pd = { normal = { mean = 0.03, sd = 0.01 }, min = 0 }\n\
         income = { normal = { mean = 30_000, sd = 9_000 } }\n\
         score = { discrete = { values = [1, 2], weights = [1] } }\n\
         age = { logistic = { pd = 0.03, at = 1, slope = 0 } }\n";
    assert_snapshot!(message(&text(more)));
}

#[test]
fn more_laws_that_are_none() {
    let more = "borrowers = 10\nstands_for = 3\nlgd = 1\n\
         limit = { lognormol = { median = 1, sigma = 1 } }\n\
         utilisation = { beta = [0.6, 1.4] }\n\
         pd = { logistic = { pd = 3, at = 0 }, max = 1 }\n\
         income = { max = 5 }\n\
         score = { uniform = { from = 5, to = 5 }, min = 2, max = 1 }\n\
         age = { empirical = { values = [20], file = \"x.csv\" } }\n\
         second = { share = 6.4, limit = 5 }\n";
    assert_snapshot!(message(&text(more)));
}

#[test]
fn rank_correlations_that_mean_nothing() {
    let more = "age = { uniform = { from = 18, to = 66 } }\nincome = 5\npools = 10\n\
         second = { share = 0.1, limit = 5, utilisation = 1 }\n\
         rank_correlation = { age = { income = 0.2, age = 1, agee = 0.1, second = 0.1, pd = 1.5 } }\n";
    assert_snapshot!(message(&text(&format!("{LEAST_SEGMENT}{more}"))));
}

#[test]
fn a_tape_and_laws_at_once() {
    let whole = text(LEAST_SEGMENT);
    let portfolio = "[portfolio]\ntape = \"t.csv\"\ncolumns = { limit = \"L\" }\n\
                     negative_balance = \"zero\"\nbook_seed = -1\n";
    assert_snapshot!(message(&format!("{whole}{portfolio}")));
}
