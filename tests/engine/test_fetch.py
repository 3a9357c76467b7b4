"""What is long and no training: fetching and measuring are told of, and stopped between frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from engine.document.errors import Stopped
from engine.document.history import read_file
from engine.document.messages import Fault, Metric, NodeState, Progress, Status
from engine.run.fingerprint import BLOCK
from engine.run.launch import Order
from engine.run.refresh import refresh
from engine.run.session import Session
from nodes.errors import DataMissing
from nodes.types import Frame
from tests.engine.toy import Line, Listener, fit, toy_library
from tests.running import launch


class Far(Line):
    """Draw points that must be fetched first, in four frames."""

    here: ClassVar[int] = 0
    closed: ClassVar[bool] = False
    wrong: ClassVar[bool] = False

    def fetch(self) -> Iterator[Frame[None]]:
        try:
            while Far.here < 4:
                Far.here += 1
                yield Frame(Far.here, 4)
                if Far.wrong:
                    raise DataMissing("It cannot be had.", place="size")
        finally:
            Far.closed = True


@pytest.fixture
def far() -> Session:
    Far.here, Far.closed, Far.wrong = 0, False, False
    library = toy_library()
    library.kinds["Far"], library.categories["Far"], library.sources["Far"] = Far, "toys", "test"
    made = Session(seed=0, library=library)
    made.update(fit(10, line="Far"))
    return made


def test_what_is_far_is_fetched_once_before_a_run(far: Session) -> None:
    host = Listener()
    assert launch(far, host, Order(threads=1, view_share=0.0)).status == "done"
    kinds = [type(e).__name__ for e in host.events[:4]]
    assert kinds == ["Status", "Progress", "NodeState", "Status"]
    assert [s.status for s in host.of(Status)] == ["starting", "starting", "running", "done"]
    assert host.of(Progress)[0] == Progress(node="line", step=1, total=4)
    assert Far.here == 4


def test_a_stop_ends_the_fetching(far: Session, tmp_path: Path) -> None:
    def stop(host: Listener, nested: bool) -> None:
        if Far.here == 2:
            raise Stopped("Stopped.")

    host = Listener(stop)
    order = Order(threads=1, runs=tmp_path / "runs")
    assert launch(far, host, order).status == "stopped"
    assert Far.here == 2 and Far.closed
    assert host.of(Status)[-1].status == "stopped"
    assert not (tmp_path / "runs").exists()


class Read(Line):
    """Draw points and say that a file of the user was read for them."""

    file: ClassVar[Path]

    def files(self) -> list[Path]:
        return [Read.file]


def test_a_stop_ends_the_first_reading_of_a_large_file(tmp_path: Path) -> None:
    """And an edit is taken meanwhile: the host is asked as between two steps."""
    Read.file = tmp_path / "large.npy"
    with Read.file.open("wb") as file:
        file.truncate(50 * BLOCK)
    library = toy_library()
    library.kinds["Read"], library.categories["Read"], library.sources["Read"] = Read, "toys", "t"
    session = Session(seed=0, library=library)
    session.update(fit(10, line="Read"))
    blocks: list[bool] = []

    def stop(host: Listener, nested: bool) -> None:
        blocks.append(nested)
        if len(blocks) == 3:
            raise Stopped("Stopped.")

    order = Order(threads=1, runs=tmp_path / "runs", view_share=0.0)
    assert launch(session, Listener(stop), order).status == "stopped"
    assert blocks == [False] * 3
    assert not (tmp_path / "runs").exists()
    folder = launch(session, Listener(), order).folder
    assert folder is not None
    (mark,) = read_file(folder).files["line"]
    assert mark.size == 50 * BLOCK and len(mark.hash) == 32


def test_what_cannot_be_fetched_is_told_of_its_node(far: Session) -> None:
    Far.wrong = True
    host = Listener()
    with pytest.raises(DataMissing, match=r"line\.size: It cannot be had"):
        launch(far, host, Order(threads=1))
    host.hear(refresh(far, host, ["mean"]))
    assert host.of(Fault)[0].problem.node == "line"
    assert host.of(NodeState)[-1].state == "idle", "nothing is fetched any more"


def test_a_measure_can_be_stopped_between_two_of_its_pulls(far: Session) -> None:
    ticks = []

    def stop(host: Listener, nested: bool) -> None:
        assert nested
        ticks.append(1)
        if len(ticks) == 6:  # four frames of fetching, the first pull, the second
            raise Stopped("Stopped.")

    host = Listener(stop)
    host.hear(refresh(far, host, ["mean"]))
    assert host.of(Metric) == [] and len(ticks) == 6
    host.at_tick = None
    host.hear(refresh(far, host, ["mean"]))
    assert len(host.of(Metric)) == 1


def test_training_is_not_told_of_pulls(far: Session) -> None:
    host = Listener(lambda host, nested: host.events.append(nested))
    launch(far, host, Order(threads=1, view_share=0.0))
    trained = next(i for i, e in enumerate(host.events) if isinstance(e, NodeState) and e.seconds)
    assert True not in host.events[6:trained]
