//! Who defaults where policies move PDs, told by first words where they can and by marks: the same people.

mod support;

use std::ops::Range;

use support::{Case, case_with};
use tailcap::engine::{Defaulted, Moved, Moves, Scratch};

const TRIALS: u64 = 600;

/// Under which policies each person defaults in each trial, as bits.
struct Recorder<'m> {
    ranks: bool,
    moves: &'m Moves<'m>,
    /// Trial, entry, policies as bits; a row may hold several people.
    seen: Vec<(usize, usize, u64)>,
    /// How many first words told.
    surely: usize,
}

impl Recorder<'_> {
    fn enter(&mut self, t: usize, entry: usize, policies: u64) {
        self.seen.push((t, entry, policies));
    }

    fn all(&self) -> u64 {
        (1 << self.moves.policies()) - 1
    }
}

impl Defaulted for Recorder<'_> {
    fn pool(&mut self, _: usize, _: usize, _: u64) {
        panic!("no pools");
    }

    fn people(&mut self, t: usize, _: usize, entries: &[u32]) {
        let all = self.all();
        entries.iter().for_each(|&entry| self.enter(t, entry as usize, all));
    }

    fn touched(&mut self, t: usize, _: usize, Moved { surely, rows, critical }: Moved<'_>) {
        assert!(!self.ranks || surely.is_empty());
        self.surely += surely.len();
        let all = self.all();
        surely.iter().for_each(|&row| self.enter(t, self.moves.entry(row), all));
        for (&row, &critical) in rows.iter().zip(critical) {
            let thresholds = self.moves.thresholds(row).iter().enumerate();
            let policies =
                thresholds.filter(|own| *own.1 >= critical).fold(0, |b, own| b | 1 << own.0);
            self.enter(t, self.moves.entry(row), policies);
        }
    }

    fn touched_pool(&mut self, _: usize, _: u32, _: &[u64]) {
        panic!("no pools");
    }

    fn ranks(&self) -> bool {
        self.ranks
    }
}

/// What moves people.
const BEHAVIOUR: &str = "[behaviour]\nleakage = 0.4\nrelief = 0.5\nsqueeze = 0.3\nstacking = 1.3\n";

/// 3,000 people with PDs from 0.1 % to 15 %; the share `owes` of them has enough debt to be touched.
fn book(model: &str, owes: f64) -> Case {
    let row = |i: u32| {
        let (at, jumps) = (f64::from(i) / 3_000.0, f64::from(i * 7_919 % 3_000) / 3_000.0);
        let limit = if jumps < owes { 600.0 + 60_000.0 * at } else { 90.0 };
        let count = if model.contains("several") && i.is_multiple_of(5) { 3 } else { 1 };
        format!("{limit},{},{:.6},{count}\n", 0.7 * limit, 0.001 + 0.15 * jumps * jumps * jumps)
    };
    let tape = (0..3_000).map(row).collect::<String>();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        [portfolio]
        tape = "book.csv"
        defaults = {{ lgd = 0.6, ccf = 0.3 }}
        [model]
        {}
        {BEHAVIOUR}
        [[policy]]
        id = "today"
        [[policy]]
        id = "some"
        rule = [{{ cap = 20_000 }}]
        [[policy]]
        id = "most"
        rule = [{{ cap = 1_000 }}]
        "#,
        model.trim_start_matches("several")
    );
    case_with(&scenario, &format!("limit,balance,pd,count\n{tape}"), &[])
}

fn recorded(case: &Case, ranks: bool, trials: Range<u64>) -> (Vec<(usize, usize, u64)>, usize) {
    let engine = case.base().engine();
    let defaults = engine.defaults();
    let moves = defaults.moves().expect("policies that touch people");
    let mut found = Recorder { ranks, moves, seen: Vec::new(), surely: 0 };
    let count = trials.end - trials.start;
    defaults.visit(0, trials.start, count, &mut Scratch::default(), &mut found);
    found.seen.sort_unstable();
    (found.seen, found.surely)
}

/// Nearly everybody touched, every second person, a few; one factor, a t copula, CreditRisk+; people who
/// stand in one row. What is told surely is a good part of all, and no bit of who defaults hangs on it.
#[test]
fn whom_first_words_tell_marks_tell_alike() {
    let one = "correlation = 0.1";
    let student = "copula = \"t\"\ndegrees_of_freedom = 4\ncorrelation = 0.1";
    let gamma = "copula = \"creditrisk+\"\ndefaults = \"bernoulli\"\n\
                 factor = [{ id = \"x\", sd = 0.7 }]\nloadings = { x = 0.6 }";
    let several = format!("several{one}");
    for (model, owes) in
        [(one, 0.97), (one, 0.4), (one, 0.03), (student, 0.9), (gamma, 0.9), (&several, 0.8)]
    {
        let case = book(model, owes);
        let (told, surely) = recorded(&case, false, 0..TRIALS);
        let (marked, none) = recorded(&case, true, 0..TRIALS);
        assert_eq!(none, 0);
        assert!(told == marked, "{model}, {owes}");
        let twice = told.windows(2).any(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1));
        assert_eq!(twice, model.contains("several"), "{model}: everybody is told once");
        let expected = if model.contains("copula = \"t\"") { 0.1 } else { 0.3 };
        let share = surely as f64 / told.len() as f64;
        assert!(share > expected * owes, "{model}, {owes}: {share} are told surely");
        let all = case_policies(&told);
        let differs = told.iter().filter(|own| own.2 != all).count();
        assert!(differs > 10, "{model}, {owes}: policies move {differs} defaults");
        // A wrong twin: who defaults under most policies taken to default under all.
        let most = |policies: u64| if policies.count_ones() > 2 { all } else { policies };
        let twin: Vec<_> = told.iter().map(|&(t, entry, own)| (t, entry, most(own))).collect();
        assert!(twin != marked);
    }
}

/// All policies that somebody defaults under, as bits.
fn case_policies(told: &[(usize, usize, u64)]) -> u64 {
    told.iter().fold(0, |all, own| all | own.2)
}

/// 3,000 people, one lender or two; one block of policies or several; cells in which nobody is touched. What a
/// block of trials loses under each policy is what those who default under it owe, and as many are counted.
#[test]
fn sums_are_those_of_the_people_told_by_marks() {
    for (policies, lenders) in [(1, 1), (1, 2), (17, 1), (17, 2), (36, 1)] {
        let case = of_lenders(policies, lenders);
        let base = case.base();
        let engine = base.engine();
        let block = engine.block(0, TRIALS, &mut Scratch::default());
        let (marked, _) = recorded(&case, true, 0..TRIALS);
        let applied = base.applied.len();
        assert_eq!(applied, 1 + policies);
        let mut losses = vec![0; TRIALS as usize * applied];
        let mut people = vec![0; TRIALS as usize * applied];
        for &(t, entry, own) in &marked {
            for policy in (0..applied).filter(|policy| own >> policy & 1 == 1) {
                let effect = &base.applied[policy].effect;
                losses[t * applied + policy] += effect.loss(base.book(), entry);
                people[t * applied + policy] += 1;
            }
        }
        for t in 0..TRIALS as usize {
            for policy in 0..applied {
                let columns = 0..block.losses.shape()[3];
                let found: i64 = columns.map(|c| block.losses[(t, 0, policy, c)]).sum();
                assert_eq!(found, losses[t * applied + policy], "{policies}, {lenders}: {t}");
                let segments = 0..block.people.shape()[2];
                let found: u64 = segments.map(|s| block.people[(t, policy, s)]).sum();
                assert_eq!(found, people[t * applied + policy], "{policies}, {lenders}: {t}");
            }
        }
        assert!(losses.iter().any(|&loss| loss > 0));
    }
}

/// People of two segments, of which caps bind in one only.
fn of_lenders(policies: usize, lenders: u32) -> Case {
    let row = |i: u32| {
        let share = f64::from(i * 7_919 % 3_000) / 3_000.0;
        let segment = if i.is_multiple_of(3) { "idle" } else { "bound" };
        let limit = if i.is_multiple_of(3) { 200.0 } else { 900.0 + 40_000.0 * share };
        let pd = 0.002 + 0.12 * share * share;
        format!("l{},{segment},{limit:.0},{:.0},{pd:.6}\n", i % lenders, 0.8 * limit)
    };
    let tape = (0..3_000).map(row).collect::<String>();
    let caps: String = (0..policies)
        .map(|k| format!("[[policy]]\nid = \"p{k}\"\nrule = [{{ cap = {} }}]\n", 300 + 900 * k))
        .collect();
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        [portfolio]
        tape = "book.csv"
        defaults = {{ lgd = 0.6, ccf = 0.3 }}
        [portfolio.columns]
        lender = "lender"
        segment = "segment"
        [model]
        correlation = 0.1
        [output]
        equal_credit_cut = false
        {BEHAVIOUR}
        [[policy]]
        id = "today"
        {caps}
        "#
    );
    case_with(&scenario, &format!("lender,segment,limit,balance,pd\n{tape}"), &[])
}
