"""The tables in Markdown."""

from statistics import median

from engines import WORKLOADS, Timing


def speed(timings: list[Timing]) -> str:
    """Seconds, borrower-trials per second and ratios, by workload."""
    head = ["workload", "engine", "threads", "trials", "seconds", "least to most"]
    head += ["borrower-trials/s", "peak memory"]
    head += ["tailcap is faster, 1 thread", "tailcap is faster, all threads"]
    rows = []
    for workload in WORKLOADS:
        here = [timing for timing in timings if timing.workload == workload]
        ours = [rate(t) for t in here if t.engine.id.startswith("tailcap")]
        for timing in here:
            ratios = [f"{ours[at] / rate(timing):.3g}x" for at in (0, -1)]
            rows.append(
                [
                    workload,
                    timing.engine.title,
                    str(timing.engine.threads),
                    f"{timing.trials:,}",
                    f"{median(timing.seconds):.3f}",
                    f"{min(timing.seconds):.3f} to {max(timing.seconds):.3f}",
                    f"{rate(timing):.2e}",
                    memory(timing.peak_bytes),
                    *ratios,
                ]
            )
    return markdown(head, rows)


def rate(timing: Timing) -> float:
    """Borrower-trials per second at the median time."""
    return timing.people * timing.trials / median(timing.seconds)


def memory(peak_bytes: int | None) -> str:
    return "-" if peak_bytes is None else f"{peak_bytes / 1e6:,.0f} MB"


def same(timings: list[Timing], references: dict, agreement: dict) -> str:
    """EL, VaR and ES of each engine, in millions, for the first policy and the tightest cap."""
    head = ["workload", "policy", "engine", "trials", "EL, m", "VaR 99.9, m", "ES 99.9, m"]
    head += ["furthest from tailcap, in standard errors, over all policies"]
    rows = []
    for workload, reference in references.items():
        for policy in list(reference.measures)[:2]:
            ours = {name: vars(e) for name, e in reference.measures[policy].items()}
            rows.append(
                [workload, policy, "tailcap", f"{reference.trials:,}", *numbers(ours), "-"]
            )
            for timing in timings:
                one = agreement.get((workload, timing.engine.id))
                if timing.workload != workload or not one:
                    continue
                title = f"{timing.engine.title} ({timing.engine.threads})"
                apart = f"{one['worst']:+.1f} ({one['where']})"
                shown = numbers(one["measures"][policy])
                rows.append([workload, policy, title, f"{one['trials']:,}", *shown, apart])
    return markdown(head, rows)


def numbers(measures: dict) -> list[str]:
    return [
        f"{measures[name]['value'] / 1e6:,.3f} ± {measures[name]['error'] / 1e6:,.3f}"
        for name in ("EL", "VaR", "ES")
    ]


def until(found: dict) -> str:
    """W5, how long each takes."""
    head = ["engine", "threads", "trials", "seconds", "against tailcap", ""]
    rows = []
    for one in found["engines"]:
        ratio = one["seconds"] / found["tailcap_seconds"]
        cells = [one["title"], str(one["threads"]), f"{one['trials']:,.0f}"]
        rows.append(cells + [f"{one['seconds']:,.1f}", f"{ratio:.3g}x", one["how"]])
    return markdown(head, rows)


def markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
