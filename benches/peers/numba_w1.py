"""Numba, compiled and tuned, on as many threads as it is given: what a skilled person ends up with.

Kernels that release the interpreter's lock run in ordinary threads, each on a stretch of the
trials: simpler than `prange`, and as fast, because trials need nothing from each other. The inner
loops stand in `kernels.py`.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

import driver
import kernels


def threaded(stretch_of, book, threads):
    """Simulates with a kernel, every thread with a generator of its own."""
    stretch = stretch_of(book)

    def simulate(trials, seed):
        losses = np.empty((trials, book.losses.shape[1]))
        parts = np.array_split(losses, threads)
        seeds = np.random.SeedSequence(seed).spawn(threads)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(stretch, parts, map(np.random.default_rng, seeds)))
        return losses

    return simulate


def prepare(book, threads):
    return threaded(kernels.pools if book.pooled else kernels.tuned, book, threads)


if __name__ == "__main__":
    driver.main(prepare)
