"""A mail server and a web server that take everything and keep a list, for measuring and testing.

``python bench/sinks.py`` serves until its standard input is closed, and prints its two ports. Standard
library only. What came is told by ``GET /received`` as JSON: each with its channel, its key or Message-ID,
and the wall time. Paths of the web server that answer otherwise: ``/fail`` 500, ``/gone`` 410, ``/bad`` 400,
``/redirect`` 302, ``/silent`` nothing at all, ``/dribble`` a byte a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

RECEIVED: list[dict[str, Any]] = []
STATUS = {"/fail": 500, "/gone": 410, "/bad": 400, "/redirect": 302}


async def mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of SMTP (RFC 5321); refuses nobody@ and later@, and hangs up for hangup@."""
    recipient = ""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        command = line.decode("latin-1").strip()
        word = command[:4].upper()
        if word == "RCPT":
            recipient = command.partition("<")[2].partition(">")[0]
            answers = {"nobody": b"550 no such person", "later": b"450 try later"}
            if recipient.startswith("hangup@"):
                break
            writer.write(answers.get(recipient.partition("@")[0], b"250 ok") + b"\r\n")
        elif word == "DATA":
            writer.write(b"354 go on\r\n")
            text = (await reader.readuntil(b"\r\n.\r\n")).decode("utf-8", errors="replace")
            RECEIVED.append({"channel": "email", "to": recipient, "text": text, "at": time.time()})
            writer.write(b"250 ok\r\n")
        elif word == "QUIT":
            writer.write(b"221 bye\r\n")
            break
        else:
            writer.write(b"250 sink\r\n")
        await writer.drain()
    writer.close()


async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of HTTP/1.1, kept open."""
    while line := await reader.readline():
        method, path, *_ = line.decode("latin-1").split()
        headers = {}
        while (header := (await reader.readline()).decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if path == "/received":
            await _answer(writer, 200, json.dumps(RECEIVED).encode())
            continue
        if method == "POST":
            RECEIVED.append(
                {
                    "channel": "webhook",
                    "to": path,
                    "key": headers.get("greenlane-key", ""),
                    "headers": headers,
                    "text": body.decode(),
                    "at": time.time(),
                }
            )
        if path == "/silent":
            await asyncio.sleep(60)
        if path == "/dribble":
            for part in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60:
                writer.write(bytes([part]))
                await writer.drain()
                await asyncio.sleep(1)
        await _answer(writer, STATUS.get(path, 200), b"{}")
    writer.close()


async def _answer(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    extra = "Location: /ok\r\n" if status == 302 else ""
    writer.write(f"HTTP/1.1 {status} Sink\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body)
    await writer.drain()


async def serve() -> None:
    """Both servers, until standard input ends."""
    servers = [await asyncio.start_server(handler, "127.0.0.1", 0) for handler in (mail, web)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(json.dumps({"smtp": ports[0], "http": ports[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        try:
            runner.run(serve())
        except (KeyboardInterrupt, BrokenPipeError):
            sys.exit(0)
