"""HTTP/1.1 over connections that stay open, cheap enough to share two cores with the service."""

import asyncio
import json

TIMEOUT = 10


class Connection:
    """One connection, for one request at a time. It is opened again when it was closed."""

    def __init__(self, port):
        self.port, self.reader, self.writer = port, None, None

    async def request(self, method, path, body=None, headers=()):
        """Returns the status and the body as bytes. Raises OSError if there is no whole answer."""
        try:
            return await asyncio.wait_for(self._request(method, path, body, headers), TIMEOUT)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            self.close()
            raise OSError(type(error).__name__) from error
        except BaseException:
            self.close()
            raise

    async def _request(self, method, path, body, headers):
        lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self.port}"]
        content = b""
        if body is not None:
            is_form = isinstance(body, str)
            content = (body if is_form else json.dumps(body)).encode()
            kind = "application/x-www-form-urlencoded" if is_form else "application/json"
            lines.append(f"content-type: {kind}")
        if content or method == "POST":
            lines.append(f"content-length: {len(content)}")
        lines += [f"{name}: {value}" for name, value in headers]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
        if self.writer is None or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(request)
        return await self._response()

    async def _response(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        body = b""
        if b"transfer-encoding: chunked" in head:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        elif (at := head.find(b"content-length: ")) >= 0:
            body = await self.reader.readexactly(int(head[at + 16 : head.index(b"\r\n", at)]))
        if b"connection: close" in head:
            self.close()
        return status, body

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None


class Pool:
    """Connections to one port that are used again, at most `limit` at once."""

    def __init__(self, port, limit):
        self.port, self.idle, self.turns = port, [], asyncio.Semaphore(limit)

    async def request(self, *arguments, **more):
        async with self.turns:
            connection = self.idle.pop() if self.idle else Connection(self.port)
            try:
                return await connection.request(*arguments, **more)
            finally:
                self.idle.append(connection)

    async def call(self, *arguments, **more):
        """Returns the JSON of a success. Raises OSError otherwise."""
        status, body = await self.request(*arguments, **more)
        if status not in (200, 204):
            raise OSError(f"{arguments[1].split('?')[0]} answered {status}: {body[:300]!r}")
        return json.loads(body or b"null")

    def close(self):
        for connection in self.idle:
            connection.close()


def percentile(values, share):
    """The value below which this share of the sorted values is, or zero."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
