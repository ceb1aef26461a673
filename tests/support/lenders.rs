//! Nine borrowers at four lenders, with the exact law of what becomes of them: funding, clearing and a second
//! round in words of their own, over every state and a grid of the factor.

use super::law::{one_factor, phi, quantile};

pub const TAPE: &str = "\
borrower,lender,limit,balance,pd
b1,P,2000,1800,0.10
b2,P,3000,2500,0.20
b2,D,1000,400,0.20
b3,D,1500,900,0.15
b3,P,2000,2000,0.15
b4,P,2500,2400,0.25
b5,D,800,800,0.25
b6,P,5000,4000,0.12
b7,D,1200,1100,0.18
b8,P,1600,600,0.08
b9,D,3000,1000,0.20
";

pub const SCENARIO: &str = r#"
format = 1
currency = "EUR"
minor_units = 1
levels = [0.9]
[sampling]
trials = 300_000
plan = "plain"
[portfolio]
tape = "book.csv"
defaults = { lgd = 0.5, ccf = 0 }
[portfolio.columns]
borrower = "borrower"
lender = "lender"
limit = "limit"
balance = "balance"
pd = "pd"
[model]
correlation = 0.2
[output]
equal_credit_cut = false
[system]
risk_weight = 1.0
[[system.lender]]
name = "P"
capital = 1_500
[[system.lender]]
name = "D"
capital = 1_200
[[system.lender]]
name = "X"
capital = 900
other_assets = { amount = 5_000, risk_weight = 0.5, pd = 0.05, lgd = 0.5, loading = 0.4 }
[[system.lender]]
name = "Y"
capital = 500
[[system.programme]]
id = "joint"
lender = "P"
own_share = 0.2
securitised = 0.3
partners = ["X", "Y"]
weights = [2, 1]
guarantee = { by = "D", cover = 0.5, limit = 0.2 }
tranche = [
  { name = "equity", from = 0, to = 0.1, holder = "P", risk_weight = 5 },
  { name = "mezzanine", from = 0.1, to = 0.25, holder = "Y" },
  { name = "senior", from = 0.25, to = 1 },
]
[system.contagion]
network = { lenders = ["P", "D", "X", "Y"], owes = [[0, 300, 500, 0], [200, 0, 0, 400], [0, 600, 0, 100], [100, 0, 300, 0]] }
clearing = "rogers-veraart"
recovered = { assets = 0.8, claims = 0.7 }
[system.feedback]
cut = 0.5
squeeze = 0.8
[[policy]]
id = "today"
[[policy]]
id = "cap"
rule = [{ cap = 1500 }]
[[policy]]
id = "during"
when = "during"
rule = [{ cap = 1500 }]
"#;

/// Capital of P, D, X, Y.
pub const CAPITAL: [f64; 4] = [1500.0, 1200.0, 900.0, 500.0];
pub const OWES: [[f64; 4]; 4] = [
    [0.0, 300.0, 500.0, 0.0],
    [200.0, 0.0, 0.0, 400.0],
    [0.0, 600.0, 0.0, 100.0],
    [100.0, 0.0, 300.0, 0.0],
];

/// What the twins change.
#[derive(Clone, Copy)]
pub struct World {
    pub recovered: [f64; 2],
    pub cover: f64,
    pub squeeze: f64,
    pub loading: f64,
}

pub const TRUE: World = World { recovered: [0.8, 0.7], cover: 0.5, squeeze: 0.8, loading: 0.4 };

#[derive(Clone, Copy)]
pub struct Line {
    lender: usize,
    limit: f64,
    balance: f64,
}

pub struct Person {
    pd: f64,
    lines: Vec<Line>,
}

pub fn people() -> Vec<Person> {
    let mut people: Vec<(String, Person)> = Vec::new();
    for row in TAPE.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [limit, balance, pd] = [2, 3, 4].map(|at| cells[at].parse::<f64>().expect("a number"));
        let line = Line { lender: usize::from(cells[1] == "D"), limit, balance };
        match people.iter_mut().find(|(name, _)| name == cells[0]) {
            Some((_, own)) => own.lines.push(line),
            None => people.push((cells[0].into(), Person { pd, lines: vec![line] })),
        }
    }
    people.into_iter().map(|(_, own)| own).collect()
}

/// The book under a policy before any loss.
pub fn capped(mut people: Vec<Person>, cap: f64) -> Vec<Person> {
    for line in people.iter_mut().flat_map(|p| &mut p.lines) {
        if cap < line.limit {
            (line.limit, line.balance) = (cap, line.balance.min(cap));
        }
    }
    people
}

pub fn loss(balance: f64) -> f64 {
    (0.5 * balance + 0.5).floor()
}

/// What losses of P's pool and of D's loans do, in the words of this test.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// By lender.
    stays: [f64; 4],
    failed: [bool; 4],
    costs: f64,
    investors: f64,
    owners: [f64; 4],
    creditors: f64,
}

pub struct Sheet {
    /// Balance of the pool, of D's loans.
    pool: f64,
    direct: f64,
}

impl Sheet {
    pub fn of(people: &[Person]) -> Self {
        let sum = |lender| {
            let lines = people.iter().flat_map(|p| &p.lines).filter(|l| l.lender == lender);
            lines.map(|l| l.balance).sum()
        };
        Self { pool: sum(0), direct: sum(1) }
    }

    /// Assets outside the system and risk-weighted assets.
    pub fn assets(&self) -> ([f64; 4], [f64; 4]) {
        let sold = 0.3 * self.pool;
        let own = [0.2 * self.pool, self.direct, self.pool / 3.0, self.pool / 6.0];
        let assets = [own[0] + 0.1 * sold, own[1], own[2] + 5000.0, own[3] + 0.15 * sold];
        let weighted = [own[0] + 5.0 * 0.1 * sold, own[1], own[2] + 2500.0, own[3] + 0.15 * sold];
        (assets, weighted)
    }

    /// Losses of lenders and investors, and whether D cannot pay all that it guarantees.
    pub fn borne(
        &self,
        world: World,
        [pool, direct]: [f64; 2],
        rate: f64,
    ) -> ([f64; 4], f64, bool) {
        let sold = 0.3 * self.pool;
        let part = |from: f64, to: f64| (0.3 * pool - from * sold).clamp(0.0, (to - from) * sold);
        let (promised, able) = (world.cover * 0.5 * pool, (CAPITAL[1] - direct).max(0.0));
        let asked = promised.min(0.2 * 0.5 * self.pool);
        let paid = asked.min(able);
        let partners = 0.5 * pool - paid;
        let first = [
            0.2 * pool + part(0.0, 0.1),
            direct + paid,
            partners * 2.0 / 3.0 + 5000.0 * rate,
            partners / 3.0 + part(0.1, 0.25),
        ];
        (first, part(0.25, 1.0), asked > able)
    }

    pub fn end(&self, world: World, losses: [f64; 2], rate: f64) -> End {
        let (first, investors, broken) = self.borne(world, losses, rate);
        let (assets, _) = self.assets();
        let owed: [f64; 4] = std::array::from_fn(|i| OWES[i].iter().sum());
        let claims: [f64; 4] = std::array::from_fn(|j| OWES.iter().map(|row| row[j]).sum());
        let open: [f64; 4] = std::array::from_fn(|j| assets[j] + claims[j] - owed[j] - CAPITAL[j]);
        let outside = open.map(|x| x.max(0.0));
        let left: [f64; 4] = std::array::from_fn(|j| assets[j] + (-open[j]).max(0.0) - first[j]);
        // Payments from above: everybody pays in full, then what it can, again and again.
        let full: [f64; 4] = std::array::from_fn(|j| owed[j] + outside[j]);
        let mut paid = full;
        let received = |paid: &[f64; 4]| -> [f64; 4] {
            std::array::from_fn(|j| {
                (0..4).filter(|&i| full[i] > 0.0).map(|i| paid[i] * OWES[i][j] / full[i]).sum()
            })
        };
        loop {
            let from = received(&paid);
            let next: [f64; 4] = std::array::from_fn(|j| {
                if left[j] + from[j] >= full[j] * (1.0 - 1e-12) {
                    full[j]
                } else {
                    world.recovered[0] * left[j] + world.recovered[1] * from[j]
                }
            });
            let moved: f64 = (0..4).map(|j| (next[j] - paid[j]).abs()).sum();
            paid = next;
            if moved < 1e-9 {
                break;
            }
        }
        let from = received(&paid);
        let mut end = End { investors, ..End::default() };
        for j in 0..4 {
            end.failed[j] = left[j] + from[j] < full[j] * (1.0 - 1e-9);
            let equity = if end.failed[j] { 0.0 } else { left[j] + from[j] - full[j] };
            end.owners[j] = CAPITAL[j] - equity;
            let lost = if full[j] > 0.0 { outside[j] * (1.0 - paid[j] / full[j]) } else { 0.0 };
            end.creditors += lost;
            end.stays[j] = end.owners[j] + lost;
            end.costs += if end.failed[j] { left[j] + from[j] - paid[j] } else { 0.0 };
        }
        end.failed[1] |= broken;
        end
    }
}

/// Exact numbers of a policy.
#[derive(Default, Debug)]
pub struct Exact {
    pub fail: [f64; 4],
    pub failures: f64,
    pub two_fail: f64,
    /// Means: total, costs, second round, owners of P and D, owners of X and Y, investors, creditors.
    pub means: [f64; 7],
    pub es: f64,
    /// MES of P, D, X, Y.
    pub mes: [f64; 4],
}

/// `step` is that of the grid of the factor: who is stressed jumps along it.
pub fn exact(world: World, policy: &str, step: f64) -> Exact {
    let before = match policy {
        "cap" => capped(people(), 1500.0),
        _ => people(),
    };
    let sheet = Sheet::of(&before);
    let n = before.len();
    let mut exact = Exact::default();
    let mut law: Vec<(f64, f64, [f64; 4])> = Vec::new();
    let l = 0.2_f64.sqrt();
    let given = |pd: f64, y: f64| phi((quantile(pd) - l * y) / (1.0 - l * l).sqrt());
    let raised = |pd: f64| {
        let odds = pd / (1.0 - pd) * world.squeeze.exp();
        odds / (1.0 + odds)
    };
    for (y, weight) in one_factor(step) {
        let y = y[0];
        let w = world.loading;
        let rate = 0.5 * phi((quantile(0.05) - w * y) / (1.0 - w * w).sqrt());
        let first: Vec<f64> = before.iter().map(|p| given(p.pd, y)).collect();
        let second: Vec<f64> = before.iter().map(|p| given(raised(p.pd), y)).collect();
        for state in 0..1_usize << n {
            let falls = |i: usize| state >> i & 1 == 1;
            let mut losses = [0.0; 2];
            for (_, person) in before.iter().enumerate().filter(|(i, _)| falls(*i)) {
                person.lines.iter().for_each(|line| losses[line.lender] += loss(line.balance));
            }
            let (_, weighted) = sheet.assets();
            let (borne, ..) = sheet.borne(world, losses, rate);
            let stressed: [f64; 4] = std::array::from_fn(|j| {
                f64::from(u8::from(CAPITAL[j] - borne[j] < 0.08 * weighted[j]))
            });
            let shock = stressed.contains(&1.0);
            let cut = [
                0.5 * (0.23 * stressed[0] + stressed[2] / 3.0 + (1.0 / 6.0 + 0.045) * stressed[3]),
                0.5 * stressed[1],
            ];
            // Whom the second round squeezes, and what that person loses.
            let after = |person: &Person| -> (bool, [f64; 2]) {
                let (mut squeezed, mut own) = (false, [0.0; 2]);
                for line in &person.lines {
                    let mut limit = (line.limit * (1.0 - cut[line.lender]) + 1e-6).floor();
                    if policy == "during" {
                        limit = limit.min(1500.0);
                    }
                    squeezed |= limit < line.balance.min(line.limit);
                    own[line.lender] += loss(line.balance.min(limit.max(0.0)));
                }
                (squeezed, own)
            };
            let open: Vec<usize> =
                (0..n).filter(|&i| shock && !falls(i) && after(&before[i]).0).collect();
            let sure: f64 = (0..n)
                .filter(|i| !open.contains(i))
                .map(|i| if falls(i) { first[i] } else { 1.0 - first[i] })
                .product();
            for later in 0..1_usize << open.len() {
                let (mut p, mut more) = (weight * sure, [0.0; 2]);
                for (at, &i) in open.iter().enumerate() {
                    if later >> at & 1 == 1 {
                        p *= second[i] - first[i];
                        let (_, own) = after(&before[i]);
                        more[0] += own[0];
                        more[1] += own[1];
                    } else {
                        p *= 1.0 - second[i];
                    }
                }
                let all = [losses[0] + more[0], losses[1] + more[1]];
                let end = sheet.end(world, all, rate);
                let total = all[0] + all[1] + 5000.0 * rate + end.costs;
                let failed = end.failed.iter().filter(|f| **f).count();
                for j in 0..4 {
                    exact.fail[j] += if end.failed[j] { p } else { 0.0 };
                }
                exact.failures += p * failed as f64;
                exact.two_fail += if failed >= 2 { p } else { 0.0 };
                let means = [
                    total,
                    end.costs,
                    more[0] + more[1],
                    end.owners[0] + end.owners[1],
                    end.owners[2] + end.owners[3],
                    end.investors,
                    end.creditors,
                ];
                exact.means.iter_mut().zip(means).for_each(|(sum, x)| *sum += p * x);
                let parts: f64 = means[3..].iter().sum();
                assert!((parts - total).abs() < 1e-6, "{parts} {total} {end:?}");
                law.push((total, p, end.stays));
            }
        }
    }
    law.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut left = 0.1;
    for (total, p, stays) in law {
        let used = p.min(left);
        exact.es += used * total / 0.1;
        exact.mes.iter_mut().zip(stays).for_each(|(sum, x)| *sum += used * x / 0.1);
        left -= used;
        if left <= 0.0 {
            break;
        }
    }
    exact
}
