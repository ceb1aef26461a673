//! Times `simulate` of the crate `credit_portfolio_model` on an exported workload.
//!
//! Every borrower is one of its borrowers with two ratings, performing and defaulted, in one risk
//! group without an effect of its own, under one factor. It has one set of exposures, so a workload
//! with several policies is one simulation per policy, all with the same seed, as a user would do.

mod book;
mod lapack;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use credit_portfolio_model::borrower::Borrower;
use credit_portfolio_model::exposure::Exposure;
use credit_portfolio_model::portfolio::Portfolio;
use credit_portfolio_model::risk_group::RiskGroup;

use book::Book;

struct Asked {
    book: PathBuf,
    trials: usize,
    seed: u64,
    threads: usize,
    losses: Option<PathBuf>,
}

fn main() {
    let asked = asked();
    rayon::ThreadPoolBuilder::new().num_threads(asked.threads).build_global().expect("threads");
    let began = Instant::now();
    let book = Book::read(&asked.book);
    let portfolios: Vec<Portfolio> =
        (0..book.policies.len()).map(|k| portfolio(&book, k)).collect();
    // Streams belong to chunks, threads take chunks: a few of them each.
    let chunk = asked.trials.div_ceil(4 * asked.threads).max(1);
    portfolios[0].simulate(asked.trials.div_ceil(20), chunk, asked.seed + 1_000_003);
    let set_up_seconds = began.elapsed().as_secs_f64();

    let began = Instant::now();
    let losses: Vec<Vec<f64>> =
        portfolios.iter().map(|p| p.simulate(asked.trials, chunk, asked.seed).0).collect();
    let seconds = began.elapsed().as_secs_f64();

    if let Some(path) = &asked.losses {
        write(path, &losses).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let report = serde_json::json!({
        "seconds": seconds,
        "set_up_seconds": set_up_seconds,
        "trials": asked.trials,
        "people": book.borrowers.len(),
        "policies": book.policies,
    });
    println!("{report}");
}

/// The book with the losses of one policy.
fn portfolio(book: &Book, policy: usize) -> Portfolio {
    let mut group = RiskGroup::new();
    for one in &book.borrowers {
        // The last rating is default; the risk group has no share in the asset value.
        let mut borrower =
            Borrower::new(vec![1.0], 0, one.correlation, 0.0, vec![1.0 - one.pd, one.pd]);
        borrower.add_exposure(Exposure::new(vec![0.0, -one.losses[policy]]));
        group.add_borrower(borrower);
    }
    let mut portfolio = Portfolio::new(ndarray::arr2(&[[1.0]]));
    portfolio.add_risk_group(group);
    portfolio
}

/// Trials x policies, 64-bit floats.
fn write(path: &PathBuf, losses: &[Vec<f64>]) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for trial in 0..losses[0].len() {
        for policy in losses {
            file.write_all(&policy[trial].to_le_bytes())?;
        }
    }
    file.flush()
}

fn asked() -> Asked {
    let (mut book, mut trials, mut losses) = (None, None, None);
    let (mut seed, mut threads) = (0, 1);
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().unwrap_or_else(|| panic!("{flag} needs a value"));
        let number = || value.parse::<u64>().unwrap_or_else(|e| panic!("{flag} {value}: {e}"));
        match flag.as_str() {
            "--book" => book = Some(value.into()),
            "--losses" => losses = Some(value.into()),
            "--trials" => trials = Some(number() as usize),
            "--seed" => seed = number(),
            "--threads" => threads = number() as usize,
            _ => panic!("unknown flag {flag}"),
        }
    }
    Asked { book: book.expect("--book"), trials: trials.expect("--trials"), seed, threads, losses }
}
