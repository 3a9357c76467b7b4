"""A picture set may train on a few items of each class: which ones, and what stays as it is."""

from __future__ import annotations

import pytest
import torch

from nodes.data.digits import Digits

ALL = 2000
"""More than any class has."""


def trained_on(node: Digits) -> list[tuple[int, ...]]:
    """Return all items of one epoch, each as its label and its pixels."""
    node.restart()
    images, labels = node.train()()
    rows = torch.cat([labels[:, None], (images * 16).flatten(1).long()], 1)
    return sorted(map(tuple, rows.tolist()))


def few(count: int | None, run_seed: int = 0, **given: object) -> Digits:
    node = Digits(per_class=count, batch=ALL, **given)
    node.run_seed = run_seed
    return node


@pytest.mark.parametrize("count", [1, 20])
def test_each_class_has_as_many(count: int) -> None:
    labels = [item[0] for item in trained_on(few(count))]
    assert labels == sorted(list(range(10)) * count)


def test_a_class_of_fewer_is_whole() -> None:
    assert trained_on(few(ALL)) == trained_on(few(None))


def test_fewer_are_among_more_and_none_is_twice() -> None:
    some, more = set(trained_on(few(5))), set(trained_on(few(20)))
    assert some < more
    assert len(more) == 200


def test_the_seed_of_the_run_draws_them() -> None:
    assert trained_on(few(5, 1)) == trained_on(few(5, 1))
    assert trained_on(few(5, 1)) != trained_on(few(5, 2))
    assert trained_on(few(5, 1, seed=7)) == trained_on(few(5, 2, seed=7))


def test_test_items_stay_all() -> None:
    one, other = few(3).eval(), few(None).eval()
    assert all(torch.equal(a, b) for a, b in zip(one(), other(), strict=True))


def test_without_test_items_the_few_stand_in() -> None:
    node = few(4, test_share=0.0)
    assert len(node.eval()().labels) == 40


def test_it_changes_without_loading_and_the_epoch_with_it() -> None:
    node = Digits(batch=10)
    assert node.length == 161
    items = node.items
    node.train()()
    node.per_class = 2
    assert node.length == 2
    assert node.items is items
    node()
    assert node.sign() == "2 a class"
