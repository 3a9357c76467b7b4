"""Serve a window: requests arrive on stdin, events leave on stdout, prints go to stderr.

One thread reads requests into a queue, one writes events; `engine.serve.server` works on the main
thread. The end of stdin is a `Quit`, so an engine never outlives its window.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import sys
import threading
from typing import Any, BinaryIO

import msgspec

from engine.document.errors import GraphRefused
from engine.document.messages import (
    LARGEST_FRAME,
    Quit,
    requests,
)
from engine.serve.answers import Garbled
from engine.serve.outlet import Outlet
from engine.serve.server import Server

LINGER = 20.0  # seconds for a run to save its state after the window has closed


def read_requests(pipe: BinaryIO, incoming: queue.SimpleQueue[Any]) -> None:
    """Put requests into the queue until the pipe ends, then a `Quit`.

    The process exits after `LINGER` seconds even if a run is still saving.
    """
    while (body := _read_body(pipe, incoming)) is not None:
        try:
            incoming.put(requests.decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            text = "A request of {count} bytes could not be read: {error}."
            incoming.put(Garbled(GraphRefused(text, count=len(body), error=error)))
    incoming.put(Quit())
    leave = threading.Timer(LINGER, os._exit, (1,))
    leave.daemon = True
    leave.start()


def _read_body(pipe: BinaryIO, incoming: queue.SimpleQueue[Any]) -> bytes | None:
    head = pipe.read(4)
    length = int.from_bytes(head, "big")
    if len(head) < 4:
        return None
    if length > LARGEST_FRAME:
        text = "What came is no request: it would be {count} bytes long."
        incoming.put(Garbled(GraphRefused(text, "Start the engine again.", count=length)))
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


def claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes of stdin and stdout; anything printed from now on goes to stderr."""
    source, sink = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def main() -> int:
    """Serve on stdin and stdout until the window quits or closes."""
    faulthandler.enable()
    source, sink = claim_pipes()
    incoming: queue.SimpleQueue[Any] = queue.SimpleQueue()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window handles Ctrl-C in its terminal
    signal.signal(signal.SIGTERM, lambda *_: incoming.put(Quit()))
    threading.Thread(
        target=read_requests, args=(source, incoming), name="requests", daemon=True
    ).start()
    outlet = Outlet(sink)
    Server(incoming, outlet).serve()
    outlet.close()
    return 0
