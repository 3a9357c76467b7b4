"""Lists of numbers as lines."""

import pytest
import torch

from nodes.errors import InputRefused
from nodes.views.profile import Profile


def test_what_is_no_number_is_left_out() -> None:
    figure = Profile(log=True)([torch.tensor([0.1, 0.01, float("inf")])])
    assert figure.arrays["x"].tolist() == [1, 2]
    assert figure.arrays["y:0"].tolist() == pytest.approx([0.1, 0.01])
    assert figure.facts["log"] and "0.01" in figure.facts["subtitle"]


def test_a_list_that_ends_before_another_leads_nowhere() -> None:
    figure = Profile()([torch.tensor([3.0, float("inf")]), torch.tensor([3.0, 2.0])])
    assert figure.arrays["x"].tolist() == [1, 2]
    assert figure.arrays["y:0"].isnan().tolist() == [False, True]


def test_several_lists_stand_over_their_places() -> None:
    places = torch.tensor([1.0, 2.0, 4.0])
    figure = Profile(names="plan", x_name="degrees")([torch.ones(3), torch.zeros(3)], places)
    assert figure.arrays["x"].tolist() == [1, 2, 4]
    assert figure.facts["names"] == {"0": "plan", "1": "line 2"}
    assert figure.facts["subtitle"] == "degrees", "what the places are is seen, not only pointed at"


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(InputRefused, match="one length"):
        Profile()([torch.ones(3), torch.ones(4)])
