//! The least points above the envelope where bands would hold too many: person by person.
//!
//! Let a be the most that some hazard under a policy exceeds its envelope by. On intervals of length a, one for each person
//! and one behind the other, points fall as a Poisson process of rate 1: the way to the next one is exponential, and whole
//! intervals are passed at a time. The first point of a person decides, so that the next way begins with the next person:
//! there are never more ways than people, however long the intervals are, and few where a is small.

use super::envelope::{Envelope, Held};
use super::lanes::Lanes;
use super::opening::{Opening, PEOPLE, in_band};
use super::uniforms::unit;
use crate::random::{Address, Purpose, Stream};

/// Far above the rounding of thresholds to 4 bytes.
const SLACK: f64 = 1e-5;

/// What is found in a trial.
#[derive(Debug, Default)]
pub struct Beyond {
    /// Positions of the people.
    pub positions: Vec<u32>,
    /// Their places on the scale of hazards.
    pub marks: Vec<f64>,
    /// Envelope and hazard asked for, by grade.
    spans: Vec<Span>,
}

/// A part of the scale of hazards.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: f64,
    to: f64,
}

impl Beyond {
    /// Draws those of trial `t`.
    pub fn draw(
        &mut self,
        (opening, envelope): (&Opening, &Envelope),
        held: Held,
        t: usize,
        lanes: &Lanes<'_>,
    ) {
        self.positions.clear();
        self.marks.clear();
        self.spans.clear();
        let state = (lanes.y[t], lanes.scale.get(t).copied().unwrap_or(1.0));
        let span = |c: usize| match envelope.is_marked(held.bin, c) {
            true => Span { from: 0.0, to: 0.0 },
            false => Span {
                from: held.total * envelope.rate(held.bin, c),
                to: opening.needed(envelope.link(), c, state) * (1.0 + SLACK),
            },
        };
        let grades = opening.grades();
        self.spans.extend((0..grades.len()).map(span));
        let length = self.spans.iter().map(|span| span.to - span.from).fold(0.0, f64::max);
        if length.is_nan() || length <= 0.0 {
            return;
        }
        let at = lanes.address(Purpose::BandPlaces, t);
        let cell = in_band(lanes.at.cell, PEOPLE);
        let mut stream = Stream::new(lanes.seed, Address { cell, ..at });
        let people: u32 = grades.iter().map(|grade| grade.people).sum();
        let (mut next, mut grade) = (0, 0);
        while next < people {
            let way = -libm::log(unit(stream.double_word()));
            let passed = (way / length).floor();
            if passed.is_nan() || passed >= f64::from(people - next) {
                break;
            }
            let position = next + passed as u32;
            while grades[grade].start + grades[grade].people <= position {
                grade += 1;
            }
            let Span { from, to } = self.spans[grade];
            let mark = from + (way - passed * length).max(0.0);
            if mark <= to {
                self.positions.push(position);
                self.marks.push(mark);
            }
            next = position + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::grades::Grade;
    use crate::engine::layers::Layers;
    use crate::model::Link;

    /// Null: each person of a grade has a point up to its hazard with 1 - exp(-hazard), whatever the other grade asks
    /// for. Statistic: standard errors of the share over 2,000 trials of 50 people, trials 0, 1, 2, ...; refused above 4.5
    /// (7e-6), in 6 cases 4e-5 together. Wrong twin: hazards 5 % larger.
    #[test]
    fn people_have_points_as_often_as_their_hazard_says() {
        let grade = |start, threshold| Grade {
            start,
            people: 50,
            thresholds: (threshold, threshold),
            loadings: (0.9995, 0.9995),
        };
        let grades = [grade(0, -1.6), grade(50, -2.0)];
        let envelope = Envelope::new(Link::Probit, &grades, Layers::single());
        let opening = Opening::new(&grades, &[0.3, -0.4], &envelope);
        let mut twins = 0;
        for y in [-0.33, 0.0, 0.41] {
            let held = envelope.at(y, 1.0);
            let trials = 2_000;
            let at = Address { purpose: Purpose::Defaults, period: 0, trial: 0, cell: 3 };
            let ys = vec![y; trials];
            let lanes = Lanes { y: &ys, scale: &[], order: &[], at, seed: 0 };
            let mut hits = [0_u32; 2];
            let mut beyond = Beyond::default();
            for t in 0..trials {
                beyond.draw((&opening, &envelope), held, t, &lanes);
                assert!(beyond.positions.is_sorted() && beyond.positions.len() <= 100);
                for (&position, &mark) in beyond.positions.iter().zip(&beyond.marks) {
                    let c = usize::from(position >= 50);
                    let needed = opening.needed(Link::Probit, c, (y, 1.0));
                    hits[c] += u32::from(mark <= needed);
                }
            }
            for (c, hits) in hits.into_iter().enumerate() {
                let hazard = opening.needed(Link::Probit, c, (y, 1.0));
                let n = 50.0 * trials as f64;
                let off = |hazard: f64| {
                    let p = -libm::expm1(-hazard);
                    (f64::from(hits) - n * p).abs() / (n * p * (1.0 - p)).sqrt().max(0.1)
                };
                assert!(off(hazard) < 4.5, "{y} {c}: {hits} of {n}, hazard {hazard}");
                twins += u32::from(off(1.2 * hazard) > 4.5);
            }
        }
        assert!(twins > 0, "no wrong twin is seen");
    }
}
