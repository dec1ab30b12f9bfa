"""A web server that knows ranges, and can hold back what it would send."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Web:
    """What it serves, and what it waits for."""

    content: dict[str, bytes]
    url: str = ""
    held: "threading.Semaphore" = field(default_factory=lambda: threading.Semaphore(0))
    """Released once for each request that is held back."""
    go: threading.Event = field(default_factory=threading.Event)
    holds: bool = False
    """Whether it holds back parts of a file; all of it, which is what a machine looks at first, it always sends."""


@contextmanager
def web(content: dict[str, bytes]) -> Iterator[Web]:
    """Serve some files on this machine."""
    site = Web(content)

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_HEAD(self) -> None:
            self._send(is_head=True)

        def do_GET(self) -> None:
            asked = int((self.headers.get("Range") or "-0").rpartition("-")[2] or 0)
            if site.holds and 0 < asked < len(site.content[self.path]) - 1:
                site.held.release()
                site.go.wait(180)
            self._send(is_head=False)

        def _send(self, *, is_head: bool) -> None:
            data = site.content[self.path]
            start, _, end = (
                (self.headers.get("Range") or f"bytes=0-{len(data) - 1}").removeprefix("bytes=").partition("-")
            )
            part = data[int(start) : int(end) + 1]
            try:
                self.send_response(206 if "Range" in self.headers else 200)
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Length", str(len(part)))
                self.send_header("Content-Range", f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}")
                self.end_headers()
                if not is_head:
                    self.wfile.write(part)
            except OSError:
                pass  # who asked was killed

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            site.go.set()
            server.shutdown()
            thread.join()
