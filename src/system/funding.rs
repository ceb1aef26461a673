//! Who funds the loans: each loss of a pool of loans is split among the lender that makes them, its
//! partners and the holders of tranches.
//!
//! A pool of balance B and exposure at default E loses D in a trial, of which d = D min(1, B / E) on what was drawn
//! when it was securitised. With shares o (the lender's own),
//! a (securitised) and b = 1 - o - a (partners, divided by weights w_j that add up to 1),
//!
//! 1. partner j loses w_j (b D - g), where the guarantor has paid g;
//! 2. tranche \[x, y\] loses min(max(a d - x a B, 0), (y - x) a B);
//! 3. the lender loses o D, a (D - d), and what exceeds all tranches, max(a d - a B, 0): lines drawn after
//!    the tranches were sold are its own;
//! 4. g = min(cover b D, limit b B), as far as the guarantor's capital, or its assets other than claims on
//!    lenders if they are less, reach beyond its own losses; if they do not, all its promises are paid in the same
//!    proportion, and it has failed, whatever it has left.
//!
//! Everything adds up to D in every trial.

use super::roster::Roster;
use crate::error::{Fault, FaultKind, Place};
use crate::portfolio::{Columns, Portfolio, Slice};
use crate::scenario::{Programme, SystemSpec, Weights};

/// A pool of loans with its funding, lenders by number.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Id of the programme.
    pub id: String,
    /// Columns of its loans.
    pub columns: Vec<usize>,
    /// The lender that makes the loans.
    pub maker: usize,
    /// o; more than the scenario says where partners may not fund all of the rest.
    pub own: f64,
    /// a.
    pub securitised: f64,
    /// b w_j by partner.
    pub partners: Vec<(usize, f64)>,
    /// Who pays first.
    pub promise: Option<Promise>,
    /// From the first loss up.
    pub tranches: Vec<TrancheShare>,
}

/// A guarantee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// Who pays.
    pub by: usize,
    /// Share of the partners' losses.
    pub cover: f64,
    /// Share of the partners' loans.
    pub limit: Option<f64>,
}

/// A tranche between two shares of what is securitised.
#[derive(Debug, Clone, PartialEq)]
pub struct TrancheShare {
    /// `programme/tranche`.
    pub name: String,
    /// x.
    pub from: f64,
    /// y.
    pub to: f64,
    /// Who holds it; `None`: investors.
    pub holder: Option<usize>,
    /// Risk weight for a lender that holds it.
    pub risk_weight: Option<f64>,
}

impl TrancheShare {
    /// y - x.
    pub fn width(&self) -> f64 {
        self.to - self.from
    }
}

impl Pool {
    /// b.
    pub fn partners_share(&self) -> f64 {
        self.partners.iter().map(|(_, share)| share).sum()
    }
}

/// The loans of programmes as slices of the book, in the order of the programmes.
///
/// Faults: lenders, products and segments that the book does not have.
pub fn slices(
    spec: &SystemSpec,
    book: &Portfolio,
    lenders: &[String],
) -> Result<Vec<Slice>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut code = |path: String, what: &str, name: &str, known: &[String]| {
        let found = known.iter().position(|k| k == name);
        if found.is_none() {
            let kind = FaultKind::UnknownName {
                what: what.into(),
                found: name.into(),
                known: known.to_vec(),
            };
            faults.push(Fault::new(Place::Value(path), kind));
        }
        found.unwrap_or(0)
    };
    let products = book.accounts.product.as_ref().map_or(&[][..], |product| &product.names);
    let segments = &book.borrowers.segment.names;
    let slices: Vec<Slice> = spec
        .programmes
        .iter()
        .map(|programme| {
            let at = |key: &str| format!("{}.{key}", programme.path);
            let mut codes = |key: &str, what: &str, names: &[String], known: &[String]| {
                let codes: Vec<usize> =
                    names.iter().map(|name| code(at(key), what, name, known)).collect();
                (!codes.is_empty()).then_some(codes)
            };
            Slice {
                products: codes("products", "product", &programme.products, products),
                segments: codes("segments", "segment", &programme.segments, segments),
                lender: code(at("lender"), "lender", &programme.lender, lenders),
            }
        })
        .collect();
    if faults.is_empty() { Ok(slices) } else { Err(faults) }
}

/// Binds the programmes; `balance(column)` is that of the baseline, by which partners' shares of their
/// capital are judged.
///
/// Faults: programmes without loans, guarantors that are guaranteed themselves.
pub fn pools(
    spec: &SystemSpec,
    roster: &Roster,
    columns: &Columns,
    balance: impl Fn(usize) -> i64,
) -> Result<Vec<Pool>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut pools = Vec::new();
    for (number, programme) in spec.programmes.iter().enumerate() {
        let own: Vec<usize> =
            (0..columns.len()).filter(|&c| columns.pairs()[c].slice == Some(number)).collect();
        if own.is_empty() {
            let message = format!("programme `{}` funds no loan of the book", programme.id);
            let fault =
                Fault::new(Place::Value(programme.path.clone()), FaultKind::Conflict { message });
            faults.push(fault.with_hint("check its `lender`, `products` and `segments`"));
            continue;
        }
        let lent: i64 = own.iter().map(|&c| balance(c)).sum();
        pools.push(pool(programme, roster, own, lent as f64));
    }
    // A guarantor whose own losses hang on guarantees would make each wait for the other.
    for (pool, programme) in pools.iter().zip(&spec.programmes) {
        let Some(promise) = pool.promise else { continue };
        let guaranteed = |other: &&Pool| {
            other.promise.is_some()
                && other.partners.iter().any(|(lender, _)| *lender == promise.by)
        };
        if let Some(other) = pools.iter().find(guaranteed) {
            let name = &roster.lenders[promise.by].name;
            let message = format!(
                "`{name}` guarantees `{}` and is a guaranteed partner of `{}`",
                pool.id, other.id
            );
            let place = Place::Value(format!("{}.guarantee", programme.path));
            faults.push(
                Fault::new(place, FaultKind::Conflict { message })
                    .with_hint("let a lender that is no guaranteed partner guarantee"),
            );
        }
    }
    if faults.is_empty() { Ok(pools) } else { Err(faults) }
}

fn pool(programme: &Programme, roster: &Roster, columns: Vec<usize>, lent: f64) -> Pool {
    let known = |name: &String| {
        roster.find(name).unwrap_or_else(|| panic!("`{name}` has been looked up before"))
    };
    let securitised = programme.securitised.get();
    let rest = 1.0 - programme.own_share.get() - securitised;
    let weights = weights(programme, roster);
    let most = programme.most_of_capital.map(|most| most.get());
    let (partners, unplaced) = match most {
        Some(most) if lent > 0.0 => within(&weights, rest, |lender| {
            roster.lenders[lender].capital.map_or(f64::INFINITY, |capital| most * capital / lent)
        }),
        _ => (weights.iter().map(|&(lender, w)| (lender, rest * w)).collect(), 0.0),
    };
    Pool {
        id: programme.id.clone(),
        columns,
        maker: known(&programme.lender),
        own: programme.own_share.get() + unplaced,
        securitised,
        partners,
        promise: programme.guarantee.as_ref().map(|guarantee| Promise {
            by: known(&guarantee.by),
            cover: guarantee.cover.get(),
            limit: guarantee.limit.map(|limit| limit.get()),
        }),
        tranches: programme
            .tranches
            .iter()
            .map(|tranche| TrancheShare {
                name: format!("{}/{}", programme.id, tranche.name),
                from: tranche.from.get(),
                to: tranche.to.get(),
                holder: tranche.holder.as_ref().map(known),
                risk_weight: tranche.risk_weight,
            })
            .collect(),
    }
}

/// w_j, which add up to 1.
fn weights(programme: &Programme, roster: &Roster) -> Vec<(usize, f64)> {
    let capital = |lender: usize| roster.lenders[lender].capital.unwrap_or(1.0);
    let names = || programme.partners.iter().map(|name| roster.resolve(name));
    let each: Vec<(usize, f64)> = match &programme.weights {
        Weights::Equal => names().flatten().map(|lender| (lender, 1.0)).collect(),
        Weights::Capital => names().flatten().map(|lender| (lender, capital(lender))).collect(),
        Weights::Given(given) => names()
            .zip(given)
            .flat_map(|(members, &weight)| {
                let whole: f64 = members.clone().map(capital).sum();
                members.map(move |lender| (lender, weight * capital(lender) / whole))
            })
            .collect(),
        Weights::Lognormal(sigma) => {
            let lenders: Vec<usize> = names().flatten().collect();
            let sizes = super::roster::sizes(lenders.len(), *sigma);
            lenders.into_iter().zip(sizes).collect()
        }
    };
    let sum: f64 = each.iter().map(|(_, weight)| weight).sum();
    each.into_iter().map(|(lender, weight)| (lender, weight / sum)).collect()
}

/// `rest` divided by weights with no share above `most(lender)`, and what finds no place. Whoever is full
/// leaves what it cannot take to the others in proportion to their weights.
fn within(
    weights: &[(usize, f64)],
    rest: f64,
    most: impl Fn(usize) -> f64,
) -> (Vec<(usize, f64)>, f64) {
    // In the order in which partners fill up.
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let fills_at = |at: usize| most(weights[at].0) / weights[at].1;
    order.sort_by(|&a, &b| fills_at(a).total_cmp(&fills_at(b)));
    let mut shares = vec![0.0; weights.len()];
    let (mut left, mut weight) = (rest, 1.0);
    for at in order {
        let (lender, own) = weights[at];
        let fair = if weight > 0.0 { left * (own / weight).min(1.0) } else { 0.0 };
        shares[at] = fair.min(most(lender));
        left -= shares[at];
        weight -= own;
    }
    // Rounding is no share.
    let unplaced = if left > 1e-12 { left } else { 0.0 };
    let placed = weights.iter().zip(shares).map(|(&(lender, _), share)| (lender, share));
    (placed.collect(), unplaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_keep_within_capital_and_add_up() {
        let weights = [(7, 0.5), (8, 0.3), (9, 0.2)];
        let (placed, unplaced) = within(&weights, 0.9, |_| f64::INFINITY);
        assert_eq!(unplaced, 0.0);
        for ((lender, share), (own, weight)) in placed.iter().zip(weights) {
            assert_eq!(*lender, own);
            assert!((share - 0.9 * weight).abs() < 1e-15);
        }
        // The first may fund a tenth only: the others share the rest 3 : 2, until the second is full.
        let most = |lender: usize| [0.1, 0.4, 1.0][lender - 7];
        let (placed, unplaced) = within(&weights, 0.9, most);
        let shares: Vec<f64> = placed.iter().map(|(_, share)| *share).collect();
        for (found, expected) in shares.iter().zip([0.1, 0.4, 0.4]) {
            assert!((found - expected).abs() < 1e-12, "{shares:?}");
        }
        assert_eq!(unplaced, 0.0);
        let (placed, unplaced) = within(&weights, 0.9, |_| 0.2);
        assert!(placed.iter().all(|(_, share)| *share <= 0.2 + 1e-15));
        assert!((unplaced - 0.3).abs() < 1e-12);
    }
}
