"""The services that are compared."""

import os
import re

from .processes import Failure, end, free_port, run, start, wait_until_ready

APP_ID = "wx0123456789abcdef"


class Contender:
    """A service with a database of its own. `users` counts who has signed in to it."""

    is_original = False
    is_wxlogin = False
    ready_path = "/healthz"
    key = ""

    def __init__(self, name, log):
        self.name, self.log = name, log
        self.users, self.process, self.ready_ms = 0, None, 0.0

    def use(self, url):
        """Takes a database that has just been created."""
        self.url, self.users = url, 0

    def __enter__(self):
        self.port = free_port()
        self.process = start(self.command(), env=self.environment(), log=self.log)
        self.ready_ms = wait_until_ready(self.process, self.port, self.ready_path) * 1000
        return self

    def __exit__(self, *_):
        end(self.process)

    def environment(self):
        passed = ("PATH", "HOME", "BENCH_TLS")
        return {name: os.environ[name] for name in passed if name in os.environ}


class Wxlogin(Contender):
    """The real executable with its default settings, except that one address may sign in as often as
    it likes."""

    is_wxlogin = True
    ready_path = "/readyz"
    port = 0

    def __init__(self, name, log, binary, wechat_port):
        super().__init__(name, log)
        self.binary, self.wechat_port = binary, wechat_port

    def use(self, url):
        tls_off = url.startswith("mysql") and os.environ.get("BENCH_TLS") == "off"
        super().use(url + "?ssl-mode=disabled" if tls_off else url)
        run([self.binary, "migrate"], env=self.environment())
        created = run(
            [self.binary, "clients", "create", "bench", "--scope", "introspect"],
            env=self.environment(),
        )
        key = re.search(r"bench\.[\w-]+", created)
        if key is None:
            raise Failure("wxlogin clients create printed no key")
        self.key = key.group()

    def command(self):
        return [self.binary, "serve"]

    def environment(self):
        prefix = "WXLOGIN__"
        return super().environment() | {
            prefix + "MASTER_KEY": "42" * 32,
            prefix + "SERVER__LISTEN": f"127.0.0.1:{self.port}",
            prefix + "SERVER__PUBLIC_URL": "https://login.example.com",
            prefix + "DATABASE__URL": self.url,
            prefix + "WECHAT__BASE_URL": f"http://127.0.0.1:{self.wechat_port}",
            prefix + "WECHAT__UNOFFICIAL": "true",
            prefix + "LIMITS__FAILED_LOGINS_PER_MINUTE": "1000000",
            prefix + "LIMITS__REFRESHES_PER_MINUTE": "1000000",
            prefix + f"APPS__{APP_ID.upper()}__SECRET": "0123456789abcdef" * 2,
        }


class Express(Contender):
    is_original = True

    def __init__(self, log, folder, wechat_port):
        super().__init__("express", log)
        self.folder, self.wechat_port = folder, wechat_port

    def command(self):
        return ["node", self.folder / "server.js", self.port, self.wechat_port, self.url]

    def environment(self):
        return super().environment() | {"NODE_ENV": "production"}


class Floor(Contender):
    def __init__(self, log, binary, wechat_port):
        super().__init__("floor", log)
        self.binary, self.wechat_port = binary, wechat_port

    def command(self):
        return [self.binary, self.port, self.wechat_port, self.url]
