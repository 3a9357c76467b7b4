"""Graph files gone wrong: examples and faulty graphs, changed at random in text or in values.

`python -m tests.mutants 100000` takes that many through all that reads a file, on all cores, and
says what came of them.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from engine.check.check import check
from engine.document.errors import GraphRefused
from engine.document.expand import expand
from engine.document.graph import Graph, dumps, loads
from engine.document.messages import SetGraph, frame, requests
from tests.shipped import catalogue, library
from workbench import edits
from workbench.bench.document import Document

ROOT = Path(__file__).parent
FILES = [
    *sorted((ROOT.parent / "resources" / "examples").glob("*.graph.json")),
    *sorted((ROOT / "faults" / "graphs").glob("*.graph.json")),
]
CHECKED, CHECKED_LONG = 5, 20  # one of so many goes through the check too
MOST_SECONDS = 4.0  # of the CPU, for one; its clock runs faster where neighbours share the core
ODD: list[Any] = [
    None, True, 0, -1, 3, 2**31, 2**63, 10**30, 0.5, -1e-300, 1e300, float("inf"), float("nan"),
    "", "x", "\x00", "é" * 3, "a/b.c>d", "../x", "x" * 5000, [], [[]], [1, 2], ["a"], {}, {"a": 1},
]  # fmt: skip
ODD_TEXTS = ["1e400", "NaN", "9" * 500, "[" * 40, "null", '"', "}", "\\ud800", "-", "\x00"]


@cache
def texts() -> list[str]:
    return [path.read_text("utf-8") for path in FILES]


def mutant(number: int) -> bytes:
    """Return the file of a number: the same each time."""
    draw = random.Random(number)
    text = draw.choice(texts())
    if draw.random() < 0.3:
        return _scratched(text, draw)
    raw = json.loads(text)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        part = draw.choice(("nodes", "nodes", "layout", "settings", "wires", "wires", ""))
        if part == "wires":
            _rewire(raw, draw)
        else:
            _change(raw.get(part) or raw, draw)
    return json.dumps(raw).encode()


def _scratched(text: str, draw: random.Random) -> bytes:
    """Return a text with a piece cut, doubled, moved or overwritten."""
    start = draw.randrange(len(text))
    end = min(len(text), start + draw.choice((0, 1, 1, 5, 50, 1000)))
    other = draw.randrange(len(text))
    put = draw.choice(["", text[start:end] * 2, text[other : other + 9], draw.choice(ODD_TEXTS)])
    made = (text[:start] + put + text[end:]).encode()
    if draw.random() < 0.3:
        made = bytearray(made)
        made[draw.randrange(len(made))] = draw.randrange(256)
    return bytes(made)


def _rewire(raw: Any, draw: random.Random) -> None:
    """Give a wire an end of another; now and then one that is nowhere."""
    found = raw.get("wires")
    wires = found if isinstance(found, list) else []
    wires = [w for w in wires if isinstance(w, list) and len(w) == 4]
    if wires:
        wire, end = draw.choice(wires), draw.randrange(4)
        wire[end] = draw.choice(wires)[end] if draw.random() < 0.9 else "nowhere"


def _change(raw: Any, draw: random.Random) -> None:
    """Change one value somewhere in JSON: drop it, put another, double it, give it another key."""
    places = list(_places(raw if isinstance(raw, (dict, list)) else []))
    if not places:
        return
    holder, key = draw.choice(places)
    way = draw.choice(("drop", "odd", "odd", "other", "double", "key"))
    if way == "drop":
        del holder[key]
    elif way == "odd":
        holder[key] = deepcopy(draw.choice(ODD))  # the next change may go into it
    elif way == "other":
        source, where = draw.choice(places)
        holder[key] = json.loads(json.dumps(source[where]))
    elif isinstance(holder, list):
        holder.insert(key, deepcopy(holder[key]))
    else:
        holder[str(draw.choice(ODD)) if way == "key" else f"{key}_2"] = deepcopy(holder[key])


def _places(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


@dataclass
class Fate:
    """What came of mutants."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    grown: int = 0  # kB that the process took after its first tenth

    def add(self, other: Fate) -> None:
        self.counts += other.counts
        self.faults += other.faults
        self.slowest = max(self.slowest, other.slowest)
        self.grown = max(self.grown, other.grown)


def live(number: int, folder: Path, *, check_it: bool) -> str:
    """Take a mutant through all that reads a file; return what came of it, or raise."""
    try:
        graph = loads(mutant(number), "It", lambda sentence: None)
    except GraphRefused as refusal:
        str(refusal)
        return "refused"
    assert requests.decode(frame(SetGraph(graph=graph))[4:]).graph == graph
    assert loads(dumps(graph)) == graph
    problems = catalogue().problems(graph)
    if check_it:
        problems = check(graph, library(), catalogue()).problems
        _edit(graph, folder)
    expanded = expand(graph, catalogue())
    for problem in problems:
        assert problem.node in graph.nodes or expanded.home(problem.node), problem
        frame(problem)
    return "faulty" if problems else "sound"


def _edit(graph: Graph, folder: Path) -> None:
    """Open a graph as the window does, edit it, take it back, and find it in its journal."""
    document = Document(graph, journals=folder)
    before = dumps(graph)
    document.push(edits.note(graph, (0, 0), "text"))
    document.push(edits.remove(graph, list(graph.nodes)[:1]))
    document.push(edits.tidy(graph))
    for _ in range(3):
        document.undo()
    assert dumps(document.graph) == before
    journal = document._journal.path
    document.abandon()
    if journal.exists():
        Document.recover(journal)
        journal.unlink(missing_ok=True)


def lives(numbers: range, one_in: int = CHECKED) -> Fate:
    """Take mutants through it all and count what came of them."""
    library(), catalogue()  # made once: not the time of the first
    fate, resident = Fate(), 0
    with tempfile.TemporaryDirectory() as folder:
        for place, number in enumerate(numbers):
            took = _timed(number, Path(folder), one_in, fate)
            if took > MOST_SECONDS:  # torch makes things ready at their first use: time it warm
                took = _timed(number, Path(folder), one_in, Fate())
            fate.slowest = max(fate.slowest, (took, number))
            if place == len(numbers) // 10:
                resident = _resident()
    fate.grown = _resident() - resident
    return fate


def _timed(number: int, folder: Path, one_in: int, fate: Fate) -> float:
    """Take a mutant through it all, note what came of it, and return the CPU seconds."""
    start = time.process_time()
    try:
        fate.counts[live(number, folder, check_it=number % one_in == 0)] += 1
    except Exception as error:
        fate.faults.append(f"{number}: {type(error).__name__}: {str(error)[:300]}")
    return time.process_time() - start


def _resident() -> int:
    """Return the most memory that this process has taken, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def many(count: int, processes: int, one_in: int) -> Fate:
    """Take mutants through it all in several processes."""
    share = -(-count // processes)
    ranges = [range(n * share, min(count, (n + 1) * share)) for n in range(processes)]
    fate = Fate()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        for other in pool.starmap(lives, [(numbers, one_in) for numbers in ranges]):
            fate.add(other)
    return fate


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    start = time.perf_counter()
    fate = many(count, multiprocessing.cpu_count(), CHECKED_LONG)
    print(f"{count:,} in {time.perf_counter() - start:.0f} s: {dict(fate.counts)}")
    print(f"slowest {fate.slowest[0]:.2f} s of CPU, number {fate.slowest[1]}")
    print(f"memory grew by {fate.grown / 1024:.0f} MB after the first tenth")
    print("\n".join(fate.faults[:40]) or "nothing was raised")
    return int(bool(fate.faults))


if __name__ == "__main__":
    raise SystemExit(main())
