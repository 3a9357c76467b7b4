"""A server on this machine for tests of downloads: it may break off, ignore ranges, or lie."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nodes.data.known_files import KnownFile, KnownSet

NOBODY = "http://127.0.0.1:9/"  # the discard port: nothing listens there


class Manner:
    """What a server does: `most` bytes a reply, whether it resumes, and what it was asked."""

    def __init__(self) -> None:
        self.most: int | None = None
        self.resumes = True
        self.extra = b""
        self.tells_length = True
        self.asked: list[tuple[str, int]] = []


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Manner]]:
    """Yield the address of a server of a folder's files, and its manner."""
    manner = Manner()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / self.path.lstrip("/")
            if not path.is_file():
                return self.send_error(404)
            found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(found[1]) if found and manner.resumes else 0
            manner.asked.append((path.name, start))
            content = (path.read_bytes() + manner.extra)[start:]
            self.send_response(206 if start else 200)
            if manner.tells_length:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: manner.most])
            return None

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", manner
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def known_file(path: Path, *addresses: str) -> KnownFile:
    """Return the facts of a file that servers at `addresses` have."""
    content = path.read_bytes()
    urls = tuple(address + path.name for address in addresses)
    return KnownFile(path.name, urls, len(content), hashlib.sha256(content).hexdigest())


def known_set(folder: Path, *addresses: str) -> KnownSet:
    """Return the facts of a folder's files."""
    files = (known_file(path, *addresses) for path in sorted(folder.iterdir()))
    return KnownSet("Things", "CC0", tuple(files))


def moved(known: KnownSet, address: str) -> KnownSet:
    """Return a set as if it lay at another address."""
    return known._replace(files=tuple(f._replace(urls=(address + f.name,)) for f in known.files))
