"""Whether the engines computed the same thing."""

from engines import Timing
from measures import distance, of
from reference import Reference

# In standard errors; about a hundred numbers are looked at, so that chance alone would go beyond it
# once in ten thousand runs.
ALLOWED = 5.0


def compare(timing: Timing, reference: Reference) -> dict:
    """One engine's numbers on one workload against tailcap's, for every policy."""
    if timing.policies != list(reference.measures):
        raise SystemExit(f"{timing.engine.id}, {timing.workload}: other policies than tailcap's")
    worst, where, shown = 0.0, "", {}
    for policy, losses in timing.losses.items():
        found = of(losses)
        shown[policy] = {name: vars(estimate) for name, estimate in found.items()}
        for name, estimate in found.items():
            theirs = reference.measures[policy][name]
            apart = distance(estimate, len(losses), theirs, reference.trials)
            if not abs(apart) <= abs(worst):
                worst, where = apart, f"{name} of {policy}"
    trials = len(timing.losses[timing.policies[0]])
    return {"trials": trials, "measures": shown, "worst": worst, "where": where}


def disagreements(found: dict) -> list[str]:
    """What is further apart than chance allows; NaN is too."""
    return [
        f"{workload}, {engine}: {one['where']} is {one['worst']:+.1f} standard errors off tailcap's"
        for (workload, engine), one in found.items()
        if not abs(one["worst"]) <= ALLOWED
    ]
