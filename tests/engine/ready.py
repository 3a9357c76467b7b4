"""`python -m engine` with all imported that a first check needs: what `tests/prepared.py` forks."""

from __future__ import annotations

import sys

import engine.serve.pipes  # noqa: F401
from engine.serve import quiet
from engine.terminal.cli import main
from nodes.library import find

if __name__ == "__main__":
    sys.exit(main())

find()
for _ in quiet.imports():
    pass
