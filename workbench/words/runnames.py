"""Names of runs: a number, and what changed from the run that each came from: `Run 3 · β 1`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue
from engine.document.lineage import SEED, Difference
from engine.document.messages import RunInfo
from workbench.words.kinds import choice_words, from_catalogue, kind_title
from workbench.words.letters import letters
from workbench.words.quantities import show_float, show_int

NAMED = 2  # changes that a name has room for
LOOKING = {"view", "metric"}  # roles whose nodes change no weights
DIGITS = 6  # of a number that is not whole
LONGEST = 24  # characters of a value


def tr(text: str) -> str:
    return QCoreApplication.translate("runs", text)


class Told(NamedTuple):
    """A change in words: `β`, `0.3`, `1`. A change of the graph has a name only: `+ Batch norm`."""

    name: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.after}".rstrip()


def run_name(info: RunInfo, catalogue: Catalogue) -> str:
    """Return the name of a run; of a damaged one that of its folder."""
    if not info.number:
        return info.name or info.path
    number = tr("Run {0}").format(info.number)
    told = changes_of(info, catalogue)
    if not told:
        again = tr("as run {0}").format(info.origin) if info.origin else ""
        return f"{number} · {again}" if again else number
    more = len(told) - NAMED
    words = ", ".join([*map(str, told[:NAMED]), *([f"+ {more}"] if more > 0 else [])])
    return f"{number} · {words}"


def full_name(info: RunInfo, catalogue: Catalogue) -> str:
    """Return the name of a run among those of other documents: `vae-digits, Run 3 · β 1`."""
    name = run_name(info, catalogue)
    return f"{info.name}, {name}" if info.number and info.name else name


def changes_of(info: RunInfo, catalogue: Catalogue) -> list[Told]:
    """Return what changed, in words, each once: one value that several nodes share is one change.

    A value that is set to its default is none. What only changes how a run is looked at comes last.
    """
    there = [d for d in info.changes if _differs(d, catalogue)]
    there.sort(key=lambda d: _role(d, catalogue) in LOOKING)
    values = {_one_value(d): d.name for d in there if d.what == "value"}
    told = list(values.values())
    shared = {name for name in told if told.count(name) > 1}
    return list(dict.fromkeys(_told(d, catalogue, headed=d.name in shared) for d in there))


def _one_value(change: Difference) -> tuple[str, ...]:
    """Return what is the same for changes that one name tells: those of a node while it ran too."""
    sides = (repr(change.before), repr(change.after))
    return (change.name, *((change.node,) if change.step else sides))


def _role(change: Difference, catalogue: Catalogue) -> str:
    kind = catalogue.kinds.get(change.kind)
    return kind.role if kind else ""


def _differs(change: Difference, catalogue: Catalogue) -> bool:
    return change.what != "value" or _value(change, change.before, catalogue) != _value(
        change, change.after, catalogue
    )


def _told(change: Difference, catalogue: Catalogue, *, headed: bool) -> Told:
    if change.what == "value":
        name = value_words(change, catalogue)
        head = f"{_title(change, catalogue)} " if headed else ""
        before, after = (_value(change, v, catalogue) for v in (change.before, change.after))
        if change.step:
            after = tr("{0} from step {1}").format(after, show_int(change.step))
        return Told(head + name, before, after)
    return Told(_SIGNS[change.what].format(_graph_words(change, catalogue)))


_SIGNS = {"added": "+ {0}", "wired": "+ {0}", "removed": "− {0}", "cut": "− {0}", "mode": "{0}"}


def _graph_words(change: Difference, catalogue: Catalogue) -> str:
    if change.what in ("wired", "cut"):
        return tr("wire")
    title = _title(change, catalogue)
    if change.what != "mode":
        return title
    modes = {"on": tr("{0} on"), "muted": tr("{0} muted"), "bypassed": tr("{0} bypassed")}
    return modes.get(str(change.after), "{0}").format(title)


def _title(change: Difference, catalogue: Catalogue) -> str:
    kind = catalogue.kinds.get(change.kind)
    return change.title or (kind_title(kind) if kind else change.kind)


def value_words(change: Difference, catalogue: Catalogue) -> str:
    """Return a parameter's name: its symbol, or its title as within a sentence."""
    if not change.node and change.name == SEED:
        return tr("seed")
    kind = catalogue.kinds.get(change.kind)
    param = kind.param(change.name) if kind else None
    if param is None or not param.title:
        return letters(change.name)
    title = from_catalogue(param.title)
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _value(change: Difference, value: object | UnsetType, catalogue: Catalogue) -> str:
    if value is UNSET:
        kind = catalogue.kinds.get(change.kind)
        param = kind.param(change.name) if kind else None
        value = param.default if param else None
    return shown(value)


def shown(value: object) -> str:
    """Return a parameter's value, short enough for a name."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, int):
        return show_int(value)
    if isinstance(value, float):
        value = float(f"{value:.{DIGITS}g}")
        whole = value.is_integer() and abs(value) < 1e6
        return show_int(int(value)) if whole else show_float(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = " ".join(shown(part) for part in value)
    text = " ".join(choice_words(value).split()).rpartition("/")[2]  # of a path its end
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
