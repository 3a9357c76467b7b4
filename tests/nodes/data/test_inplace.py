"""Large arrays change where they lie: the same numbers, and no second copy."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from nodes.data import inplace, memory
from nodes.data.array_file import ArrayFile
from nodes.errors import DataMissing


@pytest.fixture(params=[7, 1 << 22])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inplace, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(9,), (9, 5), (9, 4, 6, 3)])
def test_in_place_is_as_in_a_copy(shape: tuple[int, ...], dtype: type) -> None:
    given = (np.random.default_rng(0).random(shape) * 100).astype(dtype)
    order = np.random.default_rng(1).permutation(len(given))
    assert (inplace.permuted(given.copy(), order) == given[order]).all()
    narrow = inplace.narrowed(given.copy())
    assert narrow.dtype == np.float32
    assert (narrow == given.astype(np.float32)).all()
    mean, deviation = inplace.moments(given)
    flat = given.reshape(len(given), -1).astype(float)
    assert mean == pytest.approx(flat.mean(0))
    assert deviation == pytest.approx(np.where(flat.std(0) == 0, 1, flat.std(0)))
    scaled = inplace.narrowed(given.copy(), (mean, deviation)).reshape(len(given), -1)
    assert scaled == pytest.approx((flat - mean) / deviation, abs=1e-5)
    if len(shape) == 4:
        turned = inplace.channels_first(given.copy())
        assert (turned == np.moveaxis(given, 3, 1)).all()


def test_deviations_of_huge_numbers_are_numbers() -> None:
    values = np.array([[1e300, 5.0], [-1e300, 5.0]])
    mean, deviation = inplace.moments(values)
    assert deviation.tolist() == pytest.approx([1e300, 1])
    assert mean.tolist() == [0, 5]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_loading_an_archive_takes_little_more_than_its_size(
    tmp_path: Path, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inplace, "BLOCK", 1 << 14)
    monkeypatch.setattr("nodes.data.pixels.LARGEST_FLOAT", 0)  # small bytes become float32
    shape = (1 << 15, 28, 28) if dtype is np.uint8 else (1 << 17, 64)
    np.savez(tmp_path / "a.npz", x=np.ones(shape, dtype), y=np.zeros(shape[0], np.uint8))
    size = (tmp_path / "a.npz").stat().st_size
    node = ArrayFile(file=str(tmp_path / "a.npz"), large="read", standardise=True)
    tracemalloc.start()
    try:
        node.ensure_loaded()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    labels = 3 * 8 * shape[0]
    assert peak - labels < 1.3 * size


@pytest.mark.parametrize(
    ("free", "large", "place"),
    [(1 << 30, "ask", None), (900, "ask", "large"), (900, "read", None), (400, "read", "file")],
)
def test_memory_is_asked_before_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, large: str, place: str | None
) -> None:
    np.save(tmp_path / "a.npy", np.ones((60, 1)))
    monkeypatch.setattr(memory, "free", lambda: free)
    node = ArrayFile(file=str(tmp_path / "a.npy"), large=large)
    if place is None:
        node.ensure_loaded()
        return
    with pytest.raises(DataMissing, match=r"of memory|of the free memory") as caught:
        node.ensure_loaded()
    assert caught.value.place == place
    assert not node.loaded
