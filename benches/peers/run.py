#!/usr/bin/env python3
"""tailcap against what one would use instead, on this machine, in one run: see README.md."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

import agreement
import build
import engines
import reference
import table
import until
from build import tell
from processes import said

# Trials of tailcap's own numbers: many, so that their error hardly counts.
REFERENCE_TRIALS = {"W1": 500_000, "W2": 200_000, "W3": 200_000}


def main() -> None:
    asked = arguments()
    target = build.target()
    scratch = target / "peers"
    scratch.mkdir(parents=True, exist_ok=True)
    binary = build.tailcap(target)
    python = None if asked.no_python else build.python(scratch)
    driver = None if asked.no_rust else build.rust_driver(scratch)
    books = scratch / "books"
    said([str(binary), "bench", *engines.WORKLOADS, "--export", str(books), "--force"])

    ours = engines.tailcap(binary, asked.threads)
    peers = engines.peers(python, driver, asked.threads)
    timings = interleaved(ours + peers, books, scratch, asked)

    references, found = {}, {}
    for workload in engines.WORKLOADS:
        tell(f"{workload}: tailcap's own numbers")
        trials = max(1_000, round(REFERENCE_TRIALS[workload] * asked.share))
        scenario = books / workload / "scenario.toml"
        references[workload] = reference.run(
            binary, scenario, scratch / "results" / workload, ["--trials", str(trials)]
        )
        for timing in timings:
            if timing.workload == workload and timing.losses:
                name = (workload, timing.engine.id)
                found[name] = agreement.compare(timing, references[workload])
    tell("W5")
    w5 = precise(binary, books, scratch, timings, references["W1"], asked)

    print(f"Medians of {asked.repeats} interleaved runs, set-up apart, {machine()}.\n")
    print(table.speed(timings))
    print("W5: ES 99.9 of W1 within 1 %, at 95 %.\n")
    print(table.until(w5))
    print("The same numbers, with their standard errors:\n")
    print(table.same(timings, references, found))
    if asked.json:
        asked.json.write_text(json.dumps(report(timings, references, found, w5), indent=2) + "\n")
    faults = agreement.disagreements(found)
    if faults:
        sys.exit("NOT THE SAME THING:\n" + "\n".join(faults))
    tell(f"all engines agree within {agreement.ALLOWED:g} standard errors")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    option = parser.add_argument
    option("--repeats", type=int, default=3, help="timed runs of each [default: 3]")
    option("--threads", type=int, default=2, help="the most to use [default: 2]")
    option("--share", type=float, default=1.0, help="of the usual trials, for a quick look")
    option("--json", type=Path, metavar="FILE", help="everything, for programs")
    option("--no-python", action="store_true", help="leave NumPy and Numba out")
    option("--no-rust", action="store_true", help="leave credit_portfolio_model out")
    asked = parser.parse_args()
    if asked.repeats < 1 or asked.threads < 1 or not 0 < asked.share <= 1:
        parser.error("--repeats and --threads are 1 or more, --share is above 0 and at most 1")
    return asked


def interleaved(everyone, books: Path, scratch: Path, asked) -> list[engines.Timing]:
    """All engines in turn, several times, so that a busy minute of the machine hits all alike."""
    timings = [
        engines.Timing(engine, workload)
        for workload in engines.WORKLOADS
        for engine in everyone
        if workload in engine.trials
    ]
    for repeat in range(asked.repeats):
        for timing in timings:
            engine = timing.engine
            tell(f"run {repeat + 1} of {asked.repeats}: {timing.workload}, {engine.id}")
            trials = max(100, round(engine.trials[timing.workload] * asked.share))
            if engine.id.startswith("tailcap"):
                engines.time_tailcap(timing, trials)
            else:
                engines.time_peer(timing, books / timing.workload, repeat, trials, scratch)
    return timings


def precise(binary: Path, books: Path, scratch: Path, timings, w1, asked) -> dict:
    """W5: tailcap for real, the others from their speed on W1."""
    real = until.run(binary, books / "W1", scratch / "results" / "W5", asked.threads)
    needed = until.plain_trials(w1)
    found = [
        {
            "title": "tailcap run",
            "threads": asked.threads,
            "trials": real.trials,
            "seconds": real.wall_seconds,
            "how": "measured: the whole command, with reading, figures and files",
        }
    ]
    for timing in timings:
        if timing.workload == "W1" and timing.losses:
            seconds = needed * timing.people / table.rate(timing)
            found.append(
                {
                    "title": timing.engine.title,
                    "threads": timing.engine.threads,
                    "trials": needed,
                    "seconds": seconds,
                    "how": "extrapolated: sampling alone, plain trials",
                }
            )
    return {"plain_trials": needed, "tailcap_seconds": real.wall_seconds, "engines": found}


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"


def report(timings, references, found, w5) -> dict:
    """Everything that was measured."""
    return {
        "format": 1,
        "machine": machine(),
        "python": platform.python_version(),
        "timings": [
            {
                "workload": t.workload,
                "engine": t.engine.id,
                "threads": t.engine.threads,
                "trials": t.trials,
                "people": t.people,
                "seconds": t.seconds,
                "borrower_trials_per_second": table.rate(t),
                "peak_bytes": t.peak_bytes,
            }
            for t in timings
        ],
        "tailcap": {
            workload: {
                "trials": one.trials,
                "measures": {
                    policy: {name: vars(e) for name, e in measures.items()}
                    for policy, measures in one.measures.items()
                },
            }
            for workload, one in references.items()
        },
        "agreement": [
            {"workload": workload, "engine": engine, **one}
            for (workload, engine), one in found.items()
        ],
        "until": w5,
    }


if __name__ == "__main__":
    main()
