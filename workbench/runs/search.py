"""Which runs a search finds: `beta > 1, seed 0, a word of a note`. Free of Qt.

Parts are separated by commas. A part is a comparison with a parameter, a measure, the seed, the
steps or the seconds; or a name and its value; or words, which must all occur in what a row shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.document.catalogue import Catalogue, ParamInfo
from engine.document.messages import RunInfo
from workbench.search.comparing import OPERATORS, Part, parts_of
from workbench.words.kinds import from_catalogue
from workbench.words.letters import letters
from workbench.words.quantities import read_float

Test = Callable[[RunInfo, Callable[[], str]], bool]


def finder(text: str, catalogue: Catalogue) -> Test:
    """Return whether a run is found, as a function of the run and of what tells its row's words."""
    parts = list(parts_of(text))

    def finds(run: RunInfo, words: Callable[[], str]) -> bool:
        return all(_finds(part, run, words, catalogue) for part in parts)

    return finds


def _finds(part: Part | str, run: RunInfo, words: Callable[[], str], catalogue: Catalogue) -> bool:
    if isinstance(part, str):
        return all(word in words() for word in part.split())
    if any(_compares(part, value) for value in values_of(run, part.name, catalogue)):
        return True
    return not part.sign and all(word in words() for word in (*part.name.split(), part.value))


def _compares(part: Part, value: Any) -> bool:
    wanted = read_float(part.value)
    sign = OPERATORS[part.sign or "="]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return wanted is not None and sign(value, wanted)
    return part.sign in ("", "=", "!=", "≠") and sign(str(value).casefold(), part.value)


def values_of(run: RunInfo, name: str, catalogue: Catalogue) -> Iterator[Any]:
    """Yield what a run has under a name: parameters of its nodes, set or not; facts; measures."""
    facts = {"seed": run.seed, "steps": run.steps, "seconds": run.seconds, "run": run.number}
    if name in facts:
        yield facts[name]
    for measure, value in run.metrics.items():
        if name in (measure.casefold(), letters(measure).casefold()):
            yield value
    for node, kind in run.kinds.items():
        known = catalogue.kinds.get(kind)
        own = run.params.get(node, {})
        for param in known.params if known else ():
            if name in _names(node, param):
                yield own.get(param.name, param.default)
        if known is None and name in own:
            yield own[name]


def _names(node: str, param: ParamInfo) -> tuple[str, ...]:
    title = param.title or param.name
    names = (param.name, letters(param.name), title, from_catalogue(title), f"{node}.{param.name}")
    return tuple(text.casefold() for text in names)
