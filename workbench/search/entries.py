"""Search entries of nodes and examples: titles, synonyms, parameters, papers, in all languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from engine.document.catalogue import Catalogue, KindInfo
from workbench.bench.examples import Example
from workbench.search.finding import Entry
from workbench.words.kinds import kind_title
from workbench.words.language import EXAMPLES, KINDS, everywhere
from workbench.words.letters import letters

T = TypeVar("T")

USUAL = 0.5  # a kind in at least this share of the examples is not indexed


def kind_entry(kind: KindInfo, item: T, *, title: str = "") -> Entry[T]:
    """Return a kind's entry; `title` replaces its own title."""
    category = everywhere(KINDS, kind.category.capitalize())
    return Entry(
        item,
        (
            (1.0, title or kind_title(kind)),
            (1.0, _terms([*everywhere(KINDS, kind.title), kind.kind.rpartition(".")[2]])),
            (1.0, kind.synonyms),
            (0.7, _terms(_params(kind))),
            (0.5, _terms(category)),
            (0.45, " ".join(everywhere(KINDS, kind.summary))),
            (0.35, kind.paper),
        ),
    )


def _params(kind: KindInfo) -> Iterator[str]:
    for param in kind.params:
        yield from (param.name, letters(param.name))
        yield from everywhere(KINDS, param.title)
        for choice in param.choices:
            yield from everywhere(KINDS, str(choice))


def _terms(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))


def example_entries(examples: list[Example], catalogue: Catalogue) -> list[Entry[Example]]:
    """Return the entries of examples: their texts, and the kinds that not all of them have."""
    kinds = [{place.kind for place in e.graph.nodes.values()} for e in examples]
    most = USUAL * len(examples)
    own = [{k for k in of if sum(k in others for others in kinds) <= most} for of in kinds]
    return [
        _example_entry(example, sorted(some), catalogue)
        for example, some in zip(examples, own, strict=True)
    ]


def _example_entry(example: Example, kinds: list[str], catalogue: Catalogue) -> Entry[Example]:
    summary = everywhere(EXAMPLES, str(example.graph.extra.get("summary", "")))
    infos = [catalogue.kinds[kind] for kind in kinds if kind in catalogue.kinds]
    return Entry(
        example,
        (
            (1.0, example.title),
            (1.0, _terms([*everywhere(EXAMPLES, example.graph.title), example.name])),
            (0.9, " ".join(summary)),
            (0.8, example.graph.lesson),
            *((0.6, _terms([*everywhere(KINDS, k.title), k.kind, k.synonyms])) for k in infos),
        ),
    )
