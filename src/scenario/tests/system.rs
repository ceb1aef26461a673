//! `[system]`: what is read, what is refused, how files that build on others change it.

use insta::assert_snapshot;

use super::*;

/// The least scenario with lines after it.
fn text(more: &str) -> String {
    format!("{LEAST}{more}")
}

/// One lender, `platform`, and a group, `bank`, with lines after them.
fn two(more: &str) -> String {
    text(&format!(
        "[[system.lender]]\nname = \"platform\"\ncapital = 100\n\
         [[system.group]]\nname = \"bank\"\ncount = 12\ncapital = 500\n{more}"
    ))
}

/// A programme of the platform with lines in it.
fn joint(more: &str) -> String {
    two(&format!("[[system.programme]]\nid = \"joint\"\nlender = \"platform\"\n{more}"))
}

fn system(text: &str) -> SystemSpec {
    let loaded = toml(text).unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false)));
    loaded.scenario.system.unwrap()
}

fn share(x: f64) -> Fraction {
    Fraction::new(x).unwrap()
}

const FULL_SYSTEM: &str = r#"
[system]
capital_ratio = 0.1
risk_weight = 1.0
failures = [5, 1]
[[system.lender]]
name = "platform"
capital = 1_000
risk_weight = 0.5
other_assets = { amount = 1e8, risk_weight = 0.2, pd = 0.01, lgd = 0.4, loading = -0.35, factor = "systematic" }
interbank_assets = 5
interbank_liabilities = 5
[[system.lender]]
name = "fund"
[[system.group]]
name = "bank"
count = 100
capital = 5_000
spread = 1.0
interbank_assets = 50
interbank_liabilities = 50
[[system.programme]]
id = "joint"
lender = "platform"
products = ["loan"]
segments = "young"
own_share = 0.02
securitised = 0.3
partners = ["bank", "fund"]
weights = [2, 1]
guarantee = { by = "platform", cover = 0.9, limit = 0.05 }
[[system.programme.tranche]]
name = "equity"
from = 0
to = 0.1
holder = "platform"
risk_weight = 12.5
[[system.programme.tranche]]
name = "senior"
from = 0.1
to = 1
[system.contagion]
network = "maximum-entropy"
clearing = "rogers-veraart"
recovered = { assets = 0.9, claims = 0.8 }
outside_creditors = "first"
debt_rank = "single-hit"
cascade = true
[system.feedback]
cut = 0.2
squeeze = 0.3
[[policy]]
id = "late"
when = "during"
rule = [{ cap = { list = [1, 2] } }]
[[expect]]
policy = "late-1"
measure = { failures_at_least = 5 }
below = 0.1
[[expect]]
policy = "today"
measure = "failure_probability"
lender = "platform"
below = 0.1
[[expect]]
policy = "today"
measure = "debt_rank"
below = 0.1
[[expect]]
policy = "today"
measure = "el"
bearer = "creditors"
below = 1
[[expect]]
policy = "today"
measure = "el"
total = true
below = 1
"#;

#[test]
fn every_key_of_a_system_arrives() {
    let loaded = toml(&text(FULL_SYSTEM));
    let scenario =
        loaded.unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false))).scenario;
    let system = scenario.system.unwrap();
    assert_eq!((system.capital_ratio, system.risk_weight), (0.1, 1.0));
    assert_eq!((system.failures.as_slice(), system.with_capital()), (&[1, 5][..], 101));
    let [platform, fund] = system.lenders.as_slice() else { panic!("two lenders") };
    assert_eq!((platform.sheet.capital, fund.sheet.capital), (Some(Amount(100_000)), None));
    assert_eq!(
        (platform.sheet.interbank_assets, platform.sheet.risk_weight),
        (Amount(500), Some(0.5))
    );
    let other = platform.sheet.other_assets.unwrap();
    assert_eq!((other.amount, other.risk_weight), (Amount(10_000_000_000), 0.2));
    assert_eq!((other.lgd, other.loading, other.factor), (share(0.4), -0.35, 0));
    let bank = &system.groups[0];
    assert_eq!((bank.count, bank.spread, bank.path.as_str()), (100, 1.0, "system.group[0]"));
    let joint = &system.programmes[0];
    assert_eq!(
        (joint.products.as_slice(), joint.segments.as_slice()),
        (&["loan".to_owned()][..], &["young".to_owned()][..])
    );
    assert_eq!((joint.own_share, joint.securitised), (share(0.02), share(0.3)));
    assert_eq!(joint.weights, Weights::Given(vec![2.0, 1.0]));
    let by = Guarantee { by: "platform".into(), cover: share(0.9), limit: Some(share(0.05)) };
    assert_eq!(joint.guarantee, Some(by));
    assert_eq!(joint.tranches[0].holder.as_deref(), Some("platform"));
    assert_eq!(joint.tranches[1].path, "system.programme[0].tranche[1]");
    let contagion = system.contagion.unwrap();
    assert_eq!(contagion.network, NetworkSpec::MaximumEntropy);
    assert_eq!((contagion.assets_recovered, contagion.claims_recovered), (share(0.9), share(0.8)));
    assert!(contagion.outside_first && contagion.cascade);
    assert_eq!(contagion.debt_rank, Some(DebtRankVariant::SingleHit));
    assert_eq!(system.feedback, Some(Feedback { cut: share(0.2), squeeze: Some(0.3) }));
    let when: Vec<When> = scenario.policies.iter().map(|policy| policy.when).collect();
    assert_eq!(when, [When::Before, When::During, When::During]);
    let parts: Vec<&Part> = scenario.expectations.iter().map(|e| &e.part).collect();
    assert_eq!(parts[3..], [&Part::Bearer("creditors".into()), &Part::Total]);
    assert_eq!(scenario.expectations[0].measured, Measured::AtLeastFailures(5));
}

#[test]
fn the_least_system_has_the_documented_defaults() {
    let more = "partners = \"bank\"\nguarantee = { by = \"platform\" }\n[system.contagion]\n\
                network = { lenders = [\"platform\", \"bank-07\"], owes = [[0, 5], [2.5, 0]] }\n";
    let system = system(&joint(more));
    assert_eq!((system.capital_ratio, system.risk_weight), (DEFAULT_CAPITAL_RATIO, 0.75));
    assert_eq!(system.failures, [1, 2, 5, 10]);
    let joint = &system.programmes[0];
    assert_eq!((joint.own_share, joint.securitised), (Fraction::ZERO, Fraction::ZERO));
    assert_eq!((&joint.weights, joint.most_of_capital), (&Weights::Equal, None));
    let guarantee = joint.guarantee.as_ref().unwrap();
    assert_eq!((guarantee.cover, guarantee.limit), (Fraction::ONE, None));
    let contagion = system.contagion.unwrap();
    assert_eq!(contagion.assets_recovered, Fraction::ONE);
    assert!(!contagion.outside_first && !contagion.cascade && contagion.debt_rank.is_none());
    let NetworkSpec::Matrix { owes, .. } = contagion.network else { panic!("a table") };
    assert_eq!(owes, [[Amount(0), Amount(500)], [Amount(250), Amount(0)]]);
    let other = "[[system.lender]]\nname = \"a\"\nother_assets = { amount = 1, pd = 0.01 }\n";
    let alone = self::system(&text(other));
    let other = alone.lenders[0].sheet.other_assets.unwrap();
    assert_eq!((other.lgd, other.loading), (share(DEFAULT_OTHER_LGD), DEFAULT_OTHER_LOADING));
    assert_eq!((other.risk_weight, other.factor), (1.0, 0));
    // Nobody can fail.
    assert_eq!(alone.failures, [0_u32; 0]);
}

#[test]
fn members_have_as_many_digits_as_the_last() {
    let system = system(&two(""));
    let bank = &system.groups[0];
    assert_eq!((bank.member(0), bank.member(11)), ("bank-01".to_owned(), "bank-12".to_owned()));
    assert!(bank.has("bank-01") && bank.has("bank-12"));
    assert!(["bank-1", "bank-00", "bank-13", "bank", "bank-+1"].iter().all(|n| !bank.has(n)));
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
fn lenders() {
    let lender = |line: &str| {
        two("").replace("name = \"platform\"", &format!("name = \"platform\"\n{line}"))
    };
    let top = |line: &str| {
        lender("").replacen("[[system.lender]]", &format!("[system]\n{line}\n[[system.lender]]"), 1)
    };
    each(&[
        (text("[system]\ncapital_ratio = 0.1\n"), "at least one `[[system.lender]]` or"),
        (top("capital_ratio = 8"), "a fraction: write 0.08"),
        (top("risk_weight = -1"), "must be a finite risk weight >= 0"),
        (top("failures = [14]"), "1..=13, the number of lenders with `capital`"),
        (top("failures = [0]"), "must be a whole number in 1..=13"),
        (top("failures = [2, 2]"), "number of failures `2` is given twice"),
        (top("failures = []"), "leave it out for 1, 2, 5, 10"),
        (text("[[system.lender]]\ncapital = 1\n"), "`name` is missing"),
        (two("").replace("= 100\n", "= 0\n"), "without `capital` it bears what comes"),
        (two("").replace("count = 12", "count = 0"), "a whole number in 1..=1000"),
        (two("spread = -1"), "a sigma in 0..=10"),
        (two("[[system.lender]]\nname = \"bank\""), "name of a lender `bank` is given twice"),
        (two("[[system.lender]]\nname = \"bank-07\""), "is also a member of the group `bank`"),
        (lender("other_assets = { amount = 1 }"), "`pd` is missing"),
        (lender("other_assets = { amount = 1, pd = 3 }"), "a fraction per horizon: write 0.03"),
        (lender("other_assets = { amount = 1, pd = 0.03, loading = 1 }"), "a loading in -1..1"),
        (
            lender("other_assets = { amount = 1, pd = 0.03, factor = \"sistematic\" }"),
            "did you mean `systematic`?",
        ),
        (lender("interbank_assets = -1"), "a finite amount >= 0"),
        (text("[system]\nlender = { name = \"a\" }\n"), "headed by `[[system.lender]]`"),
    ]);
}

#[test]
fn programmes() {
    let other =
        "[[system.programme]]\nid = \"other\"\nlender = \"platform\"\npartners = \"bank\"\n";
    let tranches =
        |list: &str| joint(&format!("own_share = 0.7\nsecuritised = 0.3\ntranche = [{list}]\n"));
    each(&[
        (joint("own_share = 0.8\nsecuritised = 0.3\ntranche = [{ name = \"a\", from = 0, to = 1 }]"), "add up to 1.1, must be at most 1"),
        (joint("own_share = 2\npartners = \"bank\""), "a fraction: write 0.02"),
        (joint("own_share = 0.02"), "fund the other 98 % of each loan"),
        (joint("own_share = 1\npartners = \"bank\""), "nothing is left for `partners`"),
        (joint("partners = \"bnak\""), "did you mean `bank`?"),
        (joint("partners = [\"bank\", \"bank\"]"), "partner `bank` is given twice"),
        (joint("partners = \"bank-07\""), "single lenders and whole groups"),
        (joint("partners = \"platform\""), "cannot be a partner of itself"),
        (joint("partners = []"), "a list of at least one name"),
        (joint("partners = \"bank\"\nweights = [1, 2]"), "`weights` has 2 numbers for 1 partners"),
        (joint("partners = \"bank\"\nweights = [0]"), "a finite weight above 0"),
        (joint("partners = \"bank\"\nweights = \"capitl\""), "did you mean `capital`?"),
        (joint("partners = \"bank\"\nweights = { lognormal = 0 }"), "a sigma above 0"),
        (joint("partners = \"bank\"\nweights = \"capital\"").replace("capital = 500\n", ""), "needs the capital of every partner, and `bank` has none"),
        (joint("partners = \"bank\"\nmost_of_capital = 0.25").replace("capital = 500\n", ""), "`most_of_capital` needs the capital"),
        (joint("own_share = 1\nguarantee = { by = \"platform\" }"), "`guarantee` is for partners, and there are none"),
        (joint("partners = \"bank\"\nguarantee = { by = \"bank\" }"), "it would pay for its own losses"),
        (joint("partners = \"bank\"\nguarantee = {}"), "`by` is missing"),
        (joint("partners = \"bank\"\nguarantee = { by = \"bank-01\" }"), "is a member of the group `bank`"),
        (joint("own_share = 0.7\nsecuritised = 0.3"), "`tranche` is missing"),
        (joint("own_share = 1\ntranche = [{ name = \"a\", from = 0, to = 1 }]"), "nothing is sold in these tranches"),
        (tranches("{ name = \"a\", from = 0.5, to = 0.5 }"), "larger than `from`"),
        (tranches("{ name = \"a\", from = 0, to = 0.9 }"), "from 0.9 to 1"),
        (tranches("{ name = \"a\", from = 0.1, to = 1 }"), "from 0 to 0.1"),
        (tranches("{ name = \"a\", from = 0.5, to = 1 }, { name = \"b\", from = 0, to = 0.5 }"), "write tranches from the first loss up"),
        (tranches("{ name = \"a\", from = 0, to = 1, holder = \"bank\" }"), "is a group of 12 lenders"),
        (tranches("{ name = \"a\", from = 0, to = 1, risk_weight = 1 }"), "name its `holder`"),
        (joint(&format!("partners = \"bank\"\n{other}")), "match the same loans of `platform`"),
        (joint("partners = \"bank\"").replace("lender = \"platform\"", "lender = \"bank\""), "name the single lender"),
    ].map(|(text, words)| (text.replace("lender = \"bank\"\npartners = \"bank\"", "lender = \"bank\"\nown_share = 1"), words)));
    let apart = format!("partners = \"bank\"\nproducts = \"loan\"\n{other}products = [\"card\"]\n");
    assert_eq!(system(&joint(&apart)).programmes.len(), 2);
}

#[test]
fn contagion() {
    let with = |lines: &str| two(&format!("[system.contagion]\n{lines}\n"));
    let net = |lenders: &str, owes: &str| {
        with(&format!("network = {{ lenders = {lenders}, owes = {owes} }}"))
    };
    let fine = "[\"platform\", \"bank-01\"]";
    each(&[
        (with(""), "`network` is missing"),
        (with("network = \"maximum-entropi\""), "did you mean `maximum-entropy`?"),
        (with("network = \"maximum-entropy\""), "needs totals, and no lender has any"),
        (with("network = { file = \"n.csv\" }\ndebt_rank = \"liner\""), "did you mean `linear`?"),
        (
            with("network = { file = \"n.csv\" }\nclearing = \"rogers-veraart\""),
            "`recovered` is missing",
        ),
        (
            with(
                "network = { file = \"n.csv\" }\nclearing = \"rogers-veraart\"\nrecovered = { assets = 90, claims = 1 }",
            ),
            "a fraction: write 0.9",
        ),
        (
            with("network = { file = \"n.csv\" }\nrecovered = { assets = 1, claims = 1 }"),
            "write clearing = \"rogers-veraart\"",
        ),
        (with("network = { file = \"n.csv\", owes = [] }"), "stand in a `file`"),
        (with("network = {}\n").replace("{}", "{ lenders = [\"platform\"] }"), "`owes` is missing"),
        (net("[\"platform\", \"bank\"]", "[[0, 1], [1, 0]]"), "such as `bank-01`"),
        (net("[\"platform\", \"platfrom\"]", "[[0, 1], [1, 0]]"), "did you mean `platform`?"),
        (
            net("[\"platform\", \"platform\"]", "[[0, 1], [1, 0]]"),
            "lender `platform` is given twice",
        ),
        (net(fine, "[[0, 1]]"), "`owes` has 1 rows for 2 lenders"),
        (net(fine, "[[0, 1], [1]]"), "row 1 of `owes` has 1 amounts for 2 lenders"),
        (net(fine, "[[0, 1], [1, 2]]"), "must be 0: `bank-01` owes itself nothing"),
        (
            net(fine, "[[0, 1], [1, 0]]")
                .replace("count = 12\ncapital = 500", "count = 12")
                .replace(
                    "[[system.group]]",
                    "[[system.lender]]\nname = \"c\"\ncapital = 1\n[[system.group]]",
                ),
            "`bank-01` has no `capital`",
        ),
        (
            net(fine, "[[0, 1], [1, 0]]")
                .replace("capital = 100\n", "capital = 100\ninterbank_assets = 1\n"),
            "totals of `platform` have no use",
        ),
        (
            with("network = { file = \"n.csv\" }").replace("capital = 500\n", ""),
            "among lenders with `capital`, and there are not two",
        ),
    ]);
}

#[test]
fn the_second_round() {
    let with = |line: &str, more: &str| two(&format!("[system.feedback]\n{line}\n{more}"));
    let late = "[[policy]]\nid = \"late\"\nwhen = \"during\"\nrule = [{ cap = 1 }]\n";
    each(&[
        (with("squeeze = 0.2", ""), "`cut` is missing"),
        (with("cut = 20\nsqueeze = 0.2", ""), "a fraction: write 0.2"),
        (with("cut = 0\nsqueeze = 0.2", ""), "a fraction above 0, up to 1"),
        (with("cut = 0.2\nsqueeze = 11", ""), "a change of the log-odds in -10..=10"),
        (with("cut = 0.2", ""), "the second round cannot act"),
        (
            with("cut = 0.2", "[behaviour]\nsqueeze = 0.1\nchannels = { squeeze = false }\n"),
            "cannot act",
        ),
        (
            with("cut = 0.2\nsqueeze = 0.2", late)
                .replace("capital = 100\n", "")
                .replace("capital = 500\n", ""),
            "no lender of the system has `capital`",
        ),
        (
            with("cut = 0.2\nsqueeze = 0.2", late).replacen(
                "format = 1",
                "format = 1\nbaseline = \"late\"",
                1,
            ),
            "is the baseline, which comes `before` any loss",
        ),
        (two(late), "add `[system.feedback]`, or leave `when` out"),
    ]);
    let own = with("cut = 0.2", "[behaviour]\nsqueeze = 0.1\n");
    assert_eq!(system(&own).feedback.unwrap().squeeze, None);
}

#[test]
fn statements_about_lenders() {
    let expect = |line: &str| format!("[[expect]]\npolicy = \"today\"\nbelow = 1\n{line}\n");
    let contagion = "[system.contagion]\nnetwork = { file = \"n.csv\" }\n";
    each(&[
        (text(&expect("measure = \"failures\"")), "add a `[system]` table"),
        (text(&expect("measure = { failures_at_least = 1 }")), "add a `[system]` table"),
        (
            text(&expect("measure = \"el\"\ntotal = true")),
            "`total` is of the lenders behind the book",
        ),
        (two(&expect("measure = \"el\"\nbearer = \"creditor\"")), "did you mean `creditors`?"),
        (
            two(&expect("measure = \"el\"\ntotal = true\nlender = \"a\"")),
            "both `lender` and `total`",
        ),
        (two(&expect("measure = { failures_at_least = 3 }")), "add 3 to `system.failures`"),
        (two(&expect("measure = \"failure_probability\"")), "`lender` is missing"),
        (
            two(&expect("measure = \"failure_probability\"\nlender = \"bank\"")),
            "`bank` is of a group",
        ),
        (
            two(&expect("measure = \"failure_probability\"\nlender = \"bank-03\"")),
            "ask for `failures_at_least`",
        ),
        (
            two(&format!(
                "[[system.lender]]\nname = \"fund\"\n{}",
                expect("measure = \"failure_probability\"\nlender = \"fund\"")
            )),
            "`fund` has no capital",
        ),
        (
            two(&expect("measure = \"failures\"\nlender = \"a\"")),
            "of one lender there is \"failure_probability\"",
        ),
        (
            two(&expect(&format!("measure = \"debt_rank\"\n{contagion}"))),
            "add debt_rank = \"linear\"",
        ),
        (
            two("[sampling]\nuntil = { measure = \"failures\", relative_error = 0.1 }\n"),
            "a number of losses or defaults",
        ),
        (
            two(
                "[[policy]]\nid = \"b\"\n[[break_even]]\nid = \"x\"\npolicy = \"b\"\nmeasure = \"failures\"\nkey = \"model.correlation\"\nfrom = 0.1\nto = 0.2\n",
            ),
            "a measure of losses or defaults",
        ),
    ]);
}

#[test]
fn a_negative_debt() {
    let network = "{ lenders = [\"platform\", \"bank-01\"], owes = [[0, 5], [-2, 0]] }";
    assert_snapshot!(message(&two(&format!("[system.contagion]\nnetwork = {network}\n"))));
}

#[test]
fn totals_that_differ() {
    let totals = "interbank_assets = 50\ninterbank_liabilities = 20.5\n";
    let network = "[system.contagion]\nnetwork = \"maximum-entropy\"\n";
    assert_snapshot!(message(&two(&format!("{totals}{network}"))));
}

#[test]
fn tranches_that_overlap_and_leave_a_gap() {
    assert_snapshot!(message(&joint(
        "own_share = 0.7\nsecuritised = 0.3\ntranche = [\n\
         { name = \"equity\", from = 0, to = 0.15 },\n\
         { name = \"mezzanine\", from = 0.1, to = 0.2 },\n\
         { name = \"senior\", from = 0.3, to = 1 },\n]\n"
    )));
}

#[test]
fn several_faults_of_a_system() {
    assert_snapshot!(message(&joint(
        "own_share = 0.9\nsecuritised = 0.3\npartners = [\"bnak\", \"platform\"]\n\
         guarantee = { by = \"bank\", cover = 2 }\n\
         [[system.lender]]\nname = \"bank-03\"\n\
         [system.contagion]\nclearing = \"rogers-veraart\"\nnetwork = \"maximum-entropy\"\n\
         [[policy]]\nid = \"late\"\nwhen = \"during\"\n"
    )));
}

#[test]
fn lenders_are_set_and_merged_by_name() {
    let overrides = ["system.lender.platform.capital=7", "system.group.bank.count=3"];
    let overrides = overrides.map(String::from);
    let name = Path::new("cut.toml");
    let loaded = load_text(name, &two(""), Notation::Toml, &overrides).unwrap();
    let system = loaded.scenario.system.unwrap();
    assert_eq!(system.lenders[0].sheet.capital, Some(Amount(700)));
    assert_eq!(system.groups[0].count, 3);

    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("base")).unwrap();
    let base = two("[system.contagion]\nnetwork = { file = \"net.csv\" }\n");
    std::fs::write(folder.path().join("base/base.toml"), base).unwrap();
    let own = "format = 1\nextends = \"base/base.toml\"\n[[system.lender]]\nname = \"platform\"\n\
               capital = 9\n[[system.lender]]\nname = \"other\"\n";
    let path = folder.path().join("own.toml");
    std::fs::write(&path, own).unwrap();
    let system = load(&path, &[]).unwrap().scenario.system.unwrap();
    let capital: Vec<_> = system.lenders.iter().map(|lender| lender.sheet.capital).collect();
    assert_eq!(capital, [Some(Amount(900)), None]);
    // A path starts from the folder of the file that wrote it.
    let file = NetworkSpec::File(folder.path().join("base/net.csv"));
    assert_eq!(system.contagion.map(|contagion| contagion.network), Some(file));

    let own = "format = 1\nextends = \"base/base.toml\"\n[system.contagion.network]\n\
               lenders = [\"platform\", \"bank-01\"]\nowes = [[0, 1], [1, 0]]\n";
    std::fs::write(&path, own).unwrap();
    let system = load(&path, &[]).unwrap().scenario.system.unwrap();
    assert!(matches!(system.contagion.unwrap().network, NetworkSpec::Matrix { .. }));
}
