"""The results for people: Markdown and a chart."""

from pathlib import Path

from .chart import chart
from .goals import goals

ANSWERS = {True: "met", False: "not met", None: "not measured"}
COLUMNS = [
    ("logins or requests/s", "rate", ",.0f"), ("p50 ms", "p50_ms", ".2f"), ("p99 ms", "p99_ms", ".2f"),
    ("service µs", "service_cpu_us", ".0f"), ("database µs", "database_cpu_us", ".0f"),
    ("peak MB", "memory_mb", ".0f"), ("ready ms", "ready_ms", ".0f"),
]
REFERENCES = ["express", "floor", "before"]


def write(results, names, facts, folder):
    """Writes results.csv, results.md and results.svg, and returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    results.write_csv(folder / "results.csv")
    text = markdown(results, names, facts)
    (folder / "results.md").write_text(text)
    (folder / "results.svg").write_text(chart(results))
    return text


def markdown(results, names, facts):
    lines = ["# Benchmark", ""]
    lines += [f"- {fact}" for fact in facts]
    for database in dict.fromkeys(group[0] for group in results.groups()):
        lines += ["", f"## {database}", "", *table(results, database)]
        lines += ratios(results, database)
    if results.overloads:
        lines += ["", "## Overload", "", *overloads(results)]
    for name in names:
        lines += ["", f"## Goals, {name}", "", "| goal | figure | |", "|---|---|---|"]
        lines += [
            f"| {goal} | {figure} | {ANSWERS[is_met]} |" for goal, figure, is_met in goals(results, name)
        ]
    return "\n".join(lines) + "\n"


def table(results, database):
    titles = ["users or call", "connections", "contender", *(title for title, _, _ in COLUMNS)]
    yield "| " + " | ".join(titles) + " | lowest to highest rate | failed |"
    yield "|---|" + "---:|" + "---|" + "---:|" * (len(COLUMNS) + 2)
    for group in results.groups():
        if group[0] == database:
            _, scenario, connections, contender = group
            cells = [scenario, str(connections), contender]
            cells += [format(results.middle(group, column), form) for _, column, form in COLUMNS]
            rates = results.values(group, "rate")
            cells.append(f"{min(rates):,.0f} to {max(rates):,.0f}")
            cells.append(str(sum(results.values(group, "failed"))))
            yield "| " + " | ".join(cells) + " |"


def ratios(results, database):
    """Each contender against the references, within the round."""
    rows = []
    for group in results.groups():
        of, scenario, connections, contender = group
        for reference in REFERENCES:
            other = (of, scenario, connections, reference)
            if of != database or contender in ("express", reference):
                continue
            values = [
                results.ratio(group, other, column)
                for column in ("rate", "p50_ms", "p99_ms", "service_cpu_us", "database_cpu_us")
            ]
            if values[0] is not None:
                cells = ["" if value is None else f"{value:.2f}" for value in values]
                cells = [scenario, str(connections), f"{contender} / {reference}", *cells]
                rows.append("| " + " | ".join(cells) + " |")
    if rows:
        yield from ("", "Ratios within the round, medians:", "")
        yield "| users or call | connections | | rate | p50 | p99 | service CPU | database CPU |"
        yield "|---|---:|---|---:|---:|---:|---:|---:|"
        yield from rows


def overloads(results):
    yield "| contender | load | capacity/s | goodput/s | recovery s |"
    yield "|---|---|---:|---:|---:|"
    for outcome in results.overloads:
        recovery = "more than 4" if outcome["recovery_s"] is None else outcome["recovery_s"]
        yield "| {contender} | {kind} | {capacity:,.0f} | {goodput:,.0f} | ".format(**outcome) + f"{recovery} |"


def machine():
    """The facts without which figures mean little."""
    import os
    import platform

    cpus = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} × {cpus[0] if cpus else platform.machine()}, Linux {platform.release()}"
