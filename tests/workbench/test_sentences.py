"""Sentences: every template has its French with the same parts, and none is made by hand."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QCoreApplication

import workbench
from engine.check import describe
from engine.document.catalogue import Catalogue, Fix, Problem, param_problem
from engine.document.graph import Graph, Place
from nodes import library
from nodes.errors import InputRefused
from nodes.sentences import (
    Listed,
    NodeName,
    PortName,
    Word,
    either,
    marks,
    reason,
    say,
    shortened,
)
from workbench import edits
from workbench.words import language, sentences
from workbench.words.sentences import Names, row_of, translate

ROOT = Path(workbench.__file__).parent.parent
FOLDERS = ("nodes", "engine", "workbench")
MAKERS = {"say", "told", "_fault", "_failed", "_refused", "damaged", "no_labels", "Change"}
ENDINGS = ("Refused", "Refusal", "Missing", "Failed", "Finite", "Unbuilt", "Stopped")
RE_CALLS = {
    *("compile", "sub", "subn", "split", "match", "fullmatch", "search", "findall", "finditer")
}
FIELDS = {
    "Problem": ("sentence", "hint"),
    "Fix": ("label",),
    "Status": ("sentence",),
    "Note": ("text",),
}
NO_WORDS = ("{what} {fix}", "")
WORDS = re.compile(r"[^\W\d_]{2}")
MARK = re.compile(r"\{\w+\}")
IN_A_TERMINAL = ("engine/terminal/", "nodes/metrics/train_features.py")
DIGITS = re.compile(r"\.\d+[efg]")
FORMULA = re.compile(r"\\|[_^]\{")


def is_maker(name: str) -> bool:
    return name in MAKERS or name.endswith(ENDINGS)


class Source(NamedTuple):
    """What a file says: calls that could make a sentence, and texts with named parts.

    `numbers`: the formats in which it writes numbers.
    """

    file: str
    calls: list[ast.Call]
    marked: set[str]
    numbers: set[str]


@cache
def sources() -> list[Source]:
    """Read each file once for all tests."""
    return [
        _source(str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8")))
        for folder in FOLDERS
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]


def _source(file: str, tree: ast.Module) -> Source:
    found = Source(file, [], set(), set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and has_words(node):
            found.calls.append(node)
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            form = "".join(str(getattr(p, "value", "")) for p in node.format_spec.values)
            found.numbers.update({form} if DIGITS.fullmatch(form) else ())
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and marks(text) and not FORMULA.search(text) and "\n" not in text:
            found.marked.add(text)
    return found


def has_words(call: ast.Call) -> bool:
    return is_maker(called(call)) or called(call) in {*FIELDS, "Word"} or of_re(call)


def of_re(call: ast.Call) -> bool:
    module = getattr(getattr(call.func, "value", None), "id", "")
    return module == "re" and getattr(call.func, "attr", "") in RE_CALLS


def ends(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what an argument can be: both ends of `a if b else c`."""
    if isinstance(node, ast.IfExp):
        yield from ends(node.body)
        yield from ends(node.orelse)
    else:
        yield node


def called(call: ast.Call) -> str:
    """Return the name of what is called; `say` of a notice or a speaker is another."""
    method = getattr(call.func, "attr", "")
    return getattr(call.func, "id", "" if method == "say" else method)


def words_of(source: Source) -> Iterator[ast.expr]:
    """Yield the arguments of a file's calls that are shown as sentences or labels."""
    for call in source.calls:
        name = called(call)
        given = call.args[:2] if is_maker(name) else []
        named = [k.value for k in call.keywords if k.arg in FIELDS.get(name, ())]
        for argument in (*given, *named):
            yield from ends(argument)


@cache
def templates() -> frozenset[str]:
    found: set[str] = set()
    for source in sources():
        given = (n.value for n in words_of(source) if isinstance(n, ast.Constant))
        found |= {text for text in given if isinstance(text, str)} | source.marked
    return frozenset(found - set(NO_WORDS))


def calls() -> Iterator[ast.Call]:
    return (call for source in sources() for call in source.calls)


def literal_words() -> Iterator[str]:
    for call in calls():
        if getattr(call.func, "id", "") == "Word":
            for argument in call.args:
                yield from (str(n.value) for n in ends(argument) if isinstance(n, ast.Constant))


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def test_every_template_has_its_french_with_the_same_parts() -> None:
    french = language.sentences("fr")
    assert not {t for t in templates() if t not in french and WORDS.search(MARK.sub("", t))}
    for template in templates() & french.keys():
        assert sorted(set(marks(template))) == sorted(set(marks(french[template]))), template


def test_no_french_sentence_is_left_over() -> None:
    assert not language.sentences("fr").keys() - templates()


def test_no_sentence_is_finished_where_it_is_made() -> None:
    """A sentence that comes with words already in it cannot be translated."""
    finished = [
        f"{source.file}:{node.lineno}"
        for source in sources()
        for node in words_of(source)
        if isinstance(node, ast.JoinedStr)
    ]
    assert not finished


def test_numbers_of_a_sentence_stay_numbers() -> None:
    """Written in the engine they would keep their decimal point in French; see `rounded`."""
    told = [s for s in sources() if s.file.startswith(("nodes/", "engine/"))]
    written = {
        (source.file, form)
        for source in told
        if not source.file.startswith(IN_A_TERMINAL)
        for form in source.numbers
    }
    as_a_file_has_them = {("nodes/data/table.py", ".15g"), ("nodes/data/arrays.py", ".0f")}
    assert written == as_a_file_has_them


def test_a_part_without_a_value_is_a_port_or_a_parameter() -> None:
    names = {p.name for k in catalogue().kinds.values() for p in (*k.inputs, *k.outputs, *k.params)}
    for call in calls():
        given = {k.arg for k in call.keywords}
        made = getattr(call.func, "id", "") == "say" or getattr(call.func, "id", "").endswith(
            ENDINGS
        )
        for argument in call.args[:2] if made and None not in given else []:
            for node in ends(argument):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    assert set(marks(node.value)) <= given | names, node.value


def test_every_word_in_a_sentence_is_in_french() -> None:
    words = language.words("fr")[language.KINDS]
    types = {t.words for t in catalogue().types.values()}
    assert all(types)
    assert not {*literal_words(), *types, "and", "or"} - words.keys()


def test_french_is_well_set() -> None:
    for french in language.sentences("fr").values():
        assert not re.search(r" [:;!?%»]|« ", french), french


@pytest.fixture
def french(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    translator = language.Translator("fr")
    qapp.installTranslator(translator)
    monkeypatch.setattr(language, "spoken", lambda: "fr")
    yield
    qapp.removeTranslator(translator)


def names(node: str = "") -> Names:
    graph = Graph(
        nodes={
            "dec": Place(kind="Decoder", title="My decoder"),
            "gen": Place(kind="Generator"),
            "twin": Place(kind="Decoder", twin="dec"),
        }
    )
    return Names(graph, catalogue(), node)


def test_texts_in_a_row_have_semicolons_of_the_language(french: None) -> None:
    assert row_of([say("decimal commas"), "a"]) == "virgules décimales\u202f; a"


def test_parts_are_shown_as_they_are_painted(french: None) -> None:
    assert translate(say("{x_hat}"), names()) == "x̂"
    assert translate(say("{a}", a=PortName("architecture", "Decoder")), names()) == "Architecture"
    assert translate(say("{shape}"), names("gen")) == "Forme"
    assert translate(say("{n}", n=NodeName("dec")), names()) == "My decoder"
    assert translate(say("{n}", n=NodeName("twin")), names()) == "My decoder"
    assert translate(say("{n}", n=NodeName("gen")), names()) == "Générateur"
    assert translate(say("{n}", n=NodeName("dec.x_hat")), names()) == "My decoder, x̂"
    assert translate(say("{n}", n=NodeName("gone")), names()) == "gone"
    assert translate(say("{w}", w=either([Word("pictures"), Word("class labels")])), names()) == (
        "des images ou des étiquettes de classe"
    )


def test_numbers_are_written_as_the_language_writes_them() -> None:
    sentence = say("{n} {f} {whole}", n=60_000, f=0.25, whole=-1.0)
    assert str(sentence) == translate(sentence) == "60,000 0.25 -1"


def test_the_sizes_of_a_shape_stay_on_one_line() -> None:
    assert translate(say("{must}, not {file}", must="1 28 28", file="my 1 2.csv")) == (
        "1\u00a028\u00a028, not my 1 2.csv"
    )


def test_no_word_of_a_user_is_wider_than_a_message() -> None:
    name = "a" * 100 + "_the_end.csv"
    shown = translate(say("{file} is empty.", file=f"/home/me/{name}"))
    assert shown.startswith("/home/me/aaa") and shown.endswith("_the_end.csv is empty.")
    assert max(map(len, re.split(r"[ /]", shown))) <= 37
    usual = "/home/me/usual-name_of-a-file.csv"
    assert translate(say("{file}", file=usual)) == usual


def test_a_quoted_text_is_cut_between_words() -> None:
    assert shortened("a large three at the centre", 20) == "a large three at…"
    assert shortened("x" * 300, 20) == "x" * 19 + "…"
    assert shortened("short", 20) == "short"


def test_a_sentence_is_its_english_text() -> None:
    refusal = InputRefused("{x_hat} must be {must}.", "Set {shape} to {must}.", must=(1, 2))
    assert refusal.sentence == "x_hat must be (1, 2)."
    assert "Set shape" in refusal.fix
    assert str(refusal) == "x_hat must be (1, 2). Set shape to (1, 2)."
    assert {refusal.sentence: 1}["x_hat must be (1, 2)."] == 1


def test_a_person_s_own_braces_stay() -> None:
    refusal = InputRefused("{node} failed: {error}", node="a", error="{'k': 1} {error} {x}")
    assert refusal.sentence == "a failed: {'k': 1} {error} {x}"


def test_a_problem_is_said_whole(french: None) -> None:
    info = catalogue().kinds["Generator"]
    problem = param_problem(info, "gen", "hidden", 0)
    assert problem is not None and problem.fix is not None
    told = sentences.translate_problem(problem, names())
    assert str(told.sentence).startswith("Largeur cachée doit valoir au moins 1")
    assert told.fix is not None and str(told.fix.label).startswith("Régler Largeur cachée à ")


def test_labels_of_edits_are_french(french: None) -> None:
    graph = names().graph
    add = edits.add_node(graph, "CriticLoss", (0, 0), catalogue=catalogue())
    assert translate(add.label, names()) == "Ajouter Perte du critique"
    moved = edits.move(graph, {"dec": (0, 0), "gen": (1, 1), "twin": (2, 2)})
    assert translate(moved.label, names()) == "Déplacer 3 nœuds"
    removed = edits.remove(graph, ["gen"])
    assert translate(removed.label, names()) == "Supprimer Générateur"
    assert translate(edits.set_param(graph, "gen", "hidden", 1).label, names()) == (
        "Générateur\u202f: régler Largeur cachée"
    )


def test_nothing_of_a_sentence_is_lost_on_the_way() -> None:
    import msgspec

    parts = Listed((Word("a"), PortName("b"), NodeName("c"), 1, 0.5, say("{d}", d="e")), "or")
    problem = Problem(sentence=say("{p}", p=parts), fix=Fix(label=say("Set {d}", d=1)))
    body = msgspec.msgpack.encode(problem)
    found = msgspec.msgpack.decode(body, type=Problem)
    assert found == problem and found.sentence.parts == problem.sentence.parts


GLOSSARY = "workbench/words/glossary.py"  # it explains words of a text, in the text's language


def patterns() -> Iterator[tuple[str, ast.expr]]:
    """Yield the pattern of each regular expression of the window, with its place."""
    for source in sources():
        if source.file.startswith("workbench") and source.file != GLOSSARY:
            for call in filter(of_re, source.calls):
                yield from ((f"{source.file}:{call.lineno}", pattern) for pattern in call.args[:1])


def test_no_pattern_of_the_window_looks_for_english() -> None:
    """What has words comes with them as data; nothing finds them again in a finished text."""
    found = list(patterns())
    assert found
    for place, pattern in found:
        text = getattr(pattern, "value", None)
        assert isinstance(text, str), f"{place}: a pattern that is made from data"
        assert not re.search(r"[a-z]{3}", re.sub(r"\\\\[a-z]+|\\.|\[[^]]*\]", "", text)), place


def test_what_the_system_refuses_is_said_in_words() -> None:
    for number in (errno.EACCES, errno.ENOSPC, errno.EISDIR, errno.ENOENT, errno.EIO):
        said = reason(OSError(number, os.strerror(number)))
        assert str(said) != os.strerror(number)
        assert str(said) in language.sentences("fr")
    assert reason(OSError(errno.EPROTO, "Protocol error.")) == "Protocol error"
    assert reason(EOFError()) == "EOFError"


def test_nothing_quotes_the_system_itself() -> None:
    quoting = [
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "strerror" in path.read_text("utf-8")
    ]
    assert sorted(quoting) == ["engine/record/checkpoint.py", "nodes/sentences.py"]
