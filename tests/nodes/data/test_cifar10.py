"""CIFAR-10's binary files: how items lie in them, where they are found, what is said of faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nodes.data.cifar10 import FOLDER, META, PARTS, RECORD, Cifar10
from nodes.errors import DataMissing


def write_cifar(folder: Path, count: int = 6) -> Path:
    """Write tiny files: a picture is red, green, blue by its label, and row r is r brighter."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in enumerate(PARTS):
        labels = (np.arange(count) + part) % 10
        planes = labels[:, None, None, None] + 10 * np.arange(3)[:, None, None]
        pictures = planes + np.arange(32)[:, None] + np.zeros((count, 3, 32, 32))
        records = np.concatenate([labels[:, None], pictures.reshape(count, -1)], 1)
        (folder / name).write_bytes(records.astype(np.uint8).tobytes())
    (folder / META).write_text("a b c d e f g h i j".replace(" ", "\n") + "\n\n")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    return tmp_path / "home" / "data" / "datasets"


def test_planes_and_rows_lie_as_published(tmp_path: Path) -> None:
    node = Cifar10(folder=str(write_cifar(tmp_path)), batch=30)
    images, labels = node.train()()
    assert images.shape == (30, 3, 32, 32)
    bytes_of = (images * 255).round().long()
    expected = labels[:, None, None] + 10 * torch.arange(3)[:, None] + torch.arange(32)
    assert torch.equal(bytes_of, expected[..., None].expand(-1, -1, -1, 32))
    assert node.eval()().labels.tolist() == [5, 6, 7, 8, 9, 0]
    assert node.known_classes() == list("abcdefghij")
    assert node.sign() == "train 30"


@pytest.mark.parametrize("inside", [FOLDER, f"cifar-10/{FOLDER}"])
def test_it_is_found_where_the_archive_is_unpacked(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    write_cifar(home / inside)
    assert Cifar10().sign() == "train 30"
    monkeypatch.setenv("GENWORKBENCH_DATA", str(tmp_path / "shared"))
    write_cifar(tmp_path / "shared" / inside, 2)
    assert Cifar10().sign() == "train 10"
    assert Cifar10(folder=str(home)).sketch().images.shape == (128, 3, 32, 32)


def test_names_are_the_published_ones_where_the_folder_does_not_say(tmp_path: Path) -> None:
    (write_cifar(tmp_path) / META).unlink()
    assert Cifar10(folder=str(tmp_path)).known_classes()[:3] == ["airplane", "automobile", "bird"]


def test_without_files_it_says_which_to_unpack(home: Path) -> None:
    with pytest.raises(DataMissing, match=r"it has no data_batch_1.bin") as caught:
        Cifar10().sketch()
    assert FOLDER in caught.value.fix
    assert Cifar10().sign() == "not here yet"


def test_the_python_version_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data_batch_1").write_bytes(b"x")
    with pytest.raises(DataMissing, match="Python version"):
        Cifar10(folder=str(tmp_path)).sketch()


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    (write_cifar(tmp_path) / PARTS[3]).unlink()
    with pytest.raises(DataMissing, match=r"has no data_batch_4.bin"):
        Cifar10(folder=str(tmp_path))()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cut", "its 18,437 bytes are no whole number of records of 3,073"),
        ("empty", "its 0 bytes are no whole number"),
        ("label", "at byte 3,073 it has the label 10; they go from 0 to 9"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, fault: str, said: str) -> None:
    file = write_cifar(tmp_path) / PARTS[1]
    whole = file.read_bytes()
    spoiled = {
        "cut": whole[:-1],
        "empty": b"",
        "label": whole[:RECORD] + b"\x0a" + whole[RECORD + 1 :],
    }
    file.write_bytes(spoiled[fault])
    with pytest.raises(DataMissing, match=said) as caught:
        Cifar10(folder=str(tmp_path))()
    assert str(file) in caught.value.sentence and caught.value.fix


def test_too_few_names_are_refused(tmp_path: Path) -> None:
    (write_cifar(tmp_path) / META).write_text("a\nb\n")
    with pytest.raises(DataMissing, match="it names 2 classes, not 10"):
        Cifar10(folder=str(tmp_path))()
