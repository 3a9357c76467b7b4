"""Pictures that code draws: where and how large things are, and which combinations are held out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from nodes.data.change_drawing import ChangeDrawing
from nodes.data.drawing import ROWS, SIDE, SPANS, DrawnSet, corners
from nodes.data.placed_digits import PlacedDigits, boxed
from nodes.data.shapes import FIRST, RGB, Shapes
from nodes.errors import InputRefused

KINDS: list[type[DrawnSet]] = [PlacedDigits, Shapes]
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without MNIST."""
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)


def every(kind: type[DrawnSet]) -> Tensor:
    """Return all combinations, (n, 4)."""
    sorts = kind.sorts
    return torch.cartesian_prod(
        torch.arange(sorts.thing) + kind.first, *(torch.arange(n) for n in sorts[1:])
    )


@each_kind
def test_a_fifth_of_the_combinations_is_held_out_and_no_word(kind: type[DrawnSet]) -> None:
    drawing = every(kind)
    held = kind.held_out(drawing)
    assert held.double().mean().item() == pytest.approx(0.2, abs=0.01)
    for column in range(3):
        for part in (drawing[held], drawing[~held]):
            assert set(part[:, column].tolist()) == set(drawing[:, column].tolist())


def test_of_180_combinations_of_digits_36_are_held_out() -> None:
    assert (len(every(PlacedDigits)), int(PlacedDigits.held_out(every(PlacedDigits)).sum())) == (
        180,
        36,
    )


def test_five_pairs_of_shape_and_colour_are_held_out_in_every_size_and_place() -> None:
    drawing = every(Shapes)
    held = drawing[Shapes.held_out(drawing)]
    pairs = {(shape - FIRST, colour) for shape, _, _, colour in held.tolist()}
    assert pairs == {(0, 0), (0, 5), (1, 4), (2, 3), (3, 2)}
    assert len(held) == 5 * 2 * 9


@each_kind
@pytest.mark.parametrize(("which", "held"), [("learned", {False}), ("held out", {True})])
def test_only_what_is_chosen_is_drawn(kind: type[DrawnSet], which: str, held: set[bool]) -> None:
    node = kind(batch=300, combinations=which)
    for mode in (True, False):
        assert set(kind.held_out(node.train(mode)().drawing).tolist()) == held


@each_kind
def test_all_combinations_come(kind: type[DrawnSet]) -> None:
    node = kind(batch=1600).train()
    seen = {tuple(row) for _ in range(6) for row in node().drawing.tolist()}
    assert len(seen) > 0.98 * len(every(kind))


@each_kind
def test_an_epoch_is_drawn_anew_and_the_tests_are_not(kind: type[DrawnSet]) -> None:
    node = kind(batch=64)
    node.ensure_loaded()
    stream = [node.begin_epoch(node.generator(0, epoch)).labels for epoch in (0, 1, 0)]
    assert not torch.equal(stream[0], stream[1])
    assert torch.equal(stream[0], stream[2])
    assert torch.equal(kind().eval()().images, kind(seed=9).eval()().images)


@each_kind
def test_things_lie_where_and_as_large_as_is_said(kind: type[DrawnSet]) -> None:
    """Within their square; the longer side fills it, but for what shapes are varied by."""
    batch = kind(batch=400).train()()
    slack = 0 if kind is PlacedDigits else 3
    for image, (_, size, place, _) in zip(batch.images, batch.drawing.tolist(), strict=True):
        rows, columns = (image.amax(0) > 0.5).nonzero().unbind(1)
        top, left = (corners(SPANS[size])[n] for n in divmod(place, ROWS))
        assert top - slack <= rows.min() and rows.max() < top + SPANS[size] + slack
        assert left - slack <= columns.min() and columns.max() < left + SPANS[size] + slack
        sides = max(rows.max() - rows.min(), columns.max() - columns.min()) + 1
        assert 0.6 * SPANS[size] <= sides <= SPANS[size] + slack


def test_digits_fill_their_box() -> None:
    """A stroke from edge to edge of what MNIST fits digits into keeps all of its ink."""
    images = torch.zeros(3, 1, SIDE, SIDE)
    images[0, 0, 2:22, 5:9] = images[1, 0, 8:28, 24:28] = images[2, 0, 0:4, 0:20] = 1
    found = boxed(images)
    assert found.shape == (3, 1, 20, 20)
    torch.testing.assert_close(found.sum((1, 2, 3)), images.sum((1, 2, 3)))


def test_shapes_have_the_colour_that_is_said() -> None:
    batch = Shapes(batch=300).train()()
    inked = batch.images.amax(1, keepdim=True) > 0.1
    mean = (batch.images * inked).sum((2, 3)) / inked.sum((2, 3))
    tone = mean / mean.norm(dim=1, keepdim=True)
    known = torch.tensor(RGB) / torch.tensor(RGB).norm(dim=1, keepdim=True)
    assert torch.equal((tone @ known.T).argmax(1), batch.drawing[:, 3])


def test_shapes_are_told_apart_by_how_much_they_cover() -> None:
    """A circle covers pi r^2, a square (1.64 r)^2, a triangle 1.3 r^2, a cross the least sides."""
    node = Shapes(batch=2000).train()
    batch = node()
    covered = (batch.images.amax(1) / batch.images.amax((1, 2, 3))[:, None, None]).sum((1, 2))
    radius = torch.tensor(SPANS)[batch.drawing[:, 1]] / 2
    shares = covered / radius.square()
    means = [shares[batch.labels == n].mean().item() for n in range(4)]
    squeezed = 1 - 0.08 + 0.08**2 * 4 / 3  # mean of the squared radius, in radii
    for mean, area in zip(means, (3.14, 2.69, 1.30, 2.15), strict=True):
        assert mean == pytest.approx(area * squeezed, rel=0.12)


def test_labels_count_from_0_and_have_names() -> None:
    node = Shapes(batch=100).train()
    batch = node()
    assert torch.equal(batch.labels, batch.drawing[:, 0] - FIRST)
    assert node.known_classes() == ["circle", "square", "triangle", "cross"]


def test_small_digits_stand_in_for_mnist_and_say_so() -> None:
    node = PlacedDigits(batch=10)
    assert not node.notes()
    assert node.train()().images.shape == (10, 1, SIDE, SIDE)
    assert "8×8" in str(node.notes()[0])


@each_kind
def test_pixels_lie_in_their_range(kind: type[DrawnSet]) -> None:
    plain, signed = kind(batch=50).eval()().images, kind(batch=50, range="[-1, 1]").eval()().images
    assert (plain.min(), plain.max()) >= (0, 0.8)
    torch.testing.assert_close(signed, 2 * plain - 1)


@pytest.mark.parametrize(("what", "column", "first", "count"), [
    ("thing", 0, 0, 10), ("size", 1, 0, 2), ("place", 2, 0, 9), ("thing", 0, FIRST, 4),
])  # fmt: skip
def test_one_thing_is_changed_and_after_as_many_turns_it_is_back(
    what: str, column: int, first: int, count: int
) -> None:
    drawing = every(Shapes if first else PlacedDigits)
    node, kept = ChangeDrawing(what=what, first=first, count=count), drawing.clone()
    changed = node(drawing)
    assert torch.equal(drawing, kept)
    others = [n for n in range(4) if n != column]
    assert torch.equal(changed[:, others], drawing[:, others])
    assert (changed[:, column] != drawing[:, column]).all()
    assert set(changed[:, column].tolist()) == set(drawing[:, column].tolist())
    for _ in range(count - 1):
        changed = node(changed)
    assert torch.equal(changed, drawing)


def test_what_is_not_told_cannot_be_changed() -> None:
    with pytest.raises(InputRefused, match="does not tell"):
        ChangeDrawing(what="place")(torch.zeros(3, 1, dtype=torch.int64))
