//! Known answers of the literature, and properties of any clearing vector.

use proptest::prelude::*;

use super::*;

/// A system in the terms of the literature.
#[derive(Debug, Clone)]
struct Case {
    owes: Vec<Vec<f64>>,
    assets: Vec<f64>,
    outside: Vec<f64>,
    recovery: Recovery,
    rank: OutsideRank,
}

impl Case {
    fn new(owes: &[&[f64]], assets: &[f64]) -> Self {
        Self {
            owes: owes.iter().map(|row| row.to_vec()).collect(),
            assets: assets.to_vec(),
            outside: vec![0.0; assets.len()],
            recovery: Recovery::FULL,
            rank: OutsideRank::Equal,
        }
    }

    fn outside(mut self, outside: &[f64], rank: OutsideRank) -> Self {
        self.outside = outside.to_vec();
        self.rank = rank;
        self
    }

    fn recovery(mut self, assets: f64, claims: f64) -> Self {
        self.recovery = Recovery { assets, claims };
        self
    }

    fn clear(&self) -> Cleared {
        let network = Network::new(self.owes.clone());
        let clearing = Clearing::new(network, self.outside.clone(), self.recovery, self.rank);
        // What an earlier trial left behind does not matter.
        let mut scratch = Scratch::default();
        clearing.clear(&vec![0.0; self.assets.len()], &mut scratch);
        clearing.clear(&self.assets, &mut scratch).clone()
    }

    fn liabilities(&self) -> Vec<f64> {
        self.owes.iter().zip(&self.outside).map(|(row, o)| row.iter().sum::<f64>() + o).collect()
    }

    /// What each receives if all pay `paid`, straight from the rules.
    fn received(&self, paid: &[f64]) -> Vec<f64> {
        let mut received = vec![0.0; paid.len()];
        for (i, row) in self.owes.iter().enumerate() {
            let among: f64 = row.iter().sum();
            let (sum, due) = match self.rank {
                OutsideRank::Equal => (paid[i], among + self.outside[i]),
                OutsideRank::First => ((paid[i] - self.outside[i]).max(0.0), among),
            };
            for (j, debt) in row.iter().enumerate().filter(|(_, debt)| **debt > 0.0) {
                received[j] += debt / due * sum;
            }
        }
        received
    }

    /// One step of the map of which clearing vectors are the fixed points.
    fn step(&self, paid: &[f64]) -> Vec<f64> {
        let received = self.received(paid);
        let due = self.liabilities();
        (0..paid.len())
            .map(|i| {
                if self.assets[i] + received[i] >= due[i] * (1.0 - 1e-12) {
                    return due[i];
                }
                self.recovery.assets * self.assets[i] + self.recovery.claims * received[i]
            })
            .collect()
    }

    /// The limit of the map from `start`.
    fn picard(&self, start: Vec<f64>) -> Vec<f64> {
        let mut paid = start;
        for _ in 0..200_000 {
            let next = self.step(&paid);
            let moved = difference(&next, &paid);
            paid = next;
            if moved < 1e-15 {
                break;
            }
        }
        paid
    }

    fn greatest(&self) -> Vec<f64> {
        self.picard(self.liabilities())
    }
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Whether `found` is the answer, to all the digits that are given.
fn meets(found: &[f64], answer: &[f64]) -> bool {
    difference(found, answer) < 1e-9
}

fn circle() -> Case {
    Case::new(&[&[0.0, 1.0], &[1.0, 0.0]], &[0.0, 0.0])
}

fn systemic_risk() -> Case {
    let owes: [&[f64]; 3] = [&[0.0, 0.5, 0.5], &[0.5, 0.0, 0.5], &[0.5, 0.5, 0.0]];
    Case::new(&owes, &[0.5, 0.625, 0.75]).outside(&[1.5, 0.5, 0.5], OutsideRank::Equal)
}

fn ring_of_six() -> Case {
    let mut owes = vec![vec![0.0; 6]; 6];
    for (i, row) in owes.iter_mut().enumerate() {
        row[(i + 1) % 6] = if i % 2 == 0 { 2.0 } else { 3.0 };
    }
    Case { owes, ..Case::new(&[], &[0.0, 0.8, 0.0, 0.8, 0.0, 0.8]).recovery(0.5, 0.5) }
}

fn three_banks() -> Case {
    let owes: [&[f64]; 3] = [&[0.0, 0.0, 0.601_410_38], &[0.0; 3], &[0.0, 0.611_368_04, 0.0]];
    Case::new(&owes, &[0.477_276_64, 0.639_276_59, 0.323_526_02]).recovery(0.5, 0.5)
}

fn barucca(shock: f64, rank: OutsideRank) -> Case {
    let assets = [20.0, 20.0, 10.0].map(|e| e - e * shock);
    Case::new(&[&[0.0, 4.0, 0.0], &[0.0, 0.0, 3.0], &[2.0, 0.0, 0.0]], &assets)
        .outside(&[17.0, 18.0, 8.0], rank)
}

#[test]
fn debts_in_a_circle_with_nothing_outside_are_paid() {
    let cleared = circle().clear();
    assert_eq!(cleared.paid, [1.0, 1.0]);
    assert_eq!((cleared.failed, cleared.rounds), (vec![false; 2], 0));
    // A wrong twin: every (t, t) clears, and the least of them is not the answer.
    let least = circle().picard(vec![0.0; 2]);
    assert_eq!(circle().step(&least), least);
    assert!(!meets(&least, &[1.0, 1.0]));
}

#[test]
fn a_chain_falls_one_by_one() {
    let owes: [&[f64]; 3] = [&[0.0, 10.0, 0.0], &[0.0, 0.0, 10.0], &[0.0; 3]];
    let cleared = Case::new(&owes, &[4.0, 2.0, 1.0]).clear();
    assert_eq!(cleared.paid, [4.0, 6.0, 0.0]);
    assert_eq!(cleared.equity, [0.0, 0.0, 7.0]);
    assert_eq!(cleared.failed, [true, true, false]);
    assert_eq!(cleared.first, [true, false, false]);
    assert_eq!((cleared.costs, cleared.rounds), (0.0, 2));
}

#[test]
fn example_of_the_package_systemicrisk() {
    let cleared = systemic_risk().clear();
    let answer = [1.473_214_285_7, 1.419_642_857_1, 1.5];
    assert!(meets(&cleared.paid, &answer), "{:?}", cleared.paid);
    assert!(meets(&cleared.equity, &[0.0, 0.0, 0.017_857_142_9]));
    assert_eq!(cleared.failed, [true, true, false]);

    let costly = systemic_risk().recovery(0.5, 0.7).clear();
    let with_costs = [0.502_019_962, 0.514_704_937_8, 0.565_380_613_5];
    assert!(meets(&costly.paid, &with_costs), "{:?}", costly.paid);
    assert_eq!(costly.failed, [true; 3]);
    // Wrong twins: recoveries the other way round, or none.
    assert!(!meets(&systemic_risk().recovery(0.7, 0.5).clear().paid, &with_costs));
    assert!(!meets(&cleared.paid, &with_costs));
}

#[test]
fn examples_of_rogers_and_veraart() {
    let two: [&[f64]; 2] = [&[0.0, 2.0], &[2.2, 0.0]];
    let cleared = Case::new(&two, &[1.0, 1.0]).recovery(0.5, 0.5).clear();
    assert_eq!((cleared.paid, cleared.failed), (vec![2.0, 2.2], vec![false; 2]));
    // A wrong twin: with a little less bankruptcies without a reason clear too.
    let poorer = Case::new(&two, &[0.9, 0.9]).recovery(0.5, 0.5);
    let least = poorer.picard(vec![0.0; 2]);
    assert!(meets(&poorer.step(&least), &least) && !meets(&least, &poorer.clear().paid));
    assert_eq!(poorer.clear().paid, [2.0, 2.2]);

    let cleared = ring_of_six().clear();
    let answer: Vec<f64> = (0..6).map(|i| if i % 2 == 0 { 4.0 } else { 8.0 } / 15.0).collect();
    assert!(meets(&cleared.paid, &answer), "{:?}", cleared.paid);
    assert_eq!(cleared.failed, [true; 6]);
    assert_eq!(cleared.rounds, 2);

    let cleared = three_banks().clear();
    assert!(meets(&cleared.paid, &[0.238_638_32, 0.0, 0.281_082_17]), "{:?}", cleared.paid);
    assert_eq!(cleared.failed, [true, false, true]);
    assert_eq!(cleared.first, [true, false, false]);
}

#[test]
fn exercise_of_barucca_with_outside_debts_first() {
    let before = barucca(0.0, OutsideRank::First).clear();
    assert_eq!(before.equity, [1.0, 3.0, 3.0]);
    let after = barucca(0.1, OutsideRank::First).clear();
    let among: Vec<f64> =
        after.paid.iter().zip(&after.paid_outside).map(|(all, outside)| all - outside).collect();
    assert!(meets(&among, &[3.0, 3.0, 2.0]), "{among:?}");
    assert_eq!(after.failed, [true, false, false]);
    // Assets less debts, which the exercise calls equity.
    let worth = worth(&barucca(0.1, OutsideRank::First), &after);
    assert!(meets(&worth, &[-1.0, 0.0, 2.0]), "{worth:?}");
    assert!(meets(&after.equity, &[0.0, 0.0, 2.0]));
}

#[test]
fn exercise_of_barucca_with_debts_of_one_rank() {
    let case = barucca(0.1, OutsideRank::Equal);
    let after = case.clear();
    assert!(meets(&after.paid, &[20.0, 21.0, 10.0]), "{:?}", after.paid);
    assert_eq!(after.failed, [true, false, false]);
    let worth = worth(&case, &after);
    assert!(meets(&worth, &[-1.0, 0.809_523_809_5, 2.0]), "{worth:?}");
    // A wrong twin: the other rank.
    assert!(!meets(&worth, &[-1.0, 0.0, 2.0]));
}

fn worth(case: &Case, cleared: &Cleared) -> Vec<f64> {
    let due = case.liabilities();
    (0..due.len()).map(|i| case.assets[i] + cleared.received[i] - due[i]).collect()
}

#[test]
fn lenders_may_get_nothing_where_outsiders_come_first() {
    // 1 fails towards outsiders already; 2 could pay if 1 did; 3 lives on what 2 pays.
    let owes: [&[f64]; 3] = [&[0.0, 5.0, 0.0], &[0.0, 0.0, 5.0], &[0.0; 3]];
    let case = Case::new(&owes, &[1.0, 2.0, 1.0]).outside(&[2.0, 3.0, 0.5], OutsideRank::First);
    let cleared = case.clear();
    assert_eq!(cleared.paid, [1.0, 2.0, 0.5]);
    assert_eq!(cleared.paid_outside, [1.0, 2.0, 0.5]);
    assert_eq!(cleared.received, [0.0; 3]);
    assert_eq!(cleared.equity, [0.0, 0.0, 0.5]);

    // A circle of two, one of them short by 0.1: each pass takes 0.1 more, until nothing goes round.
    let two: [&[f64]; 2] = [&[0.0, 1.0], &[1.0, 0.0]];
    let case = Case::new(&two, &[0.5, 0.4]).outside(&[0.5, 0.5], OutsideRank::First);
    assert_eq!(case.clear().paid, [0.5, 0.4]);
    assert!(difference(&case.greatest(), &[0.5, 0.4]) < 1e-12);

    // 2 has less than its outsiders want, but for what 1 pays, though 1 fails.
    let owes: [&[f64]; 3] = [&[0.0, 4.0, 0.0], &[0.0, 0.0, 4.0], &[0.0; 3]];
    let case = Case::new(&owes, &[3.0, 1.0, 0.0]).outside(&[0.0, 2.0, 0.0], OutsideRank::First);
    let cleared = case.clear();
    assert_eq!(cleared.paid, [3.0, 4.0, 0.0]);
    assert_eq!(cleared.received, [0.0, 3.0, 2.0]);
}

#[test]
fn a_lender_that_pays_to_the_last_unit_has_not_failed() {
    // 3 x 0.1 rounds above 0.3.
    let third = 0.1;
    let owes: [&[f64]; 4] =
        [&[0.0; 4], &[third, 0.0, 0.0, 0.0], &[third, 0.0, 0.0, 0.0], &[third, 0.0, 0.0, 0.0]];
    let mut case = Case::new(&owes, &[0.0, 0.1, 0.1, 0.1]);
    for debt in [0.3, 0.1 + 0.1 + 0.1] {
        case.outside[0] = debt;
        let cleared = case.clear();
        assert_eq!((cleared.failed, cleared.rounds), (vec![false; 4], 0), "{debt}");
    }
    case.outside[0] = 0.3 * (1.0 + 1e-9);
    assert_eq!(case.clear().failed, [true, false, false, false]);
}

#[test]
fn nobody_and_nothing() {
    assert_eq!(Case::new(&[], &[]).clear(), Cleared::default());
    let idle = Case::new(&[&[0.0, 0.0], &[0.0, 0.0]], &[3.0, 0.0]).clear();
    assert_eq!((idle.equity, idle.failed), (vec![3.0, 0.0], vec![false; 2]));
    let alone = Case::new(&[&[0.0]], &[3.0]).outside(&[5.0], OutsideRank::First).clear();
    assert_eq!((alone.paid_outside, alone.failed), (vec![3.0], vec![true]));
}

/// Systems of 2 to 8 lenders, half of the debts none.
fn cases() -> impl Strategy<Value = Case> {
    let lender = |n: usize| {
        let debt = prop_oneof![Just(0.0), 0.0_f64..1.0];
        (prop::collection::vec(debt, n), 0.0_f64..1.5, 0.0_f64..1.0)
    };
    let rank = prop_oneof![Just(OutsideRank::Equal), Just(OutsideRank::First)];
    let share = || prop_oneof![Just(1.0), 0.0_f64..1.0];
    (2_usize..9)
        .prop_flat_map(move |n| prop::collection::vec(lender(n), n))
        .prop_flat_map(move |lenders| (Just(lenders), rank.clone(), share(), share(), 0.0_f64..1.0))
        .prop_map(|(lenders, rank, assets, claims, poverty)| {
            let mut owes: Vec<Vec<f64>> = lenders.iter().map(|(debts, ..)| debts.clone()).collect();
            for (i, row) in owes.iter_mut().enumerate() {
                row[i] = 0.0;
            }
            Case {
                owes,
                assets: lenders.iter().map(|(_, e, _)| e * poverty).collect(),
                outside: lenders.iter().map(|(.., o)| *o).collect(),
                recovery: Recovery { assets, claims },
                rank,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_but_the_costs(case in cases()) {
        let cleared = case.clear();
        let sum = |x: &[f64]| x.iter().sum::<f64>();
        let kept = sum(&cleared.equity) + sum(&cleared.paid_outside) + cleared.costs;
        let had = sum(&case.assets);
        prop_assert!((kept - had).abs() <= 1e-9 * had.max(1e-3), "{kept} of {had}");
        for i in 0..case.assets.len() {
            let (paid, outside) = (cleared.paid[i], cleared.paid_outside[i]);
            prop_assert!(0.0 <= outside && outside <= paid * (1.0 + 1e-15) + 1e-15);
            prop_assert!(paid <= case.liabilities()[i] * (1.0 + 1e-12));
            prop_assert!(!cleared.first[i] || cleared.failed[i]);
        }
    }

    #[test]
    fn the_vector_clears_and_none_is_greater(case in cases()) {
        let cleared = case.clear();
        prop_assert!(difference(&case.step(&cleared.paid), &cleared.paid) < 1e-9);
        prop_assert!(difference(&case.received(&cleared.paid), &cleared.received) < 1e-9);
        prop_assert!(difference(&case.greatest(), &cleared.paid) < 1e-8);
        prop_assert!(cleared.rounds <= case.assets.len());
        prop_assert_eq!(cleared.rounds == 0, !cleared.failed.contains(&true));
    }

    #[test]
    fn more_assets_or_more_recovered_never_pay_less(case in cases(), more in 0.0_f64..0.5, to in 0_usize..8) {
        let cleared = case.clear();
        let mut richer = case.clone();
        richer.assets[to % case.assets.len()] += more;
        let full = Case { recovery: Recovery::FULL, ..case.clone() };
        for better in [richer, full] {
            let better = better.clear();
            for i in 0..case.assets.len() {
                prop_assert!(better.paid[i] >= cleared.paid[i] - 1e-9);
                prop_assert!(better.equity[i] >= cleared.equity[i] - 1e-9);
                prop_assert!(cleared.failed[i] || !better.failed[i]);
            }
        }
    }

    #[test]
    fn without_costs_payments_are_those_of_eisenberg_and_noe(mut case in cases()) {
        case.recovery = Recovery::FULL;
        // Their map: the lesser of what is due and what is there, from all that is due.
        let due = case.liabilities();
        let mut paid = due.clone();
        for _ in 0..20_000 {
            let received = case.received(&paid);
            let next: Vec<f64> =
                (0..due.len()).map(|i| due[i].min(case.assets[i] + received[i])).collect();
            if next == paid {
                break;
            }
            paid = next;
        }
        prop_assert!(difference(&case.clear().paid, &paid) < 1e-8);
        prop_assert!(case.clear().costs == 0.0);
    }
}
