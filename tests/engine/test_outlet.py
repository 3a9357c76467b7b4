"""A slow reader costs nothing: what waits is merged, and nothing else is left out."""

import os
from collections.abc import Iterator

import pytest

from engine.document.messages import (
    Figure,
    FigureData,
    Note,
    Progress,
    Scalars,
    Status,
    events,
    read_frame,
)
from engine.serve.outlet import MOST_POINTS, Outlet

BULK = FigureData(kind="text", facts={"text": "x" * (1 << 20)})  # more than a pipe holds


@pytest.fixture
def pipe() -> Iterator[tuple[Outlet, int]]:
    source, sink = os.pipe()
    outlet = Outlet(os.fdopen(sink, "wb"))
    outlet.put(Figure(node="plug", step=0, figure=BULK))  # nobody reads: the pipe is full
    yield outlet, source


def heard(source: int, outlet: Outlet, last: str) -> list[object]:
    """Read to the note `last`, and return what came between it and the plug."""
    outlet.put(Note(text=last))
    found: list[object] = []
    with os.fdopen(source, "rb") as file:
        while (body := read_frame(file)) is not None:
            event = events.decode(body)
            if isinstance(event, Note) and event.text == last:
                break
            found.append(event)
    outlet.close()
    return [e for e in found if not (isinstance(e, Figure) and e.node == "plug")]


def scalars(first: int, last: int) -> Scalars:
    steps = list(range(first, last))
    return Scalars(series={"loss": (steps, [float(s) for s in steps])})


def test_what_waits_is_merged(pipe: tuple[Outlet, int]) -> None:
    outlet, source = pipe
    for step in range(100):
        outlet.put(scalars(10 * step, 10 * step + 10))
        outlet.put(Figure(node="a", step=step, figure=FigureData(kind="text")))
        outlet.put(Progress(node="t", step=step, total=100))
        outlet.put(Note(text=f"note {step}"))
    came = heard(source, outlet, "end")
    assert [e.step for e in came if isinstance(e, Figure)] == [99]
    assert [e.step for e in came if isinstance(e, Progress)] == [99]
    assert [e.text for e in came if isinstance(e, Note)] == [f"note {n}" for n in range(100)]
    (points,) = [e.series["loss"] for e in came if isinstance(e, Scalars)]
    assert points[0] == list(range(1000))


def test_nothing_is_carried_across_a_status(pipe: tuple[Outlet, int]) -> None:
    outlet, source = pipe
    outlet.put(scalars(0, 5))
    outlet.put(Status(status="running"))
    outlet.put(scalars(0, 3))
    came = heard(source, outlet, "end")
    assert [type(e) for e in came] == [Scalars, Status, Scalars]


def test_curves_that_wait_for_long_stay_bounded(pipe: tuple[Outlet, int]) -> None:
    outlet, source = pipe
    for piece in range(30):
        outlet.put(scalars(5000 * piece, 5000 * piece + 5000))
    came = heard(source, outlet, "end")
    (points,) = [e.series["loss"] for e in came if isinstance(e, Scalars)]
    assert len(points[0]) <= MOST_POINTS
    assert points[0] == sorted(points[0])


def test_a_reader_that_is_gone_is_noticed(pipe: tuple[Outlet, int]) -> None:
    outlet, source = pipe
    os.close(source)
    outlet.close()
    assert outlet.broken
    outlet.put(Note(text="nobody hears"))
