"""Change one line at a time, run the nearest tests, and list the changes that none noticed.

`make mutate`, or `python -m tests.mutate [WORD] [--jobs N]`: only the files whose name holds WORD.
It works on copies: the tree itself is not touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
PARTS = ("engine", "nodes", "resources", "tests", "workbench", "pyproject.toml", "README.md")
LONGEST = 600
"""Seconds after which tests count as failed: a mutation may make a loop endless."""
MOST_SURVIVORS = 3


def main(words: list[str] | None = None) -> int:
    """Run all mutations; return 1 where more than a few survive."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("word", nargs="?", default="", help="only files whose name holds this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args(words)
    chosen = [m for m in MUTATIONS if args.word in m.file]
    with tempfile.TemporaryDirectory() as folder:
        places = [copied(Path(folder) / str(number)) for number in range(args.jobs)]
        copies = SimpleQueue[Path]()
        for place in places:
            copies.put(place)
        if broken := [t for t in sorted({m.tests for m in chosen}) if not passes(places[0], t)]:
            print("These fail as they are:", *broken, sep="\n  ")
            return 1
        with ThreadPoolExecutor(args.jobs) as pool:
            survived = list(pool.map(lambda m: survives(m, copies), chosen))
    alive = [m for m, lives in zip(chosen, survived, strict=True) if lives]
    print(f"{len(chosen)} mutations, {len(alive)} survive.")
    for m in alive:
        print(f"  {m.file}: {m.old}  ->  {m.new}")
    return int(len(alive) > MOST_SURVIVORS)


def copied(place: Path) -> Path:
    """Copy what tests need, and return where it lies."""
    skip = shutil.ignore_patterns("__pycache__", ".*")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, place / part, ignore=skip)
        else:
            shutil.copy(source, place / part)
    return place


def survives(mutation: Mutation, copies: SimpleQueue[Path]) -> bool:
    """Tell whether the nearest tests pass although a line has changed."""
    place = copies.get()
    file = place / mutation.file
    text = file.read_text("utf-8")
    try:
        file.write_text(mutated(text, mutation), "utf-8")
        lives = passes(place, mutation.tests)
    finally:
        file.write_text(text, "utf-8")
        copies.put(place)
    print("survives" if lives else "killed  ", mutation.file, mutation.new, flush=True)
    return lives


def mutated(text: str, mutation: Mutation) -> str:
    """Return the text with its one such line changed, or raise `ValueError`."""
    if text.count(mutation.old) != 1 or "\n" in mutation.old + mutation.new:
        raise ValueError(f"{mutation.file} must hold this once: {mutation.old}")
    return text.replace(mutation.old, mutation.new)


def passes(place: Path, tests: str) -> bool:
    """Run tests of a copy; tell whether all pass."""
    file, *more = tests.split()
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "0"]
    env = os.environ | {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, f"tests/{file}", *more],
            cwd=place,
            env=env,
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
