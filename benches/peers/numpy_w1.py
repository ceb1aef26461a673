"""NumPy, one process, one thread: what a careful analyst writes first.

Borrowers (W1, W2): per trial one factor and one 32-bit normal per borrower, compared with
G(PD) - w Z in the scale of the idiosyncratic part. Drawing normals is the faster of the two ways
here: uniforms cost a quarter, but then Phi has to be worked out for every borrower and trial, which
costs half as much again as the normals. Losses are looked up for the defaulters only and summed as
a matrix product with ones, no slower than a 32-bit product over all borrowers, 98 % of which are
zeros, and exact.

Pools (W3): conditional PDs by `ndtr`, then `Generator.binomial` and one matrix product per block.
"""

import os

# One thread, also in the matrix products; read when NumPy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from scipy.special import ndtr

import driver

# Trials of pools drawn at once: large enough that a call costs nothing, small enough for a cache.
BLOCK = 64


def prepare(book, threads):
    if threads != 1:
        raise SystemExit("this driver has one thread")
    return pools(book) if book.pooled else borrowers(book)


def borrowers(book):
    people = len(book.threshold)
    threshold = book.threshold.astype(np.float32)
    slope = book.slope.astype(np.float32)
    ones = np.ones(people)
    bound = np.empty(people, np.float32)
    normal = np.empty(people, np.float32)
    defaults = np.empty(people, bool)

    def simulate(trials, seed):
        rng = np.random.Generator(np.random.SFC64(seed))
        losses = np.empty((trials, book.losses.shape[1]))
        for trial in range(trials):
            factor = np.float32(rng.standard_normal())
            np.multiply(slope, factor, out=bound)
            np.subtract(threshold, bound, out=bound)
            rng.standard_normal(dtype=np.float32, out=normal)
            np.less_equal(normal, bound, out=defaults)
            who = np.flatnonzero(defaults)
            losses[trial] = ones[: len(who)] @ book.losses[who]
        return losses

    return simulate


def pools(book):
    def simulate(trials, seed):
        rng = np.random.Generator(np.random.SFC64(seed))
        losses = np.empty((trials, book.losses.shape[1]))
        for first in range(0, trials, BLOCK):
            block = losses[first : first + BLOCK]
            factor = rng.standard_normal((len(block), 1))
            pd = ndtr(book.threshold - book.slope * factor)
            np.matmul(rng.binomial(book.count, pd).astype(float), book.losses, out=block)
        return losses

    return simulate


if __name__ == "__main__":
    driver.main(prepare)
