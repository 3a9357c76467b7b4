"""The cost of the check after an edit, in CPU milliseconds of the engine and by the clock.

Medians; examples of all sizes, generated graphs, the first check of an engine, edits in a run.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from engine.document.graph import Change, Graph, Place, Put, Wire, load
from engine.document.messages import Checked
from engine.run.session import Session
from tests.engine.alterations import altered
from tests.engine.test_total import EXAMPLES
from tests.engine.toy import Listener
from tests.running import run
from tests.shipped import library
from tests.workbench.test_pace import rows
from workbench import edits

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

EVERY = 3  # of the examples in order one in so many
EDITS = 4  # of each kind
Times = dict[str, list[tuple[float, float]]]


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Return the milliseconds that something takes: of CPU, and by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    act()
    return 1e3 * (time.process_time() - cpu), 1e3 * (time.perf_counter() - clock)


def tell(name: str, times: Times) -> None:
    print(f"\n{name}")
    for kind, pairs in times.items():
        cpu, clock = (sorted(part) for part in zip(*pairs, strict=True))
        middle = f"{statistics.median(cpu):8.1f} ms CPU, {statistics.median(clock):8.1f} ms clock"
        print(f"  {kind:12s} {middle}, highest {cpu[-1]:8.1f} ms CPU, of {len(pairs)}")


def parameter(session: Session, graph: Graph, chance: Random, *, live: bool) -> Change | None:
    """Return a change of a number that is live, or that is not, at a random node."""
    names = [n for n, p in graph.nodes.items() if not (p.twin or p.group) and p.mode == "on"]
    for name in chance.sample(names, len(names)):
        place = graph.nodes[name]
        for info in session.catalogue[place].params:
            value = place.params.get(info.name, info.default)
            if info.live == live and info.type == "float" and value:
                return Change("", (Put(("nodes", name, "params", info.name), 0.9 * value),))
            if info.live == live and info.type == "int" and value and value > (info.low or 1):
                return Change("", (Put(("nodes", name, "params", info.name), value - 1),))
    return None


def some(session: Session, graph: Graph, kind: str, chance: Random) -> Change | None:
    """Return a random edit of a kind."""
    node = chance.choice([*graph.nodes])
    if kind in ("live", "structural"):
        return parameter(session, graph, chance, live=kind == "live")
    if kind == "cut":
        cut = chance.choice(graph.wires)
        return Change("", (Put(("wires",), [w for w in graph.wires if w != cut]),))
    if kind == "add":
        return Change("", (Put(("nodes", "one_more"), Place(kind="GaussianPoints")),))
    if kind == "remove":
        return edits.remove(graph, [node])
    return Change("", (Put(("nodes", node, "title"), "Renamed"),))


KINDS = ("live", "structural", "cut", "add", "remove", "rename")


def update(session: Session, graph: Graph) -> Checked:
    """Take an edit as the server does; what it leaves for later is timed as `confirmed`."""
    return session.tune(graph) or session.update(graph)


def edit(times: Times, session: Session, graph: Graph, count: int) -> None:
    """Time so many edits of each kind, and taking each back."""
    chance = Random(0)
    for kind in KINDS:
        for _ in range(count):
            change = some(session, graph, kind, chance)
            if change is None:
                continue
            other, _ = altered(graph, change)
            for what, new in ((kind, other), ("undo", graph)):
                times.setdefault(what, []).append(timed(lambda new=new: update(session, new)))
                if session.unconfirmed:
                    times.setdefault("confirmed", []).append(timed(session.confirm))


def test_examples() -> None:
    times: Times = {"first": []}
    for name in sorted(EXAMPLES)[::EVERY]:
        graph, session = load(EXAMPLES[name]), Session(library=library())
        times["first"].append(timed(lambda g=graph, s=session: s.update(g)))
        edit(times, session, graph, EDITS)
    tell("examples", times)


@pytest.mark.parametrize("nodes", [200, 1000])
def test_generated(nodes: int) -> None:
    graph, session = rows(nodes // 3), Session(library=library())
    times: Times = {"first": [timed(lambda: session.update(graph))]}
    edit(times, session, graph, 3)
    more, pasted = rows(nodes // 3), rows(nodes // 3 + 20)
    times["paste of 60"] = [timed(lambda: session.update(pasted)) for _ in range(1)]
    times["its undo"] = [timed(lambda: session.update(more)) for _ in range(1)]
    tell(f"{nodes} nodes", times)


def test_ten_thousand() -> None:
    graph, session = chains(10_000), Session(library=library())
    times: Times = {"first": [timed(lambda: session.update(graph))]}
    for seed in range(3):
        graph.settings.seed = seed + 1
        times.setdefault("edit", []).append(timed(lambda: session.update(graph)))
    tell("10,000 nodes in chains", times)


def chains(count: int) -> Graph:
    """Return chains of ten: points, eight nodes that pass them on, a view."""
    graph = Graph()
    for row in range(count // 10):
        kinds = ["TwoMoons", *["Flatten"] * 8, "Scatter"]
        names = [f"n{row}_{place}" for place in range(10)]
        graph.nodes |= {n: Place(kind=k) for n, k in zip(names, kinds, strict=True)}
        ports = [("points", "x"), *[("y", "x")] * 7, ("y", "points")]
        for (a, b), (out, into) in zip(pairwise(names), ports, strict=True):
            graph.wires.append(Wire(a, out, b, into))
    return graph


FIRST = """
import json, time
from engine.document.graph import load
from engine.run.session import Session
import engine.serve.server
from nodes.library import find
session, graph = Session(library=find()), load("{path}")
try:
    from engine.serve.quiet import imports
except ImportError:
    imports = lambda: ()
def timed(act):
    cpu, clock = time.process_time(), time.perf_counter()
    act()
    return time.process_time() - cpu, time.perf_counter() - clock
print(json.dumps([timed(lambda: [*imports()]), timed(lambda: session.update(graph))]))
"""


def test_first_check_of_an_engine() -> None:
    times: Times = {"quiet": [], "check": []}
    for _ in range(5):
        for name in ("vae-digits", "ddpm-moons"):
            code = FIRST.format(path=EXAMPLES[name])
            said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            for kind, (cpu, clock) in zip(times, json.loads(said.stdout), strict=True):
                times[kind].append((1e3 * cpu, 1e3 * clock))
    tell("a fresh engine: what it does while nobody waits, then the first check", times)


@pytest.mark.parametrize("name", ["ot-cfm-moons", "vae-mnist"])
def test_edits_in_a_run(name: str) -> None:
    """Fifty edits of live parameters in a run, and the steps between them."""
    session = Session(library=library())
    graph = load(EXAMPLES[name])
    for place in graph.nodes.values():
        if place.kind == "Trainer":
            place.params["steps"] = 400
    session.update(graph)
    times: Times = {"step": [], "edit": []}
    chance, since = Random(0), [0.0, 0.0]

    def between(host: Listener, nested: bool) -> None:
        nonlocal since
        if nested:
            return
        now = [time.process_time(), time.perf_counter()]
        if session.step > 2:
            times["step"].append((1e3 * (now[0] - since[0]), 1e3 * (now[1] - since[1])))
        if session.step > 2 and session.step % 6 == 0 and len(times["edit"]) < 50:
            change = parameter(session, graph, chance, live=True)
            assert change is not None
            other, _ = altered(graph, change)
            times["edit"].append(timed(lambda: session.tune(other) or session.edit(other)))
        since = [time.process_time(), time.perf_counter()]

    run(session, Listener(between), view_share=0.0)
    tell(f"{name}: edits in a run", times)
    spent, steps = (sum(cpu for cpu, _ in times[kind]) for kind in ("edit", "step"))
    print(f"  50 edits in {steps / 1e3:.1f} s of steps add {100 * spent / steps:.1f} %")
