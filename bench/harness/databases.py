"""Database servers, started by the scripts of the tests with default durability."""

import os
import time

from .processes import Failure, free_port, run, start

# The tests give MySQL a smaller one.
DEFAULT_BUFFER_POOL = 128 * 1024 * 1024


class Server:
    """A server in a scratch folder. `pid` is the process whose CPU time is the database's."""

    def __init__(self, root, scratch, script):
        self.folder = scratch / script
        self.script = root / "tests/servers" / script / "run"

    def start(self):
        self.folder.mkdir(mode=0o711)
        with open(self.folder / "output", "w+") as output:
            process = start([self.script, free_port(), self.folder], log=output)
            begun = time.monotonic()
            while "ready " not in (self.folder / "output").read_text():
                if process.poll() is not None or time.monotonic() - begun > 900:
                    raise Failure(f"{self.script}: {(self.folder / 'output').read_text()[-2000:]}")
                time.sleep(0.1)
        self.pid = int(self._read("pid"))
        self.url, self.admin_url = self._read("url"), self._read("admin-url")
        self.version = self._read("version")

    def _read(self, name):
        return (self.folder / name).read_text().strip()


class Mysql(Server):
    name = "mysql"

    def __init__(self, root, scratch, tools, script="mysql"):
        super().__init__(root, scratch, script)
        self.tools = tools
        self.start()
        self._sql(f"SET GLOBAL innodb_buffer_pool_size = {DEFAULT_BUFFER_POOL}")
        settings = ["sync_binlog", "innodb_flush_log_at_trx_commit", "log_bin"]
        values = self._sql("SELECT " + ", ".join(f"@@{name}" for name in settings)).split()
        shown = ", ".join(f"{name} = {value}" for name, value in zip(settings, values))
        self.description = f"{self.version} ({shown})"

    def _sql(self, statement):
        return run([self.tools / "sql", self.admin_url, statement])

    def create(self, name):
        self._sql(f"CREATE DATABASE {name}")
        return self.url + name


class Postgres(Server):
    name = "postgres"

    def __init__(self, root, scratch, tools):
        super().__init__(root, scratch, "postgresql")
        self.start()
        settings = ["fsync", "synchronous_commit"]
        shown = ", ".join(f"{name} = {self._sql(f'SHOW {name}')}" for name in settings)
        self.description = f"{self.version} ({shown})"

    def _sql(self, statement, url=None):
        command = ["psql", "--no-psqlrc", "-qAt", url or self.url, "-c", statement]
        return run(command, env=os.environ | {"PGOPTIONS": ""}).strip()

    def create(self, name):
        self._sql(f"CREATE DATABASE {name}")
        return self.url.removesuffix("postgres") + name

    def analyze(self, url):
        self._sql("ANALYZE", url)


class Sqlite:
    """A file; the service is the database."""

    name = "sqlite"
    pid = None

    def __init__(self, root, scratch, tools):
        self.folder = scratch
        self.description = "SQLite (wxlogin's own settings)"

    def create(self, name):
        return f"sqlite://{self.folder / name}.db"


def open_mysql(root, scratch, tools):
    """MySQL, or MariaDB where it cannot be had."""
    try:
        return Mysql(root, scratch, tools)
    except Failure as failure:
        print(f"no MySQL, so MariaDB takes its place: {failure}")
        return Mysql(root, scratch, tools, "mariadb")


OPENERS = {"mysql": open_mysql, "postgres": Postgres, "sqlite": Sqlite}
