//! The examples of CreditRisk+ and closed forms.

use std::path::{Path, PathBuf};

use super::*;

/// Rows of a published table as texts; `None`, said aloud, where the files are not at hand.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared =
        std::env::var_os("TAILCAP_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let file = shared.join("cases").join(name);
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no `{}` (set TAILCAP_SHARED)", file.display());
        return None;
    };
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    Some(lines.map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

struct Example {
    obligors: Vec<Obligor>,
    variances: Vec<f64>,
    unit: f64,
    /// PD x exposure over the unit.
    losses: Vec<f64>,
    /// The same people with their PDs as rates.
    raw: Vec<Obligor>,
}

/// Obligors banded so that expected losses are kept: nu = ceil(exposure / L), L = ceil(largest / 100),
/// mu = PD exposure / (L nu); sigma_k = sum w sd exposure / (L nu) over mu_k.
fn example(rows: &[Vec<String>], name: &str) -> Example {
    let number = |row: &[String], at: usize| -> f64 { row[at].parse().unwrap() };
    let take = if name == "Example1B" { 23 } else { rows.len() };
    let rows = &rows[..take];
    let largest = rows.iter().map(|row| number(row, 1)).fold(0.0, f64::max);
    let unit = (largest / 100.0).ceil();
    let columns: &[usize] = match name {
        "Example2" => &[5, 6, 7],
        "Example3" => &[8, 9, 10, 11],
        _ => &[],
    };
    let weights = |row: &[String]| -> Vec<f64> {
        match columns {
            [] => vec![1.0],
            columns => columns.iter().map(|&at| number(row, at)).collect(),
        }
    };
    let sectors = columns.len().max(1);
    let (mut mean, mut deviation) = (vec![0.0; sectors], vec![0.0; sectors]);
    let mut obligors = Vec::new();
    let (mut losses, mut raw) = (Vec::new(), Vec::new());
    for row in rows {
        let exposure = number(row, 1) / unit;
        let band = exposure.ceil();
        let share = exposure / band;
        let rate = number(row, 3) * share;
        let weights = weights(row);
        for (k, weight) in weights.iter().enumerate() {
            mean[k] += weight * rate;
            deviation[k] += weight * number(row, 4) * share;
        }
        let mut rates = vec![0.0];
        rates.extend(weights.iter().map(|weight| weight * rate));
        obligors.push(Obligor { at: band as usize, rates: rates.clone() });
        let rates = rates.iter().map(|rate| rate / share).collect();
        raw.push(Obligor { at: band as usize, rates });
        losses.push(number(row, 3) * exposure);
    }
    let variance = |(k, (s, m)): (usize, (&f64, &f64))| {
        // The sector of what is specific does not move.
        if name == "Example3" && k == 0 { 0.0 } else { (s / m) * (s / m) }
    };
    let variances = deviation.iter().zip(&mean).enumerate().map(variance).collect();
    Example { obligors, variances, unit, losses, raw }
}

const EXAMPLES: [&str; 5] = ["Example1A", "Example1B", "Example1C", "Example2", "Example3"];

/// The obligors of an example: those of several years stand in a table of their own, each year of
/// somebody an obligor by itself.
fn people(name: &str) -> Option<Vec<Vec<String>>> {
    if name != "Example1C" {
        return table("csfb_obligors.csv");
    }
    let mut rows = table("csfb_example1c_multiyear.csv")?;
    rows.iter_mut().for_each(|row| drop(row.remove(1)));
    Some(rows)
}

/// Published parts of the VaR of the obligors of an example, in their order.
fn published_parts(name: &str) -> Option<Vec<f64>> {
    let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().unwrap();
    if name == "Example1C" {
        return Some(people(name)?.iter().map(|row| number(row, 6)).collect());
    }
    let rows = table("csfb_risk_contributions.csv")?;
    Some(rows.iter().filter(|row| row[0] == name).map(|row| number(row, 3)).collect())
}

#[test]
fn published_laws_and_percentiles_come_out() {
    let tables = ["csfb_loss_pmf.csv", "csfb_percentiles.csv"].map(table);
    let [Some(laws), Some(percentiles)] = tables else { return };
    for name in EXAMPLES {
        let Some(people) = people(name) else { return };
        let own = example(&people, name);
        let p = probabilities(&own.obligors, &own.variances, 4_000);
        let published: Vec<&Vec<String>> = laws.iter().filter(|row| row[0] == name).collect();
        let off = |p: &[f64]| {
            let each = published.iter().map(|row| {
                let at = (row[1].parse::<f64>().unwrap() / own.unit).round() as usize;
                (p[at] - row[2].parse::<f64>().unwrap()).abs()
            });
            each.fold(0.0, f64::max)
        };
        // Six decimals are printed.
        assert!(off(&p) < 5.1e-7, "{name}: {}", off(&p));
        // The wrong twin: sectors that move by a hundredth more.
        let moved: Vec<f64> = own.variances.iter().map(|s| s * 1.01).collect();
        let wrong = probabilities(&own.obligors, &moved, 4_000);
        assert!(published.is_empty() || off(&wrong) > 5.1e-7, "{name}");
        let law = LossLaw::new(1, p.clone());
        for row in percentiles.iter().filter(|row| row[0] == name) {
            let Ok(q) = row[1].parse::<f64>() else { continue };
            let tail = 1.0 - q / 100.0;
            let n = law.exceeded_with(tail) as usize;
            // Interpolated inside of the grid step: (n - 1 + (q - F(n - 1)) / p(n)) L.
            let reached = law.beyond[n - 1] - tail;
            let found = (n as f64 - 1.0 + reached / p[n]) * own.unit;
            let want: f64 = row[2].parse().unwrap();
            assert!((found - want).abs() <= 1.0, "{name} {q}: {found} {want}");
        }
    }
}

/// The percentile whose parts were published. Those of several years add up to the 75th, whatever
/// their column is called.
fn percentile_of_parts(name: &str) -> &'static str {
    if name == "Example1C" { "75.0" } else { "99.0" }
}

/// Expected loss plus xi times the part of the standard deviation, xi = (VaR - EL) / sd. The
/// published parts are in proportion to the PDs before banding.
#[test]
fn published_risk_contributions_come_out() {
    let Some(percentiles) = table("csfb_percentiles.csv") else { return };
    for name in EXAMPLES {
        let (Some(people), Some(published)) = (people(name), published_parts(name)) else {
            return;
        };
        if published.is_empty() {
            continue;
        }
        let own = example(&people, name);
        let parts = contributions(&own.raw, &own.obligors, &own.variances);
        let deviation: f64 = parts.iter().sum();
        let level = percentile_of_parts(name);
        let var = percentiles.iter().find(|row| row[0] == name && row[1] == level).unwrap();
        let var = var[2].parse::<f64>().unwrap() / own.unit;
        let mean: f64 = own.losses.iter().sum();
        let xi = (var - mean) / deviation;
        let off = |parts: &[f64]| {
            let each = published.iter().enumerate().map(|(at, want)| {
                let found = (own.losses[at] + xi * parts[at]) * own.unit;
                (found / want - 1.0).abs()
            });
            each.fold(0.0, f64::max)
        };
        assert!(off(&parts) < 1e-5, "{name}: {}", off(&parts));
        let banded = contributions(&own.obligors, &own.obligors, &own.variances);
        assert!(off(&banded) > 1e-3);
    }
}

#[test]
fn one_sector_is_negative_binomial() {
    let obligors = [Obligor { at: 1, rates: vec![0.0, 5.0] }];
    let p = probabilities(&obligors, &[0.2], 400);
    // P(N = k) = C(k + 4, k) / 2^(k + 5).
    let mut want = 1.0 / 32.0;
    for (k, p) in p.iter().enumerate().take(60) {
        assert!((p / want - 1.0).abs() < 1e-12, "{k}: {p} {want}");
        want *= (k as f64 + 5.0) / (2.0 * (k as f64 + 1.0));
    }
}
