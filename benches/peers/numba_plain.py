"""Numba without tricks: the loop that one writes in an hour, compiled."""

import driver
import kernels
from numba_w1 import threaded


def prepare(book, threads):
    if book.pooled:
        raise SystemExit("pools have one kernel only: numba_w1.py")
    return threaded(kernels.plain, book, threads)


if __name__ == "__main__":
    driver.main(prepare)
