"""`--set`: ids and titles, what is offered for a wrong one, and words that set what they show."""

from __future__ import annotations

import shlex
from functools import cache

import pytest

from engine.check import describe
from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Group, Place, Promoted, Target, load, look
from engine.document.groups import with_groups
from engine.document.setting import as_set, set_param, titles
from engine.terminal.cli import examples
from nodes import library
from nodes.errors import ParamRefused
from tests.grouped import SMALL


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def graph() -> Graph:
    return Graph(
        nodes={
            "loss": Place(kind="ELBO"),
            "mean": Place(kind="Average", title="Test −ELBO"),
            "grid": Place(kind="ImageGrid", title="β = 0.3, decoded"),
            "decoder": Place(kind="Decoder", title="Net v1.5"),
            "again": Place(kind="Decoder", twin="decoder"),
            "adam": Place(kind="Optimizer"),
            "slow": Place(kind="Optimizer"),
        }
    )


def after(text: str) -> Graph:
    made = graph()
    set_param(made, catalogue(), text)
    return made


@pytest.mark.parametrize(
    ("text", "node", "param", "value"),
    [
        ("loss.beta=2", "loss", "beta", 2.0),
        ("ELBO.beta=2", "loss", "beta", 2.0),
        (" elbo . beta =2", "loss", "beta", 2.0),
        ("Test −ELBO.unit=bits", "mean", "unit", "bits"),
        ("test -elbo.unit=bits", "mean", "unit", "bits"),
        ("β = 0.3, decoded.count=9", "grid", "count", 9),
        ("Net v1.5.hidden=32", "decoder", "hidden", 32),
        ("again.hidden=32", "decoder", "hidden", 32),
        ("decoder.shape=1 8 8", "decoder", "shape", [1, 8, 8]),
        ("grid.caption=a.b=c", "grid", "caption", "a.b=c"),
        ("slow.Learning rate=0.1", "slow", "rate", 0.1),
    ],
)
def test_a_node_is_named_by_its_id_or_its_title(
    text: str, node: str, param: str, value: object
) -> None:
    assert after(text).nodes[node].params == {param: value}


@pytest.mark.parametrize(
    ("text", "sentence"),
    {
        "beta=2": "--set takes node.param=value; it was given beta=2.",
        "loss.beta": "--set takes node.param=value; it was given loss.beta.",
        "los.beta=2": "There is no node los. Nearest: loss.",
        "ELBOW.beta=2": "There is no node ELBOW. Nearest: loss",
        "zzz.beta=2": "There is no node zzz. There are loss, mean, grid, decoder, again",
        "Optimizer.rate=1": "Several nodes are called Optimizer. Name one by its id: adam or slow.",
        "loss.bta=2": "ELBO has no parameter bta. Nearest: beta.",
        "loss.zzz=2": "ELBO has no parameter zzz. There are beta",
        "loss.beta=many": "must be a number",
        "adam.rate=-1": "must be",
    }.items(),
)
def test_what_is_wrong_is_said_with_what_is_nearest(text: str, sentence: str) -> None:
    with pytest.raises(ParamRefused) as refused:
        after(text)
    assert sentence in str(refused.value)


def test_a_switch_takes_words_and_no_others() -> None:
    made = Graph(nodes={"d": Place(kind="Decoder")})
    switch = next(
        (kind, param)
        for kind in catalogue().kinds.values()
        for param in kind.params
        if param.type == "bool"
    )
    kind, param = switch
    made.nodes["d"] = Place(kind=kind.kind)
    for word, value in {"on": True, "Yes": True, "off": False, "no": False, "0": False}.items():
        set_param(made, catalogue(), f"d.{param.name}={word}")
        assert made.nodes["d"].params[param.name] is value
    with pytest.raises(ParamRefused):
        set_param(made, catalogue(), f"d.{param.name}=perhaps")


def test_what_is_copied_sets_what_was_shown() -> None:
    """For every parameter of every kind, at its default and at each of its choices."""
    for kind in catalogue().kinds.values():
        for param in kind.params:
            for value in [param.default, *param.choices]:
                made = Graph(nodes={"n": Place(kind=kind.kind)})
                _, words = shlex.split(as_set("n", param, value))
                set_param(made, catalogue(), words)
                assert made.nodes["n"].params[param.name] == value, (kind.kind, param.name)


def test_every_node_of_the_examples_can_be_named_as_it_is_titled() -> None:
    for path in examples().values():
        made = load(path)
        known = with_groups(catalogue(), made)
        called = {name: titles(made, known, name) for name in made.nodes}
        for name, words in called.items():
            param = known[made.nodes[name]].params[:1]
            others = {made.owner(n) for n, also in called.items() if words & also}
            if param and others == {made.owner(name)}:
                for word in words - made.nodes.keys():
                    _, text = shlex.split(as_set(word, param[0], param[0].default))
                    set_param(made, known, text)


def grouped() -> Graph:
    """Return two instances of a group that promotes the size of one of its two networks."""
    block = Group(
        nodes={"a": Place(kind="Net"), "b": Place(kind="Net", title="Second")},
        params={"width": Promoted(title="Width", to=[Target("a", "size")])},
    )
    outer = Group(
        nodes={"inner": Place(kind="group:block")},
        params={"all": Promoted(to=[Target("inner", "width")])},
    )
    nodes = {"m": Place(kind="group:outer"), "n": Place(kind="group:block")}
    return Graph(groups={"block": block, "outer": outer}, nodes=nodes)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("m/inner/a.size=9", ("nodes", "m", "params", "all"), 9),
        ("m/inner.width=9", ("nodes", "m", "params", "all"), 9),
        ("n/a.size=9", ("nodes", "n", "params", "width"), 9),
        ("n#2/a.Size=9", ("nodes", "n", "params", "width"), 9),
        ("n.Width=9", ("nodes", "n", "params", "width"), 9),
        ("block:b.size=9", ("groups", "block", "nodes", "b", "params", "size"), 9),
        ("block:Second.size=9", ("groups", "block", "nodes", "b", "params", "size"), 9),
        ("outer:inner.width=9", ("groups", "outer", "nodes", "inner", "params", "width"), 9),
    ],
)
def test_a_path_names_a_node_in_an_instance(text: str, path: tuple[str, ...], value: int) -> None:
    made = grouped()
    set_param(made, SMALL, text)
    assert look(made, path) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("n/b.size=9", "is in 2 places"),
        ("n/c.size=9", "There is no node c"),
        ("n/a/x.size=9", "a is no group"),
        ("n/a.size=999", "at most 99"),
        ("lost:a.size=9", "There is no node lost:a"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(text: str, says: str) -> None:
    with pytest.raises(ParamRefused, match=says):
        set_param(grouped(), SMALL, text)


def test_the_definition_of_an_only_instance_is_edited() -> None:
    made = grouped()
    del made.nodes["m"]
    set_param(made, SMALL, "n/b.size=9")
    assert made.groups["block"].nodes["b"].params == {"size": 9}
