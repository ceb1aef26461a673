"""The book and the policies of an exported workload, as arrays.

What `tailcap bench --export` writes is read, nothing is made up here, so that every engine works on
the same borrowers. The rules below are those that the workloads use: caps on single limits, one LGD
and one CCF for all, one asset correlation per segment.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtri


@dataclass(frozen=True)
class Book:
    """Borrowers, or pools of like borrowers, sorted by segment and within segments by PD."""

    segment: np.ndarray
    """Number of the segment."""
    threshold: np.ndarray
    """G(PD) / sqrt(1 - w^2): a borrower defaults if eps <= threshold - slope Z."""
    slope: np.ndarray
    """w / sqrt(1 - w^2)."""
    count: np.ndarray
    """People per row."""
    losses: np.ndarray
    """Loss of one person of a row in default: rows x policies."""
    policies: list[str]
    pooled: bool

    @property
    def people(self) -> int:
        return int(self.count.sum())


def read(folder: Path) -> Book:
    """Reads `scenario.toml` and its tape."""
    scenario = tomllib.loads((folder / "scenario.toml").read_text())
    with open(folder / scenario["portfolio"]["tape"], newline="") as file:
        rows = list(csv.DictReader(file))
    column = {name: [row[name] for row in rows] for name in rows[0]}
    pd, limit, balance = (np.array(column[name], float) for name in ("pd", "limit", "balance"))
    names, segment = np.unique(column["segment"], return_inverse=True)
    model = scenario["model"]
    correlation = np.array([model["segment"][name]["correlation"] for name in names])[segment]
    specific = np.sqrt(1 - correlation)
    order = np.lexsort((pd, segment))
    pooled = "count" in column
    count = np.array(column["count"], np.int64) if pooled else np.ones(len(pd), np.int64)
    losses = [loss(scenario, policy, limit, balance) for policy in scenario["policy"]]
    return Book(
        segment=segment[order],
        threshold=(ndtri(pd) / specific)[order],
        slope=(np.sqrt(correlation) / specific)[order],
        count=count[order],
        losses=np.ascontiguousarray(np.stack(losses, axis=1)[order]),
        policies=[policy["id"] for policy in scenario["policy"]],
        pooled=pooled,
    )


def loss(scenario: dict, policy: dict, limit: np.ndarray, balance: np.ndarray) -> np.ndarray:
    """LGD (B' + CCF (L' - B')+) with B' = min(B, L'), unless the limit was left alone."""
    defaults = scenario["portfolio"]["defaults"]
    kept = limit
    for rule in policy.get("rule", []):
        if set(rule) != {"cap"}:
            raise ValueError(f"policy {policy['id']}: a rule these drivers do not know: {rule}")
        kept = np.minimum(kept, rule["cap"])
    drawn = np.where(kept < limit, np.minimum(balance, kept), balance)
    exposure = drawn + defaults["ccf"] * np.maximum(kept - drawn, 0)
    # Cents, as in tailcap.
    return np.round(defaults["lgd"] * np.round(exposure, 2), 2)
