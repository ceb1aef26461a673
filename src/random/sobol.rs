//! Scrambled Sobol points: points that fill the unit cube more evenly than random ones do.
//!
//! Point i of dimension j is the digital sequence of Sobol 1967 with the direction numbers of Joe
//! and Kuo (SIAM Journal on Scientific Computing 30, 2008; file new-joe-kuo-6),
//!
//! 1. x_ij = i_0 v_j0 xor i_1 v_j1 xor ...,   i_k the binary digits of i,
//!
//! scrambled by nested random digit flips (Owen 1995), one scrambling per dimension, in the hashed
//! form of Laine and Karras 2011 with the constants of Vegdahl 2021: each digit is flipped or not
//! depending on the digits above it. Scrambling keeps the points as even as they were and makes
//! each of them uniform.

use super::stream::unit_interval;

/// Dimensions there are.
pub const DIMENSIONS: usize = 16;

/// Binary digits of a point.
const DIGITS: usize = 32;

/// Degree s, coefficients a and initial numbers m of the primitive polynomial of dimensions 2 on.
const POLYNOMIALS: [(usize, u32, &[u32]); DIMENSIONS - 1] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// One dimension of the sequence with its scrambling.
#[derive(Debug, Clone)]
pub struct Dimension {
    directions: [u32; DIGITS],
    scrambling: u32,
}

impl Dimension {
    /// Dimension `number`, from 0 and below [`DIMENSIONS`], scrambled by a random word.
    pub fn new(number: usize, scrambling: u32) -> Self {
        Self { directions: directions(number), scrambling }
    }

    /// Point `index`, uniform in (0, 1), on the midpoints of 2^-32.
    pub fn point(&self, index: u32) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 32) as f64;
        (f64::from(scrambled(self.digits(index), self.scrambling)) + 0.5) * STEP
    }

    /// Point `index` with random digits `rest` behind the 32nd: uniform in (0, 1), on the midpoints of
    /// 2^-53.
    pub fn point_with(&self, index: u32, rest: u32) -> f64 {
        let high = scrambled(self.digits(index), self.scrambling);
        unit_interval(u64::from(high) << 32 | u64::from(rest))
    }

    /// Equation 1.
    fn digits(&self, index: u32) -> u32 {
        let (mut x, mut left) = (0, index);
        while left != 0 {
            x ^= self.directions[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        x
    }
}

fn directions(number: usize) -> [u32; DIGITS] {
    let mut v = [0; DIGITS];
    let Some(before) = number.checked_sub(1) else {
        // The first dimension reverses the digits of the index.
        v.iter_mut().enumerate().for_each(|(k, v)| *v = 1 << (DIGITS - 1 - k));
        return v;
    };
    let (degree, coefficients, initial) = POLYNOMIALS[before];
    for k in 0..DIGITS {
        v[k] = if k < degree {
            initial[k] << (DIGITS - 1 - k)
        } else {
            let mut next = v[k - degree] ^ (v[k - degree] >> degree);
            for j in 1..degree {
                if coefficients >> (degree - 1 - j) & 1 == 1 {
                    next ^= v[k - j];
                }
            }
            next
        };
    }
    v
}

/// Flips each digit depending on the digits above it: the hash works from low to high digits, so
/// they are reversed before and after.
fn scrambled(digits: u32, scrambling: u32) -> u32 {
    let mut x = digits.reverse_bits();
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(scrambling);
    x = x.wrapping_mul((scrambling >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_points_are_the_published_ones() {
        // Points 0 to 7 of dimensions 1 to 3 as Joe and Kuo print them (in Gray code order, which
        // is the order of i ^ (i >> 1)).
        let published = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        let dimensions: Vec<Dimension> = (0..3).map(|j| Dimension::new(j, 0)).collect();
        for (i, point) in published.iter().enumerate() {
            let index = (i ^ (i >> 1)) as u32;
            for (dimension, &want) in dimensions.iter().zip(point) {
                assert_eq!(f64::from(dimension.digits(index)) / 2_f64.powi(32), want, "{i}");
            }
        }
    }

    #[test]
    fn all_dimensions_agree_with_another_implementation() {
        // Points 37 and 63 (in Gray code order) of SciPy 1.17's qmc.Sobol(16, scramble=False), in
        // 64ths.
        let theirs: [(usize, [u32; DIMENSIONS]); 2] = [
            (37, [59, 41, 37, 59, 49, 19, 11, 51, 39, 11, 1, 5, 37, 55, 7, 31]),
            (63, [1, 51, 23, 29, 55, 9, 37, 9, 53, 37, 27, 43, 35, 49, 21, 49]),
        ];
        for (i, point) in theirs {
            let index = (i ^ (i >> 1)) as u32;
            for (number, want) in point.into_iter().enumerate() {
                assert_eq!(Dimension::new(number, 0).digits(index) >> 26, want, "{number}");
            }
        }
    }

    #[test]
    fn every_dimension_is_evenly_filled_whatever_the_scrambling() {
        for number in 0..DIMENSIONS {
            for scrambling in [0, 1, 0xdead_beef, u32::MAX] {
                let dimension = Dimension::new(number, scrambling);
                let mut seen = [0; 256];
                (0..256).for_each(|i| seen[(dimension.point(i) * 256.0) as usize] += 1);
                assert_eq!(seen, [1; 256], "dimension {number}");
            }
        }
    }

    #[test]
    fn the_first_two_dimensions_form_a_net() {
        let [a, b] = [Dimension::new(0, 0x1234_5678), Dimension::new(1, 0x9abc_def0)];
        // Every elementary box of area 1/256 holds exactly one of 256 points.
        for split in 0..=8 {
            let (columns, rows) = (1 << split, 1 << (8 - split));
            let mut seen = vec![0; 256];
            for i in 0..256 {
                let column = (a.point(i) * f64::from(columns)) as usize;
                let row = (b.point(i) * f64::from(rows)) as usize;
                seen[column * rows as usize + row] += 1;
            }
            assert_eq!(seen, [1; 256], "{columns} columns");
        }
    }

    #[test]
    fn scrambled_points_are_uniform() {
        // The same point under many scramblings: mean 1/2 +- 4 standard errors, and its first two
        // digits equally often.
        let n = 4_000_u32;
        let mut quarters = [0.0; 4];
        let mut sum = 0.0;
        for k in 0..n {
            let u = Dimension::new(4, k.wrapping_mul(0x9e37_79b9) ^ k << 7).point(37);
            sum += u;
            quarters[(4.0 * u) as usize] += 1.0;
        }
        let mean = sum / f64::from(n);
        assert!((mean - 0.5).abs() < 4.0 / (12.0 * f64::from(n)).sqrt(), "{mean}");
        for quarter in quarters {
            let share = quarter / f64::from(n);
            assert!((share - 0.25).abs() < 4.0 * (0.1875 / f64::from(n)).sqrt(), "{share}");
        }
    }
}
