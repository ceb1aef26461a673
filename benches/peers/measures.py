"""EL, VaR and ES of a sample of losses, with standard errors, in plain Python.

Defined as in tailcap and written apart from it: VaR is the smallest loss x with P(L <= x) >= level,
of rank ceil(n level); ES is VaR + mean((L - VaR)+) / (1 - level). The standard error of ES is that
of the mean of its influence (L - VaR)+ / (1 - level), the one of VaR half the distance of the order
statistics one standard deviation of the rank below and above.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

LEVEL = Fraction(999, 1000)


@dataclass(frozen=True)
class Estimate:
    value: float
    error: float


def of(losses) -> dict[str, Estimate]:
    """The three measures of a sample."""
    n = len(losses)
    ordered = sorted(losses)
    mean, deviation = moments(losses)
    rank = math.ceil(n * LEVEL)
    var = ordered[rank - 1]
    step = math.sqrt(n * LEVEL * (1 - LEVEL))
    low = ordered[max(math.floor(rank - step), 1) - 1]
    high = ordered[min(math.ceil(rank + step), n) - 1]
    excess, spread = moments([max(x - var, 0.0) / float(1 - LEVEL) for x in losses])
    return {
        "EL": Estimate(mean, deviation / math.sqrt(n)),
        "VaR": Estimate(var, (high - low) / 2),
        "ES": Estimate(var + excess, spread / math.sqrt(n)),
    }


def moments(values) -> tuple[float, float]:
    """Mean and standard deviation."""
    n = len(values)
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum((x - mean) ** 2 for x in values) / (n - 1))


def distance(one: Estimate, trials: int, reference: Estimate, reference_trials: int) -> float:
    """How many standard errors lie between a sample's number and that of a larger sample.

    A small sample may miss the tail altogether and then thinks too well of itself, so that its
    error is taken to be at least what the larger sample says about so many trials.
    """
    least = reference.error * math.sqrt(reference_trials / trials)
    error = math.hypot(max(one.error, least), reference.error)
    return (one.value - reference.value) / error
