"""Rows of measurements, and medians over the rounds."""

import csv
from statistics import median

KEYS = ["database", "scenario", "connections", "contender"]


class Results:
    def __init__(self):
        self.rows = []
        self.overloads = []

    def keep(self, row):
        self.rows.append(row)
        print(
            "{round:>2}  {database:<9}{contender:<18}{scenario:<11}{connections:>4}"
            "{rate:>10.0f}/s  p50 {p50_ms:>8.2f} ms  p99 {p99_ms:>8.2f} ms"
            "  {service_cpu_us:>6.0f} + {database_cpu_us:.0f} µs  {memory_mb:.0f} MB".format(**row)
            + (f"  {row['failed']} FAILED" if row["failed"] else ""),
            flush=True,
        )

    def groups(self):
        """What was measured, without the rounds, in the order in which it was measured first."""
        return list(dict.fromkeys(tuple(row[key] for key in KEYS) for row in self.rows))

    def rows_of(self, *group):
        return [row for row in self.rows if tuple(row[key] for key in KEYS) == group]

    def values(self, group, column):
        return [row[column] for row in self.rows_of(*group)]

    def middle(self, group, column):
        """The median over the rounds, or `None`."""
        values = self.values(group, column)
        return median(values) if values else None

    def ratio(self, group, other, column):
        """The median over the rounds of this value divided by the other one of the same round."""
        others = {row["round"]: row[column] for row in self.rows_of(*other)}
        ratios = [
            row[column] / others[row["round"]]
            for row in self.rows_of(*group)
            if others.get(row["round"])
        ]
        return median(ratios) if ratios else None

    def write_csv(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0].keys())
            writer.writeheader()
            for row in self.rows:
                rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
                writer.writerow(rounded)
