"""`--set`: ids and titles, what is offered for a wrong one, and words that set what they show."""

from __future__ import annotations

import shlex
from functools import cache

import pytest

from engine.check import describe
from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Place, load
from engine.document.setting import as_set, set_param, titles
from engine.terminal.cli import examples
from nodes import library
from nodes.errors import ParamRefused


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
        called = {name: titles(made, catalogue(), name) for name in made.nodes}
        for name, words in called.items():
            param = catalogue().kinds[made.nodes[name].kind].params[:1]
            others = {made.owner(n) for n, also in called.items() if words & also}
            if param and others == {made.owner(name)}:
                for word in words - made.nodes.keys():
                    _, text = shlex.split(as_set(word, param[0], param[0].default))
                    set_param(made, catalogue(), text)
