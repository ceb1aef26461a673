//! Books drawn from laws.

use std::path::Path;

use super::{cents, written};
use crate::error::Fault;
use crate::portfolio::{Portfolio, load, load_from_reader};
use crate::scenario::{BookSource, Notation, PortfolioSpec, load_text};

/// `[portfolio]` of a scenario with this text behind it.
fn spec(portfolio: &str) -> PortfolioSpec {
    let text = format!(
        "format = 1\ncurrency = \"CNY\"\nmodel = {{ correlation = 0.04 }}\n\
         policy = [{{ id = \"today\" }}]\n{portfolio}"
    );
    match load_text(Path::new("book.toml"), &text, Notation::Toml, &[]) {
        Ok(loaded) => loaded.scenario.portfolio,
        Err(refused) => panic!("{}", refused.places.render(&refused.faults, false)),
    }
}

fn draw(portfolio: &str) -> Portfolio {
    load(&spec(portfolio), &cents()).unwrap_or_else(|faults| panic!("{faults:#?}")).portfolio
}

/// The platform of revolving lines and cash loans of which the published figures are known.
fn platform(pools: &str) -> String {
    format!(
        "[[portfolio.synthetic]]\nid = \"users\"\nborrowers = 500_000_000\n{pools}\n\
         product = \"revolving\"\npd = 0.03\nlgd = 0.75\n\
         limit = {{ lognormal = {{ median = 6_000, sigma = 0.9 }}, min = 500, max = 50_000 }}\n\
         utilisation = {{ beta = {{ a = 0.6, b = 1.4 }} }}\n\
         [portfolio.synthetic.second]\nshare = 0.064\nproduct = \"cash\"\n\
         limit = {{ lognormal = {{ median = 20_000, sigma = 1.0 }}, min = 1_000, max = 300_000 }}\n\
         utilisation = {{ beta = {{ a = 1.2, b = 1.8 }} }}\n"
    )
}

/// Sum over the people with a product of what `of` says of limit and balance, units of currency.
fn sum(book: &Portfolio, product: &str, of: impl Fn(f64, f64) -> f64) -> f64 {
    let products = book.accounts.product.as_ref().unwrap();
    let mut sum = 0.0;
    for b in 0..book.entries() {
        for a in book.accounts_of(b) {
            if products.names[products.codes.get(a)] == product {
                let [limit, balance] = [&book.accounts.limit, &book.accounts.balance]
                    .map(|amounts| amounts.get(a) as f64 / 100.0);
                sum += book.count(b) as f64 * of(limit, balance);
            }
        }
    }
    sum
}

#[test]
fn the_platform_keeps_the_published_shares_of_its_balances() {
    for grain in ["pools = 1_000", "stands_for = 5_000", "pools = 4_096\n"] {
        let book = draw(&platform(grain));
        assert_eq!(book.people(), 500_000_000);
        let people = 5e8;
        let mean = |of: fn(f64, f64) -> f64| sum(&book, "revolving", of) / people;
        assert!((mean(|limit, _| limit) / 8_770.0 - 1.0).abs() < 0.01);
        assert!((mean(|_, balance| balance) / 2_630.0 - 1.0).abs() < 0.02);
        let holders = sum(&book, "cash", |_, _| 1.0);
        assert!((holders / people - 0.064).abs() < 1e-5, "{grain}: {holders}");
        let loans = sum(&book, "cash", |_, balance| balance) / holders;
        assert!((loans / 13_000.0 - 1.0).abs() < 0.03, "{grain}: {loans}");
        let published: [(&str, &[(f64, f64)]); 2] = [
            (
                "revolving",
                &[(20e3, 97.0), (10e3, 87.0), (5e3, 70.0), (3e3, 55.0), (1e3, 27.0), (500.0, 15.0)],
            ),
            ("cash", &[(200e3, 99.8), (100e3, 97.0), (50e3, 89.0), (20e3, 67.0)]),
        ];
        for (product, caps) in published {
            let all = sum(&book, product, |_, balance| balance);
            for &(cap, want) in caps {
                let kept = sum(&book, product, |_, balance| balance.min(cap));
                let found = 100.0 * kept / all;
                assert!((found - want).abs() < 1.0, "{grain}: {product} {cap}: {found}");
            }
        }
    }
}

/// People drawn one by one.
const PEOPLE: &str = "[[portfolio.synthetic]]\nid = \"users\"\nborrowers = 20_000\n\
    limit = { lognormal = { median = 6_000, sigma = 0.9 } }\nutilisation = 0.5\n\
    pd = { logistic = { pd = 0.03, at = 6_000, slope = -0.4, sigma = 0.5 } }\nlgd = 0.75\n\
    age = { uniform = { from = 18, to = 66 } }\n\
    income = { lognormal = { median = 30_000, sigma = 0.6 } }\n\
    rank_correlation = { limit = { income = 0.5, age = -0.2 } }\n";

fn ln_limits(book: &Portfolio) -> Vec<f64> {
    (0..book.entries()).map(|b| (book.accounts.limit.get(b) as f64 / 100.0).ln()).collect()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// Null: ln limit is normal with these moments. Statistics: mean and sd of 20,000 draws of seed 0;
/// z within 4 each, false alarms 1.3e-4 together. Wrong twin: sigma + 0.05.
#[test]
fn people_are_a_sample_of_their_law() {
    let book = draw(&format!("[portfolio]\nbook_seed = 0\n{PEOPLE}"));
    let values = ln_limits(&book);
    let (mean, sd) = moments(&values);
    let off = |sigma: f64| {
        let error = sigma / (values.len() as f64).sqrt();
        [(mean - 6_000_f64.ln()) / error, (sd - sigma) / (error / 2_f64.sqrt())]
            .into_iter()
            .fold(0.0, |worst: f64, z| worst.max(z.abs()))
    };
    assert!(off(0.9) < 4.0, "{}", off(0.9));
    assert!(off(0.95) > 4.0, "the wrong twin passes");
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    order.into_iter().enumerate().for_each(|(rank, i)| ranks[i] = rank as f64);
    ranks
}

fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let ((ma, sa), (mb, sb)) = (moments(&a), moments(&b));
    let cross = a.iter().zip(&b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>();
    cross / a.len() as f64 / sa / sb
}

/// Null: Spearman's rank correlation is the one asked for. Statistic: that of the sample; its error
/// is at most 1/sqrt n, z within 4. Wrong twin: a correlation 0.1 nearer to 0. Pools are placed
/// evenly, and are nearer than a sample would be.
#[test]
fn rank_correlations_are_those_asked_for() {
    for (grain, error) in [
        ("borrowers = 20_000", 4.0 / 20_000_f64.sqrt()),
        ("borrowers = 20_000\npools = 1_000", 0.02),
    ] {
        let book = draw(&PEOPLE.replace("borrowers = 20_000", grain));
        let limits = ln_limits(&book);
        let column = |numbers: &crate::portfolio::Numbers| -> Vec<f64> {
            (0..book.entries()).map(|b| numbers.get(b)).collect()
        };
        let incomes = column(book.borrowers.income.as_ref().unwrap());
        let ages = column(book.borrowers.age.as_ref().unwrap());
        assert!((spearman(&limits, &incomes) - 0.5).abs() < error, "{grain}");
        assert!((spearman(&limits, &incomes) - 0.4).abs() > error, "{grain}: the twin passes");
        assert!((spearman(&limits, &ages) + 0.2).abs() < error, "{grain}");
        // Not asked for: what follows from the other two through the copula is none.
        assert!(spearman(&incomes, &ages).abs() < error, "{grain}");
    }
}

#[test]
fn logistic_pds_follow_the_limit() {
    let text = PEOPLE.replace(", sigma = 0.5 } }", " } }");
    let book = draw(&text);
    for b in 0..book.entries() {
        let limit = book.accounts.limit.get(b) as f64 / 100.0;
        let pd = book.borrowers.pd.get(b);
        let want = (0.03_f64 / 0.97).ln() - 0.4 * (limit / 6_000.0).ln();
        assert!(((pd / (1.0 - pd)).ln() - want).abs() < 1e-9);
    }
    // With noise: its standard deviation, and nothing left of the limit in it.
    let book = draw(PEOPLE);
    let noise: Vec<f64> = (0..book.entries())
        .map(|b| {
            let limit = book.accounts.limit.get(b) as f64 / 100.0;
            let pd = book.borrowers.pd.get(b);
            (pd / (1.0 - pd)).ln() - (0.03_f64 / 0.97).ln() + 0.4 * (limit / 6_000.0).ln()
        })
        .collect();
    let (mean, sd) = moments(&noise);
    let error = 0.5 / 20_000_f64.sqrt();
    assert!(mean.abs() < 4.0 * error && (sd - 0.5).abs() < 4.0 * error, "{mean} {sd}");
    assert!(spearman(&ln_limits(&book), &noise).abs() < 4.0 / 20_000_f64.sqrt());
}

/// The rows of a written book, in an order of no meaning.
fn rows(book: &Portfolio) -> Vec<String> {
    let mut rows: Vec<String> = written(book).lines().skip(1).map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn the_same_seed_gives_the_same_book_and_nothing_else_moves_it() {
    let text = |seed: u32, rest: &str| format!("[portfolio]\nbook_seed = {seed}\n{rest}");
    let book = rows(&draw(&text(7, PEOPLE)));
    assert_eq!(book, rows(&draw(&text(7, PEOPLE))));
    assert_ne!(book, rows(&draw(&text(8, PEOPLE))));
    // The seed of the scenario is that of the book, unless the book has one.
    let with = |seed: &str| rows(&draw(&format!("seed = {seed}\n{PEOPLE}")));
    assert_eq!(book, with("7"));
    // The first people of a larger segment are the smaller one.
    let more = rows(&draw(&text(7, &PEOPLE.replace("20_000", "20_500"))));
    assert!(book.iter().all(|row| more.binary_search(row).is_ok()));
    // Another segment behind moves nobody, and neither does the law of an age another limit.
    let second = PEOPLE.replace("\"users\"", "\"others\"");
    let both = rows(&draw(&text(7, &format!("{PEOPLE}{second}"))));
    assert!(book.iter().all(|row| both.binary_search(row).is_ok()));
    let older = draw(&text(7, &PEOPLE.replace("to = 66", "to = 90")));
    let sorted = |book: &Portfolio| {
        let mut limits = ln_limits(book);
        limits.sort_by(f64::total_cmp);
        limits
    };
    assert_eq!(sorted(&older), sorted(&draw(&text(7, PEOPLE))));
}

#[test]
fn a_synthetic_book_reads_back_from_its_tape() {
    let people = platform("").replace("500_000_000", "2_000");
    let odd = platform("pools = 7").replace("500_000_000", "1_000_003");
    for text in [people, odd, platform("pools = 300"), platform("stands_for = 1_000_000")] {
        let spec = spec(&text);
        let book = load(&spec, &cents()).unwrap();
        let tape = written(&book.portfolio);
        let plain = PortfolioSpec { source: BookSource::Tape("t.csv".into()), ..spec };
        let read = load_from_reader(tape.as_bytes(), &plain, &cents()).unwrap();
        assert_eq!(read.portfolio.borrowers, book.portfolio.borrowers);
        assert_eq!(read.portfolio.accounts, book.portfolio.accounts);
        assert_eq!(read.sha256, book.sha256, "the checksum is that of the tape");
    }
}

#[test]
fn people_of_a_pool_and_holders_are_counted_exactly() {
    for (people, pools, share) in
        [(1_000_003_u64, 7, 0.064), (10, 10, 0.5), (3, 2, 1.0), (5, 1, 0.0)]
    {
        let text = platform(&format!("pools = {pools}"))
            .replace("500_000_000", &people.to_string())
            .replace("share = 0.064", &format!("share = {share}"));
        let book = draw(&text);
        assert_eq!(book.people(), people);
        let holders = sum(&book, "cash", |_, _| 1.0);
        assert_eq!(holders, (people as f64 * share).round(), "{people} {pools} {share}");
        assert_eq!(sum(&book, "revolving", |_, _| 1.0), people as f64);
        assert_eq!(book.quality.draws, people);
    }
    let book = draw(&platform("stands_for = 5_000_000"));
    assert_eq!((book.quality.draws, book.people()), (100, 500_000_000));
    assert_eq!(sum(&book, "cash", |_, _| 1.0), 6.0 * 5e6, "100 draws x 0.064 is 6 holders");
}

#[test]
fn what_a_segment_does_not_say_the_defaults_do() {
    let book = draw(
        "[portfolio.defaults]\npd = 0.02\nlgd = 0.6\nccf = 0.1\nlender = \"bank\"\n\
         interest_rate = 0.15\n\
         [[portfolio.synthetic]]\nid = \"a\"\nborrowers = 10\nlimit = 100\nutilisation = 0.5\n\
         [portfolio.synthetic.second]\nshare = 1\nlimit = 200\nutilisation = 1.5\nlgd = 0.8\n\
         lender = \"rival\"\n",
    );
    assert_eq!(
        written(&book),
        "borrower,count,segment,lender,limit,balance,pd,lgd,ccf,interest_rate\n\
         1,10,a,bank,100,50,0.02,0.6,0.1,0.15\n1,10,a,rival,200,300,0.02,0.8,0.1,0.15\n"
    );
}

#[test]
fn observed_values_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.csv");
    std::fs::write(&file, "# seen\nlimit,count\n1000,1\n3000,3\n,5\n9000,0\n").unwrap();
    let text = |empirical: &str| {
        format!(
            "[[portfolio.synthetic]]\nid = \"a\"\nborrowers = 40\npools = 40\nutilisation = 1\n\
             pd = 0.01\nlgd = 1\nlimit = {{ empirical = {{ file = {:?}, {empirical} }} }}\n",
            file.display().to_string()
        )
    };
    let book = draw(&text("column = \"limit\", weights = \"count\""));
    assert_eq!(
        written(&book),
        "count,segment,lender,limit,balance,pd,lgd,ccf\n10,a,lender,1000,1000,0.01,1,0\n\
         30,a,lender,3000,3000,0.01,1,0\n"
    );
    let book = draw(&text("column = \"limit\""));
    assert_eq!(book.people(), 40);
    let faults = |empirical: &str| load(&spec(&text(empirical)), &cents()).unwrap_err();
    let said = |faults: &[Fault]| faults[0].kind.to_string();
    assert_eq!(said(&faults("column = \"lim\"")), "unknown header of the file `lim`");
    std::fs::write(&file, "limit,count\n1000,x\n-5,3\n").unwrap();
    let found = faults("column = \"limit\", weights = \"count\"");
    assert_eq!(found.len(), 2);
    assert_eq!(said(&found), "count is `x`, must be a number from 0 to 1e100");
    assert_eq!(said(&found[1..]), "limit is `-5`, must be a number at least 0");
    std::fs::write(&file, "limit\n").unwrap();
    assert!(said(&faults("column = \"limit\"")).contains("no row has a value"));
    std::fs::remove_file(&file).unwrap();
    assert!(said(&faults("column = \"limit\"")).contains("cannot be read"));
}

#[test]
fn amounts_beyond_counting_are_refused() {
    let text = "[[portfolio.synthetic]]\nid = \"a\"\nborrowers = 5\nutilisation = 1\npd = 0.01\n\
                lgd = 1\nlimit = 1e15\n";
    let faults = load(&spec(text), &cents()).unwrap_err();
    assert!(faults[0].kind.to_string().contains("must be at most"), "{faults:?}");
}
