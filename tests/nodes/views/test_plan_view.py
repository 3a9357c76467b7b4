"""A transport plan, looked at."""

import pytest
import torch

from nodes.errors import InputRefused
from nodes.views.plan_view import PlanView

X, Y = torch.tensor([[3.0, 0], [1, 0], [2, 0]]), torch.tensor([[5.0, 1], [4, 1]])
PLAN = torch.tensor([[0.3, 0.0], [0.0, 0.3], [0.2, 0.2]])


def test_rows_and_columns_follow_the_points_in_order() -> None:
    figure = PlanView()(PLAN, X, Y)
    assert figure.kind == "plan"
    assert figure.arrays["source"][:, 0].tolist() == [1, 2, 3]
    assert figure.arrays["target"][:, 0].tolist() == [4, 5]
    assert torch.equal(figure.arrays["plan"], PLAN[[1, 2, 0]][:, [1, 0]])


def test_without_order_all_stay_as_they_come() -> None:
    arrays = PlanView(order=False)(PLAN, X, Y).arrays
    assert torch.equal(arrays["plan"], PLAN) and torch.equal(arrays["source"], X)


def test_of_many_points_those_are_shown_that_receive_most() -> None:
    order = torch.randperm(100, generator=torch.Generator().manual_seed(0))
    plan = torch.eye(100)[order] / 100
    figure = PlanView(count=10)(plan, torch.randn(100, 2), torch.randn(100, 2))
    shown = figure.arrays["plan"]
    assert shown.shape == (10, 10) and shown.sum().item() == pytest.approx(0.1)
    assert figure.facts["of"] == [100, 100]


@pytest.mark.parametrize("points", [{}, {"x": torch.randn(3, 5), "y": torch.randn(2, 5)}])
def test_without_a_plane_the_matrix_stands_alone(points: dict[str, torch.Tensor]) -> None:
    figure = PlanView()(PLAN, **points)
    assert figure.kind == "matrix" and figure.arrays["values"].sum().item() == pytest.approx(1.0)


@pytest.mark.parametrize(("given", "said"), [((Y,), "x .* rows, 3; it has 2"), ((X, X), "y .* 2")])
def test_points_of_another_plan_are_refused(given: tuple[torch.Tensor, ...], said: str) -> None:
    with pytest.raises(InputRefused, match=said):
        PlanView().sketch(PLAN, *given)
