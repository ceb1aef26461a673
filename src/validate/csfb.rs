//! The examples of CreditRisk+ (Credit Suisse First Boston 1997): 25 loans, gamma sectors, Poisson defaults.
//!
//! Exposures are banded as published: unit L = the largest exposure over 100, rounded up, loss nu L with
//! nu = exposure / L rounded up, rate p exposure / (L nu), so that expected losses stay. The law of a sector is a
//! compound negative binomial,
//!
//! 1. g_0 = (1 - a)^r,   g_s = sum_j (a + (r - 1) a j / s) f_j g_(s - j),   a = m / (m + r),
//!
//! m the mean number of defaults, r = 1 / v^2, f the law of one loss (Panjer 1981; all terms are positive);
//! sectors are independent. A published percentile is interpolated inside its step of the grid,
//!
//! 2. x_q = L (n - 1 + (q - F(n - 1)) / p(n)).

use super::exact::Atoms;
use super::judge::{Asked, against};
use super::law::Law;
use super::sampled::Book;
use super::{Case, Check, Kind, Settings, range};
use crate::report::numbers::percent;
use crate::scenario::Rejected;

/// Exposure net of recovery, mean PD (its standard deviation is half of it), weights of example 2, weights of
/// example 3 of which the first is no sector's.
type Obligor = (u32, f64, [f64; 3], [f64; 4]);

const OBLIGORS: [Obligor; 25] = [
    (358_475, 0.3, [1.0, 0.0, 0.0], [0.5, 0.3, 0.1, 0.1]),
    (1_089_819, 0.3, [0.0, 1.0, 0.0], [0.25, 0.25, 0.25, 0.25]),
    (1_799_710, 0.1, [0.0, 1.0, 0.0], [0.25, 0.25, 0.2, 0.3]),
    (1_933_116, 0.15, [1.0, 0.0, 0.0], [0.75, 0.05, 0.1, 0.1]),
    (2_317_327, 0.15, [0.0, 0.0, 1.0], [0.5, 0.1, 0.1, 0.3]),
    (2_410_929, 0.15, [0.0, 0.0, 1.0], [0.5, 0.2, 0.1, 0.2]),
    (2_652_184, 0.3, [1.0, 0.0, 0.0], [0.25, 0.1, 0.1, 0.55]),
    (2_957_685, 0.15, [0.0, 1.0, 0.0], [0.25, 0.25, 0.2, 0.3]),
    (3_137_989, 0.05, [0.0, 0.0, 1.0], [0.25, 0.25, 0.25, 0.25]),
    (3_204_044, 0.05, [0.0, 0.0, 1.0], [0.75, 0.1, 0.05, 0.1]),
    (4_727_724, 0.015, [1.0, 0.0, 0.0], [0.5, 0.1, 0.1, 0.3]),
    (4_830_517, 0.05, [0.0, 0.0, 1.0], [0.5, 0.2, 0.1, 0.2]),
    (4_912_097, 0.05, [0.0, 0.0, 1.0], [0.25, 0.25, 0.25, 0.25]),
    (4_928_989, 0.3, [0.0, 1.0, 0.0], [0.25, 0.1, 0.1, 0.55]),
    (5_042_312, 0.1, [0.0, 0.0, 1.0], [0.25, 0.25, 0.3, 0.2]),
    (5_320_364, 0.075, [0.0, 0.0, 1.0], [0.75, 0.1, 0.05, 0.1]),
    (5_435_457, 0.05, [1.0, 0.0, 0.0], [0.5, 0.2, 0.1, 0.2]),
    (5_517_586, 0.03, [1.0, 0.0, 0.0], [0.5, 0.1, 0.1, 0.3]),
    (5_764_596, 0.075, [1.0, 0.0, 0.0], [0.25, 0.25, 0.2, 0.3]),
    (5_847_845, 0.03, [1.0, 0.0, 0.0], [0.25, 0.1, 0.1, 0.55]),
    (6_466_533, 0.3, [1.0, 0.0, 0.0], [0.25, 0.25, 0.2, 0.3]),
    (6_480_322, 0.3, [0.0, 0.0, 1.0], [0.75, 0.1, 0.05, 0.1]),
    (7_727_651, 0.016, [0.0, 1.0, 0.0], [0.25, 0.25, 0.2, 0.3]),
    (15_410_906, 0.1, [0.0, 0.0, 1.0], [0.5, 0.2, 0.1, 0.2]),
    (20_238_895, 0.075, [1.0, 0.0, 0.0], [0.75, 0.1, 0.1, 0.05]),
];

/// Levels of the published percentiles.
const LEVELS: [f64; 8] = [0.5, 0.75, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999];
/// Percentiles of examples 1A, 1B, 2 and 3.
const PERCENTILES: [[f64; 8]; 4] = [
    [
        11_089_455.0,
        20_498_062.0,
        38_908_486.0,
        46_152_128.0,
        55_311_503.0,
        62_033_181.0,
        68_612_540.0,
        77_133_478.0,
    ],
    [
        9_191_511.0,
        16_114_274.0,
        28_823_669.0,
        33_733_871.0,
        39_946_857.0,
        44_482_660.0,
        48_915_922.0,
        54_644_673.0,
    ],
    [
        11_638_427.0,
        20_130_908.0,
        36_057_338.0,
        42_221_594.0,
        49_931_502.0,
        55_540_041.0,
        60_993_272.0,
        68_017_542.0,
    ],
    [
        11_879_523.0,
        20_017_506.0,
        34_771_678.0,
        40_396_985.0,
        47_368_235.0,
        52_374_307.0,
        57_208_805.0,
        63_422_062.0,
    ],
];
const NAMES: [&str; 4] = ["1A", "1B", "2", "3"];
const SOURCE: &str = "CreditRisk+, Credit Suisse First Boston 1997, examples 1A, 1B, 2 and 3 of its \
                      spreadsheet; law of a sector by Panjer's recursion";

/// A banded obligor.
#[derive(Debug, Clone)]
struct Banded {
    /// Loss in units.
    nu: usize,
    /// Mean number of defaults, and its standard deviation.
    rate: f64,
    deviation: f64,
    /// Weights on the sectors; what is left is no sector's.
    weights: Vec<f64>,
}

/// An example: the unit and its obligors.
fn example(number: usize) -> (u32, Vec<Banded>) {
    let rows = if number == 1 { &OBLIGORS[..23] } else { &OBLIGORS[..] };
    let largest = rows.iter().map(|o| o.0).max().unwrap_or(0);
    let unit = largest.div_ceil(100);
    let banded = |&(exposure, pd, two, three): &Obligor| {
        let nu = exposure.div_ceil(unit);
        let units = f64::from(exposure) / f64::from(unit) / f64::from(nu);
        let weights = match number {
            2 => two.to_vec(),
            3 => three[1..].to_vec(),
            _ => vec![1.0],
        };
        Banded { nu: nu as usize, rate: pd * units, deviation: 0.5 * pd * units, weights }
    };
    (unit, rows.iter().map(banded).collect())
}

/// Mean number of defaults and relative standard deviation of each sector.
fn sectors(obligors: &[Banded]) -> Vec<(f64, f64)> {
    let sum = |k: usize, of: fn(&Banded) -> f64| -> f64 {
        obligors.iter().map(|o| o.weights[k] * of(o)).sum()
    };
    let one = |k: usize| (sum(k, |o| o.rate), sum(k, |o| o.deviation) / sum(k, |o| o.rate));
    (0..obligors[0].weights.len()).map(one).collect()
}

/// Equation 1 on a grid of `points`.
fn compound(mean: f64, deviation: f64, severity: &[f64], points: usize) -> Vec<f64> {
    // Without a sector the number is Poisson: a = 0, (r - 1) a = m.
    let (a, b, none) = match deviation > 0.0 {
        true => {
            let r = 1.0 / (deviation * deviation);
            let a = mean / (mean + r);
            (a, (r - 1.0) * a, libm::exp(r * libm::log1p(-a)))
        }
        false => (0.0, mean, libm::exp(-mean)),
    };
    let mut g = vec![none];
    for s in 1..points {
        let reach = s.min(severity.len() - 1);
        let terms = (1..=reach).filter(|&j| severity[j] > 0.0);
        let term = |j: usize| (a + b * j as f64 / s as f64) * severity[j] * g[s - j];
        g.push(terms.map(term).sum());
    }
    g
}

/// Probabilities of 0, 1, 2, ... units.
fn law(obligors: &[Banded], points: usize) -> Vec<f64> {
    let mut parts: Vec<(f64, Vec<f64>)> = Vec::new();
    let width = obligors.iter().map(|o| o.nu).max().unwrap_or(0) + 1;
    let mut severity_of = |share: &dyn Fn(&Banded) -> f64, deviation: f64| {
        let mean: f64 = obligors.iter().map(|o| share(o) * o.rate).sum();
        if mean <= 1e-12 {
            return;
        }
        let mut severity = vec![0.0; width];
        obligors.iter().for_each(|o| severity[o.nu] += share(o) * o.rate / mean);
        parts.push((deviation, compound(mean, deviation, &severity, points)));
    };
    for (k, (_, deviation)) in sectors(obligors).into_iter().enumerate() {
        severity_of(&|o| o.weights[k], deviation);
    }
    severity_of(&|o| 1.0 - o.weights.iter().sum::<f64>(), 0.0);
    let mut all = vec![0.0; points];
    all[0] = 1.0;
    for (_, part) in parts {
        all = (0..points).map(|s| (0..=s).map(|j| all[j] * part[s - j]).sum()).collect();
    }
    all
}

/// Equation 2.
fn percentile(law: &[f64], unit: u32, q: f64) -> f64 {
    let mut below = 0.0;
    for (n, p) in law.iter().enumerate() {
        if below + p >= q {
            return f64::from(unit) * (n as f64 - 1.0 + (q - below) / p);
        }
        below += p;
    }
    f64::NAN
}

/// Grid points: far beyond what is lost in 10^12 years.
const POINTS: usize = 1_600;

/// All four.
pub fn run(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let mut trials = 0;
    for (number, name) in NAMES.iter().enumerate() {
        let (unit, obligors) = example(number);
        let law = law(&obligors, POINTS);
        for (q, published) in LEVELS.into_iter().zip(PERCENTILES[number]) {
            let found = percentile(&law, unit, q);
            let quantity = format!("{name}: {} point, by recursion", percent(q));
            checks.push(Check::new(quantity, published, found, range::within(published, 1.0)));
        }
        let sampled = book(number, unit, &obligors).sample(settings)?;
        trials = sampled.trials();
        let exact = law.iter().enumerate().map(|(n, &p)| (n as i64, p));
        // What the grid does not reach is less than rounding.
        let rest = 1.0 - law.iter().sum::<f64>();
        let exact = Law::new(exact.chain([(POINTS as i64, rest.max(0.0))]));
        let prefix = format!("{name}: ");
        let asked = Asked {
            prefix: &prefix,
            scope: "system",
            policy: "today",
            levels: &[0.95, 0.99, 0.999],
            thresholds: &[200.0],
            per: 1.0,
        };
        checks.extend(against(&Atoms { law: exact, per_unit: 1.0 }, &sampled, asked));
    }
    let title = "CreditRisk+ examples: 25 loans, gamma sectors, Poisson defaults";
    Ok(Case { id: "creditrisk+", title, source: SOURCE, kind: Kind::Published, trials, checks })
}

/// An example as a scenario, in units of L.
fn book(number: usize, unit: u32, obligors: &[Banded]) -> Book {
    let sectors = sectors(obligors);
    let factors: Vec<String> = sectors
        .iter()
        .enumerate()
        .map(|(k, (_, deviation))| format!("{{ id = \"s{k}\", sd = {deviation} }}"))
        .collect();
    let segment = |(i, o): (usize, &Banded)| {
        let weights: Vec<String> =
            o.weights.iter().enumerate().map(|(k, w)| format!("s{k} = {w}")).collect();
        format!("[model.segment.o{i}]\nloadings = {{ {} }}\n", weights.join(", "))
    };
    let segments: String = obligors.iter().enumerate().map(segment).collect();
    let scenario = format!(
        "format = 1\ncurrency = \"CHF\"\nminor_units = 1\nlevels = [0.95, 0.99, 0.999]\n\
         thresholds = [200]\nportfolio = {{ tape = \"book.csv\", defaults = {{ lgd = 1 }} }}\n\
         policy = [{{ id = \"today\" }}]\n[model]\ncopula = \"creditrisk+\"\n\
         defaults = \"poisson\"\nfactor = [{}]\n{segments}# unit {unit}\n",
        factors.join(", ")
    );
    let row = |(i, o): (usize, &Banded)| format!("o{i},{},{},{}\n", o.nu, o.nu, o.rate);
    let rows: String = obligors.iter().enumerate().map(row).collect();
    Book {
        name: "creditrisk-plus.toml",
        scenario,
        tape: format!("segment,limit,balance,pd\n{rows}"),
        trials: 200_000,
        seed: 71 + number as u64,
    }
}
