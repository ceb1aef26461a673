//! How densely points have to fall on a cell so that they cover everybody's hazard.
//!
//! Given Y, person i of the cell has the hazard
//!
//! 1. lambda_i(Y) = H(x_i),   H(x) = -ln(1 - Phi(x)),   x_i = (G_i - l_i Y) / sqrt(1 - l_i^2),
//!
//! or the like of another link ([`crate::model::link`]), and a grade c of n_c people needs an envelope
//! lambda_c(Y) >= all of theirs. The line of Y from -8 to 8 has nodes 1/8 apart. H is convex (the hazard rate
//! of the normal law increases) and x_i is linear in Y, so that the largest hazard of a grade is convex
//! in Y: a straight line between two nodes lies above it. A bin
//! is a number of intervals in which the shares of the grades are held fixed,
//!
//! 2. n_c lambda_c(Y) = T(Y) m_c,   sum of m_c = 1,
//!
//! m_c as [`super::alias`] holds it, T linear between nodes and at each node just large enough for every
//! grade. So a trial costs one look-up of T(Y), whatever the number of grades. Bins are as wide as can be
//! without wasting much more than narrow ones.
//!
//! Where a hazard comes near ln 2 (a conditional PD of 1/2) its grade takes no points in that bin; everybody
//! in it has a mark instead, as everybody has beyond the ends of the line.
//!
//! The same table says up to which share of its envelope a point lies below the hazard of everybody in the
//! grade. For fixed loadings the lowest hazard f is that of one person, convex too, so that with the
//! middle m of an interval from a to b
//!
//! 3. f(Y) >= f(m) + 2 (f(b) - f(m)) (Y - m) / (b - a) for Y <= m, and the like for Y >= m:
//!
//! the ratio of two linear functions is least at an end. Loadings of their own break convexity; then f(b)
//! is the bound, as all hazards fall in Y.
//!
//! Where a mixing variable s scales thresholds there is a table for every layer of s, whose grades have the
//! thresholds of all of the layer ([`super::layers`]). Rates are never met by marks for large Y: beyond
//! the line, where the conditional PDs m p are next to nothing, -ln(1 - m p) is convex in m and 0 at 0, so that
//! T falls in proportion to m = exp(-Y); counts, whose hazards are m p itself, need no marks at all.

use super::alias::{self, Line, Slots};
use super::bounds::{Boundaries, Bounds};
use super::coarse_table::{self, Coarse};
use super::extremes::{highest_argument, lowest_argument};
use super::grades::{Grade, MOST_GRADES};
use super::lanes;
use super::layers::Layers;
use crate::model::Link;

/// Ends of the line of Y.
const END: f64 = 8.0;
/// Nodes per unit of Y.
const PER_UNIT: f64 = 8.0;
/// Intervals between nodes.
const INTERVALS: usize = (2.0 * END * PER_UNIT) as usize;
/// Most intervals of a bin, as a power of 2.
const WIDEST: u32 = INTERVALS.ilog2();
/// Hazards from here on are met by marks: points would fall thickly, and below ln 2 the conditional PD
/// is below 1/2.
const THICK: f64 = 0.69;
/// Far above the rounding of all that is worked out here.
const SLACK: f64 = 1e-9;
/// More than exp(-8) / 2, by which a rate's hazard exceeds the rate at the end of the line.
const FURTHER: f64 = 1e-3;
/// Cost of wide bins over that of the narrowest that is accepted for the memory they save.
const ACCEPTED: f64 = 1.005;
/// The same where there is a table for each layer of scales: memory is what they lack.
const ACCEPTED_IN_LAYERS: f64 = 1.03;

/// Envelopes of the grades of a cell for every Y.
#[derive(Debug)]
pub struct Envelope {
    link: Link,
    grades: usize,
    layers: Layers,
    /// Intervals of a bin, as a power of 2.
    shift: u32,
    /// Slots of a bin.
    slots: usize,
    /// T at the nodes of each bin, both ends included; bins of a layer follow each other.
    totals: Vec<f64>,
    /// What first words see ([`coarse`]), bin by bin, which begins with the slots; these alone where trials fit
    /// bounds to them. Sure is what lies below today's hazards, or below lower ones ([`Self::lower`]).
    coarse: Vec<u32>,
    /// Where the people of each grade stand; as many as slots, as the following.
    lines: Vec<Line>,
    /// lambda_c over T, bin x slot.
    rates: Vec<f64>,
    /// Share of the envelope that is below everybody's hazard today, bin x slot.
    sure: Vec<f64>,
    /// Grades whose people have marks, as bits, by bin.
    marked: Vec<u64>,
    /// What the bounds of a trial follow from, where they are fitted in.
    boundaries: Option<Boundaries>,
    /// Those with any hazard at all.
    all: u64,
}

/// Envelopes in one trial.
#[derive(Debug, Clone, Copy, Default)]
pub struct Held {
    /// Bin of Y, among those of all layers.
    pub bin: u32,
    /// T(Y): the points to be expected.
    pub total: f64,
    /// Grades whose people have marks, as bits.
    pub marked: u64,
}

impl Envelope {
    /// For the grades of a cell, at most [`MOST_GRADES`].
    pub fn new(link: Link, grades: &[Grade], layers: Layers) -> Self {
        assert!((1..=MOST_GRADES).contains(&grades.len()));
        // One width of bins for all layers: that of a layer in the middle.
        let hazards = Hazards::new(link, &layers.grades(layers.len() / 2, grades));
        let accepted = if layers.len() == 1 { ACCEPTED } else { ACCEPTED_IN_LAYERS };
        let shift = hazards.widest_bins(accepted);
        let mut envelope = Self {
            link,
            grades: grades.len(),
            shift,
            slots: grades.len().next_power_of_two(),
            totals: Vec::new(),
            coarse: Vec::new(),
            lines: grades.iter().map(|g| Line::new(g.start, g.people)).collect(),
            rates: Vec::new(),
            sure: Vec::new(),
            marked: Vec::new(),
            all: (0..grades.len()).filter(|&c| !grades[c].is_safe()).fold(0, |m, c| m | 1 << c),
            boundaries: None,
            layers,
        };
        envelope.lines.resize(envelope.slots, Line::default());
        if envelope.layers.len() > 1 {
            envelope.boundaries = Boundaries::new(link, grades, &envelope.lines);
        }
        for layer in 0..envelope.layers.len() {
            let hazards = Hazards::new(link, &envelope.layers.grades(layer, grades));
            for bin in 0..INTERVALS >> shift {
                envelope.push_bin(grades, &hazards, bin);
            }
        }
        envelope
    }

    fn push_bin(&mut self, grades: &[Grade], hazards: &Hazards, bin: usize) {
        let nodes = hazards.nodes(bin, self.shift);
        let shape = hazards.shape(bin, self.shift);
        let masses = alias::Masses::new(&shape.shares, self.slots);
        let mut rates: Vec<f64> =
            (0..self.grades).map(|c| masses.share(c) / f64::from(grades[c].people)).collect();
        let total = |node: usize| {
            let needed = (0..self.grades)
                .filter(|&c| rates[c] > 0.0)
                .map(|c| hazards.top(node, c) / rates[c]);
            needed.fold(0.0, f64::max) * (1.0 + SLACK)
        };
        let totals: Vec<f64> = nodes.clone().map(total).collect();
        let mut sure = self.sure(hazards, nodes.start, (&totals, &rates));
        rates.resize(self.slots, 0.0);
        sure.resize(self.slots, 0.0);
        match self.boundaries {
            Some(_) => self.coarse.extend(masses.slots()),
            None => coarse_table::push(&masses.slots(), &self.lines, &sure, &mut self.coarse),
        }
        self.totals.extend(totals);
        self.rates.extend(rates);
        self.sure.extend(sure);
        self.marked.push(shape.marked);
    }

    /// Shares of the envelope that the lowest hazards of the grades cover in a bin from a node on; `totals` are
    /// T at its nodes.
    fn sure(&self, hazards: &Hazards, first: usize, (totals, rates): (&[f64], &[f64])) -> Vec<f64> {
        let of = |c: usize| {
            let least = (0..totals.len() - 1).map(|at| {
                let held = (totals[at] * rates[c], totals[at + 1] * rates[c]);
                hazards.covered(first + at, c, held)
            });
            let sure = (least.fold(1.0, f64::min) - SLACK).max(0.0);
            // Beyond the line the lowest rate falls a little below its share of T.
            if self.link == Link::Rate { sure * (1.0 - FURTHER) } else { sure }
        };
        (0..self.grades).map(of).collect()
    }

    /// From now on first words tell who lies below other thresholds, not above those of the grades: `lowest`
    /// are those of everybody in each grade. All that finer words decide stays as it is.
    pub fn lower(&mut self, grades: &[Grade], lowest: &[f64]) {
        if let Some(boundaries) = &mut self.boundaries {
            boundaries.lower(lowest);
            return;
        }
        let lowered = |(grade, &low): (&Grade, &f64)| Grade {
            thresholds: (low.min(grade.thresholds.0), grade.thresholds.1),
            ..*grade
        };
        let grades: Vec<Grade> = grades.iter().zip(lowest).map(lowered).collect();
        let mut lower = Vec::with_capacity(self.coarse.len());
        for layer in 0..self.layers.len() {
            let hazards = Hazards::new(self.link, &self.layers.grades(layer, &grades));
            for bin in 0..INTERVALS >> self.shift {
                let at = ((layer * INTERVALS) >> self.shift) + bin;
                let nodes = (1 << self.shift) + 1;
                let totals = &self.totals[at * nodes..(at + 1) * nodes];
                let rates = &self.rates[at * self.slots..][..self.slots];
                let mut sure = self.sure(&hazards, bin << self.shift, (totals, rates));
                sure.resize(self.slots, 0.0);
                let slots = &self.seen(at as u32)[..self.slots];
                coarse_table::push(slots, &self.lines, &sure, &mut lower);
            }
        }
        self.coarse = lower;
    }

    /// What holds at Y and a scale of the thresholds.
    #[inline]
    pub fn at(&self, y: f64, scale: f64) -> Held {
        let place = (y + END) * PER_UNIT;
        let Some(layer) = self.layers.at(scale) else {
            return Held { bin: 0, total: 0.0, marked: self.all };
        };
        if !(place >= 0.0 && place < INTERVALS as f64) {
            return self.beyond(y);
        }
        let interval = layer * INTERVALS + place as usize;
        let bin = interval >> self.shift;
        // Every bin before this one has a node more than it has intervals.
        let node = interval + bin;
        let (low, high) = (self.totals[node], self.totals[node + 1]);
        let total = low + (high - low) * (place - (place as usize) as f64);
        Held { bin: bin as u32, total, marked: self.marked[bin] }
    }

    /// Beyond the line.
    #[cold]
    fn beyond(&self, y: f64) -> Held {
        let (first, last) = (0, self.marked.len() - 1);
        match self.link {
            Link::Rate | Link::Count if y >= END => {
                let total = self.totals[self.totals.len() - 1] * libm::exp(END - y);
                Held { bin: last as u32, total, marked: self.marked[last] }
            }
            Link::Count if y < -END => {
                let total = self.totals[0] * libm::exp(-END - y);
                Held { bin: first as u32, total, marked: 0 }
            }
            _ => Held { bin: 0, total: 0.0, marked: self.all },
        }
    }

    /// The link.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Layers of scales.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Intervals between nodes in all layers.
    pub fn intervals(&self) -> usize {
        INTERVALS * self.layers.len()
    }

    /// The layer of an interval.
    pub fn layer(interval: usize) -> usize {
        interval / INTERVALS
    }

    /// The interval that holds Y and a scale, if it lies on the line; the last for rates beyond it.
    pub fn interval(&self, y: f64, scale: f64) -> Option<usize> {
        let place = (y + END) * PER_UNIT;
        let layer = self.layers.at(scale)?;
        if place >= INTERVALS as f64 && self.link == Link::Rate {
            return Some(INTERVALS - 1);
        }
        let is_on = place >= 0.0 && place < INTERVALS as f64;
        is_on.then_some(layer * INTERVALS + place as usize)
    }

    /// The bin of an interval, and Y and T(Y) at its ends.
    pub fn ends(&self, interval: usize) -> (u32, [(f64, f64); 2]) {
        let bin = interval >> self.shift;
        let on_line = interval % INTERVALS;
        let end =
            |at: usize| ((on_line + at) as f64 / PER_UNIT - END, self.totals[interval + bin + at]);
        (bin as u32, [end(0), end(1)])
    }

    /// What stands of a bin in the table of first words.
    #[inline]
    fn seen(&self, bin: u32) -> &[u32] {
        let length = match self.boundaries {
            Some(_) => self.slots,
            None => coarse_table::length(self.slots),
        };
        &self.coarse[bin as usize * length..][..length]
    }

    /// A bin as first words see it in one trial.
    pub fn told_by<'e>(
        &'e self,
        held: Held,
        (y, scale): (f64, Option<f64>),
        bounds: &'e mut Bounds,
    ) -> Coarse<'e> {
        let seen = self.seen(held.bin);
        let Some(boundaries) = &self.boundaries else { return Coarse::new(seen, self.slots) };
        let scale = scale.unwrap_or(1.0);
        let rates = &self.rates[held.bin as usize * self.slots..][..self.slots];
        boundaries.fit(seen, (y, scale), (held.total, rates), bounds)
    }

    /// What turns words into points in a bin.
    #[inline]
    pub fn slots(&self, bin: u32) -> Slots<'_> {
        let own = bin as usize * self.slots..(bin as usize + 1) * self.slots;
        Slots {
            slots: &self.seen(bin)[..self.slots],
            lines: &self.lines,
            rates: &self.rates[own.clone()],
            sure: &self.sure[own],
        }
    }

    /// lambda_c over T in a bin.
    #[inline]
    pub fn rate(&self, bin: u32, grade: usize) -> f64 {
        self.rates[bin as usize * self.slots + grade]
    }

    /// Whether the people of a grade have marks in a bin.
    pub fn is_marked(&self, bin: u32, grade: usize) -> bool {
        self.marked[bin as usize] >> grade & 1 == 1
    }
}

/// Largest and smallest hazards of all grades at all nodes, smallest ones in the middles too.
struct Hazards {
    /// From here on hazards are met by marks.
    thick: f64,
    grades: usize,
    people: Vec<f64>,
    /// Whether loadings differ inside a grade.
    varied: Vec<bool>,
    /// Node x grade.
    tops: Vec<f64>,
    bottoms: Vec<f64>,
    /// Interval x grade.
    middles: Vec<f64>,
}

/// The shares of a bin's points that its grades need, and the grades that take marks instead.
struct Shape {
    /// Up to a factor.
    shares: Vec<f64>,
    marked: u64,
}

impl Hazards {
    fn new(link: Link, grades: &[Grade]) -> Self {
        let y = |place: f64| place / PER_UNIT - END;
        let hazards = |places: usize, first: f64, argument: &dyn Fn(&Grade, f64) -> f64| {
            let arguments: Vec<f64> = (0..places)
                .flat_map(|at| grades.iter().map(move |grade| (grade, y(at as f64 + first))))
                .map(|(grade, y)| argument(grade, y))
                .collect();
            let mut out = Vec::new();
            lanes::hazards(link, &arguments, &mut out);
            out
        };
        let top = |g: &Grade, y| highest_argument(link, g.thresholds.1, g.loadings, y);
        let bottom = |g: &Grade, y| lowest_argument(link, g.thresholds.0, g.loadings, y);
        Self {
            // Whoever defaults several times needs a point for each.
            thick: if link == Link::Count { f64::INFINITY } else { THICK },
            grades: grades.len(),
            people: grades.iter().map(|g| f64::from(g.people)).collect(),
            varied: grades.iter().map(|g| g.loadings.0 != g.loadings.1).collect(),
            tops: hazards(INTERVALS + 1, 0.0, &top),
            bottoms: hazards(INTERVALS + 1, 0.0, &bottom),
            middles: hazards(INTERVALS, 0.5, &bottom),
        }
    }

    fn top(&self, node: usize, grade: usize) -> f64 {
        self.tops[node * self.grades + grade]
    }

    /// The nodes of a bin of 2^shift intervals.
    fn nodes(&self, bin: usize, shift: u32) -> std::ops::Range<usize> {
        bin << shift..((bin + 1) << shift) + 1
    }

    /// Shares that make T(Y) follow the sum of the hazards as closely as fixed shares can: at each node a
    /// grade needs its part of that sum, in the bin the largest of these parts.
    fn shape(&self, bin: usize, shift: u32) -> Shape {
        let nodes = self.nodes(bin, shift);
        let is_marked = |c: usize| nodes.clone().any(|node| self.top(node, c) > self.thick);
        let marked = (0..self.grades).filter(|&c| is_marked(c)).fold(0, |m: u64, c| m | 1 << c);
        let mut shares = vec![0.0_f64; self.grades];
        for node in nodes {
            let need = |c: usize| {
                if marked >> c & 1 == 0 { self.people[c] * self.top(node, c) } else { 0.0 }
            };
            let sum: f64 = (0..self.grades).map(need).sum();
            if sum > 0.0 {
                shares.iter_mut().enumerate().for_each(|(c, s)| *s = s.max(need(c) / sum));
            }
        }
        Shape { shares, marked }
    }

    /// The least share of a grade's envelope, which runs from `held.0` to `held.1`, that the lowest hazard
    /// covers between a node and the next.
    fn covered(&self, node: usize, grade: usize, held: (f64, f64)) -> f64 {
        let at = |node: usize| self.bottoms[node * self.grades + grade];
        let (a, b) = (at(node), at(node + 1));
        if self.varied[grade] {
            return b / held.0.max(held.1);
        }
        let m = self.middles[node * self.grades + grade];
        let ends = ((2.0 * m - b) / held.0).min((2.0 * m - a) / held.1);
        ends.min(2.0 * m / (held.0 + held.1))
    }

    /// The widest bins that cost about as little as narrow ones.
    fn widest_bins(&self, accepted: f64) -> u32 {
        let least = (0..3).map(|shift| self.cost(shift)).fold(f64::INFINITY, f64::min);
        (0..=WIDEST).rev().find(|&shift| self.cost(shift) <= accepted * least).unwrap_or(0)
    }

    /// Points and marks over all Y, those of likely Y most.
    fn cost(&self, shift: u32) -> f64 {
        let mut cost = 0.0;
        for bin in 0..INTERVALS >> shift {
            let Shape { shares, marked } = self.shape(bin, shift);
            let sum: f64 = shares.iter().sum();
            let nodes = self.nodes(bin, shift);
            for node in nodes.clone() {
                let mut own = 0.0;
                let mut total = 0.0_f64;
                for (c, &share) in shares.iter().enumerate() {
                    if marked >> c & 1 == 1 {
                        own += self.people[c];
                    } else if share > 0.0 {
                        total = total.max(self.people[c] * self.top(node, c) / share);
                    }
                }
                let y = node as f64 / PER_UNIT - END;
                // Stress may make the unlikely likely. Ends are shared with the next bin.
                let weight = libm::exp(-0.5 * y * y).max(1e-3);
                let is_end = node == nodes.start || node + 1 == nodes.end;
                cost += (own + total * sum) * weight * if is_end { 0.5 } else { 1.0 };
            }
        }
        cost
    }
}
