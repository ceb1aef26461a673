//! Whole scenarios, drawn at random: books of a few to hundreds of borrowers, every family of dependence, rules of
//! every kind, behaviour, severity and lenders.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::world::{Row, World};

const LENDERS: [&str; 3] = ["north", "south", "east"];
const PRODUCTS: [&str; 2] = ["card", "loan"];

/// The scenario of a case.
pub fn world(dice: &mut Dice) -> World {
    let segments = 1 + dice.below(4);
    let names: Vec<String> = (0..segments).map(|n| format!("s{n}")).collect();
    let (model, poisson) = model(dice, &names);
    let rows = rows(dice, &names);
    let credit: i64 = rows.iter().map(|row| row.count * row.limit).sum();
    let mut top = Map::new();
    let mut put = |key: &str, value: Value| {
        top.insert(key.to_owned(), value);
    };
    put("format", json!(1));
    put("currency", json!("EUR"));
    put("seed", json!(dice.whole(0, 1_000_000)));
    put("levels", levels(dice));
    put("baseline", json!("today"));
    if dice.chance(0.6) {
        let count = 1 + dice.below(4);
        let mut at: Vec<i64> = (0..count).map(|_| dice.whole(0, (credit / 300).max(1))).collect();
        at.sort_unstable();
        at.dedup();
        put("thresholds", json!(at));
    }
    let plan = *dice.of_all(&["plain", "plain", "importance", "quasi", "importance-quasi", "auto"]);
    let trials = *dice.of_all(&[1_000, 4_000, 10_000]);
    put("sampling", json!({ "trials": trials, "plan": plan }));
    put("portfolio", json!({ "tape": "book.csv" }));
    let gaussian = model.get("copula").is_none() && model.get("mixture").is_none();
    put("model", model);
    put("policy", policies(dice, &names));
    if dice.chance(0.2) {
        put("stress", stress(dice));
    }
    if dice.chance(0.3) {
        put("severity", severity(dice, gaussian));
    }
    if !poisson && dice.chance(0.35) {
        put("behaviour", behaviour(dice));
    }
    let mut files = Vec::new();
    if !poisson && dice.chance(0.25) {
        put("system", system(dice, credit, &mut files));
    }
    put("output", json!({ "equal_credit_cut": dice.chance(0.5), "attribution": dice.chance(0.3) }));
    World { scenario: Value::Object(top), rows, files }
}

fn levels(dice: &mut Dice) -> Value {
    let mut levels: Vec<f64> =
        [0.5, 0.9, 0.95, 0.99, 0.995].into_iter().filter(|_| dice.chance(0.5)).collect();
    if levels.is_empty() {
        levels.push(0.9);
    }
    json!(levels)
}

fn rows(dice: &mut Dice, segments: &[String]) -> Vec<Row> {
    let borrowers = *dice.of_all(&[1, 2, 3, 4, 5, 6, 8, 10, 13, 20, 30, 40, 60, 150, 300]);
    let pooled = dice.chance(0.3);
    let equal = dice.chance(0.2);
    let lgd = dice.number(0.1, 0.9);
    let spread = dice.number(0.0, 2.5);
    let unit = *dice.of_all(&[1, 100, 100, 10_000]);
    let mut rows = Vec::new();
    for b in 0..borrowers {
        let accounts = if dice.chance(0.15) { 1 + dice.below(3) } else { 1 };
        let count = if pooled && accounts == 1 && dice.chance(0.5) { dice.whole(1, 40) } else { 1 };
        let segment = dice.of_all(segments).clone();
        let pd = match dice.below(8) {
            0 => dice.number(0.2, 0.95),
            1 => 10_f64.powf(-(3.0 + 3.0 * dice.share())),
            _ => dice.number(0.002, 0.15),
        };
        let (score, income, age) =
            (dice.whole(400, 850), dice.whole(5_000, 80_000), dice.whole(18, 80));
        for _ in 0..accounts {
            let size = 1_000.0 * (spread * (dice.share() - 0.5) * 2.0).exp();
            let limit = ((size * 100.0) as i64 / unit).max(1) * unit;
            let drawn = match dice.below(5) {
                0 => 0.0,
                1 => 1.0,
                2 if dice.chance(0.3) => 1.2,
                _ => dice.share(),
            };
            let balance = (limit as f64 * drawn) as i64 / unit * unit;
            rows.push(Row {
                borrower: format!("b{b}"),
                count,
                segment: segment.clone(),
                product: (*dice.of_all(&PRODUCTS)).to_owned(),
                lender: (*dice.of_all(&LENDERS)).to_owned(),
                limit: if equal { 100_000 } else { limit },
                balance: if equal { 50_000 } else { balance },
                pd,
                // Every beta law below has such a mean.
                lgd: if equal { lgd } else { dice.number(0.05, 0.95) },
                ccf: if dice.chance(0.3) { 0.0 } else { dice.number(0.0, 1.0) },
                score,
                income,
                age,
            });
        }
    }
    rows
}

/// The model, and whether a borrower may default several times.
fn model(dice: &mut Dice, segments: &[String]) -> (Value, bool) {
    let correlation = match dice.below(6) {
        0 => 0.0,
        1 => dice.number(0.3, 0.95),
        _ => dice.number(0.01, 0.3),
    };
    match dice.below(9) {
        0 | 1 => (json!({ "correlation": correlation }), false),
        2 => {
            let class = *dice.of_all(&["qrre", "other-retail", "mortgage"]);
            (json!({ "correlation": { "basel": class } }), false)
        }
        3 => (factors(dice, segments), false),
        4 => {
            let nu = *dice.of_all(&[1, 2, 3, 4, 8, 30]);
            (json!({ "copula": "t", "degrees_of_freedom": nu, "correlation": correlation }), false)
        }
        5 => {
            let nu = dice.whole(2, 10);
            let own = dice.whole(2, 30);
            let correlation_of_own = dice.number(0.0, 0.4);
            (
                json!({ "copula": "t", "degrees_of_freedom": nu, "correlation": correlation,
                    "segment": { segments[0].clone():
                        { "degrees_of_freedom": own, "correlation": correlation_of_own } } }),
                false,
            )
        }
        6 => (json!({ "mixture": "logit-normal", "log_odds_sd": dice.number(0.1, 2.0) }), false),
        7 => {
            let rho = dice.number(0.001, 0.2);
            (json!({ "mixture": "beta", "default_correlation": rho }), false)
        }
        _ => {
            let poisson = dice.chance(0.5);
            let defaults = if poisson { "poisson" } else { "bernoulli" };
            let two = dice.chance(0.4);
            let mut factor = vec![json!({ "id": "x", "sd": dice.number(0.1, 2.0) })];
            let mut loadings = json!({ "x": dice.number(0.1, 0.6) });
            if two {
                factor.push(json!({ "id": "y", "sd": dice.number(0.1, 2.0) }));
                loadings["y"] = json!(dice.number(0.0, 0.4));
            }
            (
                json!({ "copula": "creditrisk+", "defaults": defaults, "factor": factor, "loadings": loadings }),
                poisson,
            )
        }
    }
}

/// Two or three normal factors.
fn factors(dice: &mut Dice, segments: &[String]) -> Value {
    let count = 2 + dice.below(2);
    let ids = ["world", "home", "trade"];
    let rho = dice.number(-0.3, 0.6);
    let mut factor =
        vec![json!({ "id": "world" }), json!({ "id": "home", "correlation": { "world": rho } })];
    if count == 3 {
        factor.push(json!({ "id": "trade" }));
    }
    let mut loadings = Map::new();
    for id in &ids[..count] {
        loadings.insert((*id).to_owned(), json!(dice.number(-0.2, 0.5)));
    }
    let mut model = json!({ "factor": factor, "loadings": loadings });
    if segments.len() > 1 && dice.chance(0.6) {
        let own = dice.number(0.0, 0.5);
        model["segment"] =
            json!({ segments[1].clone(): { "correlation": own, "on_factor": "home" } });
    }
    model
}

fn policies(dice: &mut Dice, segments: &[String]) -> Value {
    let mut all = vec![json!({ "id": "today" })];
    for n in 0..dice.below(4) {
        let mut rule = rule(dice);
        if dice.chance(0.2) {
            rule["where"] = match dice.below(4) {
                0 => json!({ "segment": dice.of_all(segments).clone() }),
                1 => json!({ "lender": *dice.of_all(&LENDERS[..2]) }),
                2 => json!({ "age": { "below": dice.whole(20, 60) } }),
                _ => json!({ "balance": { "above": dice.whole(1, 900) } }),
            };
        }
        let mut rules = vec![rule];
        if dice.chance(0.2) {
            rules.push(json!({ "floor": dice.whole(0, 800) }));
        }
        if dice.chance(0.1) {
            rules.push(json!({ "cap": dice.whole(100, 3_000), "per": "borrower" }));
        }
        all.push(json!({ "id": format!("p{n}"), "rule": rules }));
    }
    if dice.chance(0.15) {
        let (from, steps) = (dice.whole(50, 400), dice.whole(2, 6));
        all.push(json!({ "id": "rungs",
            "rule": [{ "cap": { "from": from, "to": from + dice.whole(500, 3_000), "steps": steps } }] }));
    }
    Value::Array(all)
}

fn rule(dice: &mut Dice) -> Value {
    match dice.below(9) {
        0..=2 => json!({ "cap": dice.whole(50, 3_000) }),
        3 | 4 => json!({ "scale": dice.number(0.0, 1.0) }),
        5 => json!({ "income_share": dice.number(0.01, 0.3) }),
        6 => json!({ "score_caps": [{ "below": 600, "cap": dice.whole(0, 800) },
            { "at_least": 600, "cap": dice.whole(500, 4_000) }] }),
        7 => json!({ "cap": dice.whole(100, 4_000), "raise": true }),
        _ => json!({ "cap": dice.whole(10, 2_000), "applies_to": "new" }),
    }
}

fn stress(dice: &mut Dice) -> Value {
    match dice.below(3) {
        0 => json!({ "pd_multiplier": dice.number(0.5, 3.0) }),
        1 => json!({ "odds_multiplier": dice.number(0.5, 3.0) }),
        _ => {
            json!({ "pd_multiplier": dice.number(0.5, 2.0), "odds_multiplier": dice.number(0.5, 2.0) })
        }
    }
}

fn severity(dice: &mut Dice, gaussian: bool) -> Value {
    match dice.below(4) {
        // Below the largest deviation of a share of 0.05.
        0 | 1 => json!({ "lgd": { "law": "beta", "sd": dice.number(0.01, 0.2) } }),
        2 if gaussian => json!({ "lgd": { "law": "frye-jacobs" } }),
        _ => json!({ "ccf_loading": dice.number(0.05, 0.9) }),
    }
}

fn behaviour(dice: &mut Dice) -> Value {
    let mut own = Map::new();
    let mut put = |key: &str, value: f64| {
        own.insert(key.to_owned(), json!(value));
    };
    if dice.chance(0.4) {
        put("run_off", dice.number(0.0, 1.0));
    }
    if dice.chance(0.3) {
        put("pass_through", dice.number(0.0, 1.0));
    }
    if dice.chance(0.5) {
        put("leakage", dice.number(0.05, 1.0));
        if dice.chance(0.5) {
            put("stacking", dice.number(0.5, 2.0));
        }
        if dice.chance(0.3) {
            put("outside_lgd", dice.number(0.1, 1.0));
        }
    }
    if dice.chance(0.5) {
        put("relief", dice.number(-0.5, 1.0));
    }
    if dice.chance(0.5) {
        put("squeeze", dice.number(-0.5, 1.5));
    }
    Value::Object(own)
}

fn system(dice: &mut Dice, credit: i64, files: &mut Vec<(String, String)>) -> Value {
    let capital =
        |dice: &mut Dice| json!((credit as f64 / 100.0 * dice.number(0.005, 0.3)).max(1.0).round());
    let mut lenders = Vec::new();
    for name in LENDERS {
        let mut own = json!({ "name": name, "capital": capital(dice) });
        if dice.chance(0.4) {
            own["other_assets"] = json!({ "amount": capital(dice), "pd": dice.number(0.0, 0.1),
                "lgd": dice.number(0.1, 1.0) });
        }
        lenders.push(own);
    }
    let mut system = json!({ "lender": lenders, "failures": [1, 2, 3] });
    if dice.chance(0.4) {
        system["lender"]
            .as_array_mut()
            .expect("a list")
            .push(json!({ "name": "partner", "capital": capital(dice) }));
        let mut programme = json!({ "id": "joint", "lender": "north", "own_share": dice.number(0.0, 0.5),
            "partners": ["partner"] });
        if dice.chance(0.5) {
            let cut = dice.number(0.01, 0.5);
            programme["securitised"] = json!(dice.number(0.1, 0.5));
            programme["tranche"] = json!([
                { "name": "equity", "from": 0.0, "to": cut, "holder": "north" },
                { "name": "senior", "from": cut, "to": 1.0 },
            ]);
        }
        if dice.chance(0.3) {
            programme["guarantee"] = json!({ "by": "north", "cover": dice.number(0.1, 1.0) });
        }
        system["programme"] = json!([programme]);
    }
    if dice.chance(0.5) {
        let mut contagion = match dice.chance(0.5) {
            true => {
                let mut text = String::from("from,to,amount\n");
                for (from, to) in [("north", "south"), ("south", "east"), ("east", "north")] {
                    text.push_str(&format!("{from},{to},{}\n", dice.whole(0, 2_000)));
                }
                files.push(("debts.csv".to_owned(), text));
                json!({ "network": { "file": "debts.csv" } })
            }
            false => json!({ "network": { "lenders": ["north", "south"],
                "owes": [[0, dice.whole(0, 900)], [dice.whole(0, 900), 0]] } }),
        };
        if dice.chance(0.5) {
            contagion["clearing"] = json!("rogers-veraart");
            contagion["recovered"] =
                json!({ "assets": dice.number(0.0, 1.0), "claims": dice.number(0.0, 1.0) });
        }
        if dice.chance(0.5) {
            contagion["debt_rank"] = json!(*dice.of_all(&["linear", "single-hit"]));
            contagion["cascade"] = json!(true);
        }
        system["contagion"] = contagion;
    }
    if dice.chance(0.3) {
        system["feedback"] =
            json!({ "cut": dice.number(0.05, 1.0), "squeeze": dice.number(0.0, 0.5) });
    }
    system
}
