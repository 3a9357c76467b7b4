"""Checkpoints give back what they were given, and refuse what is damaged or foreign."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.document.errors import CheckpointRefused
from engine.record import checkpoint


def some_state() -> dict[str, torch.Tensor]:
    table = torch.arange(12.0).reshape(3, 4)
    return {
        "a/weight": table,
        "a/view": table[:, 1],
        "a/transposed": table.t(),
        "b/step": torch.tensor(7),
        "b/half": torch.randn(3).bfloat16(),
        "b/flags": torch.tensor([True, False]),
        "c/empty": torch.empty(0, 3),
        "rng": torch.get_rng_state(),
        "d/grad": torch.ones(2, requires_grad=True),
    }


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "000000007.safetensors"
    checkpoint.save(path, some_state(), {"step": 7, "words": ["ä", None]})
    return path


def test_it_gives_back_what_it_was_given(tmp_path: Path) -> None:
    state, path = some_state(), tmp_path / "1.safetensors"
    checkpoint.save(path, state, {"step": 7, "words": ["ä", None]})
    read, facts = checkpoint.load(path)
    assert facts == {"step": 7, "words": ["ä", None]}
    assert set(read) == set(state)
    for name, tensor in state.items():
        assert read[name].dtype == tensor.dtype
        assert torch.equal(read[name], tensor), name
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointRefused) as refused:
        checkpoint.load(saved)
    assert str(saved) in refused.value.sentence and not refused.value.place
    assert refused.value.sentence
    assert refused.value.fix


@pytest.mark.parametrize("place", [0, 5, 40, -40, -1])
def test_a_flipped_bit_is_refused(saved: Path, place: int) -> None:
    data = bytearray(saved.read_bytes())
    data[place] ^= 4
    saved.write_bytes(data)
    with pytest.raises(CheckpointRefused):
        checkpoint.load(saved)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("foreign", "pickled", "text", "absent")}
    save_file({"w": torch.ones(2)}, files["foreign"])
    files["pickled"].write_bytes(pickle.dumps({"w": 1}))
    files["text"].write_text("hello")
    for path in [*files.values(), tmp_path]:
        with pytest.raises(CheckpointRefused) as refused:
            checkpoint.load(path)
        assert str(path) in refused.value.sentence and not refused.value.place


def test_a_newer_version_says_so(saved: Path, tmp_path: Path) -> None:
    head = '{"format": "genworkbench.checkpoint", "version": 99}'
    save_file({"w": torch.ones(2)}, saved, metadata={"facts": head})
    with pytest.raises(CheckpointRefused, match="version 99"):
        checkpoint.load(saved)


def test_of_several_the_newest_that_can_be_read_counts(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(CheckpointRefused, match="no checkpoint"):
        checkpoint.load_latest(tmp_path)
    for step in (5, 40, 300, 2000):
        path = checkpoint.file_of(tmp_path, step)
        checkpoint.save(path, {"w": torch.tensor(step)}, {"step": step})
    checkpoint.prune(tmp_path)
    assert [checkpoint.step_of(p) for p in checkpoint.newest_first(tmp_path)] == [2000, 300, 40]
    assert checkpoint.latest(tmp_path) == checkpoint.file_of(tmp_path, 2000)
    checkpoint.file_of(tmp_path, 2000).write_bytes(b"cut off")
    assert checkpoint.load_latest(tmp_path)[1]["step"] == 300


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        checkpoint.save(tmp_path / "absent" / "1.safetensors", some_state(), {})
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(OSError):
        checkpoint.save(tmp_path / "folder.safetensors", some_state(), {})
    assert [p.name for p in tmp_path.iterdir()] == ["folder.safetensors"]
