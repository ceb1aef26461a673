//! What is wrong with a tape is said with place, value, requirement and cure.

use super::{loans, plain, read};
use crate::error::{MAX_FAULTS, Place};
use crate::scenario::{
    BookSource, ColumnMapping, Field, NegativeBalance, ObservedPd, PortfolioSpec,
};

/// Faults as `line column | kind | hint`, or with the path or file as place.
fn said(tape: &str, spec: &PortfolioSpec) -> Vec<String> {
    read(tape, spec)
        .unwrap_err()
        .iter()
        .map(|fault| {
            let place = match &fault.place {
                Place::Cell { line, column, .. } => {
                    format!("{line} {}", column.as_deref().unwrap_or("-"))
                }
                Place::File(file) => file.display().to_string(),
                Place::Value(path) | Place::Key(path) => path.clone(),
                Place::Span { .. } => unreachable!("a tape has no spans"),
            };
            format!("{place} | {} | {}", fault.kind, fault.hint.as_deref().unwrap_or("-"))
        })
        .collect()
}

fn mapped(field: Field, header: &str) -> ColumnMapping {
    let path = format!("portfolio.columns.{}", field.key());
    ColumnMapping { field, header: header.into(), path }
}

#[test]
fn cells_out_of_range() {
    let tape = "limit,balance,pd,lgd,count,age,interest_rate\n\
                1,1,3,1,1,,\n\
                1,1,1.7,1,1,,\n\
                -5,1,nan,1.2,0,-1,15\n\
                ,,,,,x,\n\
                \"1,000\",1e300,3%,1,2.5,,\n\
                1,1,0.1,1\n";
    let percent = |x, write| format!("if {x} % is meant, write {write}");
    let pd = "must be a fraction per horizon, in 0..=1";
    let share = "must be a fraction in 0..=1";
    let count = "must be a whole number from 1 to 9007199254740992";
    let empty = "is missing: the cell is empty";
    let expected = [
        format!("2 pd | PD is `3`, {pd} | {}", percent("3", "0.03")),
        format!("3 pd | PD is `1.7`, {pd} | {}", percent("1.7", "0.017")),
        "4 limit | limit is `-5`, must be an amount >= 0 | -".into(),
        format!(
            "4 pd | PD is `nan`, {pd} | write a number; only what may be unknown can be left empty"
        ),
        format!("4 count | count is `0`, {count} | -"),
        format!("4 lgd | LGD is `1.2`, {share} | -"),
        "4 age | age is `-1`, must be a number >= 0 | -".into(),
        "4 interest_rate | interest rate is `15`, must be a fraction per year in 0..=10 | -".into(),
        format!("5 balance | `balance` {empty}, every row needs an amount | -"),
        format!("5 limit | `limit` {empty}, every row needs an amount | -"),
        format!(
            "5 pd | `pd` {empty} and the scenario has no default | \
             give `pd` under [portfolio.defaults] for empty cells"
        ),
        format!("5 count | `count` {empty}, every row needs a count | -"),
        format!(
            "5 lgd | `lgd` {empty} and the scenario has no default | \
             give `lgd` under [portfolio.defaults] for empty cells"
        ),
        "5 age | age is `x`, must be a number >= 0 | -".into(),
        "6 balance | balance is `1e300`, must be an amount of at most 90071992547410 | -".into(),
        "6 limit | limit is `1,000`, must be an amount >= 0 | without thousands separators: \
         write 1000"
            .into(),
        format!("6 pd | PD is `3%`, {pd} | shares are fractions: write 0.03"),
        format!("6 count | count is `2.5`, {count} | -"),
        "7 - | number of cells is `4`, must be 7, as in the header | an empty cell keeps its comma"
            .into(),
    ];
    assert_eq!(said(tape, &plain()), expected);
}

#[test]
fn what_a_whole_tape_has_wrong_is_named() {
    let one = |tape: &str| {
        let all = said(tape, &plain());
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    };
    let semicolons = one("limit;balance;pd;lgd\n1,5;1;0,1;1\n");
    assert!(
        semicolons.starts_with("1 - | the header `limit;balance;pd;lgd` has its names between")
    );
    assert!(semicolons.contains("semicolons") && semicolons.contains("decimal point"));
    let tabs = one("limit\tbalance\tpd\tlgd\n1\t1\t0.1\t1\n");
    assert!(tabs.contains("between tabs"), "{tabs}");
    let commented = one("# a note\n#limit,balance,pd,lgd\n1,1,0.1,1\n");
    assert!(commented.contains("`#limit,balance,pd,lgd` looks like the header"), "{commented}");
    assert!(commented.ends_with("write the header without `#`"), "{commented}");
    // The twins: a comment that is one, and names that are missing.
    assert!(said("# limit unknown\nbalance\n1\n", &plain())[0].contains("is missing"));
    let count = "limit,balance,pd,lgd,count\n1,1,0.1,1,3.0\n1,1,0.1,1,2e3\n1,1,0.1,1,2.5\n";
    let found = said(count, &plain());
    assert!(found[0].ends_with("without a decimal point or an exponent: write 3"), "{found:?}");
    assert!(found[1].ends_with("write 2000"), "{found:?}");
    assert!(found[2].ends_with("| -"), "{found:?}");
}

#[test]
fn a_unit_that_is_too_coarse_is_named_with_its_cure() {
    let tape = "limit,balance,pd,lgd,count\n0.004,0.003,0.1,1,1000000\n2.5,1.2,0.1,1,500\n";
    let found = said(tape, &plain());
    assert_eq!(
        found,
        [
            "minor_units | 100 smallest units make one TWD, so that amounts are rounded to 0.01: of limits, \
             0.004 would become 0, and the sum 5250 would become 1250 | leave `minor_units` out, \
             and it follows the data; this needs at least 1000",
            "minor_units | 100 smallest units make one TWD, so that amounts are rounded to 0.01: of \
             balances, 0.003 would become 0, and the sum 3600 would become 600 | leave \
             `minor_units` out, and it follows the data; this needs at least 1000",
        ]
    );
    let both = said("limit,balance,pd,lgd\n1e12,1e12,0.1,1\n1e-9,0,0.1,1\n", &plain());
    assert!(both[0].contains("no smallest unit holds limits next to amounts of 2000000000000"));
    assert!(both[0].contains("none is below 0.001"), "{both:?}");
    // Thousandths that move nothing that counts stay.
    let fine = "limit,balance,pd,lgd\n1000.004,1,0.1,1\n1000000,1,0.1,1\n";
    assert!(read(fine, &plain()).is_ok());
}

#[test]
fn sums_as_read_are_taken_before_rounding() {
    let tape = "limit,balance,pd,lgd,count\n1000,500.004,0.1,1,100\n100000,99999,0.1,1,20\n";
    let quality = read(tape, &plain()).unwrap().quality;
    // 100 x 500.004 + 20 x 99,999 in hundredths; the used ones have lost the 4 thousandths.
    assert_eq!(quality.balance_sum_as_read, 5_000_040 + 199_998_000);
    assert_eq!(quality.balance_sum, quality.balance_sum_as_read - 40);
}

#[test]
fn incomes_are_kept_as_written() {
    let tape = "limit,balance,pd,lgd,income\n1000,500,0.1,1,12345.678901\n";
    let book = read(tape, &plain()).unwrap();
    assert_eq!(book.borrowers.income.unwrap().get(0), 12_345.678_901);
}

#[test]
fn headers() {
    let mut spec = plain();
    spec.columns = vec![mapped(Field::Limit, "LIMIT_BALL"), mapped(Field::Pd, "xyz")];
    let faults = said("LIMIT_BAL,balance,balance,lgd\n1,1,1,1\n", &spec);
    assert_eq!(
        faults,
        [
            "portfolio.columns.limit | unknown header of the tape `LIMIT_BALL` | \
             did you mean `LIMIT_BAL`?",
            "portfolio.columns.pd | unknown header of the tape `xyz` | \
             the tape has `LIMIT_BAL`, `balance`, `balance`, `lgd`",
            "1 balance | header `balance` is given twice | -",
        ]
    );
    let faults = said("# note\nlimit\n1\n", &plain());
    assert!(faults[0].starts_with("2 - | `balance` is missing: without it nothing is owed | say"));
    assert!(faults[1].contains("`pd` is missing") && faults[1].contains("[portfolio.defaults]"));
    assert!(faults[2].contains("`lgd` is missing"));
    spec = plain();
    spec.observed_pd =
        Some(ObservedPd { limit_edges: vec![], path: "portfolio.observed_pd".into() });
    let faults = said("balance,lgd,pd\n1,1,1\n", &spec);
    assert!(faults[0].contains("`default` is missing"), "{faults:?}");
    assert!(faults[1].starts_with("portfolio.observed_pd | PDs come both"), "{faults:?}");
    let faults = said("balance,lgd,default\n1,1,2\n", &spec);
    assert_eq!(faults, ["2 default | default is `2`, must be 0 or 1 | -"]);
}

#[test]
fn whole_files() {
    assert!(said("pd,lgd,balance,credit_limit\n", &plain())[0].contains("`limit` is missing"));
    assert!(said("", &plain())[0].contains("header is missing: the tape is empty"));
    assert!(said("balance,pd,lgd\n", &plain())[0].contains("a header but no rows"));
    let tape: String = std::iter::once("balance,pd,lgd\n".to_owned())
        .chain((0..50).map(|_| "1,2,1\n".to_owned()))
        .collect();
    assert_eq!(said(&tape, &plain()).len(), MAX_FAULTS);
    let tape = "count,balance,pd,lgd\n9007199254740992,1,0,0\n1,1,0,0\n";
    assert!(said(tape, &plain())[0].contains("number of accounts is 9007199254740993"));
    let mut missing = plain();
    missing.source = BookSource::Tape("/nowhere/book.csv".into());
    assert_eq!(crate::portfolio::load(&missing, &super::cents()).unwrap_err().len(), 1);
}

#[test]
fn text_that_is_not_utf8() {
    let spec = loans();
    let faults = crate::portfolio::load_from_reader(
        &b"lender,balance,pd,lgd\nCaf\xe9,1,0.1,1\n"[..],
        &spec,
        &super::cents(),
    )
    .unwrap_err();
    assert_eq!(faults[0].kind.to_string(), "lender is `Caf\u{fffd}`, must be UTF-8 text");
    assert_eq!(faults[0].hint.as_deref(), Some("save the tape as UTF-8"));
}

#[test]
fn rows_of_a_borrower_disagree() {
    let tape =
        "borrower,balance,pd,lgd,segment\nx,1,0.1,1,a\ny,1,0.1,1,a\nx,1,0.2,1,a\nx,1,0.1,1,\n";
    let hint = "all rows of a borrower must agree on it";
    assert_eq!(
        said(tape, &loans()),
        [
            format!("4 pd | borrower `x` has pd `0.2` here but `0.1` in line 2 | {hint}"),
            format!(
                "5 segment | borrower `x` has segment `no value` here but `a` in line 2 | {hint}"
            ),
        ]
    );
}

#[test]
fn negative_balances_can_be_refused() {
    let mut spec = plain();
    spec.negative_balance = NegativeBalance::Refuse;
    let faults = said("limit,balance,pd,lgd\n1,-1,0.1,1\n", &spec);
    assert!(faults[0].starts_with("2 balance | balance is `-1`, must be an amount >= 0"));
    assert!(faults[0].contains("negative_balance"));
}

#[test]
fn lines_are_right_whatever_ends_them() {
    let tape = "# c\nbalance,pd,lgd,segment\n1,0.1,1,a\n1,2,1,b\n\n\n1,0.1,1,\"c\nd\"\n1,2,1,e";
    let lines = |tape: &str| -> Vec<String> {
        said(tape, &plain()).iter().map(|fault| fault[..2].to_owned()).collect()
    };
    assert_eq!(lines(tape), ["4 ", "9 "]);
    assert_eq!(lines(&tape.replace('\n', "\r\n")), ["4 ", "9 "]);
    let old_mac = "balance,pd,lgd,segment\r1,0.1,1,a\r1,2,1,b\r";
    assert_eq!(lines(old_mac), ["3 "]);
}
