"""`python -m tests.wire_counts`: count the wires of the examples into `resources/wires.json`."""

from __future__ import annotations

import json

import resources
from engine.document.graph import Graph, load
from workbench.search.habits import count

FILE = resources.path("wires.json")


def examples() -> list[Graph]:
    return [load(p) for p in sorted(resources.path("examples").glob("*.graph.json"))]


def text() -> str:
    """Return the text of the file, which only the wires of the examples decide."""
    return json.dumps(dict(sorted(count(examples()).items())), indent=0, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
