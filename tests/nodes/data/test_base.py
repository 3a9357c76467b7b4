"""The laws of every data set: epochs, test batches, resuming, seeds."""

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.base import param, params
from nodes.data.base import Dataset, LabelledPoints, Split, held_count, hold_out
from nodes.data.digits import Digits
from nodes.data.pixels import pixels
from nodes.data.toys import EightGaussians
from nodes.errors import Exhausted, ParamRefused


class Numbers(Dataset):
    """Draw the whole numbers below `count`."""

    count: int = param(default=10, low=1)
    share: float = param(default=0.0)

    def load(self) -> Split:
        items = torch.arange(self.count)
        return hold_out(items[:, None].float(), items, self.share)

    def item_shape(self) -> tuple[int, ...]:
        return (1,)

    def pack(self, items: Tensor, labels: Tensor) -> LabelledPoints:
        return LabelledPoints(items, labels)

    def forward(self) -> LabelledPoints:
        return self.next_batch()


def drawn(node: Dataset, pulls: int) -> list[list[int]]:
    return [node().labels.tolist() for _ in range(pulls)]


def flat(batches: list[list[int]]) -> list[int]:
    return [label for batch in batches for label in batch]


def evaluated(node: Dataset) -> list[list[int]]:
    node.eval()
    node.rewind()
    batches = []
    with pytest.raises(Exhausted):
        while True:
            batches.append(node().labels.tolist())
    node.train()
    return batches


def test_an_epoch_sees_each_item_once_and_the_next_is_shuffled_anew() -> None:
    node = Numbers(batch=5)
    first, second = drawn(node, 2), drawn(node, 2)
    assert sorted(flat(first)) == sorted(flat(second)) == list(range(10))
    assert first != second
    assert node.length == 2


def test_items_and_labels_of_a_batch_agree() -> None:
    points, labels = Numbers(batch=4)()
    assert points[:, 0].tolist() == labels.tolist()


def test_the_last_incomplete_batch_is_dropped() -> None:
    node = Numbers(batch=4)
    batches = drawn(node, 50)
    assert {len(b) for b in batches} == {4}
    assert node.length == 2
    assert node.at.epoch == 24
    assert all(not set(a) & set(b) for a, b in zip(batches[::2], batches[1::2], strict=True))


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_larger_than_the_set_is_the_set(count: int) -> None:
    node = Numbers(count=count, batch=64)
    assert [sorted(b) for b in drawn(node, 3)] == [list(range(count))] * 3
    assert node.length == 1


def test_test_batches_come_in_order_and_end() -> None:
    node = Numbers(count=25, share=0.4, batch=4)
    batches = evaluated(node)
    assert [len(b) for b in batches] == [4, 4, 2]
    assert evaluated(node) == batches
    trained = set(flat(drawn(node, 3)))
    assert trained.isdisjoint(flat(batches))


def test_the_end_stays_the_end_until_rewound() -> None:
    node = Numbers(batch=10).eval()
    node()
    for _ in range(2):
        with pytest.raises(Exhausted):
            node()


def test_without_a_test_part_the_training_items_stand_in() -> None:
    batches = evaluated(Numbers(count=6, share=0.0, batch=4))
    assert sorted(flat(batches)) == list(range(6))


def test_the_split_is_the_same_whatever_the_seed() -> None:
    one, other = Numbers(count=50, share=0.2, seed=1), Numbers(count=50, share=0.2, seed=2)
    assert evaluated(one) == evaluated(other)


@pytest.mark.parametrize(("count", "share", "tests"), [(1, 0.5, 0), (2, 0.01, 1), (10, 0.0, 0)])
def test_small_sets_keep_something_to_train(count: int, share: float, tests: int) -> None:
    assert held_count(count, share) == tests


def test_evaluation_leaves_training_alone() -> None:
    quiet, watched = Numbers(share=0.3, batch=3), Numbers(share=0.3, batch=3)
    expected = drawn(quiet, 8)
    found = []
    for _ in range(8):
        found += drawn(watched, 1)
        evaluated(watched)
    assert found == expected


def test_seeds_decide_the_order_and_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    assert drawn(Numbers(seed=3), 3) == drawn(Numbers(seed=3), 3)
    assert drawn(Numbers(seed=3), 3) != drawn(Numbers(seed=4), 3)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_seed_the_run_decides_even_between_two_runs() -> None:
    node, other = Numbers(), Numbers()
    node.run_seed, other.run_seed = 7, 8
    first = drawn(node, 2)
    assert first != drawn(other, 2)
    node.restart()
    node.run_seed = 8
    other.restart()
    assert drawn(node, 2) == drawn(other, 2)


def test_a_large_seed_counts_whole() -> None:
    node, other = Numbers(), Numbers()
    node.run_seed, other.run_seed = 5, 5 + 2**32
    assert drawn(node, 2) != drawn(other, 2)


@pytest.mark.parametrize("pulls", [0, 1, 2, 3, 7])
def test_resuming_goes_on_with_the_same_batches(pulls: int) -> None:
    node = Numbers(batch=4, seed=1)
    drawn(node, pulls)
    state = node.state_dict()
    expected = drawn(node, 6)
    resumed = Numbers(batch=4, seed=1)
    resumed.load_state_dict(state)
    assert drawn(resumed, 6) == expected


def test_the_state_is_two_numbers_and_no_data() -> None:
    node = Numbers()
    node()
    state = node.state_dict()["_extra_state"]
    assert set(node.state_dict()) == {"_extra_state"}
    assert {k: v.tolist() for k, v in state.items()} == {"epoch": 0, "place": 10}


def test_another_batch_size_goes_on_at_the_same_item() -> None:
    whole = drawn(Numbers(batch=10, seed=1), 1)[0]
    node = Numbers(batch=4, seed=1)
    node()
    node.set("batch", 2)
    assert node().labels.tolist() == whole[4:6]


def test_a_parameter_of_the_data_loads_anew() -> None:
    node = Numbers()
    node()
    node.set("count", 3)
    assert not node.loaded
    assert sorted(node().labels.tolist()) == [0, 1, 2]


def test_batches_are_copies() -> None:
    node = Numbers(batch=10, share=0.5)
    for mode in (True, False):
        node.train(mode)
        node().points.fill_(99.0)
        assert int(node.items.max()) < 99
        assert int(node.test_items.max()) < 99


def test_a_sketch_loads_nothing() -> None:
    node = Digits(batch=7)
    with FakeTensorMode():
        sketch = node.sketch()
    real = node()
    assert [(t.shape, t.dtype) for t in sketch] == [(t.shape, t.dtype) for t in real]


def test_what_is_out_of_range_is_refused() -> None:
    with pytest.raises(ParamRefused, match="Batch must be at least 1"):
        Numbers(batch=0)
    with pytest.raises(ParamRefused, match="must be one of"):
        Digits(range="[0, 255]")


@pytest.mark.parametrize("into", ["[0, 1]", "[-1, 1]"])
def test_bytes_convert_per_batch_to_the_same_bits(
    into: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bytes(Digits):
        def read(self) -> Split:
            images = torch.arange(50 * 64).remainder(256).to(torch.uint8).view(50, 1, 8, 8)
            return hold_out(images, torch.arange(50), 0.2)

    small, large = Bytes(range=into, seed=0), Bytes(range=into, seed=0)
    small()
    monkeypatch.setattr("nodes.data.pixels.LARGEST_FLOAT", 100)
    large()
    assert (small.items.dtype, large.items.dtype) == (torch.float32, torch.uint8)
    for mode in (True, False):
        assert torch.equal(small.train(mode)().images, large.train(mode)().images)


def test_pixels_reach_both_ends() -> None:
    ends = torch.tensor([0, 255], dtype=torch.uint8)
    assert pixels(ends, "[0, 1]").tolist() == [0.0, 1.0]
    assert pixels(ends, "[-1, 1]").tolist() == [-1.0, 1.0]


def test_another_device_begins_its_epoch_there() -> None:
    node, moved = Numbers(batch=4, seed=1), Numbers(batch=4, seed=1)
    node(), moved()
    moved.move(torch.device("meta"))
    assert moved().points.device.type == "meta"
    assert moved.at == type(moved.at)(epoch=0, place=8)


def test_own_parameters_stand_first() -> None:
    assert list(params(Numbers)) == ["count", "share", "batch", "seed"]
    assert list(params(EightGaussians))[:3] == ["radius", "sd", "batch"]
