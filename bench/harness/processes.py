"""Processes that end with the benchmark, and what the kernel counts of them."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

# Whatever is started here ends with this program, even if this program is killed.
WITH_US = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []

_started = []


class Failure(Exception):
    """Says in one line why the benchmark cannot go on."""


def start(command, env=None, log=None, **pipes):
    """Starts a process in a group of its own: a Ctrl-C at the benchmark is not meant for it."""
    if log is not None:
        pipes |= {"stdout": log, "stderr": log}
    process = subprocess.Popen(
        WITH_US + [str(word) for word in command], env=env, start_new_session=True,
        **({"stdin": subprocess.DEVNULL} | pipes),
    )
    _started.append(process)
    return process


def end(process):
    """Ends a process and whatever it started: politely, and after ten seconds for certain."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except ProcessLookupError:
            process.wait()
        except subprocess.TimeoutExpired:
            continue
        break
    if process in _started:
        _started.remove(process)


def end_all():
    for process in reversed(list(_started)):
        end(process)


def run(command, env=None, cwd=None):
    """Returns what a short command prints."""
    done = subprocess.run(
        [str(word) for word in command], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )
    if done.returncode != 0:
        raise Failure(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def free_port():
    """Below the range from which systems give ports to outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as candidate:
            # As the servers do, so that a connection that has ended is not in the way.
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until_ready(process, port, path):
    """Asks until the service answers with 200, and returns how many seconds that took."""
    begun = time.monotonic()
    request = f"GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode()
    while time.monotonic() - begun < 60:
        if process.poll() is not None:
            raise Failure(f"a service ended while it started (exit code {process.returncode})")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if b" 200 " in connection.recv(64):
                    return time.monotonic() - begun
        except OSError:
            pass
        time.sleep(0.002)
    raise Failure("a service was not ready after 60 s")


def cpu_seconds(pid):
    """User and system time of a process and of all that it has started."""
    if pid is None:
        return 0.0
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # Parent; own time; time of children that have ended.
            stats[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    members, found = {pid}, True
    while found:
        found = {child for child, (parent, _) in stats.items() if parent in members} - members
        members |= found
    return sum(stats[member][1] for member in members if member in stats) / TICKS


def peak_memory_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
