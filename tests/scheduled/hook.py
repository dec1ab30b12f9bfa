"""A webhook on this machine: it answers as it is told, and keeps what it got."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What it says to one request."""

    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it takes to say so."""
    is_slow: bool = False
    """Whether it sends a byte now and then, and never comes to an end."""


@dataclass
class Hook:
    """A webhook that is being served."""

    port: int
    answers: list[Answer]
    """What it says to the next requests; 200 when none is left."""
    bodies: list[Any] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T000/s3cr3t?token=s3cr3t"


@contextmanager
def hook(*answers: Answer) -> Iterator[Hook]:
    """Serve one as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            got.methods.append(self.command)
            got.types.append(self.headers.get("Content-Type", ""))
            got.bodies.append(json.loads(body) if body else None)
            answer = got.answers.pop(0) if got.answers else Answer()
            if answer.is_slow:
                self._drip()
                return
            time.sleep(answer.seconds)
            self.send_response(answer.code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name that the base class looks for

        def _drip(self) -> None:
            try:
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n":
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.4)
            except OSError:
                pass  # it was waited for long enough

        def log_message(self, *_: object) -> None:
            """The tests' output is theirs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    got = Hook(port=server.server_address[1], answers=list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
