"""How parameters are declared."""

import pytest

from nodes.base import Node, param


def test_a_slider_needs_both_ends() -> None:
    with pytest.raises(TypeError, match="a slider needs a float with both limits"):

        class Open(Node):
            t: float = param(default=0.0, low=0.0, slider=True, help="Time.")


def test_a_slider_is_told_to_the_window() -> None:
    class Scrubbed(Node):
        t: float = param(default=0.0, low=0.0, high=1.0, slider=True, help="Time.")

    assert Scrubbed._declared["t"].slider and Scrubbed._declared["t"].live


def test_what_several_bases_declare_is_all_there() -> None:
    class One(Node):
        first: int = param(default=1)

    class Two(Node):
        second: int = param(default=2)

    class Both(One, Two):
        third: int = param(default=3)

    assert Both(first=4, second=5).param_values() == {"second": 5, "first": 4, "third": 3}
