"""MNIST and its like: where files are looked for, and what is said of bad ones."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from nodes.data.idx import read_idx
from nodes.data.mnist import MNIST, PARTS, FashionMNIST
from nodes.errors import DataMissing
from tests.nodes.data.serving import NOBODY, known_set, moved, serving

SHARED = Path(os.environ.get("GENWORKBENCH_DATA", "nowhere"))

real_mnist = pytest.mark.skipif(
    not (SHARED / "mnist").is_dir(), reason="GENWORKBENCH_DATA has no mnist"
)
real_fashion = pytest.mark.skipif(
    not (SHARED / "fashion-mnist").is_dir(), reason="GENWORKBENCH_DATA has no fashion-mnist"
)


def idx(values: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(np.uint8).tobytes()


def write_set(folder: Path, counts: tuple[int, int] = (30, 10), *, packed: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in zip(PARTS, np.repeat(counts, 2), strict=True):
        labels = np.arange(count) % 10
        values = labels if "labels" in part else np.ones((count, 28, 28)) * labels[:, None, None]
        name = f"{part}.gz" if packed else part
        data = idx(values)
        (folder / name).write_bytes(gzip.compress(data, mtime=0) if packed else data)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of his own, no shared data, and nobody to download from."""
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setattr(MNIST, "known", moved(MNIST.known, NOBODY))
    return tmp_path / "home" / "data" / "datasets"


# --- where files lie ------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_chosen_folder_is_read(tmp_path: Path, inside: str, packed: bool) -> None:
    write_set(tmp_path / inside, packed=packed)
    node = MNIST(folder=str(tmp_path), batch=30)
    images, labels = node()
    assert images.shape == (30, 1, 28, 28)
    assert torch.equal((images[:, 0, 0, 0] * 255).round().long(), labels)
    assert node.eval()().labels.tolist() == list(range(10))
    assert node.sign() == "train 30"


def test_what_is_read_may_be_written_to(tmp_path: Path) -> None:
    """Torch warns of memory that may not, in the terminal of whoever trains."""
    path = tmp_path / "images"
    path.write_bytes(idx(np.zeros((2, 3, 3))))
    assert read_idx(path, axes=3).flags.writeable


def test_shared_data_come_before_the_users_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(home / "mnist", (5, 5))
    assert MNIST().sign() == "train 5"
    monkeypatch.setenv("GENWORKBENCH_DATA", str(tmp_path / "shared"))
    assert MNIST().sign() == "train 5"
    write_set(tmp_path / "shared/mnist", (6, 5))
    assert MNIST().sign() == "train 6"


def test_a_folder_without_the_files_is_refused_before_run(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"MNIST is not in .*: it has no train-images") as caught:
        MNIST(folder=str(tmp_path)).sketch()
    assert caught.value.place == "folder"
    assert "leave it empty" in caught.value.fix


def test_a_missing_part_is_named(home: Path, tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataMissing, match=r"has no t10k-labels-idx1-ubyte.gz"):
        MNIST(folder=str(tmp_path))()


# --- bad files ------------------------------------------------------------------------------------


def spoil(data: bytes, fault: str) -> bytes:
    plain = gzip.decompress(data)
    spoiled = {
        "cut gz": data[: len(data) // 2],
        "damaged gz": data[:-6] + bytes([data[-6] ^ 255]) + data[-5:],
        "noise in gz": data[:12] + b"\xff" * 20 + data[32:],
        "no idx": gzip.compress(b"<html>not found</html>"),
        "labels for pictures": gzip.compress(idx(np.arange(30))),
        "header cut": plain[:9],
        "body cut": gzip.compress(plain[:-1]),
        "body longer": gzip.compress(plain + b"x"),
        "huge header": gzip.compress(plain[:4] + b"\xff" * 12 + plain[16:]),
        "other size": gzip.compress(idx(np.zeros((30, 32, 32)))),
        "none": gzip.compress(idx(np.zeros((0, 28, 28)))),
        "empty": b"",
        "fewer": gzip.compress(idx(np.zeros((29, 28, 28)))),
    }
    return spoiled[fault]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cut gz", "cannot be unpacked"),
        ("damaged gz", "cannot be unpacked"),
        ("noise in gz", "cannot be unpacked"),
        ("no idx", "no IDX file of pictures"),
        ("labels for pictures", "no IDX file of pictures"),
        ("header cut", "ends within its header"),
        ("body cut", "cut short: 23,519 of 23,520"),
        ("body longer", "goes on after"),
        ("huge header", "more than the file can hold"),
        ("other size", "its pictures are 32 × 32, not 28 × 28"),
        ("none", "holds no picture"),
        ("empty", "no IDX file"),
        ("fewer", "30 labels for 29 pictures"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, fault: str, said: str) -> None:
    file = write_set(tmp_path) / f"{PARTS[0]}.gz"
    file.write_bytes(spoil(file.read_bytes(), fault))
    with pytest.raises(DataMissing, match=said) as caught:
        MNIST(folder=str(tmp_path))()
    assert str(tmp_path) in caught.value.sentence
    assert caught.value.fix


def test_a_label_of_another_set_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / f"{PARTS[1]}.gz").write_bytes(gzip.compress(idx(np.full(30, 46))))
    with pytest.raises(DataMissing, match="a label 46; they go from 0 to 9"):
        MNIST(folder=str(tmp_path))()


def test_the_foot_survives_a_bad_file(tmp_path: Path) -> None:
    file = write_set(tmp_path) / f"{PARTS[0]}.gz"
    file.write_bytes(b"")
    assert MNIST(folder=str(tmp_path)).sign() == "not here yet"


# --- downloading ----------------------------------------------------------------------------------


def test_absent_files_are_offered_and_brought_after_a_click_only(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "served")
    with serving(folder) as (address, _):
        monkeypatch.setattr(MNIST, "known", known_set(folder, address))
        node = MNIST(batch=30)
        (doubt,) = node.doubts()
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        assert f"To download: {size:.3g} MB from 127.0.0.1" in str(doubt.sentence)
        assert "SHA-256" in str(doubt.sentence)
        assert node.sign() == "not here yet" and not node.outside()
        with pytest.raises(DataMissing, match="nobody has asked"):
            node()
        assert not home.exists()
        setattr(node, doubt.param, doubt.value)
        node.changed(doubt.param)
        assert node.outside() == MNIST.known.title and not node.doubts()
        assert node().images.shape == (30, 1, 28, 28)
    assert sorted(f.name for f in (home / "mnist").iterdir()) == sorted(f"{p}.gz" for p in PARTS)
    assert MNIST(batch=30)().labels.shape == (30,), "once is enough"
    assert not MNIST().doubts() and not MNIST(download=True).outside()


def test_offline_is_said_with_what_to_do(home: Path) -> None:
    with pytest.raises(DataMissing) as caught:
        MNIST(download=True)()
    said = f"{PARTS[0]}.gz is not on this machine, and 127.0.0.1:9 cannot be reached."
    assert caught.value.sentence == said
    assert "Connect to the network" in caught.value.fix
    assert str(home / "mnist") in caught.value.fix


@pytest.mark.parametrize("allowed", [False, True])
def test_a_folder_of_the_users_own_is_never_filled(
    home: Path, tmp_path: Path, allowed: bool
) -> None:
    (write_set(tmp_path / "own") / f"{PARTS[0]}.gz").rename(tmp_path / f"{PARTS[0]}.gz")
    node = MNIST(folder=str(tmp_path), download=allowed)
    assert not node.doubts()
    with pytest.raises(DataMissing, match="has no"):
        node()
    assert not home.exists()


def test_a_check_downloads_nothing(home: Path) -> None:
    node = MNIST(batch=3)
    assert node.sketch().images.shape == (3, 1, 28, 28)
    assert not home.exists()


# --- the real ones --------------------------------------------------------------------------------


@real_mnist
def test_mnist_is_whole() -> None:
    node = MNIST(batch=10_000)
    images, labels = node.eval()()
    assert len(node.items) == 60_000
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert float(node.items.mean()) == pytest.approx(0.1307, abs=1e-4)
    assert float(node.items.std()) == pytest.approx(0.3081, abs=1e-4)
    assert node.labels.bincount().tolist()[:3] == [5923, 6742, 5958]
    assert images.shape == (10_000, 1, 28, 28)


@real_fashion
def test_part_of_fashion_mnist_does() -> None:
    node = FashionMNIST(batch=64)
    assert node().images.shape == (64, 1, 28, 28)
    assert node.sign() == f"train {len(node.items):,}"
    assert int(node.labels.max()) == 9
