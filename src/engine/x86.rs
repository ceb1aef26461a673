//! What x86 does that portable code cannot say: the one place of the crate with `unsafe`.
//!
//! - [`super::coarse`] with tables in registers, where the machine has 512-bit vectors. Looking up 64 slots by
//!   permutations and packing the results needs instructions that no compiler finds in portable code, and takes
//!   a fifth of its time (0.7 against 3.4 ns a point). All pointers are made of slices whose lengths are checked
//!   first.
//! - Asking for memory ahead of its use ([`super::ahead`]): sums of losses take two thirds of the time.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m512i, __mmask16, _CMP_GE_OQ, _CMP_LT_OQ, _MM_HINT_T1, _mm_prefetch, _mm512_add_epi32,
    _mm512_add_ps, _mm512_and_si512, _mm512_castsi512_ps, _mm512_cmplt_epu32_mask,
    _mm512_cvtepi32_ps, _mm512_cvtepu32_ps, _mm512_cvttps_epi32, _mm512_loadu_epi32,
    _mm512_mask_blend_epi32, _mm512_mask_cmp_ps_mask, _mm512_mask_sub_epi32,
    _mm512_maskz_compress_epi32, _mm512_maskz_loadu_epi32, _mm512_mul_ps,
    _mm512_permutex2var_epi32, _mm512_permutexvar_epi32, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setr_epi32, _mm512_srli_epi32, _mm512_storeu_epi32, _mm512_sub_ps,
    _mm512_test_epi32_mask,
};

use super::alias::cut_of;
use super::coarse_table::{BOUNDED_KINDS, Coarse, KINDS, LEAST};

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// Told hits and open points, if this machine can.
///
/// # Panics
/// If the buffers are shorter than the points and a vector.
pub fn tell(
    coarse: &Coarse<'_>,
    words: &[u64],
    (count, first): (usize, u32),
    (hits, open): (&mut [u32], &mut [u32]),
) -> Option<(usize, usize)> {
    if !is_x86_feature_detected!("avx512f") {
        return None;
    }
    let room = count + LEAST;
    assert!(count.div_ceil(2) <= words.len() && room <= hits.len() && room <= open.len());
    let (mask, table, end) = coarse.parts();
    let (bounded, end) = (end.is_some(), end.unwrap_or(1.0));
    let points = (words, count, first);
    let into = (hits, open);
    let kinds = if bounded { BOUNDED_KINDS } else { KINDS };
    // SAFETY: the machine has the feature, the buffers are as long as `tell_with` asks for.
    Some(unsafe {
        match (table.len() / (kinds * LEAST), bounded) {
            (1, false) => tell_with::<1, false>((mask, end), table, points, into),
            (2, false) => tell_with::<2, false>((mask, end), table, points, into),
            (_, false) => tell_with::<4, false>((mask, end), table, points, into),
            (1, true) => tell_with::<1, true>((mask, end), table, points, into),
            (2, true) => tell_with::<2, true>((mask, end), table, points, into),
            (_, true) => tell_with::<4, true>((mask, end), table, points, into),
        }
    })
}

/// With `N` vectors for each kind of the table's numbers, and bounds from above or none.
///
/// # Safety
/// `words` hold `count` points; `hits` and `open` have room for so many and a vector.
#[target_feature(enable = "avx512f")]
unsafe fn tell_with<const N: usize, const BOUNDED: bool>(
    (mask, end): (u32, f32),
    table: &[u32],
    (words, count, first): (&[u64], usize, u32),
    (hits, open): (&mut [u32], &mut [u32]),
) -> (usize, usize) {
    assert!(table.len() == if BOUNDED { BOUNDED_KINDS } else { KINDS } * LEAST * N);
    let kind = |kind: usize| -> [__m512i; N] {
        std::array::from_fn(|i| {
            let own: &[u32; LEAST] =
                table[(kind * N + i) * LEAST..][..LEAST].try_into().expect("a whole vector");
            // SAFETY: 16 words from a reference to 16 words.
            unsafe { _mm512_loadu_epi32(own.as_ptr().cast()) }
        })
    };
    let [slots, places_of_other, places_of_own, scales_of_other, scales_of_own] =
        [kind(0), kind(1), kind(2), kind(3), kind(4)];
    let bounds = if BOUNDED { [kind(KINDS), kind(KINDS + 1)] } else { [slots; 2] };
    let steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let mut index = _mm512_add_epi32(_mm512_set1_epi32(first as i32), steps);
    let (mut hit, mut left) = (0, 0);
    let mut i = 0;
    while i < count {
        let here = (count - i).min(LEAST);
        let lanes = (0xffff_u32 >> (LEAST - here)) as __mmask16;
        // SAFETY: on a little-endian machine these are the words at i..i + here of `words`; the mask keeps
        // the load inside.
        let word = unsafe { _mm512_maskz_loadu_epi32(lanes, words.as_ptr().cast::<i32>().add(i)) };
        let slot = _mm512_and_si512(word, _mm512_set1_epi32(mask as i32));
        let f = _mm512_srli_epi32::<6>(word);
        let cut =
            _mm512_and_si512(look_up(&slots, slot), _mm512_set1_epi32(cut_of(u32::MAX) as i32));
        let own = _mm512_cmplt_epu32_mask(f, cut);
        let distance = _mm512_mask_sub_epi32(f, !own, f, cut);
        let either = |other: &[__m512i; N], first: &[__m512i; N]| {
            _mm512_mask_blend_epi32(own, look_up(other, slot), look_up(first, slot))
        };
        let place = either(&places_of_other, &places_of_own);
        let scale = either(&scales_of_other, &scales_of_own);
        let v = _mm512_mul_ps(_mm512_cvtepu32_ps(distance), _mm512_castsi512_ps(scale));
        let person = _mm512_cvttps_epi32(v);
        let share = _mm512_sub_ps(v, _mm512_cvtepi32_ps(person));
        let sure = _mm512_and_si512(place, _mm512_set1_epi32(0xffff));
        let sure = _mm512_mul_ps(_mm512_cvtepi32_ps(sure), _mm512_set1_ps(1.0 / 65_536.0));
        let is_open = _mm512_mask_cmp_ps_mask::<_CMP_GE_OQ>(lanes, share, sure);
        let is_hit = lanes & !is_open;
        let is_open = match BOUNDED {
            true => {
                let most = _mm512_castsi512_ps(either(&bounds[0], &bounds[1]));
                let reach = _mm512_add_ps(share, _mm512_castsi512_ps(scale));
                _mm512_mask_cmp_ps_mask::<_CMP_LT_OQ>(is_open, share, most)
                    | _mm512_mask_cmp_ps_mask::<_CMP_GE_OQ>(is_open, reach, _mm512_set1_ps(end))
            }
            false => is_open,
        };
        let position = _mm512_add_epi32(_mm512_srli_epi32::<16>(place), person);
        // SAFETY: not more than `count` words have been kept of either, and there is room for a vector behind.
        unsafe {
            let to = hits.as_mut_ptr().add(hit).cast();
            _mm512_storeu_epi32(to, _mm512_maskz_compress_epi32(is_hit, position));
            let to = open.as_mut_ptr().add(left).cast();
            _mm512_storeu_epi32(to, _mm512_maskz_compress_epi32(is_open, index));
        }
        hit += is_hit.count_ones() as usize;
        left += is_open.count_ones() as usize;
        index = _mm512_add_epi32(index, _mm512_set1_epi32(LEAST as i32));
        i += LEAST;
    }
    (hit, left)
}

/// Number `slot` of a table of 16 N.
#[target_feature(enable = "avx512f")]
fn look_up<const N: usize>(table: &[__m512i; N], slot: __m512i) -> __m512i {
    match N {
        1 => _mm512_permutexvar_epi32(slot, table[0]),
        2 => _mm512_permutex2var_epi32(table[0], slot, table[1]),
        _ => {
            let low = _mm512_permutex2var_epi32(table[0], slot, table[1]);
            let high = _mm512_permutex2var_epi32(table[2], slot, table[3]);
            let upper = _mm512_test_epi32_mask(slot, _mm512_set1_epi32(32));
            _mm512_mask_blend_epi32(upper, low, high)
        }
    }
}

/// Asks for the lines of the second-level cache that hold a value.
#[inline(always)]
pub fn fetch<T>(value: &T) {
    let first = std::ptr::from_ref(value).cast::<i8>();
    for line in 0..size_of::<T>().div_ceil(LINE) {
        // SAFETY: the address lies inside the value; fetching has no effect but on the time of later reads.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(first.add(line * LINE)) };
    }
}
