//! A book in a few hundred classes: good enough to plan the sampling of it.
//!
//! Entries of one segment whose PDs lie within a fifth of each other form a class, represented by
//! its loss-weighted mean PD. Given the factors, losses of a part of the book have about
//!
//! 1. mean m = sum_c p_c S_c,   variance s^2 = sum_c p_c (1 - p_c) Q_c,
//!
//! S_c and Q_c the sums of losses and of squared losses of the class's draws. Nothing that is reported
//! rests on a sketch: a poor one makes a plan less efficient, never wrong.

use super::cells::On;
use crate::model::{Link, Model, State};
use crate::portfolio::Portfolio;
use crate::special::normal;

/// Lowest PD of a class over its highest.
const SPAN: f64 = 0.8;

/// The classes of a book and its parts; the first part is all of it.
#[derive(Debug)]
pub struct Sketch {
    classes: Vec<Class>,
    /// Part x class: S and Q.
    parts: Vec<Vec<(f64, f64)>>,
}

#[derive(Debug, Clone, Copy)]
struct Class {
    on: On,
    pd: f64,
    threshold: f64,
    loading: f64,
    is_dependent: bool,
}

/// Sums over the entries of a class in the making.
struct Open {
    segment: usize,
    highest: f64,
    /// Losses, and losses times PD and loading.
    weight: f64,
    pd: f64,
    loading: f64,
}

impl Sketch {
    /// Sketches a book with parts; `losses(entry, of)` adds what one default costs each part.
    pub fn new(
        book: &Portfolio,
        model: &Model,
        parts: usize,
        losses: impl Fn(usize, &mut [f64]),
    ) -> Self {
        let mut sketch = Self { classes: Vec::new(), parts: vec![Vec::new(); parts] };
        let mut open: Option<Open> = None;
        let mut sums = vec![(0.0, 0.0); parts];
        let mut of = vec![0.0; parts];
        for b in 0..book.entries() {
            let segment = book.borrowers.segment.codes.get(b);
            let unstressed = book.borrowers.pd.get(b);
            let pd = model.stressed(unstressed).pd;
            if pd == 0.0 {
                continue;
            }
            let fits = |o: &Open| o.segment == segment && pd >= SPAN * o.highest;
            if !open.as_ref().is_some_and(fits) {
                sketch.close(open.take(), model, &mut sums);
                open = Some(Open { segment, highest: pd, weight: 0.0, pd: 0.0, loading: 0.0 });
            }
            let Some(open) = open.as_mut() else { continue };
            let draws = book.borrowers.draws(b) as f64;
            let each = book.borrowers.stands_for(b) as f64;
            of.fill(0.0);
            losses(b, &mut of);
            for ((sum, squares), own) in sums.iter_mut().zip(&of) {
                *sum += draws * each * own;
                *squares += draws * each * own * each * own;
            }
            let all = draws * each * of[0];
            open.weight += all;
            open.pd += all * pd;
            open.loading += all * model.segments[segment].loading.at(unstressed);
        }
        sketch.close(open, model, &mut sums);
        sketch
    }

    fn close(&mut self, open: Option<Open>, model: &Model, sums: &mut [(f64, f64)]) {
        let Some(open) = open.filter(|open| open.weight > 0.0) else { return };
        let pd = open.pd / open.weight;
        let loading = open.loading / open.weight;
        let on = On::of(model, open.segment);
        self.classes.push(Class {
            on,
            pd,
            threshold: model.law_of(open.segment).threshold(pd),
            loading,
            is_dependent: match on.link {
                Link::Probit | Link::Logit => loading > 0.0 || on.scale > 0,
                Link::Rate | Link::Count => model.drivers[on.driver].moves(),
            },
        });
        for (part, sum) in self.parts.iter_mut().zip(sums) {
            part.push(std::mem::take(sum));
        }
    }

    /// Whether anybody hangs on a factor.
    pub fn is_dependent(&self) -> bool {
        self.classes.iter().any(|class| class.is_dependent)
    }

    /// Expected loss of all of the book.
    pub fn expected_loss(&self) -> f64 {
        self.expected(&self.parts[0])
    }

    fn expected(&self, part: &[(f64, f64)]) -> f64 {
        let of = |(class, (sum, _)): (&Class, &(f64, f64))| sum * class.pd;
        self.classes.iter().zip(part).map(of).sum()
    }

    /// Parts by falling expected loss.
    pub fn largest_parts(&self) -> Vec<usize> {
        let sizes: Vec<f64> = self.parts.iter().map(|part| self.expected(part)).collect();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]).then(a.cmp(&b)));
        order
    }

    /// Conditional PDs of all classes in a state.
    pub fn pds(&self, state: &State, arguments: &mut Vec<f64>, pds: &mut Vec<f64>) {
        arguments.clear();
        arguments.extend(self.classes.iter().map(|class| {
            let On { driver, scale, link } = class.on;
            let threshold = class.threshold * state.scales[scale];
            link.argument(threshold, class.loading, state.drivers[driver])
        }));
        pds.resize(arguments.len(), 0.0);
        if self.classes.iter().all(|class| class.on.link == Link::Probit) {
            return normal::cdf_many(arguments, pds);
        }
        let classes = pds.iter_mut().zip(arguments.iter()).zip(&self.classes);
        classes.for_each(|((pd, &x), class)| *pd = class.on.link.probability(x));
    }

    /// Equation 1 for a part: mean and standard deviation.
    pub fn moments(&self, part: usize, pds: &[f64]) -> (f64, f64) {
        let sums = self.parts[part].iter().zip(pds);
        let (mean, variance) =
            sums.fold((0.0, 0.0), |(m, v), ((s, q), p)| (m + p * s, v + p * (1.0 - p) * q));
        (mean, variance.sqrt())
    }
}
