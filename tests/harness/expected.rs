//! What a scenario is expected to lose, added up from its text and its rows in plain arithmetic, without the project's
//! own code; for the policies and models in which that is simple.

use serde_json::Value;

use super::world::{Row, World};

/// Sums of a policy, units of currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    pub limits: f64,
    pub credit: f64,
    pub expected_loss: f64,
    /// The most that rounding to hundredths may have moved `expected_loss`.
    pub rounding: f64,
}

/// The sums under a policy, for those who pass the filter; `None` where they are not simple.
pub fn sums(world: &World, policy: &str, keep: impl Fn(&Row) -> bool) -> Option<Sums> {
    let rules = rules(world, policy)?;
    if !rules.is_empty() && world.scenario.get("behaviour").is_some() {
        return None;
    }
    let mut sums = Sums::default();
    for row in world.rows.iter().filter(|row| keep(row)) {
        let (limit, balance) = after(row, &rules)?;
        let count = row.count as f64;
        let exposure = balance + row.ccf * (limit - balance).max(0.0);
        let pd = stressed(world, row.pd)?;
        sums.limits += count * limit / 100.0;
        sums.credit += count * balance / 100.0;
        sums.expected_loss += count * pd * row.lgd * exposure / 100.0;
        // Of the new limit, what is drawn of it and of the loss.
        sums.rounding += count * pd * 0.02;
    }
    Some(sums)
}

/// The rules of a policy that stands in the file itself.
fn rules(world: &World, policy: &str) -> Option<Vec<Value>> {
    let all = world.scenario.get("policy")?.as_array()?;
    let own = all.iter().find(|own| own["id"] == policy)?;
    match own.get("rule") {
        None => Some(Vec::new()),
        Some(rules) => rules.as_array().cloned(),
    }
}

/// Limit and balance after the rules, hundredths: every rule an upper bound, none above the old limit, balances
/// above a new limit are repaid.
fn after(row: &Row, rules: &[Value]) -> Option<(f64, f64)> {
    let (old, balance) = (row.limit as f64, row.balance as f64);
    let mut limit = old;
    for rule in rules {
        let odd = ["per", "raise", "applies_to", "if_missing", "floor"];
        if odd.iter().any(|key| rule.get(key).is_some()) {
            return None;
        }
        if let Some(filter) = rule.get("where")
            && !passes(row, filter)?
        {
            continue;
        }
        let bound = if let Some(cap) = rule.get("cap") {
            100.0 * cap.as_f64()?
        } else if let Some(scale) = rule.get("scale") {
            (old * scale.as_f64()?).round()
        } else if let Some(share) = rule.get("income_share") {
            (100.0 * row.income as f64 * share.as_f64()?).round()
        } else {
            let bands = rule.get("score_caps")?.as_array()?;
            let low = row.score < 600;
            let band = bands.iter().find(|band| band.get("below").is_some() == low)?;
            100.0 * band["cap"].as_f64()?
        };
        limit = limit.min(bound);
    }
    Some((limit, if limit < old { balance.min(limit) } else { balance }))
}

fn passes(row: &Row, filter: &Value) -> Option<bool> {
    let mut all = true;
    for (key, wanted) in filter.as_object()? {
        all &= match key.as_str() {
            "segment" => wanted.as_str()? == row.segment,
            "lender" => wanted.as_str()? == row.lender,
            "age" => (row.age as f64) < wanted["below"].as_f64()?,
            "balance" => row.balance as f64 > 100.0 * wanted["above"].as_f64()?,
            _ => return None,
        };
    }
    Some(all)
}

/// A PD under stress; `None` where both numbers are given, or a factor is moved.
fn stressed(world: &World, pd: f64) -> Option<f64> {
    let Some(stress) = world.scenario.get("stress") else { return Some(pd) };
    match (stress.get("pd_multiplier"), stress.get("odds_multiplier")) {
        (Some(by), None) => Some((pd * by.as_f64()?).min(1.0)),
        (None, Some(by)) => {
            let odds = pd / (1.0 - pd) * by.as_f64()?;
            Some(odds / (1.0 + odds))
        }
        _ => None,
    }
}

/// Whether every borrower's PD is the mean of its conditional PDs, so that the sums above are the mean loss.
pub fn keeps_means(world: &World) -> bool {
    let model = &world.scenario["model"];
    let tied = world.scenario.get("severity").is_some_and(|own| own.get("ccf_loading").is_some());
    // Frye-Jacobs goes by the PD before stress and keeps no mean under it.
    let stressed = world.scenario.get("stress").is_some();
    let frye = world.scenario["severity"]["lgd"]["law"] == "frye-jacobs";
    model.get("defaults").is_none_or(|own| own == "poisson")
        // Lines that are drawn in bad years, when more default, add to the mean.
        && !tied
        && !(frye && stressed)
}

/// The most that can be lost in the system, units of currency, if nobody defaults twice.
pub fn most(world: &World) -> f64 {
    let each = |row: &Row| row.count as f64 * row.limit.max(row.balance) as f64 / 100.0;
    world.rows.iter().map(each).sum()
}
