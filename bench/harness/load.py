"""Drives a service and counts what that costs."""

import json
import subprocess

from .processes import Failure, cpu_seconds, end, peak_memory_mb, start


class Load:
    """One run of the program `load` against a contender."""

    def __init__(self, tools, contender, scenario, connections, seconds, **more):
        self.contender, self.scenario = contender, scenario
        job = {
            "port": contender.port, "scenario": scenario, "original": contender.is_original,
            "key": contender.key, "connections": connections, "seconds": seconds,
            "users": contender.users,
        }
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = start([tools / "load", json.dumps(job | more)], **pipes)
        if self.process.stdout.readline() != "ready\n":
            raise Failure(f"the load could not sign in to {contender.name} for {scenario}")

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def outcome(self):
        outcome = json.loads(self.process.stdout.readline() or "null")
        end(self.process)
        if outcome is None:
            raise Failure(f"the load of {self.scenario} ended without an outcome")
        if self.scenario == "new":
            self.contender.users = outcome["users"]
        outcome["rate"] = outcome["good"] / outcome["seconds"]
        outcome["failed"] = sum(outcome["failed"].values())
        return outcome


def drive(*arguments, **more):
    """Runs a load from begin to end."""
    load = Load(*arguments, **more)
    load.begin()
    return load.outcome()


def measure(tools, contender, database, scenario, connections, seconds):
    """Returns a row of the results."""
    pids = (contender.process.pid, database.pid)
    load = Load(tools, contender, scenario, connections, seconds)
    before = [cpu_seconds(pid) for pid in pids]
    load.begin()
    outcome = load.outcome()
    after = [cpu_seconds(pid) for pid in pids]
    if outcome["good"] == 0:
        raise Failure(f"{contender.name} answered no request of {scenario}")
    spent = [(end - begin) * 1e6 / outcome["good"] for begin, end in zip(before, after)]
    return {
        "database": database.name,
        "contender": contender.name,
        "scenario": scenario,
        "connections": connections,
        "good": outcome["good"],
        "failed": outcome["failed"],
        "seconds": outcome["seconds"],
        "rate": outcome["rate"],
        "p50_ms": outcome["p50_ms"],
        "p99_ms": outcome["p99_ms"],
        "max_ms": outcome["max_ms"],
        "service_cpu_us": spent[0],
        "database_cpu_us": spent[1],
        "memory_mb": peak_memory_mb(contender.process.pid),
        "ready_ms": contender.ready_ms,
    }
