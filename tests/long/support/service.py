"""wxlogin, the simulated WeChat and a database for a measurement. All of them end with the script."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))

from harness.databases import Server
from harness.processes import Failure, end, end_all, free_port, run, start, wait_until_ready

APPS = ("wx0123456789abcdef", "wxfedcba9876543210")
SECRET = "0123456789abcdef" * 2


def number(name, default):
    """A setting of the measurement."""
    return int(os.environ.get(f"WXLOGIN_TEST_{name}", default))


def program():
    """The executable that WXLOGIN_TEST_PROGRAM names, or a release build."""
    built = os.environ.get("WXLOGIN_TEST_PROGRAM")
    if built:
        return Path(built).resolve()
    build = ["cargo", "build", "--release", "--locked", "-p", "wxlogin"]
    subprocess.run(build, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/wxlogin"


class Sqlite:
    """A file."""

    name = "sqlite"

    def __init__(self, scratch):
        self.file = scratch / "wxlogin.db"
        self.url = f"sqlite://{self.file}"
        self.version = "SQLite"

    def size(self):
        return sum(file.stat().st_size for file in self.file.parent.glob("wxlogin.db*"))

    def stop(self):
        for file in self.file.parent.glob("wxlogin.db*"):
            file.unlink()


class Mysql:
    """A server of its own in the scratch folder, with a database."""

    name = "mysql"

    def __init__(self, scratch):
        self.server = Server(ROOT, scratch, "mysql")
        self.server.start()
        self.version = self.server.version
        self.url = self.server.url + "wxlogin"
        self.user, self.password, self.port = re.fullmatch(
            r"mysql://([^:]*):([^@]*)@127.0.0.1:(\d+)/", self.server.admin_url
        ).groups()
        megabytes = number("BUFFER_POOL_MB", 2048)
        self.sql(f"SET GLOBAL innodb_buffer_pool_size = {megabytes << 20}", database="")
        self.sql("SET GLOBAL local_infile = 1", database="")
        self.sql("CREATE DATABASE wxlogin", database="")

    def sql(self, statements, database="wxlogin"):
        """Runs statements without writing them to the binary log, and returns the rows as lists of text."""
        command = ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={self.port}",
            f"--user={self.user}", "--batch", "--skip-column-names", "--local-infile=1",
            f"--database={database}"]
        done = subprocess.run(
            command, input=f"SET sql_log_bin = 0; {statements}", text=True, capture_output=True,
            env=os.environ | {"MYSQL_PWD": self.password}, check=False,
        )
        if done.returncode != 0:
            raise Failure(f"mariadb: {done.stderr.strip()[:2000]}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def size(self):
        files = (self.server.folder / "data").rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())

    def stop(self):
        end_all()
        shutil.rmtree(self.server.folder, ignore_errors=True)


DATABASES = {"sqlite": Sqlite, "mysql": Mysql}


class Simulator:
    """The simulated WeChat with two apps."""

    def __init__(self, wxlogin, scratch):
        self.port = free_port()
        apps = [word for app in APPS for word in ("--app", f"{app}={SECRET}")]
        with open(scratch / "sim.log", "w") as log:
            command = [wxlogin, "sim", "--listen", f"127.0.0.1:{self.port}", *apps]
            self.process = start(command, log=log)
        begun = time.monotonic()
        while "answers at" not in (scratch / "sim.log").read_text():
            if self.process.poll() is not None or time.monotonic() - begun > 60:
                raise Failure("the simulated WeChat does not start")
            time.sleep(0.01)


class Wxlogin:
    """The executable with its default settings, behind a proxy on this machine."""

    def __init__(self, wxlogin, scratch, database, simulator, **settings):
        self.wxlogin, self.log = wxlogin, scratch / "wxlogin.log"
        self.port, self.process = free_port(), None
        settings = {
            "MASTER_KEY": "42" * 32,
            "SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "SERVER__PUBLIC_URL": "https://login.example.com",
            "SERVER__TRUSTED_PROXIES": "127.0.0.0/8",
            "DATABASE__URL": database.url,
            "WECHAT__BASE_URL": f"http://127.0.0.1:{simulator.port}",
            "WECHAT__UNOFFICIAL": "true",
            "LOG__FORMAT": "json",
        } | {f"APPS__{app.upper()}__SECRET": SECRET for app in APPS} | settings
        passed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = passed | {f"WXLOGIN__{name}": value for name, value in settings.items()}

    def start(self):
        """Returns after how many seconds it was ready."""
        with open(self.log, "a") as log:
            self.process = start([self.wxlogin, "serve"], env=self.environment, log=log)
        return wait_until_ready(self.process, self.port, "/readyz")

    def stop(self):
        end(self.process)

    def client(self, name, *apps):
        """Creates an administrator, and returns its API key."""
        words = [word for app in apps for word in ("--app", app)]
        command = [self.wxlogin, "clients", "create", name, "--scope", "admin",
            "--scope", "introspect", *words]
        created = run(command, env=self.environment)
        return re.search(rf"{name}\.[\w-]+", created).group()

    def memory(self):
        """The megabytes in memory, and the most until now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return [int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ("VmRSS", "VmHWM")]


class Limits:
    """Prints figures, and remembers those beyond their limits."""

    def __init__(self):
        self.broken = []

    def check(self, name, value, limit, unit="", median=None):
        mark = ""
        if value > limit:
            self.broken.append(name)
            mark = "  BROKEN"
        shown = f"median {median:,.1f}, worst " if median is not None else ""
        print(f"{name:<54}{shown:>22}{value:>9,.1f} {unit:<4}limit {limit:,.1f}{mark}", flush=True)

    def fail(self, name, reason):
        self.broken.append(name)
        print(f"{name:<54}BROKEN: {reason}", flush=True)

    def exit(self):
        if self.broken:
            sys.exit("beyond the limits: " + ", ".join(self.broken))
        print("all limits are kept")


def measure(work):
    """Calls `work` with a scratch folder, and cleans up whatever happens."""
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, lambda *_: sys.exit(143))
    scratch = Path(tempfile.mkdtemp(prefix="wxlogin-long-", dir=os.environ.get("WXLOGIN_TEST_FOLDER")))
    try:
        work(scratch)
    except (Failure, OSError, ExceptionGroup) as failure:
        while isinstance(failure, ExceptionGroup):
            failure = failure.exceptions[0]
        for log in sorted(scratch.glob("*.log")):
            print(f"--- {log.name} ---\n{log.read_text()[-2000:]}", file=sys.stderr)
        sys.exit(f"{Path(sys.argv[0]).name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # A second signal must not end this halfway.
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, signal.SIG_IGN)
        end_all()
        shutil.rmtree(scratch, ignore_errors=True)
