"""Laws of paths in a row."""

from __future__ import annotations

import pytest
import torch

from nodes.errors import InputRefused
from nodes.matching.join_paths import JoinPaths
from nodes.views.base import state_at


def test_each_path_keeps_its_ends_and_its_share_of_the_time() -> None:
    torch.manual_seed(0)
    paths = [torch.randn(n, 5, 2) for n in (2, 7, 30)]
    joined = JoinPaths(frames=10)(paths)
    assert joined.shape == (30, 5, 2)
    for number, path in enumerate(paths):
        part = joined[10 * number : 10 * number + 10]
        assert torch.equal(part[0], path[0]) and torch.allclose(part[-1], path[-1])
        assert torch.allclose(part[3], state_at(path, 3 / 9), atol=1e-6)


def test_as_many_frames_as_states_change_nothing() -> None:
    path = torch.arange(12.0).view(4, 3, 1)
    assert torch.allclose(JoinPaths(frames=4)([path]), path)


def test_the_items_are_those_of_the_shortest_and_unlike_ones_are_refused() -> None:
    assert JoinPaths()([torch.zeros(3, 5, 2), torch.zeros(3, 4, 2)]).shape == (68, 4, 2)
    with pytest.raises(InputRefused, match="items of one shape"):
        JoinPaths()([torch.zeros(3, 5, 2), torch.zeros(3, 5, 3)])
