"""The French window: no word is missing, none is left over, and they are well set."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QLocale

import workbench
from engine.check import describe
from engine.document.catalogue import Catalogue, KindInfo
from engine.document.messages import FigureData
from nodes import library
from nodes.metrics.precision_recall import Coverage
from nodes.params import ParamInfo
from nodes.sentences import PortName, listed, say
from workbench.actions import MENUS, TABLE
from workbench.bench import examples
from workbench.canvas.controls import Switches
from workbench.panels import categories, lesson, log, outline_words, shared_page
from workbench.panels.fields import ChoiceField, field_for
from workbench.panels.panel import Panel
from workbench.panels.problems import FREE
from workbench.plots.base import picture
from workbench.runs import words as runs
from workbench.search.entries import kind_entry
from workbench.search.finding import find
from workbench.shell.docks import LEFT_PANELS, RIGHT_PANELS, TOOL_PANELS
from workbench.shell.runbar import BESIDE
from workbench.shell.start import COURSE, SIX
from workbench.words import language, quantities
from workbench.words.kinds import from_catalogue
from workbench.words.letters import letters, split_name
from workbench.words.sentences import part_text

CALLS = {"tr", "counted"}
PACKAGE = Path(workbench.__file__).parent
ROOT = PACKAGE.parent
TEXT = re.compile(r"\\text\{ ?([^{}]+)\}")
CITATION = re.compile(r"[^;]*\([^()]*(19|20)\d\d\), (arXiv:|doi:|https?://)\S+")
Key = tuple[str, str]  # context, English


def modules() -> dict[str, ast.Module]:
    """Return the window's modules by their dotted names."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(file.read_text("utf-8"))
    return found


def own_context(tree: ast.Module) -> str:
    """Return the context of the module's own `tr`, empty where it has none."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "tr":
            words = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == "CONTEXT"]
            return "plots" if names else str(words[0])
    return ""


def borrowed_context(tree: ast.Module, own: dict[str, str]) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(a.name == "tr" for a in node.names):
            return own[str(node.module)]
    return ""


def literals(node: ast.AST) -> Iterator[str]:
    """Yield the texts that an argument can be: also both of `a if b else c`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for part in (getattr(node, "body", None), getattr(node, "orelse", None)):
        if isinstance(part, ast.AST):
            yield from literals(part)


def written(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name of each call that translates, and the texts written in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for argument in node.args if name in CALLS else ():
                yield from ((name, text) for text in literals(argument))


def in_code() -> Iterator[Key]:
    trees = modules()
    own = {name: own_context(tree) for name, tree in trees.items()}
    for name, tree in trees.items():
        context = own[name] or borrowed_context(tree, own)
        for call, text in written(tree):
            yield ("panels" if call == "counted" else context, text)


def in_tables() -> Iterator[Key]:
    """Yield the texts that tables hold and that are translated where they are shown."""
    yield from (("actions", title) for title in MENUS.values())
    for action in TABLE:
        yield from (("actions", t) for t in (action.title, action.ask, action.submenu) if t)
    for kind in (LEFT_PANELS | RIGHT_PANELS | TOOL_PANELS).values():
        yield "frame", kind.title
    for _, title, _, tip in Switches._TABLE:
        yield from (("canvas", title), ("canvas", tip))
    yield from (("start", title) for title in (*SIX.values(), *dict(COURSE.values())))
    yield from (("panels", title) for title, _ in categories.CATEGORIES.values())
    yield from (("panels", title) for _, _, title in log.LEVELS.values())
    yield from ((where, free[0]) for where in ("panels", "runbar") for free in FREE.values())
    yield from (("runbar", words) for words in BESIDE.values())
    yield from (("panels", words) for words in outline_words.STATES.values())
    yield from (("panels", words) for words in shared_page.MODES.values())
    states = (*runs.STATES.values(), runs.UNKNOWN)
    yield from (("runs", state) for state in states if state)
    yield from (("panels", panel.title) for panel in panels() if panel.title)


def panels() -> set[type[Panel]]:
    for name in modules():
        if not name.endswith("__main__"):
            import_module(name)
    found, todo = set(), [Panel]
    while todo:
        new = [kind for kind in todo.pop().__subclasses__() if kind.__module__[:10] == "workbench."]
        found.update(new)
        todo += new
    return found


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def in_catalogue() -> Iterator[str]:
    """Yield the catalogue's words that the window shows, but for names of ports and choices."""
    yield from (text for role in catalogue().roles.values() for text in (role.title, role.summary))
    for kind in catalogue().kinds.values():
        yield from (kind.title, kind.summary, kind.unit)
        yield kind.category.capitalize()
        yield from paragraphs(kind)
        yield from (port.help for port in kind.inputs + kind.outputs)
        for param in kind.params:
            yield from (param.title or param.name, param.help, param.unit)
            yield from (param.larger, param.smaller)


@cache
def extracted() -> frozenset[Key]:
    return frozenset((*in_code(), *in_tables()))


# --- what the tests ask ---


@pytest.fixture
def french(qapp: QCoreApplication) -> Iterator[language.Translator]:
    before = QLocale()
    translator = language.Translator("fr")
    qapp.installTranslator(translator)
    QLocale.setDefault(QLocale("fr_FR"))
    yield translator
    qapp.removeTranslator(translator)
    QLocale.setDefault(before)


def table() -> language.Words:
    return language.words("fr")


def test_every_word_of_the_window_is_in_french() -> None:
    words = table()
    missing = {(c, t) for c, t in extracted() if t not in words[""] and t not in words.get(c, {})}
    assert not missing


def test_no_french_word_is_left_over() -> None:
    texts = {text for _, text in extracted()}
    left = {text for text in table()[""] if text not in texts}
    elsewhere = ("", "ports", "types", language.KINDS, language.EXAMPLES)
    own = {(c, t) for c, words in table().items() if c not in elsewhere for t in words}
    assert not left
    assert not own - extracted()


def test_every_word_of_the_catalogue_is_in_french() -> None:
    words = table()[language.KINDS]
    shown = {text for text in in_catalogue() if text} | choices()
    missing = sorted(shown - words.keys())
    assert not missing, "\n".join(missing)
    types = {text for t in catalogue().types.values() for text in (t.help, t.words)}
    assert not words.keys() - shown - types - in_sentences()


def in_sentences() -> set[str]:
    """Return the words that stand in sentences as parts."""
    trees = [ast.parse(f.read_text("utf-8")) for f in PACKAGE.parent.glob("[ne]*/**/*.py")]
    calls = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call))
    words = (a for c in calls if getattr(c.func, "id", "") == "Word" for a in c.args)
    constants = (n.value for a in words for n in ast.walk(a) if isinstance(n, ast.Constant))
    in_formulas = {w for k in catalogue().kinds.values() for w in TEXT.findall(k.formula)}
    return {"and", "or", "scalar", *map(str, constants), *in_formulas}


def choices() -> set[str]:
    return {c for kind in catalogue().kinds.values() for p in kind.params for c in p.choices}


def paragraphs(kind: KindInfo) -> Iterator[str]:
    """Yield the paragraphs of a kind's docs, but for those that only cite: titles are names."""
    for paragraph in kind.doc.split("\n\n"):
        text = " ".join(paragraph.split())
        if not CITATION.fullmatch(text):
            yield text


def test_titles_fit_on_nodes() -> None:
    words = table()[language.KINDS]
    assert not [t for kind in catalogue().kinds.values() if len(t := words[kind.title]) > 24]


def test_nothing_of_a_text_is_lost() -> None:
    """Places for words, numbers and mnemonics are the same in both languages."""
    for words in table().values():
        for english, french in words.items():
            assert places(english) == places(french), english
            assert english.count("%Ln") == french.count("%Ln"), english


def places(text: str) -> set[str]:
    return set(re.findall(r"\{\d\}", text))


def test_signs_of_two_parts_have_a_narrow_space() -> None:
    for words in table().values():
        for french in words.values():
            assert not re.search(r" ([:;!?»]|%(?!Ln))|« |\w[;!?](?!\w)", french), french


def test_the_window_speaks_french(french: language.Translator) -> None:
    def say(context: str, text: str) -> str:
        return QCoreApplication.translate(context, text)

    assert say("runbar", "Run") == "Lancer"
    assert say("actions", "Run") == "Exécution"
    assert from_catalogue("Encoder") == "Encodeur"
    assert from_catalogue("A plug-in's title") == "A plug-in's title"
    assert QCoreApplication.translate("panels", "%Ln nodes", "", 6000) == "6\u202f000 nœuds"
    assert say("QPlatformTheme", "Cancel") == "Cancel"  # Qt's words are Qt's


def test_numbers_are_french(french: language.Translator) -> None:
    assert quantities.show_float(0.5) == "0,5"
    assert quantities.show_int(60_000) == "60\u202f000"


def test_lessons_are_french(french: language.Translator) -> None:
    found = lesson.path_of("vae")
    assert found is not None and found.name == "vae.fr.md"


def test_both_languages_find_a_node(french: language.Translator) -> None:
    def first(pattern: str) -> str:
        kinds = catalogue().kinds.values()
        return find(pattern, [kind_entry(kind, kind.kind) for kind in kinds])[0].item

    assert first("perte du critique") == first("critic loss") == "CriticLoss"


def test_a_choice_is_shown_in_french_and_kept_in_english(french: language.Translator) -> None:
    param = ParamInfo(name="law", type="choice", default="normal", choices=["normal", "uniform"])
    field = field_for(param)
    assert isinstance(field, ChoiceField)
    field.show_value("uniform")
    given: list[object] = []
    field.edited.connect(lambda value, _: given.append(value))
    field.box.activated.emit(0)
    assert field.box.currentText() == "uniforme"
    assert given == ["normal"]


def test_the_system_s_language_is_taken_where_we_speak_it() -> None:
    assert language.chosen_language("fr") == "fr"
    assert language.chosen_language("system") in ("en", "fr")
    assert language.Translator("en").isEmpty()


def test_every_example_is_in_french() -> None:
    words = table()[language.EXAMPLES]
    assert not {text for text in in_examples() if text} - words.keys()


def test_groups_of_examples_are_named_in_french(french: language.Translator) -> None:
    path = examples.find("unet-from-layers")
    assert path is not None
    titles = {group.title for group in examples.load(path).groups.values()}
    assert "Bloc résiduel" in titles and "Residual block" not in titles


def test_french_names_of_rows_are_as_many() -> None:
    """Commas part them: a decimal comma would make two of one."""
    words = table()[language.EXAMPLES]
    graphs = [example.graph for example in examples.listed()]
    boards = [board for graph in graphs for board in (graph, *graph.groups.values())]
    places = (place for board in boards for place in board.nodes.values())
    given = {str(place.params["names"]) for place in places if "names" in place.params}
    assert not [names for names in given if names.count(",") != words[names].count(",")]


def in_examples() -> Iterator[str]:
    for example in examples.listed():
        yield from (example.title, example.summary, example.time)
        yield from (text for g in example.graph.groups.values() for text in (g.title, g.help))
        for board in (example.graph, *example.graph.groups.values()):
            for place in board.nodes.values():
                yield place.title
                yield from (str(place.params.get(name, "")) for name in examples.PARAMS)
            for part in (*board.layout.frames.values(), *board.layout.notes.values()):
                yield from (str(part.get(name, "")) for name in examples.WORDS)
        if play := example.graph.layout.play:
            yield from (play.title, play.question, *(one.label for one in play.inputs))


def test_ports_and_figures_are_named_in_french(french: language.Translator) -> None:
    named = {split_name(name) for name in (*in_ports(), *figure_keys())}
    missing = {n for n in named if re.search(r"[a-zA-Z]{2}", n) and n not in table()["ports"]}
    assert not missing
    assert not table()["ports"].keys() - named
    assert [letters(n) for n in ("x_hat", "real_score", "loss")] == [
        "x̂",
        "score des vrais",
        "perte",
    ]


def test_types_are_named_in_french() -> None:
    assert table()["types"].keys() == catalogue().types.keys()


def in_ports() -> Iterator[str]:
    for kind in catalogue().kinds.values():
        yield from (port.name for port in kind.inputs + kind.outputs)


def figure_keys() -> set[str]:
    """Return the names that measures give their figures: keys of texts where they are made."""
    trees = [ast.parse(f.read_text("utf-8")) for f in (ROOT / "nodes" / "metrics").glob("*.py")]
    functions = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    makers = [f for f in functions if any(called(n) == "Measured" for n in ast.walk(f))]
    found = {name for maker in makers for name in keys_in(maker)}
    return found | set(Coverage._fields)


def called(node: ast.AST) -> str:
    return getattr(getattr(node, "func", None), "id", "")


def keys_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        keys = node.keys if isinstance(node, ast.Dict) else []
        places = [node.slice] if isinstance(node, ast.Subscript) else []
        for key in (*keys, *places):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value


@pytest.mark.parametrize(
    ("kind", "params", "wanted"),
    [
        (
            "LangevinSampler",
            {"noise": "annealed", "levels": 12, "eta": 0.02},
            "12 × 200 pas, η 0,02",
        ),
        ("Prior", {"law": "normal", "seed": 3}, "normale, graine 3"),
        ("DiffusionSampler", {"method": "DDIM", "steps": 1050}, "DDIM, 1\u202f050 pas"),
        ("ClassLabels", {"order": "one", "count": 40, "only": 7}, "40, classe 7"),
        ("ImageMask", {"hidden": "right"}, "droite 50\u202f%"),
        ("RegressionLoss", {"distance": "Huber", "delta": 0.5}, "Huber, δ 0,5"),
    ],
)
def test_signs_are_french(french_app: None, kind: str, params: dict[str, Any], wanted: str) -> None:
    assert part_text(library.find().kinds[kind](**params).sign()) == wanted


def test_what_a_figure_says_is_french_as_it_comes(french_app: None) -> None:
    """Facts of a figure lose their types on the way: a sentence among them is still one."""
    figure = FigureData(
        kind="table",
        facts={
            "columns": ["", PortName("largest_share")],
            "rows": [["own words", say("not here yet")]],
            "subtitle": listed([say("floor {floor}", floor=0.25), say("raw numbers")]),
        },
    )
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(figure), type=FigureData)
    shown = picture(arrived)
    assert shown.subtitle() == "plancher 0,25, nombres bruts"
    assert shown.rows().columns[1] == "plus grande part"


@pytest.fixture
def french_app(french: language.Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "spoken", lambda: "fr")
