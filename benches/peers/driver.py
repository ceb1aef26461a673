"""What the Python drivers share: the command line, the clock and the files they leave.

A driver gives `prepare(book, threads)`, which returns `simulate(trials, seed)`, which returns the
losses as trials x policies. Only `simulate` is timed, after a short run that compiles and warms up.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

import book as books


def main(prepare) -> None:
    """Times one run on one workload; the last line printed is JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--book", type=Path, required=True, help="folder of an exported workload")
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--losses", type=Path, help="where the losses go, 64-bit floats")
    asked = parser.parse_args()

    began = time.perf_counter()
    book = books.read(asked.book)
    simulate = prepare(book, asked.threads)
    # Another seed than the timed one, or caches would know the answer.
    simulate(max(asked.trials // 20, 2 * asked.threads), asked.seed + 1_000_003)
    ready = time.perf_counter()
    losses = simulate(asked.trials, asked.seed)
    seconds = time.perf_counter() - ready

    assert losses.shape == (asked.trials, len(book.policies))
    if asked.losses:
        np.asarray(losses, "<f8").tofile(asked.losses)
    report = {
        "seconds": seconds,
        "set_up_seconds": ready - began,
        "trials": asked.trials,
        "people": book.people,
        "policies": book.policies,
    }
    print(json.dumps(report))
