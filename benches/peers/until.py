"""W5: how long it takes until ES 99.9 of W1 is known to one per cent, at 95 %.

tailcap is run for real, with the command that a user gives. For the others the time follows from
their speed and from how many plain trials it takes: ES has the influence
psi = (L - VaR)+ / (1 - q), so that the half-width after n trials is 1.96 sd(psi) / sqrt(n).
"""

import math
from pathlib import Path

import reference

RELATIVE_ERROR = 0.01
QUANTILE = 1.959964

# How tailcap is to sample for it.
SAMPLING = """\
[sampling]
plan = "auto"
trials = 10_000_000
until = { measure = { es = 0.999 }, relative_error = 0.01 }
"""


def plain_trials(w1: reference.Reference) -> float:
    """Trials of plain sampling, from the errors of a long plain run."""
    es = w1.measures["today"]["ES"]
    deviation = es.error * math.sqrt(w1.trials)
    return (QUANTILE * deviation / (RELATIVE_ERROR * es.value)) ** 2


def run(binary: Path, w1: Path, results: Path, threads: int) -> reference.Reference:
    """tailcap's real run on the exported scenario; refuses a result that is not precise enough."""
    scenario = w1 / "until.toml"
    scenario.write_text('format = 1\nextends = "scenario.toml"\n' + SAMPLING)
    found = reference.run(binary, scenario, results, ["--threads", str(threads)])
    es = found.measures["today"]["ES"]
    if QUANTILE * es.error > RELATIVE_ERROR * es.value * 1.0001:
        raise SystemExit(f"tailcap stopped after {found.trials} trials and is not precise enough")
    return found
