//! Every kind of policy rule on books small enough to work out by hand. Nothing here is sampled,
//! but for one mean at the end.

// Amounts are in hundredths, with the underscore where people write the point.
#![allow(clippy::inconsistent_digit_grouping)]

mod support;

use support::{Case, case, value};
use tailcap::measures::Measure;
use tailcap::policy::{CreditSums, NewLimits};
use tailcap::run;
use tailcap::scenario::{Notation, load_text};

fn scenario(rules: &str) -> String {
    format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 100
        sampling = {{ trials = 200_000 }}
        portfolio = {{ tape = "book.csv", defaults = {{ ccf = 0.5, lgd = 0.8, pd = 0.1 }} }}
        model = {{ correlation = 0.04 }}
        output = {{ equal_credit_cut = false }}
        policy = [{{ id = "today" }}, {{ id = "cut", rule = [{rules}] }}]
        "#
    )
}

fn cut(rules: &str, tape: &str) -> Case {
    case(&scenario(rules), tape)
}

fn totals(case: &Case, policy: usize) -> CreditSums {
    case.base().applied[policy].books.total()
}

/// Limit, balance and exposure after the rules, and the balance withdrawn, in hundredths.
fn after(rules: &str, tape: &str) -> [i64; 4] {
    let sums = totals(&cut(rules, tape), 1);
    [sums.limit, sums.balance, sums.exposure, sums.withdrawn]
}

/// New limits of the accounts in the order of their old ones, smallest first.
fn limits(rules: &str, tape: &str) -> Vec<i64> {
    let case = cut(rules, tape);
    let run = case.base();
    let new = NewLimits::of(&run.scenario.policies[1], run.book(), &run.scenario.currency)
        .unwrap_or_else(|faults| panic!("{faults:#?}"));
    let old = &run.book().accounts.limit;
    let mut both: Vec<(i64, i64)> =
        (0..old.len()).map(|a| (old.get(a), new.at(a, old.get(a)))).collect();
    both.sort_unstable();
    both.into_iter().map(|b| b.1).collect()
}

#[test]
fn the_worked_rows_of_the_design() {
    // B 120, L 100: a cap of 110 leaves B 120; a cap of 50 leaves B 50.
    let over = "limit,balance\n100,120\n";
    assert_eq!(after("{ cap = 110 }", over), [100_00, 120_00, 120_00, 0]);
    assert_eq!(after("{ cap = 100 }", over), [100_00, 120_00, 120_00, 0]);
    assert_eq!(after("{ cap = 50 }", over), [50_00, 50_00, 50_00, 70_00]);
    // Any cut below the limit calls in what stands above the new limit.
    assert_eq!(after("{ cap = 99.99 }", over), [99_99, 99_99, 99_99, 20_01]);
}

#[test]
fn an_absolute_cap() {
    let row = "limit,balance\n100,30\n";
    // Between balance and limit only undrawn credit goes: EAD = 30 + 0.5 x 20.
    assert_eq!(after("{ cap = 50 }", row), [50_00, 30_00, 40_00, 0]);
    assert_eq!(after("{ cap = 20 }", row), [20_00, 20_00, 20_00, 10_00]);
    assert_eq!(after("{ cap = 0 }", row), [0, 0, 0, 30_00]);
    // The most restrictive of several counts.
    assert_eq!(after("{ cap = 60 }, { cap = 45 }, { cap = 80 }", row), [45_00, 30_00, 37_50, 0]);
}

#[test]
fn a_scale_rounds_down() {
    // 0.6 x 333.33 = 199.998.
    let row = "limit,balance\n333.33,250\n";
    assert_eq!(after("{ scale = 0.6 }", row), [199_99, 199_99, 199_99, 50_01]);
    // 0.29 x 100 hundredths falls short of 29 in binary, not in decimals.
    assert_eq!(limits("{ scale = 0.29 }", "limit,balance\n1,0\n"), [29]);
    assert_eq!(after("{ scale = 1.0 }", row), [333_33, 250_00, 291_67, 0]);
    assert_eq!(after("{ scale = 0.6 }, { cap = 150 }", row), [150_00, 150_00, 150_00, 100_00]);
}

#[test]
fn a_share_of_income() {
    // 10 % of 12,345.67 is 1,234.567.
    let rule = "{ income_share = 0.1 }";
    let row = "limit,balance,income\n5000,2000,12345.67\n";
    assert_eq!(after(rule, row), [1_234_56, 1_234_56, 1_234_56, 765_44]);
    assert_eq!(limits("{ income_share = 0.57 }", "limit,balance,income\n9,0,1\n"), [57]);
    // It bounds, it does not grant.
    assert_eq!(after(rule, "limit,balance,income\n500,0,90000\n"), [500_00, 0, 250_00, 0]);
}

#[test]
fn caps_by_band_of_the_score() {
    let rule = "{ score_caps = [{ below = 500, cap = 100 }, { at_least = 500, below = 600, \
                cap = 200 }, { above = 700, cap = 900 }] }";
    let tape = "limit,balance,score\n1001,0,499.9\n1002,0,500\n1003,0,599\n1004,0,600\n\
                1005,0,700\n1006,0,700.1\n";
    // 600 to 700 lies in no band: not bounded.
    assert_eq!(limits(rule, tape), [100_00, 200_00, 200_00, 1004_00, 1005_00, 900_00]);
}

#[test]
fn a_floor_lifts_account_rules_but_not_above_the_old_limit() {
    let row = "limit,balance\n1000,900\n";
    assert_eq!(after("{ scale = 0.2 }, { floor = 300 }", row), [300_00, 300_00, 300_00, 600_00]);
    assert_eq!(after("{ scale = 0.2 }, { floor = 150 }", row), [200_00, 200_00, 200_00, 700_00]);
    assert_eq!(after("{ cap = 10 }, { floor = 5000 }", row), [1000_00, 900_00, 950_00, 0]);
    assert_eq!(after("{ floor = 300 }", row), [1000_00, 900_00, 950_00, 0]);
    // The highest floor counts, wherever it stands.
    let rules = "{ floor = 300 }, { cap = 10 }, { floor = 400 }";
    assert_eq!(after(rules, row), [400_00, 400_00, 400_00, 500_00]);
}

#[test]
fn only_raise_lifts_a_limit() {
    let row = "limit,balance\n1000,600\n";
    assert_eq!(after("{ cap = 4000 }", row), [1000_00, 600_00, 800_00, 0]);
    // Debt stays (no pass-through), the undrawn line grows: EAD = 600 + 0.5 x 3400.
    assert_eq!(after("{ cap = 4000, raise = true }", row), [4000_00, 600_00, 2300_00, 0]);
    assert_eq!(after("{ scale = 1.5, raise = true }", row), [1500_00, 600_00, 1050_00, 0]);
    assert_eq!(after("{ cap = 200, raise = true }", row), [200_00, 200_00, 200_00, 400_00]);
    // A rule without it still bounds.
    let rules = "{ cap = 4000, raise = true }, { cap = 2000 }";
    assert_eq!(after(rules, row), [1000_00, 600_00, 800_00, 0]);
}

#[test]
fn new_credit_only_withdraws_nothing() {
    let rule = "{ cap = 50, applies_to = \"new\" }";
    assert_eq!(after(rule, "limit,balance\n100,80\n"), [80_00, 80_00, 80_00, 0]);
    assert_eq!(after(rule, "limit,balance\n100,20\n"), [50_00, 20_00, 35_00, 0]);
    assert_eq!(after(rule, "limit,balance\n100,120\n"), [100_00, 120_00, 120_00, 0]);
    // Beside a rule for all credit the stricter one counts.
    let rules = "{ cap = 50, applies_to = \"new\" }, { cap = 70 }";
    assert_eq!(after(rules, "limit,balance\n100,80\n"), [70_00, 70_00, 70_00, 10_00]);
}

const TWO_LENDERS: &str = "borrower,lender,limit,balance,income,score\n\
                           a,north,3000,2400,12000,650\na,south,1000,200,12000,650\n";

#[test]
fn one_cap_over_all_lenders() {
    // f = 2000 / 4000.
    let rule = "{ cap = 2000, per = \"borrower\" }";
    assert_eq!(limits(rule, TWO_LENDERS), [500_00, 1500_00]);
    // 2,400 runs off to 1,500; 200 + 0.5 x 300 stays.
    assert_eq!(after(rule, TWO_LENDERS), [2000_00, 1700_00, 1850_00, 900_00]);
    assert_eq!(limits("{ cap = 9000, per = \"borrower\" }", TWO_LENDERS), [1000_00, 3000_00]);
    // Income and score bound the sum in the same way.
    let income = "{ income_share = 0.1, per = \"borrower\" }";
    assert_eq!(limits(income, TWO_LENDERS), [300_00, 900_00]);
    let score = "{ score_caps = [{ at_least = 600, cap = 400 }], per = \"borrower\" }";
    assert_eq!(limits(score, TWO_LENDERS), [100_00, 300_00]);
    // Thirds round down: the cap is never exceeded.
    let thirds = "borrower,limit,balance\na,1,0\na,1.01,0\na,1.02,0\n";
    let found = limits("{ cap = 1, per = \"borrower\" }", thirds);
    assert_eq!(found, [33, 33, 33]);
}

#[test]
fn borrower_rules_come_last_and_take_the_smallest_share() {
    // L1 = 1200 and 1000; f = 0.5 of the old limits: 1500 and 500.
    let rules = "{ cap = 1200 }, { cap = 2000, per = \"borrower\" }";
    assert_eq!(limits(rules, TWO_LENDERS), [500_00, 1200_00]);
    // Under a floor.
    let rules = "{ cap = 100 }, { floor = 800 }, { cap = 2000, per = \"borrower\" }";
    assert_eq!(limits(rules, TWO_LENDERS), [500_00, 800_00]);
    let rules = "{ cap = 2000, per = \"borrower\" }, { cap = 1000, per = \"borrower\" }";
    assert_eq!(limits(rules, TWO_LENDERS), [250_00, 750_00]);
    // Only the matching accounts are summed and cut.
    let rules = "{ cap = 600, per = \"borrower\", where = { lender = \"north\" } }";
    assert_eq!(limits(rules, TWO_LENDERS), [1000_00, 600_00]);
    let rules = "{ cap = 2000, per = \"borrower\", applies_to = \"new\" }";
    assert_eq!(limits(rules, TWO_LENDERS), [500_00, 2400_00]);
}

#[test]
fn filters_look_at_old_values() {
    let tape = "segment,lender,product,limit,balance,age\n\
                young,north,card,1000,100,24\n\
                young,south,loan,1100,1100,25\n\
                old,north,card,1200,600,60\n";
    for (filter, want) in [
        ("age = { below = 25 }", [1, 1100_00, 1200_00]),
        ("age = { at_most = 25 }", [1, 1, 1200_00]),
        ("segment = \"old\"", [1000_00, 1100_00, 1]),
        ("segment = [\"old\", \"young\"], product = \"loan\"", [1000_00, 1, 1200_00]),
        ("lender = \"north\", limit = { above = 1000 }", [1000_00, 1100_00, 1]),
        ("balance = { at_least = 600, below = 1100 }", [1000_00, 1100_00, 1]),
    ] {
        let rule = format!("{{ cap = 0.01, where = {{ {filter} }} }}");
        assert_eq!(limits(&rule, tape), want, "{filter}");
    }
    // The second rule sees the old limit, not what the first has left.
    let rules = "{ cap = 500 }, { cap = 50, where = { limit = { at_most = 500 } } }";
    assert_eq!(limits(rules, tape), [500_00, 500_00, 500_00]);
}

#[test]
fn missing_attributes_are_refused_unless_the_rule_says_what_then() {
    let tape = "limit,balance,income,score,age\n1000,600,,,\n";
    for (rule, skip, zero) in [
        ("income_share = 0.1", 1000_00, 0),
        ("score_caps = [{ below = 500, cap = 70 }]", 1000_00, 70_00),
        ("cap = 30, where = { age = { below = 25 } }", 1000_00, 30_00),
        ("cap = 30, where = { age = { above = 25 } }", 1000_00, 1000_00),
        ("cap = 30, where = { income = { at_most = 0 } }", 1000_00, 30_00),
    ] {
        assert_eq!(limits(&format!("{{ {rule}, if_missing = \"skip\" }}"), tape), [skip]);
        assert_eq!(limits(&format!("{{ {rule}, if_missing = \"zero\" }}"), tape), [zero]);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("book.csv"), tape).expect("a tape");
        let text = scenario(&format!("{{ {rule} }}"));
        let loaded = load_text(&folder.path().join("s.toml"), &text, Notation::Toml, &[])
            .expect("a good scenario");
        let refused = run::prepare(&loaded).expect_err("the row lacks the attribute");
        assert_eq!(refused.faults.len(), 1, "{rule}");
    }
}

#[test]
fn the_books_count_people_money_and_interest() {
    let tape = "count,limit,balance,interest_rate\n10,100,80,0.15\n5,200,40,0.1\n3,50,60,0.2\n";
    let case = cut("{ cap = 60 }", tape);
    let (sums, before) = (totals(&case, 1), totals(&case, 0));
    // Balances: 10 x 60 + 5 x 40 + 3 x 60; the third line is not touched.
    assert_eq!((before.balance, sums.balance), (1180_00, 980_00));
    assert_eq!((sums.withdrawn, sums.limit_cut), (200_00, 10 * 40_00 + 5 * 140_00));
    assert_eq!((sums.accounts_cut, sums.limit), (15, 10 * 60_00 + 5 * 60_00 + 3 * 50_00));
    assert_eq!(sums.exposure, 10 * 60_00 + 5 * 50_00 + 3 * 60_00);
    assert!((sums.interest_lost.expect("rates are known") - 0.15 * 20_000.0).abs() < 1e-9);
    let books = &case.base().applied[1].books;
    assert_eq!((books.people_cut, books.people_cut_below_balance), (15, 10));
    // LGD 0.8 of each exposure, rounded half up: 48, 40 and 48.
    assert_eq!(sums.largest_loss, 10 * 48_00 + 5 * 40_00 + 3 * 48_00);
}

/// EL as the sum of PD x loss, and a simulated mean within 5 of its standard errors (one test at
/// 6e-7); the twin is a PD 5 % higher.
#[test]
fn expected_loss_is_the_sum_of_pd_times_loss() {
    let tape = "count,limit,balance,pd\n300,100,80,0.02\n5,200,40,0.1\n1,50,60,1\n7,90,90,0\n";
    let outcome = cut("{ cap = 60 }", tape).carry_out(2);
    let run = &outcome.results.runs[0];
    // Today: EAD 90, 120, 60, 90; capped: 60, 50, 60, 60.
    let loss =
        |ead: [f64; 3], x: f64| 0.8 * (x * 300.0 * 0.02 * ead[0] + x * 5.0 * 0.1 * ead[1] + ead[2]);
    for (policy, ead) in [("today", [90.0, 120.0, 60.0]), ("cut", [60.0, 50.0, 60.0])] {
        let facts = run.policies.iter().find(|p| p.id == policy).expect("the policy");
        let exact = facts.exact_expected_loss.expect("no factor is moved");
        assert!((exact - loss(ead, 1.0)).abs() < 1e-9, "{exact}");
        let found = value(run, "system", policy, Measure::ExpectedLoss, None);
        let sd = value(run, "system", policy, Measure::StandardDeviation, None);
        let error = sd / (run.trials as f64).sqrt();
        assert!((found - exact).abs() < 5.0 * error, "{found} {exact} {error}");
        assert!((found - loss(ead, 1.05)).abs() > 5.0 * error, "PD x 1.05 passes");
    }
}

#[test]
fn a_raising_borrower_rule_stays_within_the_account_caps() {
    let tape = "borrower,lender,limit,balance\na,north,100,50\na,south,100,50\n";
    let raise = "{ cap = 2_000, per = \"borrower\", raise = true }";
    assert_eq!(limits(raise, tape), [1_000_00, 1_000_00]);
    let capped = format!("{{ cap = 300, raise = true }}, {raise}");
    assert_eq!(limits(&capped, tape), [300_00, 300_00]);
    // A cap that may not raise holds limits to the old ones.
    let held = format!("{{ cap = 300 }}, {raise}");
    assert_eq!(limits(&held, tape), [100_00, 100_00]);
    let tighter = format!("{{ cap = 80 }}, {raise}");
    assert_eq!(limits(&tighter, tape), [80_00, 80_00]);
}

/// A cap without `raise` never lifts above the old limit, whatever raises next to it; a rule that may only raise
/// lowers nothing; several raising rules in either order.
#[test]
fn rules_that_raise_next_to_rules_that_do_not() {
    let row = "borrower,limit,balance\na,1000,0\n";
    let per = "per = \"borrower\"";
    for (rules, expected) in [
        ("{ cap = 9000, raise = true }, { cap = 1200 }".to_owned(), 1000_00),
        (format!("{{ cap = 9000, raise = true, {per} }}, {{ cap = 1200 }}"), 1000_00),
        (format!("{{ cap = 9000, raise = true }}, {{ cap = 1200, {per} }}"), 1000_00),
        (format!("{{ cap = 9000, raise = true, {per} }}, {{ cap = 1200, {per} }}"), 1000_00),
        ("{ floor = 1500 }, { cap = 500 }".to_owned(), 1000_00),
        (
            format!("{{ floor = 1500 }}, {{ cap = 500 }}, {{ cap = 9000, raise = true, {per} }}"),
            1000_00,
        ),
        (
            format!("{{ floor = 700 }}, {{ cap = 500 }}, {{ cap = 9000, raise = true, {per} }}"),
            700_00,
        ),
        (format!("{{ cap = 500 }}, {{ cap = 9000, raise = true, {per} }}"), 500_00),
        (
            format!("{{ cap = 9000, raise = true, {per} }}, {{ cap = 3000, raise = true, {per} }}"),
            3000_00,
        ),
        (
            format!("{{ cap = 3000, raise = true, {per} }}, {{ cap = 9000, raise = true, {per} }}"),
            3000_00,
        ),
        (format!("{{ cap = 5000, raise = true }}, {{ cap = 3000, raise = true, {per} }}"), 3000_00),
        (format!("{{ cap = 400, raise = true, {per} }}, {{ floor = 800 }}"), 400_00),
        // A floor that may raise lifts above the old limit too, but over no cap per borrower.
        ("{ floor = 1500, raise = true }".to_owned(), 1500_00),
        ("{ floor = 1500, raise = true }, { cap = 500 }".to_owned(), 1500_00),
        (format!("{{ floor = 1500, raise = true }}, {{ cap = 1200, {per} }}"), 1000_00),
    ] {
        assert_eq!(limits(&rules, row), [expected], "{rules}");
    }
}

/// One cap over all accounts is divided in proportion to old limits, each part rounded down; what rounding leaves,
/// and what an account rule leaves unused, is not divided again.
#[test]
fn a_cap_per_borrower_is_divided_once() {
    let tape = "borrower,lender,limit,balance\na,x,3,0\na,y,4,0\na,z,6,0\n";
    // 700 x 300 / 1300 = 161.5, 215.4, 323.1 hundredths: two are left.
    let rule = "{ cap = 7, per = \"borrower\" }";
    assert_eq!(limits(rule, tape), [161, 215, 323]);
    let with = format!("{rule}, {{ cap = 1, where = {{ lender = \"z\" }} }}");
    assert_eq!(limits(&with, tape), [161, 215, 100]);
}

/// A rule of the generated sets, as this test understands it.
#[derive(Clone, Debug)]
struct Drawn {
    /// 0 cap, 1 scale in hundredths, 2 floor, 3 cap per borrower.
    kind: u64,
    number: i64,
    raise: bool,
    new: bool,
    lenders: Vec<usize>,
}

impl Drawn {
    fn draw(state: &mut u64) -> Self {
        let mut below = |n: u64| {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*state >> 33) % n
        };
        let kind = below(4);
        let raise = below(3) == 0;
        let number = match kind {
            1 if raise => 50 + below(200) as i64,
            1 => below(101) as i64,
            3 => below(5_000) as i64,
            _ => below(2_500) as i64,
        };
        let (new, some) = (kind != 2 && below(4) == 0, below(2) == 0);
        let lenders = if some { (0..3).filter(|_| below(2) == 0).collect() } else { Vec::new() };
        Self { kind, number, raise, new, lenders }
    }

    fn text(&self, names: [&str; 3]) -> String {
        let bound = match self.kind {
            0 | 3 => format!("cap = {}", self.number),
            1 => format!("scale = {}.{:02}", self.number / 100, self.number % 100),
            _ => format!("floor = {}", self.number),
        };
        let per = if self.kind == 3 { ", per = \"borrower\"" } else { "" };
        let new = if self.new { ", applies_to = \"new\"" } else { "" };
        let lenders: Vec<String> =
            self.lenders.iter().map(|&at| format!("\"{}\"", names[at])).collect();
        let filter = match lenders.is_empty() {
            true => String::new(),
            false => format!(", where = {{ lender = [{}] }}", lenders.join(", ")),
        };
        format!("{{ {bound}{per}{new}, raise = {}{filter} }}", self.raise)
    }

    fn matches(&self, lender: usize) -> bool {
        self.lenders.is_empty() || self.lenders.contains(&lender)
    }
}

/// Accounts of a borrower: lender, limit, balance.
type Lines = Vec<(usize, i64, i64)>;

/// The largest limit that the rules let an account have. A limit is allowed if no cap per borrower forbids it,
/// and if a floor allows it or else no other cap forbids it and it is no rise, or one that some cap gives.
/// `twin`: caps without `raise` are held to what they say, not to the old limit.
fn largest_allowed(rules: &[Drawn], lines: &Lines, at: usize, twin: bool) -> i64 {
    let (lender, old, balance) = lines[at];
    let own: Vec<&Drawn> = rules.iter().filter(|rule| rule.matches(lender)).collect();
    let allows = |rule: &Drawn| -> i64 {
        let sum: i64 = lines.iter().filter(|line| rule.matches(line.0)).map(|line| line.1).sum();
        let says = match rule.kind {
            1 => old * rule.number / 100,
            3 => old * rule.number / sum,
            _ => rule.number,
        };
        let says = if rule.raise || twin { says } else { says.min(old) };
        if rule.new { says.max(balance.min(old)) } else { says }
    };
    let is_allowed = |limit: i64| {
        let per_borrower = own.iter().filter(|r| r.kind == 3).all(|r| limit <= allows(r));
        let floor = own.iter().any(|r| r.kind == 2 && limit <= allows(r));
        let caps = own.iter().filter(|r| r.kind < 2).all(|r| limit <= allows(r));
        let given = limit <= old || own.iter().any(|r| r.kind != 2 && r.raise);
        per_borrower && (floor || caps && given)
    };
    let tried = own.iter().map(|rule| allows(rule)).chain([old, 0]);
    tried.filter(|&limit| is_allowed(limit)).max().expect("0 is allowed")
}

/// Generated books and sets of rules: limits are the largest that a plain account of the rules allows; the order of
/// rules, the names of lenders and the order of rows do not matter; no limit falls where a number rises. Twin:
/// caps beside a rule that raises act as written.
#[test]
fn generated_rules_meet_a_plain_account_of_them() {
    let mut state = 1_u64;
    let mut below = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    // No two accounts have the same limit, which tells them apart.
    let mut number = 0;
    let mut line = |lender: u64, rest: u64, balance: u64| {
        number += 1;
        (lender as usize, 200 * rest as i64 + number, balance as i64)
    };
    let book: Vec<Lines> = (0..30)
        .map(|_| (0..1 + below(4)).map(|_| line(below(3), below(11), below(2_400))).collect())
        .collect();
    let sets: Vec<Vec<Drawn>> = (0..120_u64)
        .map(|set| {
            let mut state = 1_000 + set;
            (0..1 + set % 4).map(|_| Drawn::draw(&mut state)).collect()
        })
        .collect();
    let new = |sets: &[Vec<Drawn>], names: [&str; 3], reversed: bool| -> Vec<Vec<i64>> {
        let mut rows: Vec<String> = Vec::new();
        for (b, lines) in book.iter().enumerate() {
            for &(lender, limit, balance) in lines {
                rows.push(format!("b{b},{},{limit},{balance}\n", names[lender]));
            }
        }
        let mut policies = String::from("{ id = \"today\" }");
        for (at, rules) in sets.iter().enumerate() {
            let mut texts: Vec<String> = rules.iter().map(|rule| rule.text(names)).collect();
            if reversed {
                texts.reverse();
            }
            policies += &format!(", {{ id = \"p{at}\", rule = [{}] }}", texts.join(", "));
        }
        if reversed {
            rows.reverse();
        }
        let text = format!(
            "format = 1\ncurrency = \"EUR\"\nminor_units = 1\nsampling = {{ trials = 128 }}\n\
             portfolio = {{ tape = \"book.csv\", defaults = {{ pd = 0.1, lgd = 1, ccf = 0 }} }}\n\
             model = {{ correlation = 0 }}\noutput = {{ equal_credit_cut = false }}\npolicy = [{policies}]\n"
        );
        let case = case(&text, &format!("borrower,lender,limit,balance\n{}", rows.concat()));
        let run = case.base();
        let limits = &run.book().accounts.limit;
        let of = |policy: usize| -> Vec<i64> {
            let (policies, currency) = (&run.scenario.policies, &run.scenario.currency);
            let new = NewLimits::of(&policies[policy], run.book(), currency).expect("good rules");
            let each = book.iter().flatten().map(|line| {
                let found = (0..limits.len()).find(|&a| limits.get(a) == line.1);
                new.at(found.expect("the account"), line.1)
            });
            each.collect()
        };
        (1..=sets.len()).map(of).collect()
    };
    let names = ["x", "y", "z"];
    let found = new(&sets, names, false);
    let plain = |twin: bool| -> Vec<Vec<i64>> {
        let of = |rules: &Vec<Drawn>| {
            let each = book.iter().flat_map(|lines| {
                (0..lines.len()).map(|at| largest_allowed(rules, lines, at, twin))
            });
            each.collect()
        };
        sets.iter().map(of).collect()
    };
    for ((found, plain), rules) in found.iter().zip(&plain(false)).zip(&sets) {
        assert_eq!(found, plain, "{rules:#?}");
    }
    assert_ne!(found, plain(true), "the twin passes");
    assert_eq!(found, new(&sets, ["z", "x", "y"], true), "names or order matter");
    for at in 0..4 {
        let mut more = sets.clone();
        for rules in &mut more {
            if let Some(rule) = rules.get_mut(at) {
                let most = if rule.kind == 1 && !rule.raise { 100 } else { i64::MAX };
                rule.number = (rule.number + 37).min(most);
            }
        }
        for (less, more) in found.iter().flatten().zip(new(&more, names, false).iter().flatten()) {
            assert!(less <= more, "a limit falls where a number rises");
        }
    }
}

#[test]
fn limits_raised_beyond_counting_are_refused() {
    let tape = "count,limit,balance\n1_000_000,1000000,50000\n".replace('_', "");
    let text = scenario("{ scale = 1e12, raise = true }");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("book.csv"), tape).expect("a written tape");
    let loaded = load_text(&folder.path().join("s.toml"), &text, Notation::Toml, &[])
        .unwrap_or_else(|rejected| panic!("{:#?}", rejected.faults));
    let refused = run::prepare(&loaded).expect_err("the sum leaves 64 bits");
    assert!(format!("{:?}", refused.faults[0].kind).contains("more than can be counted"));
}

#[test]
fn interest_lost_is_told_only_if_all_of_it_is_known() {
    let told = |tape: &str| {
        let case = cut("{ cap = 50 }", tape);
        let results = case.carry_out(1).results;
        results.runs[0]
            .system("cut", Measure::InterestIncomeLost, None, tailcap::measures::Comparison::Level)
            .map(|row| row.estimate.value)
    };
    let header = "lender,limit,balance,interest_rate\n";
    assert_eq!(told(&format!("{header}a,100,100,0.2\nb,100,100,0.1\n")), Some(15.0));
    assert_eq!(told(&format!("{header}a,100,100,0.2\nb,100,100,\n")), None);
    // An account that loses nothing needs no rate.
    assert_eq!(told(&format!("{header}a,100,100,0.2\nb,40,40,\n")), Some(10.0));
}
