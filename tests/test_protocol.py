"""What breaks the protocol is seen: else its law would hold nobody."""

from __future__ import annotations

from contextlib import nullcontext

import msgspec
import numpy as np
import pytest

from engine.document import messages as m
from engine.document.catalogue import Catalogue, Fix, Problem
from tests.protocol import Order, decoded
from tests.shipped import catalogue
from workbench.plots.kinds import KINDS

GOOD = m.Array.of(np.zeros((2, 3), "f4"))
BAD = m.Array(dtype="<f4", shape=[2, 4], data=GOOD.data)


def figure(array: m.Array) -> m.Figure:
    return m.Figure(node="a", step=1, figure=m.FigureData(kind="points", arrays={"xy": array}))


def body(event: object) -> bytes:
    return m.frame(event)[4:]


@pytest.mark.parametrize(
    "event",
    [
        figure(GOOD),
        m.Past(run="r", step=1, figures=[figure(GOOD)]),
        m.Scalars(series={"loss": ([1, 2], [0.5, float("nan")])}),
        m.Progress(node="a", step=3, total=0),
        m.Welcome(catalogue=Catalogue()),
    ],
)
def test_what_keeps_to_it_passes(event: object) -> None:
    assert repr(decoded(body(event))) == repr(event)


@pytest.mark.parametrize(
    "event",
    [
        figure(BAD),
        m.Past(run="r", step=1, figures=[figure(BAD)]),
        m.Scalars(series={"loss": ([1, 2], [0.5])}),
        m.Scalars(series={"loss": ([2, 1], [0.5, 0.5])}),
        m.Progress(node="a", step=4, total=3),
    ],
)
def test_what_says_it_wrong_is_seen(event: object) -> None:
    with pytest.raises(AssertionError):
        decoded(body(event))


def test_a_field_that_nobody_knows_is_seen() -> None:
    raw = msgspec.msgpack.decode(body(m.Note(text="a"))) | {"colour": "red"}
    with pytest.raises(AssertionError):
        decoded(msgspec.msgpack.encode(raw))


def status(word: str) -> m.Status:
    return m.Status(status=word)  # type: ignore[arg-type]


WELCOME = m.Welcome(catalogue=Catalogue())
MENDED = m.Mended(seq=2, problem=Problem(sentence="a", fix=Fix(label="b")))


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([WELCOME, *map(status, ("starting", "running", "paused", "running", "done"))], True),
        ([WELCOME, m.Checked(seq=2), MENDED], True),
        ([m.Checked(seq=1)], False),
        ([WELCOME, status("running")], False),
        ([WELCOME, status("starting"), status("done")], False),
        ([WELCOME, MENDED], False),
        ([WELCOME, m.Checked(seq=2), m.Checked(seq=3), MENDED], False),
    ],
)
def test_the_order_is_held(events: list[object], kept: bool) -> None:
    order = Order()

    def take() -> None:
        for event in events:
            order.take(event)

    with nullcontext() if kept else pytest.raises(AssertionError):
        take()


def test_every_figure_of_a_node_has_a_row_in_the_window() -> None:
    drawn = {kind.figure for kind in catalogue().kinds.values() if kind.figure}
    assert drawn - KINDS.keys() == set()
