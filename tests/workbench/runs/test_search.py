"""A search of runs takes words, comparisons and names with their values."""

from __future__ import annotations

import pytest

from engine.document.messages import RunInfo
from tests.shipped import catalogue
from workbench.runs.search import finder
from workbench.search.comparing import Part, parts_of

RUN = RunInfo(
    path="/r",
    name="vae",
    kinds={"loss": "ELBO", "adam": "Optimizer", "gone": "Gone"},
    params={"loss": {"beta": 4.0, "likelihood": "Gaussian"}, "gone": {"width": 3}},
    steps=2640,
    seed=1,
    seconds=4.0,
    metrics={"elbo": 24.3},
)
WORDS = "run 3 · β 4 vae show this one"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("show one", True),
        ("show none", False),
        ("beta > 1", True),
        ("β>1", True),
        ("beta > 4", False),
        ("beta >= 4, seed 1", True),
        ("beta > 1 show", True),
        ("beta > 1; seed 0", False),
        ("loss.beta = 4", True),
        ("learning rate < 0,01", True),
        ("rate > 0.01", False),
        ("likelihood = gaussian", True),
        ("likelihood != gaussian", False),
        ("likelihood > gaussian", False),
        ("width = 3", True),
        ("elbo < 24.5", True),
        ("steps > 2640", False),
        ("run 3", True),
        ("beta > ", False),
        ("nothing > 1", False),
    ],
)
def test_a_search_finds(text: str, found: bool) -> None:
    assert finder(text, catalogue())(RUN, lambda: WORDS) is found


def test_a_search_is_cut_at_commas_that_are_not_in_numbers() -> None:
    assert list(parts_of("Beta > 0,3, seed 0,")) == [
        Part("beta", ">", "0,3"),
        Part("seed", "", "0"),
    ]
