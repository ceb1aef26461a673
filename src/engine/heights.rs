//! Between which two numbers the latent asset of a mark lies, told without working it out.
//!
//! A mark r on the scale of hazards is the latent asset ([`super::moves`], equation 2)
//!
//! 1. X = l Y + s h(r),   h(r) = G(1 - exp(-r)), s = sqrt(1 - l^2) under a normal law,
//!
//! and h never falls. A table of it at marks that lie less than a hundredth from each other gives X to within
//! about 0.003, which is enough for most people: only where a threshold lies in between does X have to be known.

use std::sync::LazyLock;

use multiversion::multiversion;

use super::moves::Edges;
use crate::model::Link;

/// Steps of a mark that doubles, as a power of 2.
const STEPS: u32 = 7;
/// The table begins at 2^FIRST and ends at 2^END.
const FIRST: i32 = -24;
const END: i32 = 6;
/// Number of steps.
const LENGTH: usize = ((END - FIRST) as usize) << STEPS;
/// Beyond this the rounding of 4-byte numbers would show.
const FAR: f32 = 64.0;

/// h at the steps of a link, in front of them a number that nothing is below, behind them one that nothing is
/// above.
#[derive(Debug)]
pub struct Heights {
    table: Vec<f32>,
}

/// X by h(r) in one trial.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    base: f32,
    slope: f32,
}

impl Heights {
    /// Those of a link.
    pub fn of(link: Link) -> &'static Self {
        static PROBIT: LazyLock<Heights> = LazyLock::new(|| Heights::new(Link::Probit));
        static LOGIT: LazyLock<Heights> = LazyLock::new(|| Heights::new(Link::Logit));
        static RATE: LazyLock<Heights> = LazyLock::new(|| Heights::new(Link::Rate));
        match link {
            Link::Probit => &PROBIT,
            Link::Logit => &LOGIT,
            Link::Rate | Link::Count => &RATE,
        }
    }

    fn new(link: Link) -> Self {
        let height = |step: usize| {
            let r = f64::from_bits((step as u64 + first()) << (52 - STEPS));
            let (u, rest) = (-libm::expm1(-r), libm::exp(-r));
            link.critical((u, rest), 0.0, 0.0) as f32
        };
        let steps = (0..=LENGTH).map(height);
        let ends = (f32::NEG_INFINITY, f32::INFINITY);
        Self { table: [ends.0].into_iter().chain(steps).chain([ends.1]).collect() }
    }
}

/// The first step.
const fn first() -> u64 {
    ((1023 + FIRST) as u64) << STEPS
}

/// Between which two numbers a latent asset lies, with room for its roundings and those of thresholds: thresholds up
/// to the first are below it, from the second on they are not.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// Less than it.
    pub low: f32,
    /// More than it.
    pub high: f32,
}

impl Ends {
    /// Where nothing is known.
    pub const ANYWHERE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };
}

/// Sieves hold multiples of so many.
const TOGETHER: usize = 16;

/// Tells marks by the thresholds of their people.
#[derive(Debug, Default)]
pub struct Sieve {
    /// How many are held, padded.
    count: usize,
    /// The ends of everybody's thresholds.
    below: Vec<f32>,
    above: Vec<f32>,
    low: Vec<f32>,
    high: Vec<f32>,
    at: Vec<u32>,
    /// Whether X lies below them all.
    pub is_sure: Vec<bool>,
    /// Whether it lies above them all.
    pub is_out: Vec<bool>,
}

impl Sieve {
    /// Takes the ends of the thresholds of some people, of whose marks nothing is known yet.
    pub fn begin(&mut self, edges: impl ExactSizeIterator<Item = Edges>) {
        self.make_room(edges.len());
        let ends = self.below.iter_mut().zip(&mut self.above);
        for (Edges { below, above }, ends) in edges.zip(ends) {
            (*ends.0, *ends.1) = (below, above);
        }
    }

    fn make_room(&mut self, marks: usize) {
        self.count = marks.next_multiple_of(TOGETHER);
        if self.at.len() < self.count {
            for numbers in [&mut self.below, &mut self.above, &mut self.low, &mut self.high] {
                numbers.resize(self.count, 0.0);
            }
            self.at.resize(self.count, 0);
            self.is_sure.resize(self.count, false);
            self.is_out.resize(self.count, false);
        }
    }

    /// Tells the marks of these people.
    pub fn tell(&mut self, heights: &Heights, line: Line, marks: &[f64]) {
        let at = &mut self.at[..marks.len()];
        steps(marks, at);
        let pairs = self.low.iter_mut().zip(&mut self.high).zip(at);
        for ((low, high), at) in pairs {
            let at = (*at as usize).min(LENGTH + 1);
            (*low, *high) = (heights.table[at], heights.table[at + 1]);
        }
        compare(self, line);
    }

    /// Leaves so many marks open.
    pub fn tell_nothing(&mut self, marks: usize) {
        self.make_room(marks);
        self.is_sure[..self.count].fill(false);
        self.is_out[..self.count].fill(false);
        self.low[..self.count].fill(f32::NEG_INFINITY);
        self.high[..self.count].fill(f32::INFINITY);
    }

    /// Between which two numbers X of a mark lies.
    #[inline(always)]
    pub fn ends(&self, at: usize) -> Ends {
        Ends { low: self.low[at], high: self.high[at] }
    }
}

/// Where in the table h of a mark is not below; it is not above what follows there.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn steps(marks: &[f64], out: &mut [u32]) {
    for (out, r) in out.iter_mut().zip(marks) {
        let step = (r.to_bits() >> (52 - STEPS)) as i32 - first() as i32 + 1;
        *out = step.clamp(0, LENGTH as i32 + 1) as u32;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn compare(sieve: &mut Sieve, Line { base, slope }: Line) {
    let n = sieve.count;
    let thresholds = sieve.below[..n].iter().zip(&sieve.above[..n]);
    let ends = sieve.low[..n].iter_mut().zip(&mut sieve.high[..n]);
    let told = sieve.is_sure[..n].iter_mut().zip(&mut sieve.is_out[..n]);
    for (((below, above), (low, high)), (is_sure, is_out)) in thresholds.zip(ends).zip(told) {
        let (least, most) = (base + slope * *low, base + slope * *high);
        *is_sure = most < *below;
        *is_out = least > *above;
        *low = least - Edges::SLACK * (1.0 + least.abs());
        *high = most + Edges::SLACK * (1.0 + most.abs());
    }
}

impl Line {
    /// Where people have the loading l, at the driver y and a scale that thresholds are multiplied by; `None` where
    /// 4-byte numbers would not do.
    pub fn new(link: Link, l: f64, y: f64, scale: f64) -> Option<Self> {
        let rest = match link {
            Link::Probit => (1.0 - l * l).sqrt(),
            _ => 1.0,
        };
        let (base, slope) = ((l * y / scale) as f32, (rest / scale) as f32);
        let is_near = base.abs() < FAR && slope > 0.0 && slope < FAR;
        is_near.then_some(Self { base, slope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    /// Whether a mark is told to lie below and above these ends.
    fn told(link: Link, line: Line, r: f64, (below, above): (f32, f32)) -> (bool, bool) {
        let mut sieve = Sieve::default();
        sieve.begin([Edges { below, above }].into_iter());
        sieve.tell(Heights::of(link), line, &[r]);
        (sieve.is_sure[0], sieve.is_out[0])
    }

    #[test]
    fn whoever_is_told_lies_there() {
        for link in [Link::Probit, Link::Logit, Link::Rate, Link::Count] {
            for (l, y, scale) in [(0.3, -2.0, 1.0), (0.9, 1.5, 0.4), (0.0, 0.0, 2.5)] {
                let line = Line::new(link, l, y, scale).unwrap();
                let mut left = 0;
                for i in 0..30_000 {
                    let r = libm::exp(-18.0 + 0.000_74 * f64::from(i));
                    let (u, rest) = (-libm::expm1(-r), libm::exp(-r));
                    let exact = (link.critical((u, rest), l, y) / scale) as f32;
                    if !exact.is_finite() {
                        continue;
                    }
                    // Thresholds at the asset itself, moved by less than room is left for.
                    let slack = 0.5 * Edges::SLACK * (1.0 + exact.abs());
                    let at = (exact - slack, exact + slack);
                    assert_eq!(told(link, line, r, at), (false, false), "{link:?} {r}");
                    let is_usual = r > 1e-6 && r < 1.0;
                    let far = 0.02 / scale as f32;
                    let (sure, _) = told(link, line, r, (exact + far, f32::INFINITY));
                    let (_, out) = told(link, line, r, (f32::NEG_INFINITY, exact - far));
                    left += u32::from(is_usual && !(sure && out));
                }
                assert_eq!(left, 0, "{link:?}: steps are too wide");
            }
        }
    }

    #[test]
    fn marks_beyond_the_table_are_open_to_their_side() {
        let line = Line::new(Link::Probit, 0.3, 0.0, 1.0).unwrap();
        let tell = |r, ends| told(Link::Probit, line, r, ends);
        let (lowest, highest) = (f32::NEG_INFINITY, f32::INFINITY);
        assert_eq!(tell(0.0, (-2.0, -1.0)), (true, false));
        assert_eq!(tell(1e-9, (-6.5, -6.0)), (false, false));
        assert_eq!(tell(100.0, (-2.0, -1.0)), (false, true));
        // A PD of 0, one of 1, and both.
        assert_eq!(tell(0.01, (lowest, lowest)), (false, true));
        assert_eq!(tell(0.01, (highest, highest)), (true, false));
        assert_eq!(tell(0.01, (lowest, highest)), (false, false));
        assert!(Line::new(Link::Probit, 0.9, -300.0, 1.0).is_none());
        assert!(Line::new(Link::Probit, 1.0, 0.0, 1.0).is_none());
    }
}
