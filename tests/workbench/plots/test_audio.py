"""Sounds in a plot: where clips lie, what is heard and saved of them."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from engine.document.messages import FigureData
from nodes.data.wav import FULL, read_wav
from tests.workbench.plots.figures import figure
from workbench.look.theme import theme
from workbench.plots import export, sound
from workbench.plots.audio import PAUSE, Audio
from workbench.plots.look import Look
from workbench.plots.menu import entries
from workbench.plots.widget import Plot

RATE = 8000


def clips(count: int, samples: int = 400) -> FigureData:
    levels = (np.arange(count * samples) % 7 - 3).reshape(count, samples) * 1000
    names = [f"clip {n}" for n in range(count)]
    return figure("audio", {"rate": RATE, "names": names}, samples=levels.astype(np.int16))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], list[bytes]]:
    """Put a player in the place of the system's: what it was given is kept."""
    player = tmp_path / "aplay"
    player.write_text(f'#!/bin/sh\ncat "$2" > {tmp_path}/heard-$$.tmp\n'
                      f"mv {tmp_path}/heard-$$.tmp {tmp_path}/heard-$$.wav\n")  # fmt: skip
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    by_program = [way for way in sound.WAYS if way[1] is sound._by_program]
    monkeypatch.setattr(sound, "WAYS", by_program)
    monkeypatch.setattr(sound, "PLAYERS", {"aplay": ("-q",)})
    return lambda: [file.read_bytes() for file in tmp_path.glob("heard-*.wav")]


def plot_of(qtbot: object, shown: FigureData) -> Plot:
    plot = Plot()
    plot.resize(500, 300)
    qtbot.addWidget(plot)  # type: ignore[attr-defined]
    plot.draw(shown)
    plot.show()
    return plot


@pytest.mark.parametrize("count", [1, 2, 5, 10, 17])
def test_clips_lie_beside_each_other_inside_the_plot(count: int, qapp: object) -> None:
    picture, area = Audio(clips(count)), QRectF(0, 0, 700, 400)
    places = picture._places(area, Look(theme()))
    assert len(places) == count
    assert all(area.contains(place) for place in places)
    assert not any(a.intersects(b) for n, a in enumerate(places) for b in places[:n])


@pytest.mark.parametrize("size", [(1, 1), (60, 20), (120, 80), (3000, 40)])
def test_a_small_plot_shows_some(size: tuple[int, int], qapp: object) -> None:
    picture = Audio(clips(10))
    assert picture._places(QRectF(0, 0, *size), Look(theme()))


def test_whole_numbers_are_a_share_of_full_scale(qapp: object) -> None:
    samples = Audio(clips(2)).samples
    assert samples.shape == (2, 400)
    assert samples.max() == pytest.approx(3000 / FULL)


def test_a_wav_holds_one_clip_or_all_with_a_pause(qapp: object) -> None:
    picture = Audio(clips(3))
    one = read_wav(picture.wav(1), Path("one.wav"))
    assert one.rate == RATE
    np.testing.assert_array_equal(one.samples[0], picture.samples[1])
    with wave.open(io.BytesIO(picture.wav())) as every:
        assert every.getnframes() == 3 * (400 + round(PAUSE * RATE))


@pytest.mark.skipif("sys.platform == 'win32'")
def test_the_button_plays_its_clip(qtbot, heard) -> None:
    plot = plot_of(qtbot, clips(2))
    picture = plot.read()
    places = picture._places(plot.area(), plot.look())
    button = picture._button(places[1]).center().toPoint()
    QTest.mouseMove(plot, button)
    assert plot.pointed == 1
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=button)
    qtbot.waitUntil(lambda: heard() == [picture.wav(1)], timeout=10_000)
    assert not plot.selection.ids


def test_without_a_player_the_button_says_so(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "WAYS", [])
    plot = plot_of(qtbot, clips(1))
    picture = plot.read()
    (place,) = picture._places(plot.area(), plot.look())
    hit = picture.hit(picture._button(place).center(), plot.area(), plot.look())
    assert "no player" in hit.text
    assert not picture.play(0)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=picture._button(place).center().toPoint())


def test_pointing_tells_moment_and_frequency(qapp: object) -> None:
    picture, area = Audio(clips(1)), QRectF(0, 0, 400, 200)
    hit = picture.hit(QPointF(300, 180), area, Look(theme()))
    assert hit is not None and " s · " in hit.text and "Hz" in hit.text


def test_only_sounds_are_played_and_saved_as_wav(qtbot, tmp_path: Path) -> None:
    plot = plot_of(qtbot, clips(1))
    assert {"Play", "Save as WAV…"} <= {e.title for e in entries() if e.only(plot)}
    export.save_wav(plot, tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == plot.read().wav()
    with pytest.raises(export.NotSaved):
        export.save_wav(plot, tmp_path / "none" / "a.wav")


def test_a_second_sound_ends_the_first(qapp: object, heard) -> None:
    speaker = sound.Speaker()
    picture = Audio(clips(2))
    assert speaker.play(picture.wav(0)) and speaker.play(picture.wav(1))
    speaker.stop()
    speaker.stop()
