//! Standard workloads, made without random numbers so that every engine can be given the same.

use std::fmt::Write;
use std::path::Path;

use tailcap::run::{Prepared, prepare};
use tailcap::scenario::{Notation, load_text};

/// W1: 100,000 borrowers all different, 20 segments with correlations 0.04 to 0.15, one exposure
/// set. PD lognormal with mean 2 % (sigma 0.8), exposure lognormal (median 10,000, sigma 1).
pub fn w1() -> Prepared {
    prepared(&different(100_000), &segments(20), &[])
}

/// W2: W1 with ten caps.
pub fn w2() -> Prepared {
    prepared(&different(100_000), &segments(20), &TEN_CAPS)
}

/// W3: 1,000 distinct pools standing for 500 million people, ten caps.
pub fn w3() -> Prepared {
    prepared(&pools(), &segments(20), &TEN_CAPS)
}

fn pools() -> String {
    let mut tape = String::from("count,segment,limit,balance,pd\n");
    for i in 0..1_000_u32 {
        row(&mut tape, i, Some(500_000));
    }
    tape
}

/// W4: W1 with a ladder of 25 caps.
pub fn w4() -> Prepared {
    prepared_with(&different(100_000), &segments(20), LADDER)
}

/// W5: W3's book with a ladder of 25 caps.
pub fn w5() -> Prepared {
    prepared_with(&pools(), &segments(20), LADDER)
}

const LADDER: &str = "[[policy]]\nid = \"cap\"\n[[policy.rule]]\n\
                      cap = { from = 500, to = 50_000, steps = 25 }\n";

const TEN_CAPS: [u32; 10] =
    [1_000, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000, 50_000, 100_000];

fn different(borrowers: u32) -> String {
    let mut tape = String::from("segment,limit,balance,pd\n");
    for i in 0..borrowers {
        row(&mut tape, i, None);
    }
    tape
}

/// One borrower: quantiles of the laws at golden-ratio points, which never repeat.
fn row(tape: &mut String, i: u32, count: Option<u32>) {
    let point = |k: f64| ((f64::from(i) + 0.5) * k).fract();
    let z = |k: f64| tailcap::special::normal::quantile(point(k));
    let pd = (0.02_f64.ln() - 0.32 + 0.8 * z(0.618_033_988_749_895)).exp().min(0.9);
    let limit = (10_000_f64.ln() + z(std::f64::consts::SQRT_2)).exp().round().max(100.0);
    let balance = (limit * point(1.732_050_807_568_877)).round();
    if let Some(count) = count {
        write!(tape, "{count},").expect("writing to a string cannot fail");
    }
    writeln!(tape, "s{:02},{limit},{balance},{pd}", i % 20)
        .expect("writing to a string cannot fail");
}

fn segments(count: u32) -> String {
    (0..count)
        .map(|s| {
            let rho = 0.04 + 0.11 * f64::from(s) / f64::from(count - 1);
            format!("[model.segment.s{s:02}]\ncorrelation = {rho}\n")
        })
        .collect()
}

fn prepared(tape: &str, model: &str, caps: &[u32]) -> Prepared {
    let policy = |cap| format!("[[policy]]\nid = \"cap-{cap}\"\n[[policy.rule]]\ncap = {cap}\n");
    prepared_with(tape, model, &caps.iter().map(policy).collect::<String>())
}

fn prepared_with(tape: &str, model: &str, policies: &str) -> Prepared {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("book.csv");
    std::fs::write(&file, tape).expect("a temporary file can be written");
    let text = format!(
        "format = 1\ncurrency = \"CNY\"\n\
         [portfolio]\ntape = \"book.csv\"\ndefaults = {{ lgd = 0.75, ccf = 0.24 }}\n\
         [model]\ncorrelation = 0.04\n{model}\
         [output]\nequal_credit_cut = false\n\
         [[policy]]\nid = \"today\"\n{policies}"
    );
    let scenario = Path::new(folder.path()).join("workload.toml");
    let loaded = load_text(&scenario, &text, Notation::Toml, &[])
        .unwrap_or_else(|r| panic!("{}", r.places.render(&r.faults, false)));
    let mut runs = prepare(&loaded).unwrap_or_else(|refused| panic!("{refused:?}"));
    runs.remove(0)
}
