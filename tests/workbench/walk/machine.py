"""The state machine: hypothesis draws the walks and finds the shortest that fails."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.workbench.walk.doings import TABLE
from tests.workbench.walk.walker import Stumbled, Walker, shortest

NUMBERS = st.integers(0, 2**16)
STEPS = 100  # actions in one walk


class Tally:
    """What the walks of this process came to."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        self.stumbled: Stumbled | None = None

    @property
    def actions(self) -> int:
        return sum(self.done.values())


class Machine(RuleBasedStateMachine):
    """One walk. The rules are the table's, each drawn with the number of its choices.

    None has a precondition: what an engine has said by then depends on its speed, and hypothesis
    must draw the same walk again. What cannot be done is left out, and not counted.
    """

    engine = "player"
    catalogue: Path
    tally: Tally
    walker: Any = None

    def begin(self, example: str) -> None:
        self.walker = Walker(example, self.catalogue, self.engine)
        self.tally.begun[example] += 1

    def do(self, name: str, number: int) -> None:
        if self._do(f"{name} {number}"):
            self.tally.done[name] += 1

    def _do(self, line: str) -> bool:
        try:
            return self.walker.do(line)
        except Stumbled as stumbled:
            self.tally.stumbled = self.tally.stumbled or stumbled
            raise

    def teardown(self) -> None:
        walker = self.walker
        if walker is None:
            return
        try:
            if walker.lines and not walker.stumbled:
                self._do("far_and_back 0")
        finally:
            walker.close()


def _rule(name: str) -> Any:
    def do(self: Machine, number: int) -> None:
        self.do(name, number)

    do.__name__ = name
    return rule(number=NUMBERS)(do)


for _name in TABLE:
    setattr(Machine, _name, _rule(_name))


def walk(number: int, walks: int, beginnings: list[str], **given: Any) -> None:
    """Make some walks from a seed. Of the first that fails raise the shortest sequence."""

    def begin(self: Machine, example: str) -> None:
        self.begin(example)

    start = initialize(example=st.sampled_from(beginnings))(begin)
    kind = type("Walk", (Machine,), {"start": start, **given})
    chosen = settings(
        max_examples=walks,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # it would shrink in process after process for minutes
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    try:
        run_state_machine_as_test(seed(number)(kind), settings=chosen)
    except BaseException:
        if kind.tally.stumbled is None:
            raise
        found = kind.tally.stumbled
    else:
        return
    raise shortest(found, kind.catalogue, kind.engine)
