//! Published risk weights of the Basel retail functions:
//!
//! 1. K = LGD (Phi((G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)) - PD), RW = 12.5 K (CRE31).

use super::limit::Limit;
use super::sampled::Book;
use super::{Case, Check, Kind, Settings, range};
use crate::measures::Measure;
use crate::model::basel::correlation;
use crate::model::conditional_pd;
use crate::scenario::{BaselRetail, Rejected};
use crate::special::normal;
use crate::units::Probability;

/// A column of a table: its name, the class, the LGD.
type Column = (&'static str, BaselRetail, f64);

/// A table of risk weights in percent: PDs in percent with one risk weight per column.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: [Column; 6],
    pub(super) rows: &'static [(f64, [f64; 6])],
}

/// Basel II (June 2006), Annex 5, illustrative IRB risk weights for retail.
pub(super) const ANNEX_5: Table = Table {
    name: "Basel II",
    columns: [
        ("mortgage, LGD 45 %", BaselRetail::Mortgage, 0.45),
        ("mortgage, LGD 25 %", BaselRetail::Mortgage, 0.25),
        ("other retail, LGD 45 %", BaselRetail::OtherRetail, 0.45),
        ("other retail, LGD 85 %", BaselRetail::OtherRetail, 0.85),
        ("QRRE, LGD 45 %", BaselRetail::Qrre, 0.45),
        ("QRRE, LGD 85 %", BaselRetail::Qrre, 0.85),
    ],
    rows: &[
        (0.03, [4.15, 2.30, 4.45, 8.41, 0.98, 1.85]),
        (0.05, [6.23, 3.46, 6.63, 12.52, 1.51, 2.86]),
        (0.10, [10.69, 5.94, 11.16, 21.08, 2.71, 5.12]),
        (0.25, [21.30, 11.83, 21.15, 39.96, 5.76, 10.88]),
        (0.40, [29.94, 16.64, 28.42, 53.69, 8.41, 15.88]),
        (0.50, [35.08, 19.49, 32.36, 61.13, 10.04, 18.97]),
        (0.75, [46.46, 25.81, 40.10, 75.74, 13.80, 26.06]),
        (1.00, [56.40, 31.33, 45.77, 86.46, 17.22, 32.53]),
        (1.30, [67.00, 37.22, 50.80, 95.95, 21.02, 39.70]),
        (1.50, [73.45, 40.80, 53.37, 100.81, 23.40, 44.19]),
        (2.00, [87.94, 48.85, 57.99, 109.53, 28.92, 54.63]),
        (2.50, [100.64, 55.91, 60.90, 115.03, 33.98, 64.18]),
    ],
};

/// Basel III as adopted by SAMA (rulebook, section 26, table 1).
pub(super) const SAMA: Table = Table {
    name: "Basel III",
    columns: [
        ("mortgage, LGD 45 %", BaselRetail::Mortgage, 0.45),
        ("mortgage, LGD 25 %", BaselRetail::Mortgage, 0.25),
        ("other retail, LGD 45 %", BaselRetail::OtherRetail, 0.45),
        ("other retail, LGD 85 %", BaselRetail::OtherRetail, 0.85),
        ("QRRE, LGD 50 %", BaselRetail::Qrre, 0.50),
        ("QRRE, LGD 85 %", BaselRetail::Qrre, 0.85),
    ],
    rows: &[
        (0.05, [6.23, 3.46, 6.63, 12.52, 1.68, 2.86]),
        (0.10, [10.69, 5.94, 11.16, 21.08, 3.01, 5.12]),
        (0.25, [21.30, 11.83, 21.15, 39.96, 6.40, 10.88]),
        (0.40, [29.94, 16.64, 28.42, 53.69, 9.34, 15.88]),
        (0.50, [35.08, 19.49, 32.36, 61.13, 11.16, 18.97]),
        (0.75, [46.46, 25.81, 40.10, 75.74, 15.33, 26.06]),
        (1.00, [56.40, 31.33, 45.77, 86.46, 19.14, 32.53]),
        (1.30, [67.00, 37.22, 50.80, 95.95, 23.35, 39.70]),
    ],
};

const SOURCE: &str = "Basel II (June 2006), Annex 5; Basel III, SAMA rulebook section 26, table 1";

/// Every cell of both tables by the model's own correlation and conditional PD.
pub fn formula(_: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for table in [ANNEX_5, SAMA] {
        for (pd, cells) in table.rows {
            for (&(column, class, lgd), &cell) in table.columns.iter().zip(cells) {
                let weight = risk_weight(class, pd / 100.0, lgd);
                let name = format!("{}, {column}, PD {pd} %: RW %", table.name);
                checks.push(Check::new(name, cell, weight, range::within(cell, 0.01)));
            }
        }
    }
    Ok(Case {
        id: "basel-formula",
        title: "Basel retail risk weights by formula",
        source: SOURCE,
        kind: Kind::Published,
        trials: 0,
        checks,
    })
}

/// Equation 1 in percent, by the model stage.
fn risk_weight(class: BaselRetail, pd: f64, lgd: f64) -> f64 {
    let Ok(probability) = Probability::new(pd) else { return f64::NAN };
    let loading = correlation(class, probability).get().sqrt();
    let bad = conditional_pd(normal::quantile(pd), loading, -normal::quantile(0.999));
    100.0 * 12.5 * lgd * (bad - pd)
}

/// Cells met by simulation: table row and column.
const SIMULATED: [(usize, usize); 5] = [(7, 0), (10, 1), (2, 2), (7, 3), (7, 5)];

/// Pools of a thousand million borrowers: simulated VaR 99.9 % minus EL is K.
pub fn pools(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    let mut trials = 0;
    for (seed, (row, column)) in (20..).zip(SIMULATED) {
        let (percent, cells) = ANNEX_5.rows[row];
        let (name, class, lgd) = ANNEX_5.columns[column];
        let pd = percent / 100.0;
        let sampled = book(seed, class, pd, lgd).sample(settings)?;
        trials = sampled.trials();
        let size = 100.0 * PEOPLE;
        let loss = sampled.found("system", "today", Measure::ExpectedLoss, None);
        let capital = sampled.found("system", "today", Measure::EconomicCapital, Some(0.999));
        // The law in percent of risk-weighted exposure, by this module's own correlation.
        let law = Limit::pool(pd, own_correlation(class, pd), 100.0 * 12.5 * lgd);
        let el = range::mean(&law, trials);
        let var = range::value_at_risk(&law, 0.999, trials);
        let per_weight = 1.0 / (100.0 * 12.5);
        checks.push(Check::new(
            format!("{name}, PD {percent} %: EL of exposure"),
            pd * lgd,
            loss / size,
            el.times(per_weight),
        ));
        // The printed weights are rounded to two decimals.
        let room = range::Range { lower: var.lower - el.upper, upper: var.upper - el.lower, ..var };
        checks.push(Check::new(
            format!("{name}, PD {percent} %: RW %"),
            cells[column],
            100.0 * 12.5 * capital / size,
            room.widened(0.005),
        ));
    }
    Ok(Case {
        id: "basel-pools",
        title: "Basel retail risk weights by simulation",
        source: "Basel II (June 2006), Annex 5, as the limit of a large pool",
        kind: Kind::Published,
        trials,
        checks,
    })
}

/// Every cell of the first table as VaR 99.9 % minus EL of a pool by `engine = "large-pool"`.
pub fn limits(settings: &Settings<'_>) -> Result<Case, Box<Rejected>> {
    let mut checks = Vec::new();
    for (percent, cells) in ANNEX_5.rows {
        for (&(name, class, lgd), &cell) in ANNEX_5.columns.iter().zip(cells) {
            let mut book = book(0, class, percent / 100.0, lgd);
            book.scenario = format!("engine = \"large-pool\"\n{}", book.scenario);
            let run = book.run(settings)?;
            let level = Some(0.999);
            let measure = Measure::EconomicCapital;
            let row = run.system("today", measure, level, crate::measures::Comparison::Level);
            let capital = row.map_or(f64::NAN, |row| row.estimate.value);
            checks.push(Check::new(
                format!("{name}, PD {percent} %: RW %"),
                cell,
                100.0 * 12.5 * capital / (100.0 * PEOPLE),
                range::within(cell, 0.01),
            ));
        }
    }
    Ok(Case {
        id: "basel-large-pool",
        title: "Basel retail risk weights by the large-pool engine",
        source: "Basel II (June 2006), Annex 5, as the limit of a large pool",
        kind: Kind::Published,
        trials: 0,
        checks,
    })
}

const PEOPLE: f64 = 1e9;

fn own_correlation(class: BaselRetail, pd: f64) -> f64 {
    match class {
        BaselRetail::Qrre => 0.04,
        BaselRetail::Mortgage => 0.15,
        BaselRetail::OtherRetail => {
            let falling = libm::expm1(-35.0 * pd) / libm::expm1(-35.0);
            0.16 - 0.13 * falling
        }
    }
}

fn book(seed: u64, class: BaselRetail, pd: f64, lgd: f64) -> Book {
    let class = match class {
        BaselRetail::Qrre => "qrre",
        BaselRetail::OtherRetail => "other-retail",
        BaselRetail::Mortgage => "mortgage",
    };
    let scenario = format!(
        r#"
        format = 1
        currency = "EUR"
        minor_units = 1
        levels = [0.999]
        portfolio = {{ tape = "book.csv", defaults = {{ pd = {pd}, lgd = {lgd} }} }}
        model = {{ correlation = {{ basel = "{class}" }} }}
        policy = [{{ id = "today" }}]
        "#
    );
    let tape = format!("count,limit,balance\n{PEOPLE},100,100\n");
    Book { name: "basel.toml", scenario, tape, trials: 500_000, seed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_the_correlation_agree() {
        for pd in [0.0003, 0.01, 0.2] {
            for class in [BaselRetail::Qrre, BaselRetail::OtherRetail, BaselRetail::Mortgage] {
                let engine = correlation(class, Probability::new(pd).unwrap()).get();
                assert!((engine - own_correlation(class, pd)).abs() < 1e-14);
            }
        }
    }
}
