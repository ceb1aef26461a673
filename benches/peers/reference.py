"""What tailcap itself says about a workload: `tailcap run` on the exported scenario."""

import csv
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from measures import LEVEL, Estimate
from processes import said

NAMES = {"expected_loss": "EL", "value_at_risk": "VaR", "expected_shortfall": "ES"}


@dataclass(frozen=True)
class Reference:
    trials: int
    wall_seconds: float
    """Of the whole command: reading, sampling, measures, figures, files."""
    measures: dict[str, dict[str, Estimate]]
    """By policy."""


def run(binary: Path, scenario: Path, results: Path, extra: list[str]) -> Reference:
    """Runs the scenario and reads its results."""
    command = [str(binary), "run", str(scenario), "--out", str(results), "--force", "--quiet"]
    # Results of the same run that stand there would be printed again instead of computed.
    shutil.rmtree(results, ignore_errors=True)
    began = time.perf_counter()
    said(command + extra)
    wall_seconds = time.perf_counter() - began
    trials = json.loads((results / "results.json").read_text())["runs"][0]["trials"]
    return Reference(trials, wall_seconds, read(results / "summary.csv"))


def read(summary: Path) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = {}
    with open(summary, newline="") as file:
        for row in csv.DictReader(file):
            name = NAMES.get(row["measure"])
            wanted = row["comparison"] == "level" and row["scope_kind"] == "system"
            if name and wanted and (not row["level"] or float(row["level"]) == float(LEVEL)):
                estimate = Estimate(float(row["value"]), float(row["standard_error"]))
                found.setdefault(row["policy"], {})[name] = estimate
    return found
