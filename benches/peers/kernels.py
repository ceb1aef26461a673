"""Inner loops for Numba. Each fills a stretch of trials (trials x policies) from one generator."""

import math

import numpy as np
from numba import njit, uint32

# Borrowers whose uniforms are drawn and compared together: several vectors of the processor.
LANES = 64
# Such groups that share the two bounds of their conditional PDs.
GROUPS = 4
STEP = LANES * GROUPS


@njit(inline="always")
def conditional(threshold, slope, factor):
    """Phi(threshold - slope Z)."""
    return 0.5 * math.erfc((slope * factor - threshold) * 0.7071067811865476)


# Without tricks: for every borrower Phi and a 64-bit uniform.


@njit(nogil=True, error_model="numpy")
def _plain(threshold, slope, losses, rng, out):
    for trial in range(out.shape[0]):
        factor = rng.standard_normal()
        out[trial, :] = 0.0
        for i in range(threshold.size):
            if rng.random() < conditional(threshold[i], slope[i], factor):
                for k in range(losses.shape[1]):
                    out[trial, k] += losses[i, k]


def plain(book):
    return lambda out, rng: _plain(book.threshold, book.slope, book.losses, rng, out)


# Tuned: still a uniform for every borrower, but Phi only for the few that need it.
#
# Borrowers stand sorted by PD within their segment, so that the conditional PDs of STEP neighbours
# lie between those of the first and the last. A uniform above the upper bound is no default, one
# below the lower bound is one, and only what lies between needs the borrower's own conditional PD:
# the result is exactly that of comparing with Phi everywhere. Uniforms are a hash of the borrower's
# number under two fresh 32-bit keys per trial: no state, so that the compiler makes vectors of the
# loop (xoshiro128++ in lanes took six times as long). It is a lighter generator than one would take
# for figures that matter, which is to the peer's advantage.


@njit(nogil=True, error_model="numpy")
def _draw(first, key, also, bound, uniforms):
    """Uniforms of LANES borrowers; how many lie below the bound."""
    below = np.int32(0)
    for j in range(LANES):
        u = uint32(key + uint32(first + j))
        u = uint32(uint32(u ^ uint32(u >> uint32(16))) * uint32(0x7FEB352D))
        u = uint32(u ^ also)
        u = uint32(uint32(u ^ uint32(u >> uint32(15))) * uint32(0x846CA68B))
        u = uint32(u ^ uint32(u >> uint32(16)))
        uniforms[j] = u
        below = np.int32(below + np.int32(u < bound))
    return below


@njit(nogil=True, error_model="numpy")
def _tuned(threshold, slope, losses, keys, factors, out):
    uniforms = np.empty(LANES, np.uint32)
    found = np.empty(LANES + 1, np.int32)
    total = np.empty(losses.shape[1])
    for trial in range(out.shape[0]):
        factor = factors[trial]
        total[:] = 0.0
        for start in range(0, threshold.size, STEP):
            tilt = slope[start]
            lower = conditional(threshold[start], tilt, factor) * 4294967296.0
            upper = conditional(threshold[start + STEP - 1], tilt, factor) * 4294967296.0
            bound = uint32(min(math.ceil(upper), 4294967295.0))
            for first in range(start, start + STEP, LANES):
                if _draw(first, keys[trial, 0], keys[trial, 1], bound, uniforms) == 0:
                    continue
                # No branch to be guessed wrong: each place is written, and kept if it counts.
                n = 0
                for j in range(LANES):
                    found[n] = j
                    n += uniforms[j] < bound
                for m in range(n):
                    i = first + found[m]
                    u = float(uniforms[found[m]])
                    if u < lower or u < conditional(threshold[i], tilt, factor) * 4294967296.0:
                        for k in range(total.size):
                            total[k] += losses[i, k]
        out[trial, :] = total


def tuned(book):
    threshold, slope, losses = padded(book)

    def stretch(out, rng):
        keys = rng.integers(0, 2**32, (len(out), 2), np.uint32)
        _tuned(threshold, slope, losses, keys, rng.standard_normal(len(out)), out)

    return stretch


def padded(book):
    """Segments filled up to whole steps by repeating their last borrower without a loss."""
    rows = []
    for segment in np.unique(book.segment):
        at = np.flatnonzero(book.segment == segment)
        rows.append(np.concatenate([at, np.full(-len(at) % STEP, -1 - at[-1])]))
    rows = np.concatenate(rows)
    real = np.where(rows < 0, -1 - rows, rows)
    losses = np.where((rows >= 0)[:, None], book.losses[real], 0.0)
    return book.threshold[real], book.slope[real], losses


# Pools: Numba's own version of `Generator.binomial`.


@njit(nogil=True, error_model="numpy")
def _pools(threshold, slope, count, losses, rng, out):
    total = np.empty(losses.shape[1])
    for trial in range(out.shape[0]):
        factor = rng.standard_normal()
        total[:] = 0.0
        for i in range(threshold.size):
            defaults = rng.binomial(count[i], conditional(threshold[i], slope[i], factor))
            for k in range(total.size):
                total[k] += defaults * losses[i, k]
        out[trial, :] = total


def pools(book):
    return lambda out, rng: _pools(book.threshold, book.slope, book.count, book.losses, rng, out)
