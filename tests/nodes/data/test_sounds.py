"""Sounds: files of every kind, damaged ones, folders, spoken digits."""

from __future__ import annotations

import math
import shutil
import struct
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import resources
from nodes.data.audio_folder import AudioFolder
from nodes.data.joint_labels import JointLabels
from nodes.data.sounds import PEAK, resampled
from nodes.data.spoken_digits import SPEAKERS, Recording, SpokenDigits, in_turn
from nodes.data.wav import FULL, Sound, read_sound, read_wav, wav_of
from nodes.errors import DataMissing, InputRefused

HERE = Path("x.wav")


def tone(samples: int = 800, *, rate: int = 8000, hertz: float = 440.0) -> np.ndarray[Any, Any]:
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate)[None].astype(np.float32)


def of(
    kind: int, bits: int, body: bytes, *, channels: int = 1, extra: bytes = b"", rate: int = 8000
) -> bytes:
    """Return a WAV file with these samples, as they are."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, 8000 * frame, frame, bits) + extra
    chunks = b"LIST\x03\0\0\0abc\0" + b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@given(arrays(np.int16, st.tuples(st.integers(1, 3), st.integers(1, 50))))
def test_a_wav_that_is_written_and_read_is_equal(whole: np.ndarray[Any, Any]) -> None:
    written = wav_of(whole.astype(np.float32) / FULL, 8000)
    sound = read_wav(written, HERE)
    assert sound.rate == 8000
    assert np.array_equal(sound.samples * FULL, whole)
    assert wav_of(sound.samples, 8000) == written


HALVES = {
    (1, 8): bytes([64, 192]),
    (1, 16): struct.pack("<2h", -16384, 16384),
    (1, 24): b"\0\0\xc0\0\0\x40",
    (1, 32): struct.pack("<2i", -(2**30), 2**30),
    (3, 32): struct.pack("<2f", -0.5, 0.5),
    (3, 64): struct.pack("<2d", -0.5, 0.5),
}


@pytest.mark.parametrize(("kind", "bits"), HALVES)
@pytest.mark.parametrize("extensible", [False, True])
def test_every_width_is_read(kind: int, bits: int, extensible: bool) -> None:
    extra = struct.pack("<HHIH", 22, bits, 4, kind) + bytes(14) if extensible else b""
    content = of(0xFFFE if extensible else kind, bits, HALVES[kind, bits], extra=extra)
    assert read_wav(content, HERE).samples.tolist() == [[-0.5, 0.5]]


def test_channels_lie_in_turn() -> None:
    sound = read_wav(of(1, 16, struct.pack("<4h", 1, 2, 3, 4), channels=2), HERE)
    assert (sound.samples * FULL).tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_a_recording_without_an_end_is_read_as_far_as_it_goes(length: int) -> None:
    content = of(1, 16, struct.pack("<3h", 1, 2, 3))
    open_ended = content[:-10] + struct.pack("<I", length) + content[-6:]
    assert read_wav(open_ended, HERE).samples.shape == (1, 3)


WHOLE = of(1, 16, bytes(20))
FAULTS = {
    "it is empty": (b"", 0),
    "begin": (b"ID3" + bytes(60), 0),
    "its format is cut short": (WHOLE[:40], 32),
    "before its samples": (WHOLE[:48], 48),
    "ends after 8 of 20": (WHOLE[:-12], len(WHOLE) - 12),
    "before their format": (WHOLE[:12] + b"data" + bytes(12), 20),
    "no channels": (of(1, 16, bytes(4), channels=0), 32),
    "claims 4,294,967,291 samples": (of(1, 16, bytes(4), rate=2**32 - 5), 32),
    "no samples": (of(1, 16, b""), 56),
    "no numbers": (of(3, 32, struct.pack("<f", math.nan)), 56),
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_damaged_file_is_named_with_the_byte(said: str, tmp_path: Path) -> None:
    content, at = FAULTS[said]
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(DataMissing, match=said) as caught:
        read_sound(path)
    assert f"bad.wav is damaged at byte {at}" in str(caught.value)
    assert caught.value.fix


@given(st.binary(max_size=80), st.integers(0, len(WHOLE)))
def test_no_content_raises_anything_else(noise: bytes, at: int) -> None:
    for content in (noise, WHOLE[:at] + noise, WHOLE[:at] + noise + WHOLE[at:]):
        try:
            assert np.isfinite(read_wav(content, HERE).samples).all()
        except DataMissing:
            continue


def test_another_format_needs_a_package_or_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    try:
        import soundfile
    except ImportError:
        path.write_bytes(b"fLaC")
        with pytest.raises(DataMissing, match="needs the package soundfile"):
            read_sound(path)
    else:
        soundfile.write(path, tone()[0], 8000, subtype="PCM_16")
        np.testing.assert_allclose(read_sound(path).samples, tone(), atol=1e-4)


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 8000), (8000, 16_000), (22_050, 8000)])
def test_a_tone_keeps_its_pitch_at_another_rate(rate: int, wanted: int) -> None:
    found = resampled(tone(rate, rate=rate)[0], rate, wanted)
    assert len(found) == wanted
    middle = slice(wanted // 4, -wanted // 4)
    np.testing.assert_allclose(found[middle], tone(wanted, rate=wanted)[0, middle], atol=2e-3)


@settings(max_examples=30)
@given(
    st.sampled_from([1, 7000, 8000, 11_025, 44_100, 96_000]),
    st.sampled_from([800, 8000, 44_100]),
    st.integers(1, 3000),
    st.integers(16, 200),
)
def test_the_beginning_of_a_sound_is_all_that_an_item_needs(
    rate: int, wanted: int, length: int, samples: int
) -> None:
    """Law: an item is the same, however much follows in its file, and however little is read."""
    noise = np.random.default_rng(length).uniform(-1, 1, (2, length)).astype(np.float32)
    items = AudioFolder(samples=samples, level="as recorded")
    needed = items.needed(rate, wanted)
    whole = items.fitted(Sound(noise, rate), wanted)
    begun = items.fitted(Sound(noise[:, :needed], rate), wanted)
    np.testing.assert_allclose(begun, whole, atol=1e-6)
    assert needed <= samples * rate / wanted + 12 * max(1, rate / wanted), "no more is read"


def test_no_more_of_a_long_file_is_read_than_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "hour.wav"
    with path.open("wb") as file:
        file.write(of(1, 16, b"")[:-4] + struct.pack("<I", 2**26) + struct.pack("<3h", 1, 2, 3))
        file.truncate(2**26 + 200)  # a hole: it takes no room on the disk
    tracemalloc.start()
    sound = read_sound(path, lambda rate: rate // 4)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert sound.samples.shape == (1, 2000)
    assert (sound.samples[0, :3] * FULL).tolist() == [1, 2, 3]


def test_files_of_more_than_4_gb_say_their_length_elsewhere() -> None:
    content = of(1, 16, struct.pack("<3h", 1, 2, 3))
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 6, 3, 0)
    at = content.index(b"data") + 4
    data = b"data" + struct.pack("<I", 2**32 - 1) + content[at + 4 :] + b"LIST\2\0\0\0ab"
    wide = b"RF64" + content[4:12] + sizes + content[12 : at - 4] + data
    assert (read_wav(wide, HERE).samples * FULL).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("loud", [3e38, 1e-45])
def test_no_loudness_makes_a_sound_that_is_no_number(loud: float) -> None:
    sound = Sound(np.full((2, 800), loud, np.float32), 8000)
    assert np.isfinite(AudioFolder(samples=1000).fitted(sound, 8000)).all()


def test_what_is_too_high_for_a_rate_is_left_out() -> None:
    found = resampled(tone(44_100, rate=44_100, hertz=6000)[0], 44_100, 8000)
    assert np.abs(found[1000:-1000]).max() < 0.01


# Folders


def put(folder: Path, name: str, samples: np.ndarray[Any, Any], rate: int = 8000) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_of(samples, rate))


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    for number in range(4):
        put(tmp_path, f"cats/{number}.wav", tone() * 0.25)
        put(tmp_path, f"dogs/deep/{number}.WAV", tone(3000, hertz=200) * 0.5)
    return tmp_path


def node(folder: Path, **given: Any) -> AudioFolder:
    return AudioFolder(**{"folder": str(folder), "samples": 1000, "test_share": 0.0} | given)


def test_sub_folders_are_classes(zoo: Path) -> None:
    folder = node(zoo)
    sounds, labels = folder()
    assert sounds.shape == (8, 1, 1000)
    assert folder.classes == ["cats", "dogs"]
    assert torch.equal(sounds[:, 0, 800:].abs().amax(1) == 0, labels == 0)  # cats are short
    torch.testing.assert_close(sounds.abs().amax((1, 2)), torch.full((8,), PEAK))
    assert folder.preview().counts == {"cats": 4, "dogs": 4}
    three = node(zoo, batch=3)
    assert [(s.shape, s.dtype) for s in three.sketch()] == [(t.shape, t.dtype) for t in three()]


def test_sounds_may_stay_as_loud_as_they_are(zoo: Path) -> None:
    sounds, labels = node(zoo, level="as recorded")()
    loud = torch.where(labels == 0, 0.25, 0.5)
    torch.testing.assert_close(sounds.abs().amax((1, 2)), loud, atol=1e-3, rtol=0)


def test_channels_are_mixed_to_their_mean(tmp_path: Path) -> None:
    left, right = tone(1000), tone(1000, hertz=900)
    put(tmp_path, "both.wav", np.concatenate([left, right]) * 0.5)
    (sound,), _ = node(tmp_path, level="as recorded")()
    np.testing.assert_allclose(sound.numpy(), (left + right) / 4, atol=1e-4)


def test_what_cannot_be_read_is_counted_and_told_where(zoo: Path) -> None:
    (zoo / "cats" / "bad.wav").write_bytes(WHOLE[:-12])
    folder = node(zoo)
    assert len(folder().sounds) == 8
    said = " ".join(map(str, folder.notes()))
    assert "1 cannot be read: cats/bad.wav" in said
    assert f"damaged at byte {len(WHOLE) - 12}" in said
    assert "folder:" not in said, "the node's place is said once, by whoever refuses"


def test_a_folder_without_sounds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no sound")
    with pytest.raises(DataMissing, match="holds no sound"):
        node(tmp_path)()
    with pytest.raises(DataMissing, match="No folder"):
        AudioFolder()()


# Spoken digits


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where sets are looked for: an empty folder."""
    monkeypatch.setenv("GENWORKBENCH_DATA", str(tmp_path))
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


def embedded() -> Path:
    return resources.path("sounds", "spoken-digits.tar.gz")


def test_without_the_set_a_few_recordings_stand_in_and_are_said_to(alone: Path) -> None:
    digits = SpokenDigits(batch=20)
    sounds, labels, speakers = digits()
    assert sounds.shape == (20, 1, 8192)
    assert sorted(labels.tolist()) == sorted([*range(10)] * 2)
    assert speakers.min() >= 0 and speakers.max() < len(SPEAKERS)
    assert digits.eval()().labels.tolist() == list(range(10))
    assert "30 recordings only" in str(digits.notes()[0])
    assert "MB from github.com" in str(digits.doubts()[0].sentence)
    assert digits.outside() == ""
    assert SpokenDigits(download=True).outside() == "Free Spoken Digit Dataset"


def test_an_archive_and_a_folder_give_the_same(alone: Path) -> None:
    few = SpokenDigits(batch=20).eval()()
    target = alone / "fsdd"
    target.mkdir()
    shutil.copy(embedded(), target / SpokenDigits.known.files[0].name)
    archived = SpokenDigits(batch=20)
    assert not archived.doubts()
    assert torch.equal(archived.eval()().sounds, few.sounds)
    assert not archived.notes()
    with tarfile.open(embedded()) as archive:
        archive.extractall(target, filter="data")
    assert torch.equal(SpokenDigits(batch=20).eval()().sounds, few.sounds)


def test_the_first_tests_are_all_ten_digits() -> None:
    found = [
        Recording(d, s, n, np.zeros((1, 1))) for d in range(10) for s in (0, 1) for n in (0, 1)
    ]
    shown = in_turn(found[:-3])  # of nines one only
    assert [r.digit for r in shown[:11]] == [*range(10), 0]
    assert sorted(r[:3] for r in shown) == sorted(r[:3] for r in found[:-3])


def test_the_licence_lies_beside_the_recordings() -> None:
    text = resources.path("sounds", "LICENSE-spoken-digits.txt").read_text("utf-8")
    assert "Attribution-ShareAlike 4.0" in text
    assert embedded().stat().st_size < 150_000


def test_a_broken_archive_is_named(alone: Path) -> None:
    target = alone / "fsdd" / SpokenDigits.known.files[0].name
    target.parent.mkdir()
    target.write_bytes(embedded().read_bytes()[:5000])
    with pytest.raises(DataMissing, match=r"tar\.gz is damaged"):
        SpokenDigits()()


def test_joint_labels_tell_every_pair_apart() -> None:
    first = torch.arange(10).repeat_interleave(6)
    second = torch.arange(6).repeat(10)
    assert JointLabels()(first, second).tolist() == list(range(60))
    named = JointLabels().named(first=["0", "1"], second=SPEAKERS)
    assert named["joint"][7] == "1 jackson"


def test_joint_labels_refuse_what_would_fall_together() -> None:
    with pytest.raises(InputRefused):
        JointLabels(classes=3)(torch.tensor([0]), torch.tensor([3]))
    with pytest.raises(InputRefused, match="as many"):
        JointLabels()(torch.zeros(3, dtype=torch.int64), torch.zeros(2, dtype=torch.int64))
