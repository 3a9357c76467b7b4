"""500 actions on the real window from a fixed seed; `make walk` makes 20,000 more.

What holds after each action stands in `laws`, what can be done in the rooms `on_...`.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.workbench.walk.doings import TABLE
from tests.workbench.walk.on_menus import KINDS
from tests.workbench.walk.walker import Stumbled, Walker, replay, shortest, write_catalogue
from workbench.actions import BY_ID

pytestmark = pytest.mark.timeout(600)  # where a walk stumbles, the shortest way is sought
SEED = 11
ACTIONS = 100  # of each walk
BEGINNINGS = ("", "vae-digits", "gan-ring", "compare-mnist", "ffjord-spirals")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("walk") / "catalogue.msgpack")


def test_every_action_of_the_window_is_walked() -> None:
    walked = {id for ids in KINDS.values() for id in ids}
    assert BY_ID.keys() - walked == {"file.quit"}  # asked for by `quit_and_stay`


@pytest.mark.parametrize("example", BEGINNINGS)
def test_no_sequence_of_actions_breaks_the_window(example: str, catalogue: Path) -> None:
    walker, chance = Walker(example, catalogue), Random(f"{SEED} {example}")
    done = 0
    try:
        while done < ACTIONS:
            done += walker.do(f"{chance.choice(sorted(TABLE))} {chance.randrange(2**16)}")
        walker.do("far_and_back 0")
    except Stumbled as stumbled:
        walker.close()
        raise shortest(stumbled, catalogue, "player") from None
    walker.close()


def test_there_are_many_kinds_of_action() -> None:
    assert len(TABLE) >= 40


def test_a_walk_that_stumbles_is_told_by_its_shortest_sequence(catalogue: Path) -> None:
    """The walk sees an exception, a law that does not hold, and a crash, each alone."""
    noise = ["zoom 2"]
    for line in ("break_by_raising 0", "break_a_law 0", "break_by_crashing 0"):
        found = replay("", [*noise, line, *noise], catalogue, "player")
        assert found is not None, line
        assert shortest(found, catalogue, "player").lines == [line]
