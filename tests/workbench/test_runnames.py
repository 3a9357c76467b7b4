"""Runs are named by what changed, in the window's words."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from engine.document.lineage import Difference
from engine.document.messages import RunInfo
from tests.shipped import catalogue
from workbench.words.runnames import changes_of, full_name, run_name


def value(node: str, kind: str, name: str, before: object, after: object) -> Difference:
    return Difference(what="value", node=node, kind=kind, name=name, before=before, after=after)


BETA = value("elbo", "ELBO", "beta", 0.3, 1.0)
RATE = value("adam", "Optimizer", "rate", UNSET, 0.02)
NORM = Difference(what="added", node="norm", kind="Normalize", title="Batch norm")
CUT = Difference(what="cut", node="elbo", name="q")


def named(*changes: Difference, number: int = 3, origin: int = 1) -> str:
    info = RunInfo(path="/r", name="vae", number=number, origin=origin, changes=list(changes))
    return run_name(info, catalogue())


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ([], "Run 3 · as run 1"),
        ([BETA], "Run 3 · β 1"),
        ([BETA, RATE], "Run 3 · β 1, learning rate 0.02"),
        ([BETA, RATE, NORM, CUT], "Run 3 · β 1, learning rate 0.02, + 2"),
        ([NORM, CUT], "Run 3 · + Batch norm, − wire"),
        ([Difference(what="value", name="seed", before=0, after=7)], "Run 3 · seed 7"),
        ([value("elbo", "ELBO", "beta", UNSET, 1.0)], "Run 3 · as run 1"),
        ([value("data", "Gone", "some_thing", None, [1, 2])], "Run 3 · some thing 1 2"),
    ],
)
def test_a_run_is_named_by_what_changed(changes: list[Difference], name: str) -> None:
    assert named(*changes) == name


def test_one_value_of_several_nodes_is_one_change() -> None:
    both = [value(node, node.title(), "hidden", 128, 32) for node in ("encoder", "decoder")]
    assert named(*both) == "Run 3 · hidden width 32"
    other = value("decoder", "Decoder", "hidden", 128, 64)
    assert named(both[0], other) == "Run 3 · Encoder hidden width 32, Decoder hidden width 64"


def test_what_trains_is_named_before_what_is_looked_at() -> None:
    caption = value("samples", "Scatter", "caption", "", "2,500 draws")
    assert named(caption, BETA) == "Run 3 · β 1, caption 2,500 draws"


def test_a_change_has_the_value_before_where_it_was_the_default() -> None:
    info = RunInfo(path="/r", name="vae", number=2, origin=1, changes=[RATE])
    assert [tuple(told) for told in changes_of(info, catalogue())] == [
        ("learning rate", "0.001", "0.02")
    ]


def test_the_first_run_and_a_damaged_one_have_names() -> None:
    assert named(number=1, origin=0) == "Run 1"
    assert run_name(RunInfo(path="/runs/x", name="x"), catalogue()) == "x"
    assert full_name(RunInfo(path="/r", name="vae", number=1), catalogue()) == "vae, Run 1"


def test_a_change_in_a_run_says_since_which_step() -> None:
    turned = Difference(
        what="value", node="elbo", kind="ELBO", name="beta", before=0.3, after=2.0, step=5000
    )
    assert named(turned, replace(turned, before=2.0, after=1.0, step=9000)) == (
        "Run 3 · β 2 from step 5,000, β 1 from step 9,000"
    )
    assert named(turned) == "Run 3 · β 2 from step 5,000"
