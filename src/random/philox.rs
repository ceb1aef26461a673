//! Philox4x32-10: a counter-based generator, so that any word of any stream can be had alone.
//!
//! Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC'11), ten rounds.

use multiversion::multiversion;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The four words at `counter` under `key`.
#[inline(always)]
pub fn philox4x32(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(KEY_STEPS[0]);
            key[1] = key[1].wrapping_add(KEY_STEPS[1]);
        }
        let a = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let b = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
    }
    counter
}

/// The words of many counters under one key, as two double words each, one after the other (the first
/// two words, low one first, and the last two): `counters` are the first and the third words, the
/// second and the fourth are the same for all. The bits of [`philox4x32`], several counters at a time.
///
/// # Panics
/// If the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub fn philox_many(
    counters: (&[u32], &[u32]),
    second: u32,
    fourth: u32,
    key: [u32; 2],
    out: &mut [u64],
) {
    let n = counters.0.len();
    assert!(n == counters.1.len() && 2 * n == out.len());
    let counters = counters.0.iter().zip(counters.1);
    for (out, (&first, &third)) in out.chunks_exact_mut(2).zip(counters) {
        let words = philox4x32([first, second, third, fourth], key).map(u64::from);
        out[0] = words[0] | words[1] << 32;
        out[1] = words[2] | words[3] << 32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_a_time_have_the_bits_of_one() {
        let first: Vec<u32> = (0..77_u32).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
        let third: Vec<u32> = (0..77).map(|i| i * 17 + 3).collect();
        let mut out = vec![0; 2 * 77];
        philox_many((&first, &third), 5, 9, [1, 2], &mut out);
        for i in 0..77 {
            let words = philox4x32([first[i], 5, third[i], 9], [1, 2]).map(u64::from);
            assert_eq!(out[2 * i], words[0] | words[1] << 32);
            assert_eq!(out[2 * i + 1], words[2] | words[3] << 32);
        }
    }

    #[test]
    fn random123_known_answers() {
        assert_eq!(
            philox4x32([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox4x32([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
