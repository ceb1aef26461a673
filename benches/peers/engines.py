"""The engines that are compared: how each is called, on what, and with how many trials."""

import json
import os
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path

from processes import measured

HERE = Path(__file__).resolve().parent

WORKLOADS = {
    "W1": "100,000 borrowers, one exposure set",
    "W2": "the same, today's limits and ten caps",
    "W3": "1,000 pools of 500,000 people, today's limits and ten caps",
}


@dataclass(frozen=True)
class Engine:
    """One way to do the work."""

    id: str
    title: str
    command: list[str]
    threads: int
    trials: dict[str, int]
    """Trials per timed run, by workload; what it cannot do is left out."""


@dataclass
class Timing:
    """Runs of one engine on one workload."""

    engine: Engine
    workload: str
    trials: int = 0
    people: int = 0
    policies: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    peak_bytes: int | None = None
    """The most memory of a run, the interpreter and the book in it."""
    losses: dict[str, list[float]] = field(default_factory=dict)
    """By policy, over all runs; none for tailcap, whose numbers come from `tailcap run`."""


def peers(python: Path | None, driver: Path | None, threads: int) -> list[Engine]:
    """All that can be run here."""
    found = []
    if python:
        script = lambda name: [str(python), str(HERE / name)]
        all_three = {"W1": 10_000, "W2": 10_000, "W3": 10_000}
        numpy_trials = {"W1": 5_000, "W2": 5_000, "W3": 10_000}
        found.append(Engine("numpy", "NumPy", script("numpy_w1.py"), 1, numpy_trials))
        plain = script("numba_plain.py")
        found.append(Engine("numba-plain", "Numba, plain", plain, threads, {"W1": 5_000}))
        for n in sorted({1, threads}):
            tuned = script("numba_w1.py")
            found.append(Engine(f"numba-{n}", "Numba, tuned", tuned, n, all_three))
    if driver:
        title = "credit_portfolio_model"
        trials = {"W1": 4_000, "W2": 400}
        found.append(Engine("rust-crate", title, [str(driver)], threads, trials))
    return found


def tailcap(binary: Path, threads: int) -> list[Engine]:
    """The engine itself, on one thread and on all that are used."""
    trials = {name: 10_000 for name in WORKLOADS}
    return [
        Engine(f"tailcap-{n}", "tailcap", [str(binary)], n, trials) for n in sorted({1, threads})
    ]


def time_peer(timing: Timing, book: Path, seed: int, trials: int, scratch: Path) -> None:
    """One more run of a driver, whose last line is a report in JSON."""
    engine = timing.engine
    file = scratch / "losses.f64"
    arguments = ["--book", str(book), "--trials", str(trials), "--seed", str(seed)]
    arguments += ["--threads", str(engine.threads), "--losses", str(file)]
    # Compiled kernels are kept from run to run.
    environment = dict(os.environ, NUMBA_CACHE_DIR=str(scratch / "numba"))
    out, peak_bytes = measured(engine.command + arguments, environment)
    report = json.loads(out.splitlines()[-1])
    timing.trials, timing.people = report["trials"], report["people"]
    timing.policies = report["policies"]
    timing.seconds.append(report["seconds"])
    timing.peak_bytes = peak_bytes
    losses = array("d", file.read_bytes())
    if sys.byteorder == "big":
        losses.byteswap()
    file.unlink()
    k = len(timing.policies)
    for at, policy in enumerate(timing.policies):
        timing.losses.setdefault(policy, []).extend(losses[at::k])


def time_tailcap(timing: Timing, trials: int) -> None:
    """One more run of `tailcap bench`, which times sampling alone, after a warm-up."""
    engine = timing.engine
    arguments = ["bench", timing.workload, "--repeats", "1", "--format", "json"]
    arguments += ["--threads", str(engine.threads), "--trials", str(trials)]
    out, timing.peak_bytes = measured(engine.command + arguments)
    report = json.loads(out)["timings"][0]
    timing.trials, timing.people = report["trials"], report["borrowers"]
    timing.seconds += report["seconds"]
