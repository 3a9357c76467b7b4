"""One search over nodes, examples, lessons and actions, for the start page."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from engine.document.catalogue import Catalogue, KindInfo
from workbench.actions import TABLE, tr
from workbench.bench.examples import Example
from workbench.search.entries import example_entries, kind_entry
from workbench.search.finding import Entry, Found
from workbench.words.kinds import from_catalogue, kind_title

Part = Literal["node", "example", "lesson", "action"]
PARTS: tuple[Part, ...] = ("node", "example", "lesson", "action")
MOST_NODES = 3
FAIR, GOOD = 0.3, 0.6  # shares of the best score: what is shown at all, and in its part's place
LONG = 56  # characters of a sentence; a longer one ends at its first clause


class Thing(NamedTuple):
    """What a search finds: a part of the program, its name there, and how it is shown."""

    part: Part
    name: str
    title: str
    sentence: str
    icon: str
    category: str = ""


def node_thing(kind: KindInfo) -> Thing:
    title, summary = kind_title(kind), from_catalogue(kind.summary)
    return Thing("node", kind.kind, title, _short(summary), kind.icon, kind.category)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONG else re.split(r"\s?[;:] ", sentence)[0].rstrip(".")


def node_things(catalogue: Catalogue) -> list[Entry[Thing]]:
    return [kind_entry(kind, node_thing(kind)) for kind in catalogue.kinds.values()]


def example_things(examples: list[Example], catalogue: Catalogue) -> list[Entry[Thing]]:
    return [
        Entry(
            Thing("example", found.name, found.title, found.short, "layout-grid"),
            entry.texts,
        )
        for entry in example_entries(examples, catalogue)
        if (found := entry.item)
    ]


def action_things() -> list[Entry[Thing]]:
    """Return the actions that need no selection and no run."""
    found = [action for action in TABLE if action.needs in ("", "document") and not action.submenu]
    return [
        Entry(
            Thing(
                "action",
                action.id,
                tr(action.title),
                tr(action.ask) if action.ask else action.shown_keys,
                action.icon or "chevron-right",
            ),
            ((1.0, tr(action.title).rstrip("…")), (0.6, action.title)),
        )
        for action in found
    ]


def lesson_thing(name: str, title: str, sentence: str, words: str) -> Entry[Thing]:
    thing = Thing("lesson", name, title, sentence, "graduation-cap")
    return Entry(thing, ((1.0, title), (1.0, name), (0.6, words)))


def mixed(found: list[Found[Thing]], most: int) -> list[Found[Thing]]:
    """Return the best matches: some nodes, and one example, lesson and action where they fit.

    Nodes stand first, unless another part fits far better.
    """
    best = {fit.item.part: fit.score for fit in reversed(found)}
    top = max(best.values(), default=0.0)
    parts = [part for part in PARTS if best.get(part, 0.0) > FAIR * top]
    few = [_own(found, part)[: MOST_NODES if part == "node" else 1] for part in parts]
    shown = [fit for part in few for fit in part][:most]
    shown += [fit for fit in found if fit not in shown][: most - len(shown)]
    return sorted(shown, key=lambda fit: _place(fit, best, top))


def _own(found: list[Found[Thing]], part: Part) -> list[Found[Thing]]:
    return [fit for fit in found if fit.item.part == part]


def _place(fit: Found[Thing], best: dict[Part, float], top: float) -> tuple[bool, int, float]:
    part = fit.item.part
    return best[part] < GOOD * top, PARTS.index(part), -fit.score
