//! Small books, read by hand.

use super::{cents, good, loans, plain, read, written};
use crate::error::FaultKind;
use crate::portfolio::{Amounts, Numbers, load_from_reader, write};
use crate::scenario::{Bound, Filter, ObservedPd, Range, SegmentRule};
use crate::units::{Amount, Fraction, Probability};

fn below(x: f64) -> Option<Range> {
    Some(Range { lower: None, upper: Some(Bound::Exclusive(x)) })
}

fn segment(id: &str, filter: Filter) -> SegmentRule {
    SegmentRule { id: id.into(), filter, path: format!("portfolio.segment.{id}") }
}

#[test]
fn borrowers_stand_by_segment_then_falling_pd() {
    let tape = "segment,limit,balance,pd,lgd\nb,1,1,0.1,1\na,1,1,0.1,1\na,1,1,0.3,1\na,2,1,0.1,1\n";
    let book = good(tape, &plain());
    assert_eq!(
        written(&book),
        "segment,lender,limit,balance,pd,lgd,ccf\n\
         a,lender,1,1,0.3,1,0\na,lender,1,1,0.1,1,0\na,lender,2,1,0.1,1,0\nb,lender,1,1,0.1,1,0\n"
    );
    assert_eq!(book.borrowers.count, None);
    assert_eq!(book.accounts.lgd, Numbers::Same(1.0));
}

#[test]
fn identical_rows_are_pooled_and_their_counts_added() {
    let tape = "count,limit,balance,pd,lgd\n2,10,5,0.1,1\n1,20,5,0.1,1\n3,10,5,0.1,1\n";
    let book = good(tape, &plain());
    assert_eq!(book.borrowers.count, Some(vec![5, 1]));
    let q = &book.quality;
    assert_eq!((q.rows, q.rows_pooled, q.entries, q.borrowers, q.accounts), (3, 1, 2, 6, 6));
    assert_eq!((q.limit_sum, q.balance_sum), (7_000, 3_000));
    assert_eq!(book.people(), 6);
}

#[test]
fn accounts_of_a_borrower_may_stand_anywhere() {
    let tape = "borrower,count,lender,limit,balance,pd,lgd,score\n\
                x,2,north,100,-5,0.1,0.5,\ny,1,north,70,80,0.2,0.5,600\nx,2,east,50,20,0.1,0.4,\n\
                z,1,east,50,20,0.1,0.4,\nz,1,north,100,0,0.1,0.5,\n";
    let book = good(tape, &plain());
    assert_eq!(
        written(&book),
        "borrower,count,segment,lender,limit,balance,pd,lgd,ccf,score\n\
         1,1,all,north,70,80,0.2,0.5,0,600\n\
         2,3,all,east,50,20,0.1,0.4,0,\n2,3,all,north,100,0,0.1,0.5,0,\n"
    );
    let q = &book.quality;
    assert_eq!((q.rows, q.entries, q.borrowers, q.accounts, q.rows_pooled), (5, 2, 4, 7, 2));
    assert_eq!((q.negative_balances, q.balances_over_limit, q.over_limit_sum), (2, 1, 1_000));
    assert_eq!((q.balance_sum_as_read, q.balance_sum), (13_000, 14_000));
}

#[test]
fn accounts_without_a_product_read_back_as_they_were_written() {
    let tape = "borrower,limit,balance,pd,lgd,product\nx,10,5,0.1,1,\nx,20,9,0.1,1,cash\n";
    let book = good(tape, &plain());
    let text = written(&book);
    assert_eq!(
        text,
        "borrower,segment,product,lender,limit,balance,pd,lgd,ccf\n\
         1,all,,lender,10,5,0.1,1,0\n1,all,cash,lender,20,9,0.1,1,0\n"
    );
    assert_eq!(written(&good(&text, &plain())), text);
}

#[test]
fn loans_without_a_line_map_their_balance_to_both() {
    let book = good("balance,pd,lgd\n7,0.1,1\n-3,0.1,1\n", &loans());
    assert_eq!(book.accounts.limit, Amounts::Narrow(vec![0, 700]));
    assert_eq!(book.accounts.balance, book.accounts.limit);
}

#[test]
fn comments_above_the_header_are_skipped_and_only_those() {
    let mut spec = plain();
    spec.defaults.lgd = Some(Fraction::ONE);
    let tape = "\u{feff}# source\n# licence\nsegment,limit,balance,pd\n#1,10,5,0.1\n";
    let book = good(tape, &spec);
    assert_eq!(book.borrowers.segment.names, ["#1"]);
    let mut out = Vec::new();
    write(&book, &cents(), &["source\nlicence"], &mut out).unwrap();
    assert!(out.starts_with(b"# source\n# licence\nsegment,lender"));
    let back = load_from_reader(out.as_slice(), &plain(), &cents()).unwrap();
    assert_eq!(back.portfolio.borrowers, book.borrowers);
}

#[test]
fn the_checksum_is_that_of_the_bytes() {
    let tape = "balance,pd,lgd\n7,0.1,1\n";
    let loaded = load_from_reader(tape.as_bytes(), &loans(), &cents()).unwrap();
    assert_eq!(loaded.sha256, "3285471b7712bd03a97c80376bd76e348349c2047f54d36aad5c411457eaa522");
}

#[test]
fn the_first_segment_rule_that_matches_wins() {
    let mut spec = plain();
    let young = Filter { age: below(25.0), ..Filter::default() };
    let small = Filter { limit: below(100.0), ..Filter::default() };
    spec.segments = vec![segment("young", young), segment("small", small)];
    let tape = "limit,balance,pd,lgd,age\n10,1,0.1,1,24\n10,1,0.1,1,25\n100,1,0.1,1,25\n";
    let faults = read(tape, &spec).unwrap_err();
    let FaultKind::Conflict { message } = &faults[0].kind else { panic!("{faults:?}") };
    assert_eq!(message, "1 of 3 borrowers match no segment rule and have no default segment");
    spec.defaults.segment = Some("rest".into());
    assert_eq!(good(tape, &spec).borrowers.segment.names, ["rest", "small", "young"]);
    let unknown_age = tape.replace(",25\n", ",\n");
    let faults = read(&unknown_age, &spec).unwrap_err();
    let FaultKind::Conflict { message } = &faults[0].kind else { panic!("{faults:?}") };
    assert!(message.contains("the age of borrowers, and 2 of 3 lack it"), "{message}");
}

#[test]
fn segment_rules_judge_the_sums_of_a_borrower_and_any_of_its_accounts() {
    let mut spec = plain();
    let north = Filter { lenders: Some(vec!["north".into()]), ..Filter::default() };
    let small = Filter { limit: below(100.0), ..Filter::default() };
    spec.segments = vec![segment("north", north), segment("small", small)];
    spec.defaults.segment = Some("rest".into());
    let tape = "borrower,lender,limit,balance,pd,lgd\nx,east,60,1,0.1,1\nx,east,60,1,0.1,1\n\
                y,east,10,1,0.1,1\ny,north,10,1,0.1,1\nz,east,99,1,0.1,1\n";
    assert_eq!(
        written(&good(tape, &spec)),
        "borrower,segment,lender,limit,balance,pd,lgd,ccf\n\
         1,north,east,10,1,0.1,1,0\n1,north,north,10,1,0.1,1,0\n\
         2,rest,east,60,1,0.1,1,0\n2,rest,east,60,1,0.1,1,0\n\
         3,small,east,99,1,0.1,1,0\n"
    );
    spec.segments[0].filter.lenders = Some(vec!["west".into()]);
    let faults = read(tape, &spec).unwrap_err();
    assert_eq!(faults[0].hint.as_deref(), Some("the tape has `east`, `north`"));
}

#[test]
fn observed_default_rates_become_pds_by_band() {
    let mut spec = plain();
    spec.defaults.lgd = Some(Fraction::ONE);
    let edges = vec![Amount(1_000), Amount(2_000), Amount(5_000)];
    spec.observed_pd =
        Some(ObservedPd { limit_edges: edges, path: "portfolio.observed_pd".into() });
    let tape = "count,limit,balance,default\n3,10,1,0\n1,5,1,1\n1,20,1,1\n1,51,1,0\n";
    let book = good(tape, &spec);
    let pds: Vec<f64> = (0..4).map(|b| book.borrowers.pd.get(b)).collect();
    assert_eq!(pds, [1.0, 0.25, 0.25, 0.0]);
    assert_eq!((book.quality.pd_zero, book.quality.pd_one), (1, 1));
    assert_eq!(book.quality.mean_pd_by_borrower, 2.0 / 6.0);
}

#[test]
fn calibration_meets_the_target_or_says_what_is_reachable() {
    let mut spec = plain();
    let tape = "limit,balance,pd,lgd\n1,10,0,1\n1,20,1e-9,1\n1,30,0.3,1\n1,40,0.999,1\n1,25,1,1\n";
    for target in [0.2001, 0.3, 0.5, 0.9, 0.9199] {
        spec.calibrate_mean_pd = Some(Probability::new(target).unwrap());
        let book = good(tape, &spec);
        assert!((book.quality.mean_pd_by_balance - target).abs() < 1e-12, "{target}");
        assert_eq!((book.quality.pd_zero, book.quality.pd_one), (1, 1));
    }
    for target in [0.2, 0.92, 0.0, 1.0] {
        spec.calibrate_mean_pd = Some(Probability::new(target).unwrap());
        let faults = read(tape, &spec).unwrap_err();
        let text = faults[0].kind.to_string();
        assert!(text.contains("strictly between 0.2 and 0.92"), "{text}");
    }
    let faults = read("limit,balance,pd,lgd\n1,0,0.1,1\n", &spec).unwrap_err();
    assert!(faults[0].kind.to_string().contains("nothing is drawn"));
}

#[test]
fn balances_pool_on_the_grid_but_never_across_the_limit() {
    let mut spec = plain();
    spec.pool_balance_step = Some(Amount(1_000));
    let tape = "limit,balance,pd,lgd\n15,10,0.1,1\n15,11,0.1,1\n15,15,0.1,1\n15,16,0.1,1\n\
                15,19.99,0.1,1\n15,20,0.1,1\n16,11,0.1,1\n15,11,0.2,1\n";
    let book = good(tape, &spec);
    assert_eq!(
        written(&book),
        "count,segment,lender,limit,balance,pd,lgd,ccf\n\
         1,all,lender,15,11,0.2,1,0\n3,all,lender,15,12,0.1,1,0\n2,all,lender,15,18,0.1,1,0\n\
         1,all,lender,15,20,0.1,1,0\n1,all,lender,16,11,0.1,1,0\n"
    );
    assert_eq!(book.quality.rows_pooled, 0);
    let two = "borrower,limit,balance,pd,lgd\nx,1,1,0.1,1\nx,1,1,0.1,1\n";
    assert!(read(two, &spec).unwrap_err()[0].kind.to_string().contains("one account per borrower"));
}

#[test]
fn a_large_book_of_distinct_pds_is_the_same_in_reverse_order() {
    let mut spec = plain();
    spec.defaults.lgd = Some(Fraction::ONE);
    spec.calibrate_mean_pd = Some(Probability::new(0.03).unwrap());
    let row = |i: u64| {
        let scattered = i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        format!("{},{},{}\n", scattered % 7, scattered % 1_000, scattered as f64 / 2e7)
    };
    let header = || std::iter::once("limit,balance,pd\n".to_owned());
    let forward: String = header().chain((0..70_000).map(row)).collect();
    let backward: String = header().chain((0..70_000).rev().map(row)).collect();
    let book = good(&forward, &spec);
    assert!(matches!(book.borrowers.pd, Numbers::Each(_)));
    assert!((book.quality.mean_pd_by_balance - 0.03).abs() < 1e-12);
    assert_eq!(book, good(&backward, &spec));
}
