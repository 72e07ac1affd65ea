"""Tables of the results, and the bars that the project sets itself."""

import os
import platform
import statistics

from measure import read

# (case, what, limit in seconds or MiB or a ratio, how it is computed)
NO_OP, NO_OP_RATIO, TREE_NO_OP, TREE_MEMORY = 0.050, 6.0, 0.250, 150


def rows_by(rows):
    """Rows that succeeded, by step and builder, in the order of the runs."""
    table = {}
    for row in rows:
        if not row["failed"]:
            table.setdefault(row["step"], {}).setdefault(row["builder"], []).append(row)
    add_sums(table)
    return table


def add_sums(table):
    """For cases of several steps, one more row set with each run's sum."""
    for case in {step.split(".")[0] for step in table if "." in step}:
        steps = [table[step] for step in table if step.startswith(case + ".")]
        for builder in steps[0]:
            runs = zip(*(step.get(builder, []) for step in steps))
            sums = [{"wall": sum(r["wall"] for r in run), "cpu": sum(r["cpu"] for r in run), "others": max(r["others"] for r in run),
                     "client": max(r["client"] for r in run), "daemon": run[0]["daemon"] and max(r["daemon"] for r in run)} for run in runs]
            table.setdefault(case + ".all", {})[builder] = sums


def median(runs, key):
    """Median of a figure over the runs that have it."""
    values = [run[key] for run in runs if run[key] is not None]
    return statistics.median(values) if values else None


def figure(value, digits=2):
    """A number for the table."""
    return "-" if value is None else f"{value:.{digits}f}"


def seconds(value):
    """Seconds with three digits below one."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def table_of(step, builders):
    """The table of one step: the fastest first, each with its ratio to cooper."""
    lines = ["| builder | runs | wall s | min s | ratio | cpu s | client MiB | daemon MiB | others |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    own = median(builders["cooper"], "wall") if builders.get("cooper") else None
    for name, runs in sorted(((n, r) for n, r in builders.items() if r), key=lambda item: median(item[1], "wall")):
        wall = median(runs, "wall")
        lines.append(
            f"| {name} | {len(runs)} | {seconds(wall)} | {seconds(min(run['wall'] for run in runs))} | {figure(own and wall / own)} "
            f"| {seconds(median(runs, 'cpu'))} | {figure(median(runs, 'client'), 0)} | {figure(median(runs, 'daemon'), 0)} "
            f"| {figure(median(runs, 'others'), 1)} |")
    return lines


def bars(table):
    """The bars that the cases at hand can judge: `(text, holds)`."""
    def wall(step, builder):
        runs = table.get(step, {}).get(builder)
        return median(runs, "wall") if runs else None

    def ratio(step, builder):
        own, other = wall(step, "cooper"), wall(step, builder)
        return other / own if own and other else None

    checks = []
    if (own := wall("A", "cooper")) is not None:
        checks.append((f"no-op rebuild under {NO_OP * 1000:.0f} ms: {own * 1000:.1f} ms", own < NO_OP))
    for step, builder, least, text in (
        ("A", "buildkit", NO_OP_RATIO, "no-op rebuild at least 6 times faster than BuildKit"),
        ("B", "buildkit", 1.0, "cold build not slower than BuildKit"),
        ("B", "buildah", 1.0, "cold build faster than buildah"),
    ):
        if (times := ratio(step, builder)) is not None:
            checks.append((f"{text}: {times:.2f} times", times >= least))
    if (own := wall("Dnoop", "cooper")) is not None:
        checks.append((f"20,000 files, nothing changed, under {TREE_NO_OP * 1000:.0f} ms: {own * 1000:.0f} ms", own < TREE_NO_OP))
    peaks = [max(run["client"] for run in table[step]["cooper"]) for step in table if table[step].get("cooper")]
    if peaks:
        checks.append((f"peak memory of cooper in any run under {TREE_MEMORY} MiB: {max(peaks):.0f} MiB", max(peaks) < TREE_MEMORY))
    return checks


def machine(work):
    """What the figures were measured on."""
    info = read("/proc/cpuinfo")
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    total = int(read("/proc/meminfo").split()[1]) / 1024 / 1024
    points = [line.split() for line in read("/proc/self/mounts").splitlines()]
    inside = [fields for fields in points if os.path.realpath(work).startswith(fields[1].rstrip("/") + "/") or fields[1] == "/"]
    kind = max(inside, key=lambda fields: len(fields[1]))[2] if inside else "unknown"
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    return [f"- processor: {model}, {os.cpu_count()} cores; memory: {total:.0f} GiB; file system: {kind}",
            f"- kernel: {platform.release()}; run as {user}"]


EXPLANATION = """\
`wall` is the median over the runs, from the client's start to its end; `ratio` is that median over cooper's. `cpu` is the
processor time of client, daemon and steps. `client` and `daemon` are peaks of resident memory, without the steps'.
`others` says how many processors were busy with something else meanwhile (with parts of the registry, in cases that use it).
"""


def document(rows, cases, versions, absent, work, date=None):
    """The whole report as Markdown."""
    table = rows_by(rows)
    lines = ["# Results", "", "Written by `make bench`; see [README.md](README.md) for the cases and how they are measured.", ""]
    lines += ([f"- date: {date}"] if date else []) + machine(work)
    lines += [f"- {name}: {version}" for name, version in versions.items()]
    lines += [f"- {name}: not run: {reason}" for name, reason in absent.items()]
    lines += ["", EXPLANATION]
    if checks := bars(table):
        lines += ["## Bars", "", "| bar | holds |", "|---|---|"]
        lines += [f"| {text} | {'yes' if holds else 'NO'} |" for text, holds in checks] + [""]
    for case in cases:
        lines += [f"## {case.name}: {case.title}", ""]
        steps = [step for step in table if step.split(".")[0] == case.name]
        for step in steps:
            lines += ([f"### {step}", ""] if len(steps) > 1 else []) + table_of(step, table[step]) + [""]
        problems = sorted({(row["builder"], row["step"], row["error"]) for row in rows if row["case"] == case.name and row.get("error")})
        lines += [f"- {builder}, {step}: {error}" for builder, step, error in problems] + ([""] if problems else [])
    return "\n".join(lines).rstrip() + "\n"
