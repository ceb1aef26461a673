//! One line per rule of the format: the text that breaks it, and words of the message.

use super::*;
use crate::units::Amount;

/// The least scenario with lines put at its top, into its tables, and at its end.
fn text(top: &str, portfolio: &str, model: &str, end: &str) -> String {
    format!(
        "format = 1\ncurrency = \"TWD\"\n{top}\n[portfolio]\ntape = \"t.csv\"\n{portfolio}\n\
         [model]\n{model}\n[[policy]]\nid = \"today\"\n{end}\n"
    )
}

fn loaded(text: &str) -> Loaded {
    toml(text).unwrap_or_else(|rejected| panic!("{:#?}", rejected.faults))
}

/// Each text gives exactly one fault, and its message holds the words.
fn each(cases: &[(String, &str)]) {
    for (text, words) in cases {
        let message = message(text);
        assert_eq!(message.matches("error:").count(), 1, "{text}\n{message}");
        assert!(message.contains(words), "no `{words}` in\n{message}");
    }
}

#[test]
fn the_top_of_the_file() {
    let top = |line: &str| text(line, "", "correlation = 0.04", "");
    each(&[
        (top("").replace("format = 1", "format = 2"), "this one reads format 1"),
        (top("").replace("format = 1", ""), "`format` is missing"),
        (top("").replace("\"TWD\"", "\"\""), "must be a code"),
        (top("minor_units = 0"), "must be a whole number in 1..=10^15"),
        (top("seed = -1"), "must be a whole number in 0..=2^63 - 1"),
        (top("seed = 9223372036854775808"), "must be a whole number below 2^63"),
        (top("levels = []"), "at least one level"),
        (top("levels = [0.99, 0.990]"), "level `0.99` is given twice"),
        (top("levels = [1.0]"), "must be a level in 0..1"),
        (top("levels = [99.9]"), "a fraction: write 0.999"),
        (top("confidence = 95"), "a fraction: write 0.95"),
        (top("thresholds = [1, 1.0]"), "threshold `1` is given twice"),
        (top("thresholds = [1e300]"), "must be an amount up to"),
        (top("baseline = \"tody\""), "did you mean `today`?"),
        (top("sampling = { trials = 0 }"), "must be a whole number in 1..=2^38"),
        (top("policy = []").replace("[[policy]]\nid = \"today\"", ""), "`policy` is missing"),
        (top("engine = \"guess\""), "`monte-carlo`, `exact` or `large-pool`"),
        (
            top("engine = \"exact\"\nsampling = { plan = \"quasi\" }"),
            "cannot give this: there are no trials to draw",
        ),
        (top("title = \" \""), "must be a text that is not empty"),
    ]);
}

#[test]
fn amounts_need_a_unit_that_is_fine_enough() {
    let top = |line: &str, end: &str| text(line, "", "correlation = 0.04", end);
    let cap = "rule = [{ cap = 0.0015 }]";
    each(&[
        (top("minor_units = 100", cap), "of `cap`, 0.0015 would become 0"),
        (
            top("minor_units = 100", cap),
            "leave `minor_units` out, and it follows the data; this needs at least 10000",
        ),
        (
            top("minor_units = 1", "rule = [{ cap = 1234.5 }]"),
            "rounded to 1: of `cap`, the sum 1234.5 would become 1235",
        ),
    ]);
    // Left out, it follows the file; amounts that were equal in hundredths are told apart.
    let loaded = loaded(&top("thresholds = [0.001, 0.002]", cap));
    assert_eq!(loaded.scenario.currency.minor_per_unit, 10_000);
    assert_eq!(loaded.scenario.thresholds, [Amount(10), Amount(20)]);
    assert!(loaded.scenario.has_finer_unit());
}

#[test]
fn only_what_is_clearly_percent_is_taken_for_it() {
    let portfolio = |line: &str| message(&text("", line, "correlation = 0.04", ""));
    for (line, hint) in [
        ("defaults = { lgd = 1.1 }", None),
        ("defaults = { ccf = 1.2 }", None),
        ("defaults = { lgd = 2 }", Some("write 0.02")),
        ("defaults = { pd = 1.5 }", Some("write 0.015")),
    ] {
        let found = portfolio(line);
        assert_eq!(found.contains("hint:"), hint.is_some(), "{found}");
        assert!(hint.is_none_or(|hint| found.contains(hint)), "{found}");
    }
}

#[test]
fn a_beta_law_without_spread_is_the_fixed_one() {
    let of = |sd: f64| {
        let end = format!("[severity]\nlgd = {{ law = \"beta\", sd = {sd} }}");
        loaded(&text("", "", "correlation = 0.04", &end)).scenario.severity.of("all").lgd.clone()
    };
    assert_eq!(of(0.0), LgdLaw::Fixed);
    assert_eq!(of(0.1), LgdLaw::Beta { sd: 0.1 });
}

#[test]
fn proportions_that_are_advised_are_accepted() {
    let law = |p: &str| {
        let end = format!(
            "[severity]\nlgd = {{ law = \"discrete\", values = [0.1, 0.2, 0.3], probabilities = [{p}] }}"
        );
        text("", "", "correlation = 0.04", &end)
    };
    for given in ["1, 1, 1", "0.5, 0.5, 0.00001", "0.2, 0.3, 0.6"] {
        let refused = message(&law(given));
        let advised = refused.split("in these proportions: [").nth(1).unwrap();
        let advised = advised.split(']').next().unwrap();
        loaded(&law(advised));
    }
}

#[test]
fn the_portfolio() {
    let portfolio = |line: &str| text("", line, "correlation = 0.04", "");
    each(&[
        (portfolio("").replace("tape = \"t.csv\"", ""), "`tape` is missing"),
        (portfolio("defaults = { pd = 3 }"), "a fraction per horizon: write 0.03"),
        (portfolio("defaults = { lgd = 75 }"), "a fraction: write 0.75"),
        (portfolio("defaults = { ccf = -0.1 }"), "must be a fraction in 0..=1"),
        (portfolio("defaults = { interest_rate = 18 }"), "a fraction per year: write 0.18"),
        (portfolio("calibrate = { mean_pd = 1 }"), "0..1 (ends excluded)"),
        (portfolio("calibrate = {}"), "`mean_pd` is missing"),
        (portfolio("pool = { balance_step = 0 }"), "at least one smallest unit"),
        (portfolio("observed_pd = { limit_bands = [2, 1] }"), "larger than the edge before it"),
        (portfolio("observed_pd = {}"), "`limit_bands` is missing"),
        (
            portfolio("columns = { pd = \"PD\" }\nobserved_pd = { limit_bands = [] }"),
            "not from both",
        ),
        (portfolio("columns = { limt = \"L\" }"), "did you mean `limit`?"),
        (portfolio("[[portfolio.segment]]\nid = \"a\""), "`where` is missing"),
        (
            portfolio("[[portfolio.segment]]\nid = \"a\"\nwhere = { lender = \"x\" }"),
            "unknown key `lender`",
        ),
        (
            portfolio("segment = [{ id = \"a\", where = {} }, { id = \"a\", where = {} }]"),
            "segment id `a` is given twice",
        ),
    ]);
}

#[test]
fn the_model() {
    let model = |lines: &str| text("", "", lines, "");
    let two = |line: &str| {
        model(&format!(
            "loadings = {{ a = 0.1 }}\nfactor = [{{ id = \"a\" }}, {{ id = \"b\", {line} }}]"
        ))
    };
    each(&[
        (
            model("copula = \"clayton\"\ncorrelation = 0.1"),
            "known names: `gaussian`, `t`, `creditrisk+`",
        ),
        (model("copula = \"t\"\ncorrelation = 0.1"), "`degrees_of_freedom` is missing"),
        (
            model("copula = \"t\"\ndegrees_of_freedom = 0.5\ncorrelation = 0.1"),
            "a number of 1 to 1,000",
        ),
        (model("degrees_of_freedom = 4\ncorrelation = 0.1"), "set model.copula = \"t\""),
        (
            model("copula = \"creditrisk+\"\nfactor = [{ id = \"a\", sd = 1 }]"),
            "`defaults` is missing",
        ),
        (model("copula = \"creditrisk+\"\ndefaults = \"poisson\""), "`factor` is missing"),
        (
            model("copula = \"creditrisk+\"\ndefaults = \"poisson\"\nfactor = [{ id = \"a\" }]"),
            "`sd` is missing",
        ),
        (
            model(
                "copula = \"creditrisk+\"\ndefaults = \"poisson\"\ncorrelation = 0.1\n\
                 factor = [{ id = \"a\", sd = 1 }]",
            ),
            "`correlation` says nothing about creditrisk+",
        ),
        (
            model(
                "copula = \"creditrisk+\"\ndefaults = \"poisson\"\nfactor = [{ id = \"a\", \
                 sd = 1 }, { id = \"b\", sd = 1, correlation = { a = 0.2 } }]",
            ),
            "sectors of \"creditrisk+\" are independent",
        ),
        (
            model(
                "copula = \"creditrisk+\"\ndefaults = \"bernoulli\"\n\
                 loadings = { a = 0.7, b = 0.7 }\nfactor = [{ id = \"a\", sd = 1 }, \
                 { id = \"b\", sd = 1 }]",
            ),
            "sum to 1.4, must be at most 1",
        ),
        (model("defaults = \"poisson\"\ncorrelation = 0.1"), "says what a rate of"),
        (model("correlation = 0.1\nfactor = [{ id = \"a\", sd = 1 }]"), "other factors have 1"),
        (model("mixture = \"logit\"\ncorrelation = 0.1"), "unknown mixture `logit`"),
        (model("mixture = \"logit-normal\""), "`log_odds_sd` is missing"),
        (model("mixture = \"logit-normal\"\nlog_odds_sd = 11"), "a standard deviation of 0 to 10"),
        (
            model("mixture = \"beta\"\ndefault_correlation = 0.1\ncorrelation = 0.1"),
            "its key is `default_correlation`",
        ),
        (model("mixture = \"beta\"\ndefault_correlation = 1"), "above 0 and below 1"),
        (
            model(
                "copula = \"t\"\ndegrees_of_freedom = 4\nmixture = \"beta\"\n\
                   default_correlation = 0.1",
            ),
            "brings its own",
        ),
        (model(""), "`correlation` is missing"),
        (model("correlation = 1"), "must be a correlation in 0..1 (1 excluded)"),
        (model("correlation = 1"), "are one draw: set `stands_for`"),
        (model("correlation = 15"), "write 0.15"),
        (model("correlation = {}"), "`basel` is missing"),
        (model("correlation = { basel = \"qre\" }"), "did you mean `qrre`?"),
        (model("correlation = 0.1\nloadings = { systematic = 0.1 }"), "give one of them"),
        (model("loadings = { systemic = 0.1 }"), "unknown factor `systemic`"),
        (model("correlation = 0.1\non_factor = \"x\""), "unknown factor `x`"),
        (two("correlation = { b = 0.1 }"), "with itself"),
        (two("correlation = { a = 1.1 }"), "must be a correlation in -1..=1"),
        (two("correlation = { c = 0.1 }"), "unknown factor `c`"),
        (
            model(
                "loadings = { a = 0.1 }\nfactor = [{ id = \"a\", correlation = { b = 0.1 } }, \
                 { id = \"b\", correlation = { a = 0.2 } }]",
            ),
            "is given twice: 0.1 and 0.2",
        ),
        (
            model(
                "loadings = { a = 0.8, b = 0.8 }\nfactor = [{ id = \"a\" }, { id = \"b\", \
                 correlation = { a = 0.5 } }]",
            ),
            "explain 1.9200",
        ),
        (
            model("loadings = { a = 0.1 }\nfactor = [{ id = \"a\" }, { id = \"a\" }]"),
            "factor id `a` is given twice",
        ),
        (model("correlation = 0.1\nsegment = { x = {} }"), "segment `x`: `correlation` is missing"),
    ]);
}

#[test]
fn the_stress() {
    let stress = |line: &str| text("", "", "correlation = 0.04", &format!("[stress]\n{line}"));
    each(&[
        (stress("pd_multiplier = 0"), "must be a finite multiplier > 0"),
        (stress("odds_multiplier = inf"), "must be a finite number"),
        (stress("factor = {}"), "{ fixed = -1.57 }"),
        (stress("factor = { fixed = 1, shift = 1 }"), "not both"),
        (stress("factors = { x = { fixed = 1 } }"), "unknown factor `x`"),
        (
            stress("factor = { fixed = 1 }\nfactors = { systematic = { shift = 1 } }"),
            "stressed twice",
        ),
    ]);
}

#[test]
fn the_rules() {
    let rule = |line: &str| text("", "", "correlation = 0.04", &format!("[[policy.rule]]\n{line}"));
    each(&[
        (rule(""), "bounds nothing"),
        (rule("cap = 1\nfloor = 1"), "both `cap` and `floor`"),
        (rule("scale = -0.5"), "must be a finite multiple >= 0"),
        (rule("scale = 1.5"), "add `raise = true`"),
        (rule("scale = 0.5\nper = \"borrower\""), "`scale` acts on each account"),
        (rule("floor = 5\nper = \"borrower\""), "`floor` acts on each account"),
        (rule("income_share = -1"), "must be a finite share"),
        (rule("score_caps = []"), "at least one band"),
        (rule("score_caps = [{ below = 600 }]"), "`cap` is missing"),
        (
            rule("score_caps = [{ at_most = 600, cap = 1 }, { at_least = 600, cap = 2 }]"),
            "the bands `at most 600` and `at least 600` of the score overlap",
        ),
        (rule("cap = 1\nwhere = { age = { below = 18, at_least = 18 } }"), "is empty"),
        (rule("cap = 1\nwhere = { age = { below = 18, at_most = 18 } }"), "two upper ends"),
        (rule("cap = 1\nwhere = { age = { above = 18, at_least = 18 } }"), "two lower ends"),
        (rule("cap = 1\nwhere = { age = {} }"), "must be a range"),
        (rule("cap = 1\nwhere = { age = 18 }"), "must be a range"),
        (rule("cap = 1\nwhere = { segment = [] }"), "at least one name"),
        (rule("cap = 1\nif_missing = \"drop\""), "must be `refuse`, `skip` or `zero`"),
    ]);
}

#[test]
fn ladders() {
    let ladder = |cap: &str| {
        let policy = format!("[[policy]]\nid = \"cap\"\n[[policy.rule]]\ncap = {cap}");
        text("", "", "correlation = 0.04", &policy)
    };
    let collision = "{ from = 1, to = 9, steps = 3 }\n[[policy]]\nid = \"cap-9\"";
    let two = "{ list = [1, 2] }\n[[policy.rule]]\ncap = { list = [3, 4] }";
    each(&[
        (ladder("{ to = 9, steps = 3 }"), "`from` is missing"),
        (ladder("{ from = 1, to = 9 }"), "`steps` is missing"),
        (ladder("{ from = 9, to = 1, steps = 3 }"), "swap `from` and `to`"),
        (ladder("{ from = 9, to = 9, steps = 3 }"), "must be an amount above `from`"),
        (ladder("{ from = 1, to = 9, steps = 1 }"), "must be a whole number in 2..=1000"),
        (ladder("{ from = 1, to = 9, steps = 0 }"), "must be a whole number in 2..=1000"),
        (ladder("{ from = 1, to = 9, steps = -2 }"), "must be a whole number in 2..=1000"),
        (ladder("{ from = 1, to = 9, steps = 1_001 }"), "must be a whole number in 2..=1000"),
        (ladder("{ from = 1, to = 9, steps = 2.5 }"), "must be a whole number"),
        (ladder("{ from = 1, to = 9, step = 2, steps = 2 }"), "did you mean `steps`?"),
        (ladder("{ from = -1, to = 9, steps = 3 }"), "must be a finite amount >= 0"),
        (ladder("{ from = 1, to = inf, steps = 3 }"), "must be a finite number"),
        (ladder("{ from = 0, to = 9, steps = 3 }"), "spacing = \"linear\" may begin at 0"),
        (ladder("{ from = 1, to = 9, steps = 3, spacing = \"lin\" }"), "must be `log` or `linear`"),
        (ladder("{ from = 1, to = 9, steps = 3, round_to = 0 }"), "at least one smallest unit"),
        (ladder("{ from = 1, to = 1.01, steps = 3 }"), "cap 2 of the ladder rounds to 1,"),
        (ladder("{ from = 1, to = 9, steps = 4, round_to = 5 }"), "cap 2 of the ladder rounds to"),
        (ladder("{ list = [] }"), "must be a list of 2 to 1000 amounts"),
        (ladder("{ list = [5] }"), "for one cap write it without a table"),
        (ladder("{ list = [1, 3, 3] }"), "must be larger than the cap before it"),
        (ladder("{ list = [1, 2], from = 1 }"), "both `list` and `from`"),
        (ladder("[1, 2]"), "must be an amount such as 100_000, or a table"),
        (ladder(two), "the policy has two ladders"),
        (ladder(collision), "policy id `cap-9` is given twice"),
        (
            ladder("1")
                .replace("\"today\"", "\"cap-2\"")
                .replace("cap = 1", "cap = { list = [1, 2] }"),
            "the ladder `cap` makes this id",
        ),
        (
            ladder(
                "{ list = [1, 2] }\n[[variant]]\nid = \"v\"\n[variant.set]\n\
                    \"policy.cap.rule.0.cap.list\" = [1, 3]",
            ),
            "policies have the same ids in all variants, and so a ladder the same caps",
        ),
    ]);
}

#[test]
fn matching_credit() {
    let matched = |lines: &str| {
        let policy = format!(
            "[[policy]]\nid = \"b\"\n[[policy.rule]]\ncap = 5\n[[policy]]\nid = \"a\"\n{lines}"
        );
        text("", "", "correlation = 0.04", &policy)
    };
    each(&[
        (matched("match_credit = \"c\"\n[[policy.rule]]\ncap = 1"), "unknown policy `c`"),
        (matched("match_credit = \"a\"\n[[policy.rule]]\ncap = 1"), "cannot match its own credit"),
        (
            matched(
                "match_credit = \"b\"\n[[policy.rule]]\ncap = 1\n[[policy]]\nid = \"c\"\n\
                     match_credit = \"a\"\n[[policy.rule]]\nscale = 1",
            ),
            "match `b` too",
        ),
        (matched("match_credit = \"b\""), "solves for one number, and 0 rules have one"),
        (
            matched("match_credit = \"b\"\n[[policy.rule]]\ncap = 1\n[[policy.rule]]\nscale = 1"),
            "solves for one number, and 2 rules have one",
        ),
        (
            matched("match_credit = \"b\"\n[[policy.rule]]\ncap = 1\nraise = true"),
            "cannot stand with `raise = true`",
        ),
        (
            matched("match_credit = \"b\"\n[[policy.rule]]\nscore_caps = [{ below = 1, cap = 0 }]"),
            "no factor brings credit back",
        ),
        (
            matched("match_credit = \"b\"\n[[policy.rule]]\ncap = { list = [1, 2] }"),
            "the caps of a ladder are given",
        ),
    ]);
    let cycle = message(&matched(
        "match_credit = \"c\"\n[[policy.rule]]\ncap = 1\n[[policy]]\n\
                                  id = \"c\"\nmatch_credit = \"a\"\n[[policy.rule]]\nscale = 1",
    ));
    assert_eq!(cycle.matches("one of the two has to stand for itself").count(), 2, "{cycle}");
}

#[test]
fn the_output() {
    let output = |line: &str| text("", "", "correlation = 0.04", &format!("[output]\n{line}"));
    each(&[
        (output("over_indebted = 0"), "must be a finite share of the yearly income > 0"),
        (output("repayment_years = -1"), "must be a finite number of years > 0"),
        (output("bands = { age = [25, 25] }"), "must be larger than the edge before it"),
        (output("bands = { wealth = [25] }"), "unknown key `wealth`"),
    ]);
}

#[test]
fn ids_are_slugs() {
    let id = |id: &str| {
        text("", "", "correlation = 0.04", "").replace("\"today\"", &format!("\"{id}\""))
    };
    each(&[
        (id("Cap 3,000"), "write `cap-3-000`"),
        (id("today~equal"), "must be a slug"),
        (id(""), "must be a slug"),
        (text("", "", "correlation = 0.04", "[[variant]]"), "`id` is missing"),
    ]);
}

#[test]
fn a_fault_inherited_by_variants_is_told_once() {
    each(&[(
        text("", "", "correlation = 2", "[[variant]]\nid = \"a\"\n[[variant]]\nid = \"b\""),
        "correlation is `2`",
    )]);
}

#[test]
fn touching_score_bands_do_not_overlap() {
    let bands =
        "[[policy.rule]]\nscore_caps = [{ below = 600, cap = 1 }, { at_least = 600, cap = 2 }]";
    toml(&text("", "", "correlation = 0.04", bands)).unwrap();
}

#[test]
fn a_list_where_a_table_belongs() {
    for (list, what) in [
        ("sampling = [5]", "sampling is `[5]`, must be a table"),
        ("stress = [2.0]", "stress is `[2.0]`, must be a table"),
        ("output = [true]", "output is `[true]`, must be a table"),
        ("variant = [[\"x\"]]", "must be a table"),
    ] {
        let text = format!(
            "format = 1\ncurrency = \"TWD\"\n{list}\n[portfolio]\ntape = \"t.csv\"\n\
             [model]\ncorrelation = 0.1\n[[policy]]\nid = \"today\"\n"
        );
        let rejected = toml(&text).unwrap_err();
        let said = rejected.places.render(&rejected.faults, false);
        assert!(said.contains(what), "{list}: {said}");
    }
}
