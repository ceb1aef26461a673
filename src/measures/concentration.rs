//! How much of a book a few borrowers make up.
//!
//! With x_i what the default of person i costs, of n people, M_s = ((1 / n) sum x_i^s)^(1 / s) their power mean of order
//! s (M_0 the geometric one) and shares w_i = x_i / sum x,
//!
//! 1. Atkinson's index with aversion 1 - s: 1 - M_s / M_1      (Atkinson 1970), 0 where all cost the same;
//! 2. Renyi's entropy of order s: ln(sum w_i^s) / (1 - s)      (Renyi 1961), whose exponential is a number of equal
//!    people; at order 2 it is that of the Herfindahl index, 1 / sum w_i^2.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How what defaults cost is spread over people.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Concentration {
    /// People who all cost the same and make a book as concentrated: 1 over the Herfindahl index.
    pub effective_borrowers: f64,
    /// Atkinson's index with aversion 1/2: 0 where all cost the same, next to 1 where one costs nearly all.
    pub atkinson: f64,
}

/// A sum of powers over people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Powers {
    order: f64,
    people: f64,
    sum: f64,
    powers: f64,
}

impl Powers {
    /// Of nobody yet.
    pub fn of_order(order: f64) -> Self {
        Self { order, people: 0.0, sum: 0.0, powers: 0.0 }
    }

    /// Joins people who cost the same.
    #[inline]
    pub fn add(&mut self, people: f64, cost: f64) {
        self.people += people;
        self.sum += people * cost;
        self.powers += people
            * match self.order {
                2.0 => cost * cost,
                0.5 => cost.sqrt(),
                0.0 => libm::log(cost),
                order => libm::pow(cost, order),
            };
    }

    /// Equation 1 for an order below 1.
    pub fn atkinson(&self) -> f64 {
        let mean = self.powers / self.people;
        let power_mean = match self.order {
            0.0 => libm::exp(mean),
            order => libm::pow(mean, 1.0 / order),
        };
        1.0 - power_mean * self.people / self.sum
    }

    /// Equation 2 for an order other than 1.
    pub fn renyi(&self) -> f64 {
        let log = libm::log(self.powers) - self.order * libm::log(self.sum);
        log / (1.0 - self.order)
    }

    /// The sum of all costs.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

/// Both sums that a [`Concentration`] is read off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    squares: Powers,
    roots: Powers,
}

impl Default for Spread {
    fn default() -> Self {
        Self { squares: Powers::of_order(2.0), roots: Powers::of_order(0.5) }
    }
}

impl Spread {
    /// Joins people who cost the same.
    #[inline]
    pub fn add(&mut self, people: f64, cost: f64) {
        self.squares.add(people, cost);
        self.roots.add(people, cost);
    }

    /// What they say; `None` where nothing can be lost.
    pub fn concentration(&self) -> Option<Concentration> {
        (self.squares.sum() > 0.0).then(|| Concentration {
            effective_borrowers: libm::exp(self.squares.renyi()),
            // Rounding must not carry equal people below 0.
            atkinson: self.roots.atkinson().max(0.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(people: &[(f64, f64)]) -> Concentration {
        let mut spread = Spread::default();
        people.iter().for_each(|&(people, cost)| spread.add(people, cost));
        spread.concentration().unwrap()
    }

    #[test]
    fn equal_people_are_as_many_as_they_are() {
        let found = of(&[(250.0, 40.0)]);
        assert!((found.effective_borrowers - 250.0).abs() < 1e-9);
        assert!(found.atkinson < 1e-12);
        assert_eq!(Spread::default().concentration(), None);
    }

    #[test]
    fn one_large_borrower_counts_for_all_others() {
        // Shares 1/2 and a hundred times 1/200.
        let found = of(&[(1.0, 100.0), (100.0, 1.0)]);
        assert!((found.effective_borrowers - 1.0 / (0.25 + 100.0 / 40_000.0)).abs() < 1e-9);
        let power_mean = (110.0_f64 / 101.0).powi(2);
        assert!((found.atkinson - (1.0 - power_mean * 101.0 / 200.0)).abs() < 1e-12);
    }

    #[test]
    fn powers_of_any_order_fit_between_those_with_names() {
        let of = |order: f64| {
            let mut powers = Powers::of_order(order);
            [1.0, 2.0, 5.0].into_iter().for_each(|cost| powers.add(2.0, cost));
            powers
        };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(near(of(0.0).atkinson(), of(1e-7).atkinson()));
        assert!(near(of(0.5).atkinson(), of(0.5 + 1e-7).atkinson()));
        assert!(near(of(2.0).renyi(), of(2.0 + 1e-7).renyi()));
    }
}
