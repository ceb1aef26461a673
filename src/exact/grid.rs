//! The grid that losses stand on, and the arithmetic of laws on it.
//!
//! The step d is the greatest common divisor of all losses where the losses that can be reached then fit
//! on [`MOST_POINTS`]: the law is exact. Else d is a multiple of it, and
//!
//! 1. what a lot of one or many draws loses together stands between two grid points and is split between
//!    them, the nearer one getting more, so that its mean is kept. This adds at most d^2 / 4 times the
//!    probability of a loss to the variance, lot by lot;
//! 2. where the law goes through a transform ([`super::fourier`]) draws are moved to a grid point as a
//!    whole, and what that adds or takes is carried over to the next one, over the whole book. As its
//!    draws come by falling PD, the mean given any state is then kept up to d (the sum of p_i e_i with
//!    partial sums of e_i below d, by Abel).
//!
//! What a step moves is part of the numerical error that is stated ([`moved`]).

use super::class::{Class, Lot};
use super::cost::{Cost, Luck};
use super::law::LossLaw;

/// Points of a grid, at most.
pub const MOST_POINTS: usize = 1 << 20;

/// The grid of one law.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Step, smallest units.
    pub step: i64,
    /// Whether all losses stand on it.
    pub is_exact: bool,
    /// By class: grid points of the draws moved as a whole, with the number of draws.
    pub moved: Vec<Vec<(usize, f64)>>,
    /// The same for draws whose costs have a law, with what stands for it.
    pub lucky: Vec<Vec<(usize, f64, Luck)>>,
}

impl Grid {
    /// A grid for losses up to `largest` (smallest units) on at most so many points.
    pub fn new(classes: &[Class], largest: f64, points: usize) -> Self {
        let fixed = |lot: &&Lot| lot.cost.is_none();
        let mut divisor = 0;
        let mut holds_all = true;
        for class in classes {
            let lots = class.lots.iter().filter(fixed).map(|lot| lot.loss);
            divisor = lots.chain(class.costs.iter().flat_map(Cost::losses)).fold(divisor, gcd);
            holds_all &= !class.costs.iter().any(Cost::is_continuous);
        }
        let divisor = if holds_all { divisor.max(1) } else { 1 };
        let fits = largest / divisor as f64 <= points as f64;
        // A multiple of the divisor, which many losses may be.
        let times = (largest / points as f64 / divisor as f64).ceil().max(1.0) as i64;
        let step = divisor * times;
        let mut moved = vec![Vec::<(usize, f64)>::new(); classes.len()];
        let mut lucky = vec![Vec::new(); classes.len()];
        for piece in pieces(classes, step) {
            let class = &classes[piece.class];
            if let Some(cost) = class.cost(&class.lots[piece.lot]) {
                lucky[piece.class].push((piece.at, piece.draws, cost.luck(step)));
                continue;
            }
            let points = &mut moved[piece.class];
            match points.last_mut() {
                Some(last) if last.0 == piece.at => last.1 += piece.draws,
                _ => points.push((piece.at, piece.draws)),
            }
        }
        Self { step, is_exact: fits && holds_all, moved, lucky }
    }
}

/// Draws of a lot that equation 2 puts on one grid point other than 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Number of the class.
    pub class: usize,
    /// Number of the lot in the class.
    pub lot: usize,
    /// The grid point.
    pub at: usize,
    /// How many draws.
    pub draws: f64,
}

/// Equation 2 for a book.
pub fn pieces(classes: &[Class], step: i64) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut carried = 0.0;
    for (number, class) in classes.iter().enumerate() {
        for (lot, own) in class.lots.iter().enumerate() {
            let (at, rest) = ((own.loss / step) as usize, own.loss % step);
            let draws = own.draws as f64;
            let wanted = draws * (rest as f64 / step as f64) + carried;
            let up = wanted.round().clamp(0.0, if rest == 0 { 0.0 } else { draws });
            carried = wanted - up;
            let put = [(at, draws - up), (at + 1, up)];
            let kept = put.into_iter().filter(|&(at, draws)| at > 0 && draws > 0.0);
            all.extend(kept.map(|(at, draws)| Piece { class: number, lot, at, draws }));
        }
    }
    all
}

/// How far moving losses to the grid moves tail probabilities, as a share of them, of `least` where they are smaller: what
/// half a step changes, and what is missing to the mean without the grid.
pub fn moved(law: &LossLaw, mean: f64, least: f64) -> f64 {
    // At 0 only that moves which is below half a step.
    let points = law.probabilities.iter().zip(&law.beyond).skip(1);
    let most = points.map(|(p, beyond)| 0.5 * p / beyond.max(least)).fold(0.0, f64::max);
    let off = if mean > 0.0 { (law.mean() / mean - 1.0).abs() } else { 0.0 };
    (most + off).min(1.0)
}

/// Greatest common divisor of two numbers >= 0.
fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Probabilities of consecutive grid points.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Number of the first point.
    pub first: usize,
    /// Probabilities.
    pub p: Vec<f64>,
}

/// What is so improbable does not count, whatever it is mixed with.
const NOTHING: f64 = 1e-60;

impl Stretch {
    /// Nothing is lost.
    pub fn nothing() -> Self {
        Self { first: 0, p: vec![1.0] }
    }

    /// The law of the sum with something independent, by adding up products: nothing cancels.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut p = vec![0.0; self.p.len() + other.p.len() - 1];
        let (long, short) =
            if self.p.len() >= other.p.len() { (self, other) } else { (other, self) };
        for (at, &weight) in short.p.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let own = &mut p[at..at + long.p.len()];
            own.iter_mut().zip(&long.p).for_each(|(sum, p)| *sum += weight * p);
        }
        Self { first: self.first + other.first, p }.trimmed()
    }

    /// Without improbable ends, which would only slow down what follows.
    fn trimmed(mut self) -> Self {
        while self.p.len() > 1 && self.p.last().is_some_and(|&p| p < NOTHING) {
            self.p.pop();
        }
        let low = self.p.iter().take_while(|&&p| p < NOTHING).count();
        if low > 0 && low < self.p.len() {
            self.p.drain(..low);
            self.first += low;
        }
        self
    }
}

/// What a lot loses together on the grid, given the PD of each draw: equation 1.
pub fn of_lot(lot: Lot, p: f64, step: i64) -> Stretch {
    let (first, counts) = binomial(lot.draws, p);
    let place = |k: u64| {
        let loss = i128::from(lot.loss) * i128::from(k);
        let (at, rest) = (loss / i128::from(step), loss % i128::from(step));
        (at as usize, rest as f64 / step as f64)
    };
    let low = place(first).0;
    let last = place(first + counts.len() as u64 - 1);
    let mut p = vec![0.0; last.0 - low + 1 + usize::from(last.1 > 0.0)];
    for (k, weight) in (first..).zip(counts) {
        let (at, up) = place(k);
        p[at - low] += (1.0 - up) * weight;
        if up > 0.0 {
            p[at - low + 1] += up * weight;
        }
    }
    Stretch { first: low, p }
}

/// Binomial probabilities as the number of the first and its followers: ratios of neighbours from the mode
/// on, down to what does not count, scaled to add up to 1. Nothing cancels and no factorial rounds.
pub fn binomial(n: u64, p: f64) -> (u64, Vec<f64>) {
    if p <= 0.0 || p >= 1.0 {
        return (if p <= 0.0 { 0 } else { n }, vec![1.0]);
    }
    if n == 1 {
        return (0, vec![1.0 - p, p]);
    }
    let odds = p / (1.0 - p);
    let mode = (((n + 1) as f64 * p) as u64).min(n);
    let (mut below, mut above) = (Vec::new(), Vec::new());
    let mut weight = 1.0;
    for k in (1..=mode).rev() {
        weight *= k as f64 / ((n - k + 1) as f64 * odds);
        if weight < NOTHING {
            break;
        }
        below.push(weight);
    }
    weight = 1.0;
    for k in mode + 1..=n {
        weight *= (n - k + 1) as f64 * odds / k as f64;
        if weight < NOTHING {
            break;
        }
        above.push(weight);
    }
    let first = mode - below.len() as u64;
    below.reverse();
    let all = || below.iter().chain([&1.0]).chain(&above);
    let total: f64 = all().sum();
    (first, all().map(|weight| weight / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(lots: &[(i64, u64)]) -> Class {
        let lots = lots.iter().map(|&(loss, draws)| Lot { loss, cost: None, draws }).collect();
        let (costs, tied) = (Vec::new(), Vec::new());
        Class {
            segment: 0,
            pd: 0.5,
            threshold: 0.0,
            loading: 0.0,
            lots,
            costs,
            tied,
            defaults: 0.0,
        }
    }

    #[test]
    fn the_step_is_the_divisor_while_it_fits() {
        let book = [class(&[(1_200, 3), (1_800, 1)])];
        let grid = Grid::new(&book, 5_400.0, 100);
        assert_eq!((grid.step, grid.is_exact), (600, true));
        assert_eq!(grid.moved, vec![vec![(2, 3.0), (3, 1.0)]]);
        let grid = Grid::new(&book, 5_400.0, 5);
        assert_eq!((grid.step, grid.is_exact), (1_200, false));
        // What is moved keeps the sum of all losses to one step.
        let sum: f64 = grid.moved[0].iter().map(|&(at, draws)| at as f64 * draws * 1_200.0).sum();
        assert!((sum - 5_400.0).abs() <= 1_200.0, "{sum}");
    }

    #[test]
    fn splitting_keeps_means_and_adds_little_variance() {
        for (loss, draws, p) in [(1_234, 1, 0.3), (77, 40, 0.2), (10_001, 7, 0.9)] {
            let (step, lot) = (100, Lot { loss, cost: None, draws });
            let found = of_lot(lot, p, step);
            let at = |k: usize| (found.first + k) as f64 * step as f64;
            let moment = |f: &dyn Fn(f64) -> f64| -> f64 {
                found.p.iter().enumerate().map(|(k, p)| p * f(at(k))).sum()
            };
            let mean = p * draws as f64 * loss as f64;
            assert!((moment(&|x| x) - mean).abs() < 1e-9 * mean);
            let variance = mean * (1.0 - p) * loss as f64;
            let added = moment(&|x| (x - mean).powi(2)) - variance;
            assert!((-1e-6..=2_500.0).contains(&added), "{added}");
        }
    }

    #[test]
    fn binomial_probabilities_are_the_products() {
        let (first, found) = binomial(5, 0.3);
        let want = [0.168_07, 0.360_15, 0.308_7, 0.132_3, 0.028_35, 0.002_43];
        assert_eq!(first, 0);
        found.iter().zip(want).for_each(|(a, b)| assert!((a - b).abs() < 1e-15, "{a} {b}"));
        let (first, found) = binomial(10_000_000, 0.03);
        let mean: f64 = (first..).zip(&found).map(|(k, p)| k as f64 * p).sum();
        assert!((mean / 300_000.0 - 1.0).abs() < 1e-12, "{mean}");
        assert_eq!(binomial(7, 0.0), (0, vec![1.0]));
        assert_eq!(binomial(7, 1.0), (7, vec![1.0]));
    }
}
