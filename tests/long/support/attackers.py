"""Attackers: ten addresses, two of which belong to users who are signed in."""

import asyncio
import base64
import json
import secrets
import time
from collections import Counter

from .http import Connection, Pool
from .pace import Pace
from .service import APPS

ANONYMOUS = [f"203.0.113.{number}" for number in range(1, 9)]
USERS = [f"203.0.113.{number}" for number in (9, 10)]
# Slow clients, each with a connection of its own.
SLOW = 60
# Users renew their access tokens before they expire.
RENEWED_AFTER = 600

# Of all requests.
SHARES = {
    "forged refresh token": 0.22, "forged old refresh token": 0.08, "fake login code": 0.2,
    "fake phone code": 0.1, "session-key check": 0.1, "unknown API client": 0.1,
    "wrong client secret": 0.08, "/readyz": 0.1, "/docs": 0.02,
}
# Whatever has another name must never succeed.
LEGITIMATE = ("session-key check", "/readyz", "/docs", "sign-in")


class Attackers:
    def __init__(self, job):
        self.job, self.answers, self.pace = job, Counter(), Pace()
        self.service, self.wechat = Pool(job["port"], 500), Pool(job["wechat"], 8)
        self.turn, self.tokens = 0, {}

    def next_of(self, addresses):
        self.turn += 1
        return addresses[self.turn % len(addresses)]

    async def ask(self, name, address, method, path, body=None, headers=()):
        try:
            headers = [("x-forwarded-for", address), *headers]
            status, content = await self.service.request(method, path, body, headers)
        except OSError:
            status, content = "no answer", b""
        self.answers[name, str(status)] += 1
        return status, content

    async def forged_refresh_token(self):
        head = base64.urlsafe_b64decode(self.job["token"] + "==")
        token = head[:5] + secrets.token_bytes(len(head) - 5)
        await self._refresh("forged refresh token", token)

    async def forged_old_refresh_token(self):
        head = base64.urlsafe_b64decode(self.job["token"] + "==")
        await self._refresh("forged old refresh token", b"\1" + head[1:5] + secrets.token_bytes(52))

    async def _refresh(self, name, token):
        token = base64.urlsafe_b64encode(token).decode().rstrip("=")
        address = self.next_of(ANONYMOUS)
        await self.ask(name, address, "POST", "/v1/token/refresh", {"refreshToken": token})

    async def fake_login_code(self):
        body = {"appId": APPS[0], "code": "0" + secrets.token_hex(16)[1:]}
        await self.ask("fake login code", self.next_of(ANONYMOUS), "POST", "/v1/login", body)

    async def fake_phone_code(self):
        body = {"code": secrets.token_hex(32)}
        await self._as_user("fake phone code", "/v1/me/phone", body)

    async def session_key_check(self):
        await self._as_user("session-key check", "/v1/me/session-key/check")

    async def _as_user(self, name, path, body=None):
        address = self.next_of(USERS)
        if address in self.tokens:
            bearer = ("authorization", f"Bearer {self.tokens[address]}")
            await self.ask(name, address, "POST", path, body, [bearer])

    async def unknown_API_client(self):
        await self._introspect("unknown API client", secrets.token_hex(8))

    async def wrong_client_secret(self):
        await self._introspect("wrong client secret", self.job["client"])

    async def _introspect(self, name, client):
        basic = base64.b64encode(f"{client}:{secrets.token_hex(16)}".encode()).decode()
        headers = [("authorization", f"Basic {basic}")]
        await self.ask(name, self.next_of(ANONYMOUS), "POST", "/v1/introspect", "token=x", headers)

    async def readyz(self):
        await self.ask("/readyz", self.next_of(ANONYMOUS), "GET", "/readyz")

    async def docs(self):
        compressed = [("accept-encoding", "gzip")]
        await self.ask("/docs", self.next_of(ANONYMOUS), "GET", "/docs", None, compressed)

    async def stay_signed_in(self, address, end):
        """Signs a user in, which counts as one of wxlogin's calls to WeChat, and again later."""
        person = {"appId": APPS[0], "openid": f"oAttacker{USERS.index(address)}"}
        while time.monotonic() < end:
            code = (await self.wechat.call("POST", "/sim/codes", person))["code"]
            body = {"appId": APPS[0], "code": code}
            status, content = await self.ask("sign-in", address, "POST", "/v1/login", body)
            if status == 200:
                self.tokens[address] = json.loads(content)["accessToken"]
            pause = RENEWED_AFTER if status == 200 else 1
            await asyncio.sleep(min(pause, max(0, end - time.monotonic())))

    async def send_slowly(self, number, end):
        """Sends a request byte by byte until the service closes the connection, and starts over."""
        head = (
            f"POST /v1/login HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-for: {ANONYMOUS[number % 8]}\r\n"
            "content-length: 10000\r\ncontent-type: application/json\r\n\r\n"
        ).encode()
        # Every other one does not even finish the head.
        at_once, name = (head, "slow body") if number % 2 else (head[:-4], "slow head")
        while time.monotonic() < end:
            connection = Connection(self.job["port"])
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", connection.port)
                writer.write(at_once)
                closed = asyncio.create_task(reader.read(4096))
                while not closed.done() and time.monotonic() < end:
                    writer.write(b"x")
                    await asyncio.wait([closed], timeout=1)
                if closed.done():
                    answer = closed.result()[9:12].decode() or "closed"
                    self.answers[name, answer] += 1
                closed.cancel()
                writer.close()
            except OSError:
                self.answers[name, "closed"] += 1

    async def run(self):
        seconds, end = self.job["seconds"], time.monotonic() + self.job["seconds"]
        work = [self.stay_signed_in(address, end) for address in USERS]
        work += [self.send_slowly(number, end) for number in range(SLOW)]
        for name, share in SHARES.items():
            method = getattr(self, name.strip("/").replace(" ", "_").replace("-", "_"))
            work.append(self.pace.run(name, self.job["rate"] * share, seconds, method))
        await asyncio.gather(*work)


def attack(job, pipe):
    """Attacks for a while, in a process of its own, and sends what was answered."""
    attackers = Attackers(job)
    asyncio.run(attackers.run())
    skipped = Counter({(name, "skipped"): count for name, count in attackers.pace.skipped.items()})
    pipe.send((attackers.answers + skipped, attackers.pace.busy()))
