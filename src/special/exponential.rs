//! Exponential and logarithm for laws of counts, free of branches, with the same bits on every machine
//! and at every vector width.

/// exp(a + b) for -708 < a + b <= 0, |b| small against a, without rounding the sum.
#[inline(always)]
pub fn exp_of_sum(a: f64, b: f64) -> f64 {
    /// 1.5 x 2^52: what is added to it is rounded to a whole number.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts, the first with zeros at its end so that n times it is exact.
    const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
    /// 1 / k!, constant term first, filled up to whole fours.
    const TAYLOR: [f64; 16] = [
        1.0,
        1.0,
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
        0.0,
        0.0,
    ];
    let shifted = (a + b) * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (a - n * LN_2.0) + (b - n * LN_2.1);
    let p = polynomial(&TAYLOR, r);
    // The low bits of the shifted number are n; they become the exponent of 2^n.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52);
    p * power
}

/// exp(x) for -708 < x <= 0; relative error about 1e-16.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0)
}

/// ln(1 - q) for 0 <= q <= 1/2 as -2 artanh(q / (2 - q)); relative error about 1e-16.
#[inline(always)]
pub fn log1p_minus(q: f64) -> f64 {
    /// s^2 <= 1/9 needs 16 terms.
    const SERIES: [f64; 16] = artanh();
    let s = q / (2.0 - q);
    -2.0 * s * polynomial(&SERIES, s * s)
}

/// ln(x) for normal x > 0, free of branches: e ln 2 + 2 artanh((m - 1) / (m + 1)), m in sqrt(1/2)..sqrt(2).
/// Error below 1e-15, relative where x is not near 1.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    /// s^2 <= 0.0295 needs 10 terms.
    const SERIES: [f64; 12] = artanh();
    /// The bits of sqrt(1/2).
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    let shifted = x.to_bits().wrapping_sub(ROOT);
    // The exponent as a double, without a conversion that some machines lack.
    let exponent = (shifted as i64 >> 52) as i32;
    let m = f64::from_bits((shifted & ((1 << 52) - 1)).wrapping_add(ROOT));
    let s = (m - 1.0) / (m + 1.0);
    f64::from(exponent) * std::f64::consts::LN_2 + 2.0 * s * polynomial(&SERIES, s * s)
}

/// The series of artanh(s) / s in s^2: 1 / (2 k + 1).
const fn artanh<const N: usize>() -> [f64; N] {
    let mut terms = [0.0; N];
    let mut k = 0;
    while k < N {
        terms[k] = 1.0 / (2 * k + 1) as f64;
        k += 1;
    }
    terms
}

/// A polynomial, constant term first, four terms side by side: chains of operations that wait for each
/// other are short.
#[inline(always)]
pub fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let fourth = square * square;
    let mut sum = 0.0;
    let mut at = N;
    while at > 0 {
        at -= 4;
        let c = &coefficients[at..at + 4];
        sum = sum * fourth + ((c[0] + c[1] * x) + (c[2] + c[3] * x) * square);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_libm() {
        for i in 0..70_800 {
            let x = -f64::from(i) / 100.0;
            assert!((exp(x) / libm::exp(x) - 1.0).abs() < 8e-16, "{x}");
        }
        for i in 1..=50_000 {
            let q = f64::from(i) / 100_000.0;
            let found = log1p_minus(q) / libm::log1p(-q);
            assert!((found - 1.0).abs() < 8e-16, "{q}: {found}");
        }
        for i in 0..60_000 {
            let x = libm::exp(-30.0 + 0.001 * f64::from(i));
            let exact = libm::log(x);
            assert!((ln(x) - exact).abs() < 1e-15 * exact.abs().max(1.0), "{x}");
        }
        assert_eq!(log1p_minus(0.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }
}
