//! The coordinates of the states that losses depend on: one or two independent standard normals.
//!
//! What a conditional PD depends on is linear in the normals of the model (a direction, the factor behind a
//! sector) or the mixing variable of Student t. The rank of these directions is the number of systematic variables:
//! loadings of 0.3 on each of two factors are one variable, whatever the number of factors.
//!
//! Losses are followed along the *inner* coordinate. With two directions it is chosen in the middle of all of them, so
//! that the conditional loss is monotone along it wherever such a choice exists.

use crate::exact::class::Class;
use crate::model::{Driver, Link, Model, Severity};

/// The most systematic variables.
pub const MOST_VARIABLES: usize = 2;
/// Components below this are rounding.
const NOTHING: f64 = 1e-9;
/// Loadings below this matter less than the mixing variable, along which losses are followed then.
const WEAK: f64 = 0.1;

/// Coordinates of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    inputs: usize,
    /// Unit vectors among the normals of the model: the inner coordinate, then the outer one.
    axes: Vec<Vec<f64>>,
    /// Whether the conditional loss falls (or stays) along the inner coordinate.
    pub falls: bool,
}

/// What moves the conditional PDs of a portfolio.
struct Moving {
    /// Directions among the normals, each of length 1.
    directions: Vec<Vec<f64>>,
    /// Whether the mixing variable moves thresholds below 0, and above.
    mixing: [bool; 2],
    /// Largest loading.
    loading: f64,
}

impl Frame {
    /// Of a portfolio; the number of variables where there are more than [`MOST_VARIABLES`].
    pub fn of(
        classes: &[Class],
        model: &Model,
        severity: Option<&Severity>,
    ) -> Result<Self, usize> {
        let moving = Moving::of(classes, model, severity);
        let basis = basis(&moving.directions);
        let mixes = moving.mixing.contains(&true);
        let inputs = model.inputs();
        let variables = basis.len() + usize::from(mixes);
        if variables > MOST_VARIABLES {
            return Err(variables);
        }
        let (factor, factor_falls) = inner(&basis, &moving.directions);
        let mut mixing = vec![0.0; inputs];
        if let Some(last) = mixing.last_mut().filter(|_| mixes) {
            // Where thresholds are above 0 a larger scale means more defaults.
            *last = if moving.mixing[0] { 1.0 } else { -1.0 };
        }
        let mixing_falls = moving.mixing != [true, true];
        let (axes, falls) = match (basis.len(), mixes) {
            (0, false) => (Vec::new(), true),
            (0, true) => (vec![mixing], mixing_falls),
            (_, true) if moving.loading < WEAK => (vec![mixing, factor], mixing_falls),
            (_, true) => (vec![factor, mixing], factor_falls),
            (1, false) => (vec![factor], factor_falls),
            (_, false) => {
                let across = across(&basis, &factor);
                (vec![factor, across], factor_falls)
            }
        };
        Ok(Self { inputs, axes, falls })
    }

    /// Number of systematic variables.
    pub fn variables(&self) -> usize {
        self.axes.len()
    }

    /// The normals of the model at an inner and an outer coordinate.
    pub fn normals(&self, inner: f64, outer: f64) -> Vec<f64> {
        let mut normals = vec![0.0; self.inputs];
        for (axis, along) in self.axes.iter().zip([inner, outer]) {
            normals.iter_mut().zip(axis).for_each(|(sum, own)| *sum += along * own);
        }
        normals
    }

    /// Inner coordinates near which conditional PDs turn from 0 to 1 within less than `width`, at an outer one.
    pub fn turns(&self, classes: &[Class], model: &Model, outer: f64, width: f64) -> Vec<f64> {
        let mut turns = Vec::new();
        if self.axes.is_empty() {
            return turns;
        }
        let at = |inner: f64| self.normals(inner, outer);
        let state = model.state(&at(0.0));
        for class in classes {
            let law = model.law_of(class.segment);
            if law.link != Link::Probit || !class.threshold.is_finite() {
                continue;
            }
            let y = |inner: f64| model.direction_at(class.segment, &at(inner));
            let (here, slope) = (y(0.0), y(1.0) - y(0.0));
            let pull = class.loading * slope;
            let own = (1.0 - class.loading * class.loading).sqrt() / pull.abs();
            if own.is_nan() || own > width {
                continue;
            }
            let scaled = class.threshold * state.scales[law.scale];
            let centre = (scaled - class.loading * here) / pull;
            turns.extend([-6.0, -2.0, 0.0, 2.0, 6.0].map(|k| centre + k * own));
        }
        turns
    }
}

impl Moving {
    fn of(classes: &[Class], model: &Model, severity: Option<&Severity>) -> Self {
        let factors = model.factors.len();
        let unit = |i: usize| {
            let mut normals = vec![0.0; factors];
            normals[i] = 1.0;
            model.factors_at(&normals)
        };
        let zero = model.factors_at(&vec![0.0; factors]);
        // Column by column: what each normal adds to the factors.
        let columns: Vec<Vec<f64>> = (0..factors)
            .map(|i| unit(i).iter().zip(&zero).map(|(there, here)| there - here).collect())
            .collect();
        let along = |weights: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let one = |column: &Vec<f64>| {
                column.iter().enumerate().map(|(f, by)| weights(f) * by).sum::<f64>()
            };
            columns.iter().map(one).chain(model.mixes().then_some(0.0)).collect()
        };
        let mut moving = Self { directions: Vec::new(), mixing: [false; 2], loading: 0.0 };
        for class in classes {
            let law = model.law_of(class.segment);
            let own = &model.segments[class.segment];
            let is_open = class.threshold.is_finite() && class.loading > 0.0;
            let ccf = severity.map_or(0.0, |severity| severity.law(class.segment).ccf_loading);
            let ties = !class.tied.is_empty() && (ccf > 0.0 || class.loading > 0.0);
            if law.scale > 0 && class.threshold.is_finite() && class.threshold != 0.0 {
                moving.mixing[usize::from(class.threshold > 0.0)] = true;
            }
            if !is_open && !ties {
                continue;
            }
            moving.loading = moving.loading.max(class.loading).max(if ties { ccf } else { 0.0 });
            match &model.drivers[own.driver] {
                Driver::Direction(number) | Driver::Beta { direction: number, .. } => {
                    moving.add(along(&|f| model.directions[*number][f]));
                }
                Driver::Sectors { weights, .. } => {
                    for (k, _) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                        moving.add(along(&|f| f64::from(u8::from(f == k))));
                    }
                    if ties {
                        moving.add(along(&|f| model.directions[own.direction][f]));
                    }
                }
            }
        }
        moving
    }

    /// Joins a direction, unless it is known or nothing.
    fn add(&mut self, direction: Vec<f64>) {
        let length = dot(&direction, &direction).sqrt();
        if length < NOTHING {
            return;
        }
        let unit: Vec<f64> = direction.iter().map(|x| x / length).collect();
        let same = |known: &Vec<f64>| dot(known, &unit) > 1.0 - NOTHING * NOTHING;
        if !self.directions.iter().any(same) {
            self.directions.push(unit);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What is left of a vector across others, which are orthonormal; of length 1, `None` where nothing is.
fn beside(others: &[Vec<f64>], vector: &[f64]) -> Option<Vec<f64>> {
    let mut rest = vector.to_vec();
    // Twice, so that rounding is taken out as well.
    for other in others.iter().chain(others) {
        let along = dot(other, &rest);
        rest.iter_mut().zip(other).for_each(|(x, own)| *x -= along * own);
    }
    let length = dot(&rest, &rest).sqrt();
    (length > NOTHING).then(|| rest.iter().map(|x| x / length).collect())
}

/// Orthonormal vectors that span some directions.
fn basis(directions: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for direction in directions {
        basis.extend(beside(&basis, direction));
    }
    basis
}

/// The vector of a plane across another of it.
fn across(basis: &[Vec<f64>], inner: &[f64]) -> Vec<f64> {
    let inner = [inner.to_vec()];
    let mut rest = basis.iter().filter_map(|own| beside(&inner, own));
    rest.next().unwrap_or_else(|| basis[1].clone())
}

/// The vector along which all directions rise, if there is one (else any), and whether it is one.
fn inner(basis: &[Vec<f64>], directions: &[Vec<f64>]) -> (Vec<f64>, bool) {
    let Some(first) = basis.first() else { return (Vec::new(), true) };
    let mut chosen = first.clone();
    if let [first, second] = basis {
        // In the middle of the directions, which is opposite to the middle of the widest gap between them.
        let mut angles: Vec<f64> =
            directions.iter().map(|own| libm::atan2(dot(own, second), dot(own, first))).collect();
        angles.sort_by(f64::total_cmp);
        let turn = 2.0 * std::f64::consts::PI;
        let next = |at: usize| match angles.get(at + 1) {
            Some(next) => *next,
            None => angles[0] + turn,
        };
        let gaps = (0..angles.len()).map(|at| (next(at) - angles[at], at));
        let widest = gaps.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((gap, at)) = widest {
            let middle = angles[at] + 0.5 * gap + 0.5 * turn;
            let (sine, cosine) = (libm::sin(middle), libm::cos(middle));
            chosen = first.iter().zip(second).map(|(a, b)| cosine * a + sine * b).collect();
        }
    }
    let rises = directions.iter().all(|own| dot(own, &chosen) > -NOTHING);
    (chosen, rises)
}
