//! The standard normal law with the same bits on every machine and at every vector width.
//!
//! With t = |x| the lower tail is
//!
//! 1. Phi(-t) = exp(-t^2 / 2) P(s) / (t + 5),   s = (t - 5) / (t + 5),
//!
//! P a polynomial of degree 21 (the Chebyshev series of the left side, cut where its terms fall below
//! 1e-18; made with 60 digits). Relative error below 1e-15 down to Phi(-37.5) = 4.6e-308; what lies
//! below is 0. Free of branches, so that a compiler can work on several numbers at once, and made
//! of operations that IEEE 754 rounds in one way only.
//!
//! The inverse G is Wichura's algorithm AS 241 (Applied Statistics 37, 1988, PPND16), with `libm`'s
//! logarithm. The platform's own `exp` and `ln` are avoided because their last bit differs between
//! machines.

// The published coefficients have a few digits beyond what an f64 holds.
#![allow(clippy::excessive_precision)]

use multiversion::multiversion;

use super::exponential::{exp_of_sum, ln, polynomial};

/// Beyond this the tail is below the smallest normal number.
const FURTHEST: f64 = 37.5;

/// P of equation 1, constant term first, filled up to whole fours.
const TAIL: [f64; 24] = [
    7.691_930_497_500_629_641_00e-1,
    -6.653_825_028_900_566_375_60e-1,
    4.953_056_159_699_747_068_80e-1,
    -3.135_331_566_713_112_905_60e-1,
    1.650_203_661_704_706_152_70e-1,
    -6.911_863_870_608_751_027_00e-2,
    2.079_506_679_822_060_583_50e-2,
    -2.993_376_773_995_440_845_90e-3,
    -7.978_693_822_953_518_607_70e-4,
    5.448_990_955_285_831_724_20e-4,
    -5.937_581_692_411_171_161_10e-5,
    -4.976_297_989_916_998_200_20e-5,
    1.668_150_298_466_677_314_20e-5,
    3.981_466_234_135_357_058_40e-6,
    -2.769_815_120_071_289_393_90e-6,
    -3.378_335_978_582_857_437_00e-7,
    4.336_709_264_152_345_319_40e-7,
    4.389_019_466_981_790_131_60e-8,
    -6.603_243_186_184_290_757_00e-8,
    -1.051_152_618_374_689_373_20e-8,
    7.402_878_069_980_417_460_20e-9,
    2.133_263_349_277_177_043_70e-9,
    0.0,
    0.0,
];

/// Phi(x): the probability that a standard normal is at most `x`.
#[inline(always)]
pub fn cdf(x: f64) -> f64 {
    let t = x.abs().min(FURTHEST + 1.0);
    let r = 1.0 / (t + 5.0);
    let s = (t - 5.0) * r;
    let p = polynomial(&TAIL, s);
    // t^2 in two parts, the first of them exact.
    let high = f64::from_bits(t.to_bits() & !((1 << 27) - 1));
    let tail = exp_of_sum(-0.5 * high * high, -0.5 * (t - high) * (t + high)) * (p * r);
    let tail = if t > FURTHEST { 0.0 } else { tail };
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Phi of every number of `x`, into `out`: the bits of [`cdf`], several numbers at a time.
///
/// # Panics
/// If the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn cdf_many(x: &[f64], out: &mut [f64]) {
    assert_eq!(x.len(), out.len());
    for (out, &x) in out.iter_mut().zip(x) {
        *out = cdf(x);
    }
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

/// G(p) for 0 < p, with q = 1 - p known by itself; free of branches, so that a compiler can work on several
/// numbers at once. Relative error about 1e-15; beyond 1e-300 not to be trusted.
#[inline(always)]
pub fn quantile_of(p: f64, q: f64) -> f64 {
    let centred = p - 0.5;
    let tail = p.min(q).max(f64::MIN_POSITIVE);
    let r = (-ln(tail)).sqrt();
    let centre = parts(0.180_625 - centred * centred, &CENTRE);
    let (middle, far) = (parts(r - 1.6, &MIDDLE), parts(r - 5.0, &FAR));
    let beyond = if r <= 5.0 { middle } else { far };
    let is_central = centred.abs() <= 0.425;
    // One division for all three.
    let (above, below) = if is_central { centre } else { beyond };
    let ratio = above / below;
    if is_central { centred * ratio } else { ratio.copysign(centred) }
}

/// Numerator and denominator polynomials of one region of AS 241, constant terms first.
struct Region {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

#[inline(always)]
fn ratio(r: f64, region: &Region) -> f64 {
    let (numerator, denominator) = parts(r, region);
    numerator / denominator
}

#[inline(always)]
fn parts(r: f64, region: &Region) -> (f64, f64) {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &a| sum * r + a);
    (horner(&region.numerator), horner(&region.denominator))
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
    fn cdf_agrees_with_libm() {
        for i in -37_400..8_500 {
            let x = f64::from(i) / 1_000.0 + 1e-5;
            let p = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
            // Far out libm's own error is that of the rounded argument's square.
            let slack = 4e-16 * (4.0 + x * x);
            assert!((cdf(x) / p - 1.0).abs() < slack, "{x}: {} {p}", cdf(x));
        }
        assert_eq!([f64::NEG_INFINITY, -38.0, -37.6].map(cdf), [0.0; 3]);
        assert_eq!([f64::INFINITY, 38.0, 9.0].map(cdf), [1.0; 3]);
        assert!(cdf(0.0) == 0.5 && cdf(-0.0) == 0.5);
    }

    #[test]
    fn many_at_a_time_have_the_bits_of_one() {
        let x: Vec<f64> = (0..1_003).map(|i| 0.083 * f64::from(i) - 41.7).collect();
        let mut out = vec![0.0; x.len()];
        cdf_many(&x, &mut out);
        assert!(x.iter().zip(&out).all(|(&x, &p)| p.to_bits() == cdf(x).to_bits()));
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
