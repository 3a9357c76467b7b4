"""A file that is there but cannot be opened is refused in words by every node that reads one."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodes.errors import Refusal
from nodes.library import find

READING = sorted(
    (name, param)
    for name, kind in find().kinds.items()
    for param, info in kind._declared.items()
    if info.type == "path"
)
ASKED = ("preview", "notes", "sign", "known_classes", "peek", "item_shape", "doubts", "outdated")
NAMES = ("a.csv", "a.txt", "a.xyz", "a.sdf", "a.npy", "a.npz", "a.safetensors", "a.wav", "folder")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in NAMES[:-1]:
        (tmp_path / name).write_bytes(b"x,y\n1,2\n3,4\n")
    np.save(tmp_path / "a.npy", np.ones((5, 2)))
    np.savez(tmp_path / "a.npz", x=np.ones((5, 2)))
    (tmp_path / "folder" / "class").mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / "folder" / "class" / "a.png")
    return tmp_path


@pytest.fixture(params=[errno.EACCES, errno.EIO], ids=["right", "disk"])
def closed(
    request: pytest.FixtureRequest, files: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Let no file below the folder be opened; what root may open too."""

    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Any, *args: Any, **kwargs: Any) -> Any:
            if str(path).startswith(str(files)):
                raise OSError(request.param, os.strerror(request.param), str(path))
            return real(path, *args, **kwargs)

        return opened

    with monkeypatch.context() as patched:
        for owner, name in ((builtins, "open"), (io, "open"), (os, "open"), (Path, "open")):
            patched.setattr(owner, name, refusing(getattr(owner, name)))
        yield files


@pytest.mark.parametrize(("kind", "param"), READING, ids=[name for name, _ in READING])
def test_a_file_that_cannot_be_opened_is_refused(kind: str, param: str, closed: Path) -> None:
    for name in NAMES:
        node = find().kinds[kind](**{param: str(closed / name)})
        asks = [getattr(node, ask) for ask in ASKED if hasattr(node, ask)]
        for ask in (*asks, lambda node=node: list(node.fetch())):
            assert _is_answered(ask), f"{kind} with {name}: {ask}"


def _is_answered(ask: Callable[[], object]) -> bool:
    """Return whether a node answers, or refuses in words."""
    try:
        ask()
    except Refusal as error:
        return bool(str(error.sentence))
    except OSError:
        return False
    return True
