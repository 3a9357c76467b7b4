"""Lessons: their links lead somewhere, their formulas can be typeset, both languages agree."""

from __future__ import annotations

import re
from functools import cache

import msgspec
import pytest
import ziamath

import resources
from engine.check.describe import catalogue
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Graph
from engine.document.groups import with_groups
from nodes.library import find
from nodes.params import value_fault
from workbench.actions import BY_ID
from workbench.panels.lesson import section_of
from workbench.words import language

FILES = sorted(resources.path("lessons").glob("*.md"))
CATALOGUE = catalogue(find())
each = pytest.mark.parametrize("file", [f.name for f in FILES])


def text(file: str) -> str:
    return resources.path("lessons", file).read_text("utf-8")


def links(file: str, scheme: str = "") -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", text(file))
    return [link for link in found if link.startswith(scheme)]


@cache
def examples() -> list[Graph]:
    return [graphs.load(path) for path in resources.path("examples").glob(f"*{SUFFIX}")]


def graphs_of(lesson: str) -> list[Graph]:
    """Return the examples that name a lesson as theirs."""
    return [graph for graph in examples() if graph.lesson == lesson]


@each
def test_its_links_lead_somewhere(file: str) -> None:
    for link in links(file):
        scheme, _, rest = link.partition(":")
        assert {
            "https": lambda rest: True,
            "node": lambda rest: True,
            "set": lambda rest: "=" in rest,
            "action": lambda rest: rest in BY_ID,
            "example": lambda rest: resources.path("examples", rest + SUFFIX).exists(),
            "lesson": lambda rest: resources.path("lessons", f"{rest}.md").exists(),
            "kind": lambda rest: rest in CATALOGUE.kinds,
        }[scheme](rest), link


@each
def test_what_it_points_at_is_in_one_of_its_graphs(file: str) -> None:
    owners = graphs_of(file.partition(".")[0])
    for link in links(file, "node:"):
        assert any(link.removeprefix("node:") in graph.nodes for graph in owners), link


def test_an_example_opens_its_lesson_at_its_section_in_both_languages() -> None:
    having = [graph for graph in examples() if graph.extra.get("section")]
    assert len(having) > 20
    for graph in having:
        places = []
        for file in (f"{graph.lesson}.md", f"{graph.lesson}.fr.md"):
            headings = re.findall(r"(?m)^## (.+)$", text(file))
            places.append(headings.index(section_of(text(file), graph.extra["section"])))
        assert places[0] == places[1] > 0, graph.title


def test_each_example_is_named_by_a_lesson() -> None:
    named = {link for file in (f.name for f in FILES) for link in links(file, "example:")}
    paths = resources.path("examples").glob(f"*{SUFFIX}")
    names = [path.name.removesuffix(SUFFIX) for path in paths]
    assert [name for name in names if f"example:{name}" not in named] == []


@each
def test_what_it_sets_can_be_set(file: str) -> None:
    owners = graphs_of(file.partition(".")[0])
    for link in links(file, "set:"):
        where, _, value = link.removeprefix("set:").partition("=")
        node, _, name = where.partition(".")
        having = [graph for graph in owners if node in graph.nodes]
        assert having, link
        for graph in having:
            info = with_groups(CATALOGUE, graph)[graph.nodes[node]].param(name)
            assert info is not None, link
            assert not value_fault(info, msgspec.json.decode(value.encode())), link


@each
def test_its_formulas_can_be_typeset(file: str) -> None:
    words = re.sub(r"```.*?```|`[^`\n]*`", "", text(file), flags=re.DOTALL)
    found = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", words, re.DOTALL)
    for alone, inline in found:
        assert ziamath.Latex(alone or inline).getsize()[0] > 0
    assert words.count("$") == sum(4 if alone else 2 for alone, _ in found)


@pytest.mark.parametrize("file", [f.name for f in FILES if f.name.count(".") == 1])
def test_the_french_lesson_has_the_same_links_and_sections(file: str) -> None:
    french = file.replace(".md", ".fr.md")
    assert links(french) == links(file)
    assert text(french).count("\n## ") == text(file).count("\n## ")


@pytest.mark.parametrize("file", [f.name for f in FILES if f.name.endswith(".fr.md")])
def test_no_french_line_begins_with_a_sign(file: str) -> None:
    """A sign of two parts, and the thousands of a number, stay on the line of what they follow."""
    words = re.sub(
        r"```.*?```|`[^`\n]*`|\$\$.+?\$\$|\$[^$\n]+?\$", "x", text(file), flags=re.DOTALL
    )
    assert not re.findall(r".*(?:[ \n][:;!?%»](?![\w-])|« |\d \d{3}(?!\d)).*", words)


@pytest.mark.parametrize("file", [f.name for f in FILES if f.name.endswith(".fr.md")])
def test_a_french_lesson_says_what_the_french_window_shows(file: str) -> None:
    """No link and nothing emphasised is an English title that the window shows in French."""
    french = language.words("fr")[language.KINDS]
    kinds = CATALOGUE.kinds.values()
    shown = {kind.title for kind in kinds} | {p.title for kind in kinds for p in kind.params}
    shown |= {str(choice) for kind in kinds for p in kind.params for choice in p.choices or ()}
    pattern = r"\[([^\]]+)\]\(|(?<!\*)\*([^*\n]+)\*(?!\*)|\*\*([^*]+)\*\*"
    said = {" ".join("".join(found).split()) for found in re.findall(pattern, text(file))}
    assert {words for words in said & shown if french.get(words, words) != words} == set()
