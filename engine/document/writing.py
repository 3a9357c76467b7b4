"""JSON as the program writes it, and files written whole or not at all."""

from __future__ import annotations

import codecs
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from engine.document.errors import GraphRefused
from nodes.sentences import reason

Json = Any


def decoded(text: str | bytes) -> Json:
    """Decode JSON, including what other programs write: 1e400, NaN."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def unmarked(text: str | bytes) -> str | bytes:
    """Remove the byte order mark that some editors write."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    return text.removeprefix(codecs.BOM_UTF8)


def depth(value: Json) -> int:
    """Return how deep lists and objects lie in each other."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        item, level = todo.pop()
        deepest = max(deepest, level)
        inside = item.values() if isinstance(item, dict) else item if type(item) is list else ()
        todo += [(v, level + 1) for v in inside]
    return deepest


def json_text(value: Json, indent: int = 0) -> str:
    """Write JSON with sorted keys and short lists on one line: a wire is one line of a diff."""
    if isinstance(value, dict) and value:
        keys = list(value) if indent == 0 else sorted(value)
        lines = [f"{json.dumps(k)}: {json_text(value[k], indent + 2)}" for k in keys]
        return _block("{", lines, "}", indent)
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return _block("[", [json_text(v, indent + 2) for v in value], "]", indent)
    return json.dumps(value, ensure_ascii=False)


def _block(start: str, lines: list[str], end: str, indent: int) -> str:
    pad = " " * (indent + 2)
    return start + "\n" + ",\n".join(pad + line for line in lines) + "\n" + " " * indent + end


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a temporary file beside `path`, fsync it, then rename it to `path`.

    Raise `GraphRefused` where it cannot be written.
    """
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            temporary = file.name
            os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else _usual_mode())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise GraphRefused(
            "{path} cannot be written: {why}.",
            "Free some space or choose another folder; what was there before is untouched.",
            path=path,
            why=reason(error),
        ) from error


def _usual_mode() -> int:
    """Return the default permissions of a new file."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
