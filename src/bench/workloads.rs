//! Standard workloads, made without random numbers so that every engine can be given the same.
//!
//! With points u_k(i) = frac((i + 1/2) k) of borrower i, which never repeat, and z = G(u):
//!
//! 1. PD = exp(ln 0.02 - 0.32 + 0.8 z(k_1)), k_1 the golden ratio's fraction: lognormal with mean 2 %;
//! 2. limit = exp(ln 10,000 + z(sqrt 2)), at least 100, balance = limit u(sqrt 3), both rounded;
//! 3. segment i mod 20 with asset correlation 0.04 + 0.11 s / 19; under gamma sectors with weight
//!    0.3 + 0.5 s / 19 on the one sector instead.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use crate::portfolio;
use crate::run::{Prepared, prepare_from};
use crate::scenario::{Notation, load_text};
use crate::special::normal;

/// A workload: a book, its policies and a number of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Short name.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Rows of the book.
    pub rows: u32,
    /// People per row, where rows are pools.
    pub count: Option<u32>,
    /// Lenders, borrower i having an account with number i mod this.
    pub lenders: u32,
    /// Caps beside today's limits.
    caps: Caps,
    /// Trials; the most there may be where a precision ends the run.
    pub trials: u64,
    /// The sampling plan of a run that ends once ES 99.9 % is known to 1 %.
    pub until_known: Option<&'static str>,
    /// Whether borrowers answer to caps by all four channels.
    behaves: bool,
    /// How they default together.
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Gaussian,
    /// Five degrees of freedom.
    Student,
    /// CreditRisk+ with one sector of standard deviation 1/2.
    Gamma {
        defaults: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caps {
    /// These, in units of currency.
    Listed(&'static [u32]),
    /// So many steps of a ladder from 500 to 50,000.
    Ladder(u32),
}

impl Caps {
    const NONE: Self = Self::Listed(&[]);
    const TEN: Self =
        Self::Listed(&[1_000, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000, 50_000, 100_000]);
    const LADDER: Self = Self::Ladder(25);
}

/// What the others are variations of.
const W1: Workload = Workload {
    id: "W1",
    title: "100,000 borrowers, all different",
    rows: 100_000,
    count: None,
    lenders: 1,
    caps: Caps::NONE,
    trials: 10_000,
    until_known: None,
    behaves: false,
    family: Family::Gaussian,
};
const W2: Workload = Workload { id: "W2", title: "W1 under ten caps", caps: Caps::TEN, ..W1 };
const W3: Workload = Workload {
    id: "W3",
    title: "1,000 pools of 500 million people, ten caps",
    rows: 1_000,
    count: Some(500_000),
    caps: Caps::TEN,
    ..W1
};
const W5: Workload = Workload {
    id: "W5",
    title: "W1 until ES 99.9 % is known to 1 %",
    trials: 10_000_000,
    until_known: Some("auto"),
    ..W1
};

/// All of them; the first three are those that `tailcap bench` takes without being told.
pub const WORKLOADS: [Workload; 13] = [
    W1,
    W2,
    W3,
    Workload {
        id: "W4",
        title: "a tape of 10 million different rows, ten caps",
        rows: 10_000_000,
        caps: Caps::TEN,
        trials: 1_000,
        ..W1
    },
    W5,
    Workload { id: "W5-plain", title: "W5 by plain sampling", until_known: Some("plain"), ..W5 },
    Workload { id: "ladder", title: "W1 under a ladder of 25 caps", caps: Caps::LADDER, ..W1 },
    Workload {
        id: "pools-ladder",
        title: "W3's pools under a ladder of 25 caps",
        caps: Caps::LADDER,
        trials: 100_000,
        ..W3
    },
    Workload {
        id: "W2-behaviour",
        title: "W2 with leakage, relief, squeeze and stacking",
        behaves: true,
        ..W2
    },
    Workload {
        id: "W3-behaviour",
        title: "W3 with leakage, relief, squeeze and stacking",
        behaves: true,
        ..W3
    },
    Workload { id: "W1-t", title: "W1 under a t copula", family: Family::Student, ..W1 },
    Workload {
        id: "W1-gamma",
        title: "W1 under CreditRisk+, Bernoulli defaults",
        family: Family::Gamma { defaults: "bernoulli" },
        ..W1
    },
    Workload {
        id: "W1-poisson",
        title: "W1 under CreditRisk+, Poisson defaults",
        family: Family::Gamma { defaults: "poisson" },
        ..W1
    },
];

/// The workload of this name, whatever its case.
pub fn find(id: &str) -> Option<Workload> {
    WORKLOADS.into_iter().find(|workload| workload.id.eq_ignore_ascii_case(id))
}

impl Workload {
    /// W1 grown or shrunk: other numbers of rows, caps, lenders and trials.
    pub const fn grown(rows: u32, caps: u32, lenders: u32, trials: u64) -> Self {
        let caps = if caps == 0 { Caps::NONE } else { Caps::Ladder(caps) };
        Self { id: "grown", title: "W1 of another size", rows, lenders, caps, trials, ..W1 }
    }

    /// Everything that is known before sampling; the tape is read as a file would be.
    pub fn prepare(&self) -> Prepared {
        let loaded = load_text(Path::new("workload.toml"), &self.scenario(), Notation::Toml, &[])
            .unwrap_or_else(|r| unreachable!("{}", r.places.render(&r.faults, false)));
        let read =
            |spec: &_, currency: &_| portfolio::load_from_reader(Tape::new(self), spec, currency);
        let mut runs = prepare_from(&loaded, &read)
            .unwrap_or_else(|refused| unreachable!("a workload is refused: {refused:?}"));
        runs.remove(0)
    }

    /// The scenario in TOML; the tape is called `book.csv`.
    pub fn scenario(&self) -> String {
        let (head, own): (String, &dyn Fn(f64) -> String) = match self.family {
            Family::Gaussian => ("correlation = 0.04\n".into(), &|share| {
                format!("correlation = {}\n", 0.04 + 0.11 * share)
            }),
            Family::Student => {
                ("copula = \"t\"\ndegrees_of_freedom = 5\ncorrelation = 0.04\n".into(), &|share| {
                    format!("correlation = {}\n", 0.04 + 0.11 * share)
                })
            }
            Family::Gamma { defaults } => (
                format!(
                    "copula = \"creditrisk+\"\ndefaults = \"{defaults}\"\n\
                     factor = [{{ id = \"x\", sd = 0.5 }}]\n"
                ),
                &|share| format!("loadings = {{ x = {} }}\n", 0.3 + 0.5 * share),
            ),
        };
        let segments: String = (0..SEGMENTS)
            .map(|s| {
                let share = f64::from(s) / f64::from(SEGMENTS - 1);
                format!("[model.segment.s{s:02}]\n{}", own(share))
            })
            .collect();
        let policies = match self.caps {
            Caps::Listed(caps) => caps
                .iter()
                .map(|cap| {
                    format!("[[policy]]\nid = \"cap-{cap}\"\n[[policy.rule]]\ncap = {cap}\n")
                })
                .collect(),
            Caps::Ladder(steps) => format!(
                "[[policy]]\nid = \"cap\"\n[[policy.rule]]\n\
                 cap = {{ from = 500, to = 50_000, steps = {steps} }}\n"
            ),
        };
        let until = self.until_known.map_or_else(String::new, |plan| {
            format!(
                "plan = \"{plan}\"\n\
                 until = {{ measure = {{ es = 0.999 }}, relative_error = 0.01 }}\n"
            )
        });
        let behaviour = if self.behaves {
            "[behaviour]\nleakage = 0.45\nrelief = 0.5\nsqueeze = 0.2\nstacking = 1.2\n"
        } else {
            ""
        };
        format!(
            "format = 1\ncurrency = \"CNY\"\n[sampling]\ntrials = {}\n{until}\
             [portfolio]\ntape = \"book.csv\"\ndefaults = {{ lgd = 0.75, ccf = 0.24 }}\n\
             [model]\n{head}{segments}{behaviour}[output]\nequal_credit_cut = false\n\
             [[policy]]\nid = \"today\"\n{policies}",
            self.trials
        )
    }

    /// The tape as a file holds it.
    pub fn tape(&self) -> impl Read {
        Tape::new(self)
    }
}

const SEGMENTS: u32 = 20;

/// A tape that is written while it is read: no copy of it stands in memory.
struct Tape {
    rows: u32,
    count: Option<u32>,
    lenders: u32,
    next: u32,
    text: String,
    read: usize,
}

impl Tape {
    fn new(workload: &Workload) -> Self {
        let Workload { rows, count, lenders, .. } = *workload;
        let first = if count.is_some() { "count," } else { "" };
        let lender = if lenders > 1 { "lender," } else { "" };
        let text = format!("{first}{lender}segment,limit,balance,pd\n");
        Self { rows, count, lenders, next: 0, text, read: 0 }
    }

    fn row(&mut self) {
        let i = self.next;
        let point = |k: f64| ((f64::from(i) + 0.5) * k).fract();
        let z = |k: f64| normal::quantile(point(k));
        let pd = libm::exp(libm::log(0.02) - 0.32 + 0.8 * z(0.618_033_988_749_895)).min(0.9);
        let limit = libm::exp(libm::log(10_000.0) + z(std::f64::consts::SQRT_2)).round().max(100.0);
        let balance = (limit * point(1.732_050_807_568_877)).round();
        let people = self.count.map_or_else(String::new, |count| format!("{count},"));
        let lender = match self.lenders {
            1 => String::new(),
            lenders => format!("l{:03},", i % lenders),
        };
        writeln!(self.text, "{people}{lender}s{:02},{limit},{balance},{pd}", i % SEGMENTS)
            .expect("writing to a string cannot fail");
        self.next += 1;
    }
}

impl Read for Tape {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            while self.next < self.rows && self.text.len() < buffer.len() {
                self.row();
            }
        }
        let left = &self.text.as_bytes()[self.read..];
        let n = left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&left[..n]);
        self.read += n;
        Ok(n)
    }
}
