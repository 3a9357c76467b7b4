"""Python programs that start at once: forked from a process that has imported what they need.

A window's stand-in of an engine is started in hundreds of tests, and its imports take ten times
what it then does. `command` returns what starts a module as `python -m` does: a small process that
hands its arguments, folder, environment and pipes to the prepared one, stays for as long as the
fork lives, passes signals on and ends as it ends. Where there are no forks it is `python -m`.

What a process does before its imports are done is tested with `python -m` itself.
"""

from __future__ import annotations

import gc
import importlib
import marshal
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__)
FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")
MOST = 1 << 17  # bytes of arguments and environment
KILLED = 256  # a status from here on is a signal

STARTER = f"""
import _signal, _socket, marshal, os, sys
way = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
way.connect("\\0" + sys.argv[1])
pipes = b"".join(n.to_bytes(4, sys.byteorder) for n in range(3))
told = marshal.dumps((sys.argv[2:], os.getcwd(), dict(os.environ)))
way.sendmsg([told], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, pipes)])
for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGABRT):
    _signal.signal(number, lambda number, _: way.send(bytes([number])))
status = int(way.recv(16) or {KILLED + signal.SIGKILL})
if status >= {KILLED}:
    _signal.signal(status - {KILLED}, _signal.SIG_DFL) if status != {KILLED + signal.SIGKILL} else 0
    os.kill(os.getpid(), status - {KILLED})
os._exit(status)
"""


def command(module: str, *words: str) -> list[str]:
    """Return the command that starts a module with these words, as `python -m` would."""
    if not FORKS:
        return [sys.executable, "-m", module, *words]
    return [sys.executable, "-I", "-S", "-c", STARTER, _nursery(module), *words]


@cache
def _nursery(module: str) -> str:
    """Start the process that forks for a module; return its address once it is ready.

    It ends with this one.
    """
    address = f"tests-prepared-{os.getpid()}-{module}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind("\0" + address)
        door.listen(64)
        life, _ours = os.pipe()  # `_ours` stays open for as long as this process lives
        os.set_inheritable(life, True)
        nursery = subprocess.Popen(
            [sys.executable, str(HERE), module, str(door.fileno()), str(life)],
            pass_fds=(door.fileno(), life),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(HERE.parents[1]), "PYTHONSAFEPATH": "1"},
        )
        os.close(life)
    assert nursery.stdout is not None and nursery.stdout.read(1), f"{module} cannot be imported"
    nursery.stdout.close()
    return address


class Nursery:
    """Forks for each that asks, tells it how the fork ended, and passes its signals on."""

    def __init__(self, door: socket.socket, life: int) -> None:
        self.door = door
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(door, selectors.EVENT_READ)
        self.waiting.register(life, selectors.EVENT_READ)
        self.children: dict[int, socket.socket] = {}  # by the descriptor of the process

    def serve(self) -> list[str]:
        """Return in each fork, with its arguments."""
        while True:
            for key, _ in self.waiting.select():
                if key.fileobj is self.door:
                    words = self._born()
                    if words is not None:
                        return words
                elif key.data is None:  # the tests have ended
                    for child in self.children:
                        signal.pidfd_send_signal(child, signal.SIGKILL)
                    os._exit(0)
                elif key.fd in self.children:
                    self._ended(key.fd, key.data)
                else:
                    self._told(key.fileobj, key.data)  # type: ignore[arg-type]

    def _born(self) -> list[str] | None:
        way, _ = self.door.accept()
        told, pipes, _, _ = socket.recv_fds(way, MOST, 3)
        if len(pipes) < 3:  # it was killed before it could ask
            way.close()
            return None
        pid = os.fork()
        if not pid:
            words, folder, environment = marshal.loads(told)
            way.close()
            self._leave(pipes, folder, environment)
            return list(words)
        for pipe in pipes:
            os.close(pipe)
        child = os.pidfd_open(pid)
        self.children[child] = way
        self.waiting.register(child, selectors.EVENT_READ, pid)
        self.waiting.register(way, selectors.EVENT_READ, child)
        return None

    def _leave(self, pipes: list[int], folder: str, environment: dict[str, str]) -> None:
        """Become a process of its own, with the pipes of the one that asked."""
        for key in [*self.waiting.get_map().values()]:
            os.close(key.fd)
        self.waiting.close()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)

    def _told(self, way: socket.socket, child: int) -> None:
        """Pass a signal on; kill the fork of one that has been killed."""
        if child not in self.children:  # it has just ended
            return
        number = way.recv(1)
        signal.pidfd_send_signal(child, number[0] if number else signal.SIGKILL)
        if not number:
            self.waiting.unregister(way)

    def _ended(self, child: int, pid: int) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        way = self.children.pop(child)
        self.waiting.unregister(child)
        os.close(child)
        if way.fileno() in self.waiting.get_map():
            self.waiting.unregister(way)
            way.send(str(code if code >= 0 else KILLED - code).encode())
        way.close()


def main(module: str, door: int, life: int) -> None:
    importlib.import_module(module)  # all that it needs, not what it does
    del sys.modules[module]
    gc.freeze()
    os.write(1, b"!")
    words = Nursery(socket.socket(fileno=door), life).serve()
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
