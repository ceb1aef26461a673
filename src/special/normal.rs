//! The standard normal law with the same bits on every machine.
//!
//! Phi(x) = erfc(-x / sqrt 2) / 2 by `libm`; its inverse G by Wichura's algorithm AS 241
//! (Applied Statistics 37, 1988, PPND16), with `libm`'s logarithm. The platform's own `exp` and
//! `ln` are avoided because their last bit differs between machines.

// The published coefficients have a few digits beyond what an f64 holds.
#![allow(clippy::excessive_precision)]

use std::f64::consts::FRAC_1_SQRT_2;

/// Phi(x): the probability that a standard normal is at most `x`.
#[inline]
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// G(p): the `x` with Phi(x) = p; infinite at 0 and 1. Relative error about 1e-16.
pub fn quantile(p: f64) -> f64 {
    debug_assert!((0.0..=1.0).contains(&p), "quantile of {p}");
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(0.180_625 - q * q, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-libm::log(tail)).sqrt();
    let x = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    x.copysign(q)
}

/// Numerator and denominator polynomials of one region of AS 241, constant terms first.
struct Region {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

fn ratio(r: f64, region: &Region) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &a| sum * r + a);
    horner(&region.numerator) / horner(&region.denominator)
}

/// |p - 0.5| <= 0.425.
const CENTRE: Region = Region {
    numerator: [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    denominator: [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ],
};

/// sqrt(-ln tail) <= 5.
const MIDDLE: Region = Region {
    numerator: [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ],
    denominator: [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
};

/// Beyond.
const FAR: Region = Region {
    numerator: [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    denominator: [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdf_meets_sixteen_digit_values() {
        // Computed with 60-digit arithmetic.
        for (x, p) in [
            (-1.0, 0.158_655_253_931_457_05),
            (-3.0, 1.349_898_031_630_094_6e-3),
            (-8.0, 6.220_960_574_271_785e-16),
            (0.5, 0.691_462_461_274_013),
        ] {
            assert!((cdf(x) / p - 1.0).abs() < 1e-14, "{x}: {}", cdf(x));
        }
    }

    #[test]
    fn quantile_inverts_cdf_and_agrees_with_statrs() {
        use statrs::distribution::{ContinuousCDF, Normal};
        let normal = Normal::standard();
        for p in [1e-300, 1e-30, 1e-10, 1e-4, 0.03, 0.074, 0.076, 0.3, 0.5, 0.9, 0.999, 0.999_999] {
            let x = quantile(p);
            assert!((x - normal.inverse_cdf(p)).abs() <= 4e-15 * x.abs().max(1.0), "{p}: {x}");
            if p > 1e-100 {
                assert!((cdf(x) / p - 1.0).abs() < 1e-12, "{p}: {}", cdf(x));
            }
        }
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert_eq!(quantile(0.5), 0.0);
    }
}
