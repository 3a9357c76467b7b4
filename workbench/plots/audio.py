"""Audio: the wave and the spectrogram of each clip, and a button that plays it.

Arrays: `samples` (n), (b n) or (b c n), between -1 and 1, or 16-bit integers. Facts: `rate` in Hz
(default 16,000), `names` of the clips, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from nodes.data.wav import FULL, wav_of
from workbench.look.eliding import elide
from workbench.look.theme import RADIUS_THUMBNAIL, pixmap
from workbench.plots import maps, sound
from workbench.plots.axes import number, text_width, ticks
from workbench.plots.base import Hit, Picture, Rows
from workbench.plots.look import Look
from workbench.plots.words import many, tr

CLIPS = 20
ACROSS = 5
NARROW, LOW = 90.0, 72.0  # least px of a clip for several to be shown
ROOMY = 110.0  # px of a clip's height from which the time axis is shown
WAVE = 0.36  # share of the height
GAP = 12.0
FOOT = 18.0
BUTTON = 18.0
PAUSE = 0.2  # seconds between clips played in sequence
DECIBELS = 80.0  # range shown, below the loudest value
WINDOW = 512


class Audio(Picture):
    """Waves and spectrograms."""

    def read(self) -> None:
        samples = self.array("samples", 1, 2, 3)
        scale = FULL if samples.dtype == np.int16 else 1
        samples = np.nan_to_num(samples.astype(np.float32)) / scale
        if samples.ndim == 3:
            samples = samples.mean(axis=1)
        self.samples = np.atleast_2d(samples)
        self.rate = float(self.facts.get("rate") or 16_000)
        self.names = self.texts("names")
        self._spectra: dict[int, np.ndarray] = {}

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.rate

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        for clip, place in enumerate(self._places(area, look)):
            self._paint_clip(painter, place, clip, look)

    def _places(self, area: QRectF, look: Look) -> list[QRectF]:
        """Return the rectangle of each clip, in rows, as many as fit."""
        if not self.samples.size or area.isEmpty():
            return []
        fits = max(1, int(area.width() // NARROW)), max(1, int(area.height() // LOW))
        count = min(len(self.samples), CLIPS, ACROSS * fits[1])
        rows = -(-count // min(ACROSS, fits[0], count))
        rows = min(rows, fits[1])
        across = min(-(-count // rows), ACROSS)
        gap = 4.0 if look.small else GAP
        width = (area.width() - gap * (across - 1)) / across
        height = (area.height() - gap * (rows - 1)) / rows
        return [
            QRectF(
                area.left() + clip % across * (width + gap),
                area.top() + clip // across * (height + gap),
                width,
                height,
            )
            for clip in range(min(count, rows * across))
        ]

    def _parts(self, place: QRectF, look: Look) -> tuple[QRectF, QRectF]:
        """Return the rectangles of the wave and of the spectrogram, below the button."""
        if look.small:
            inner = place
        else:
            alone = len(self.samples) == 1
            left = text_width(look, self._hertz(self.rate / 2)) + 8 if alone else 0.0
            foot = look.em(FOOT) if self._has_foot(place) else 0.0
            inner = place.adjusted(left, BUTTON + 2, 0, -foot)
        split = inner.top() + inner.height() * WAVE
        wave = QRectF(inner.topLeft(), QPointF(inner.right(), split - 4))
        return wave, QRectF(QPointF(inner.left(), split), inner.bottomRight())

    def _has_foot(self, place: QRectF) -> bool:
        """Return whether the time axis fits."""
        return place.height() >= ROOMY

    def _paint_clip(self, painter: QPainter, place: QRectF, clip: int, look: Look) -> None:
        wave, spectrum = self._parts(place, look)
        self._paint_wave(painter, wave, clip, look)
        span, values = (-DECIBELS, 0.0), self.spectrum(clip)[::-1]
        maps.paint_tint(painter, spectrum, values, span, "sequential", look, smooth=True)
        if not look.small:
            self._paint_ticks(painter, place, spectrum, clip, look)

    def _paint_wave(self, painter: QPainter, place: QRectF, clip: int, look: Look) -> None:
        columns = max(1, int(place.width() * min(look.pixels, 2)))
        samples = self.samples[clip]
        edges = np.unique(np.linspace(0, len(samples), columns + 1).astype(int)[:-1])
        low, high = (f.reduceat(samples, edges) for f in (np.minimum, np.maximum))
        middle, half = place.center().y(), place.height() / 2
        x = place.left() + edges / len(samples) * place.width()
        top, bottom = middle - np.clip(high, -1, 1) * half, middle - np.clip(low, -1, 1) * half
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(QLineF(place.left(), middle, place.right(), middle))
        painter.setPen(QPen(look.theme.wire("images").colour, 1 / min(look.pixels, 2)))
        lines = np.stack([x, top - 0.4, x, bottom + 0.4], axis=1).tolist()
        painter.drawLines([QLineF(*line) for line in lines])

    def spectrum(self, clip: int) -> np.ndarray:
        """Return a clip's spectrogram (frequencies times), in decibels below the maximum."""
        if clip not in self._spectra:
            samples = self.samples[clip]
            window = min(WINDOW, max(16, len(samples) // 4))
            step = max(window // 4, len(samples) // 600)
            padded = np.pad(samples, (0, max(0, window - len(samples))))
            frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
            power = np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)) ** 2
            loudest = power.max(initial=1e-12)
            self._spectra[clip] = 10 * np.log10(np.maximum(power / loudest, 1e-12)).T
        return self._spectra[clip]

    def _paint_ticks(
        self, painter: QPainter, place: QRectF, spectrum: QRectF, clip: int, look: Look
    ) -> None:
        painter.setFont(look.font("tick"))
        painter.setPen(look.colour("text2"))
        align = Qt.AlignmentFlag
        top = self.rate / 2
        for hertz in ticks(0, top, 2)[: 3 if len(self.samples) == 1 else 0]:
            y = spectrum.bottom() - hertz / top * spectrum.height()
            y = min(max(y, spectrum.top() + 6), spectrum.bottom() - 6)
            box = QRectF(
                place.left(), y - look.em(8), spectrum.left() - place.left() - 8, look.em(16)
            )
            painter.drawText(box, align.AlignRight | align.AlignVCenter, self._hertz(hertz))
        for at in (
            []
            if not self._has_foot(place)
            else ticks(0, self.seconds, max(1, int(spectrum.width() / 90)))
        ):
            x = spectrum.left() + at / self.seconds * spectrum.width()
            text = tr("{0} s").format(number(at))
            wide = text_width(look, text)
            x = min(max(x - wide / 2, spectrum.left()), spectrum.right() - wide)
            box = QRectF(x, spectrum.bottom() + 2, wide + 2, look.em(16))
            painter.drawText(box, align.AlignLeft, text)
        self._paint_head(painter, place, clip, look)

    def _paint_head(self, painter: QPainter, place: QRectF, clip: int, look: Look) -> None:
        """Draw a clip's name and button above its wave."""
        button = self._button(place)
        if look.ink is None:
            self._paint_button(painter, button, look)
        if clip < len(self.names):
            painter.setPen(look.colour("text2"))
            box = QRectF(button.right() + 4, place.top(), place.width() - BUTTON - 4, BUTTON)
            text = elide(self.names[clip], painter.fontMetrics(), box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_button(self, painter: QPainter, button: QRectF, look: Look) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("header"))
        painter.drawRoundedRect(button, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
        name = "play" if sound.can_play() else "volume-x"
        inside = button.adjusted(3, 3, -3, -3)
        shown = pixmap(name, look.colour("text"), int(inside.width()), ratio=look.pixels)
        painter.drawPixmap(inside, shown, QRectF(shown.rect()))

    def _button(self, place: QRectF) -> QRectF:
        return QRectF(place.left(), place.top(), BUTTON, BUTTON)

    def _hertz(self, hertz: float) -> str:
        return tr("{0} kHz").format(number(hertz / 1000)) if hertz >= 1000 else number(hertz)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        for clip, clip_place in enumerate(self._places(area, look)):
            if clip_place.contains(place):
                on_button = self._button(clip_place).contains(place)
                text = self._said_of_button() if on_button else self._said(place, clip_place, look)
                return Hit(text, clip) if text else None
        return None

    def _said_of_button(self) -> str:
        return tr("Play") if sound.can_play() else tr("There is no player of sounds here")

    def _said(self, place: QPointF, clip: QRectF, look: Look) -> str:
        """Return the time and the frequency at a point."""
        wave, spectrum = self._parts(clip, look)
        share = (place.x() - wave.left()) / (wave.width() or 1)
        if not 0 <= share < 1:
            return ""
        words = [tr("{0} s").format(number(share * self.seconds))]
        if spectrum.contains(place):
            up = (spectrum.bottom() - place.y()) / spectrum.height()
            words.append(tr("{0} Hz").format(number(round(up * self.rate / 2))))
        return " · ".join(words)

    def click(self, place: QPointF, area: QRectF, look: Look) -> bool:
        for clip, clip_place in enumerate(self._places(area, look)):
            if self._button(clip_place).contains(place):
                return self.play(clip)
        return False

    def play(self, clip: int | None = None) -> bool:
        """Play one clip, or all in sequence; return whether playing has started."""
        return sound.speaker().play(self.wav(clip))

    def wav(self, clip: int | None = None) -> bytes:
        """Return one clip, or all with pauses between them, as a WAV file."""
        chosen = self.samples if clip is None else self.samples[clip : clip + 1]
        pause = np.zeros((len(chosen), round(PAUSE * self.rate)), np.float32)
        joined = np.concatenate([chosen, pause], axis=1) if len(chosen) > 1 else chosen
        return wav_of(joined.reshape(1, -1), round(self.rate))

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        length = tr("{0} s").format(number(self.seconds))
        clips = many(len(self.samples), "", tr("{0} clips"))
        return f"{clips}, {length}" if clips else length

    def summary(self) -> str:
        clips = many(len(self.samples), tr("1 sound"), tr("{0} sounds"))
        loudest = float(np.abs(self.samples).max(initial=0.0))
        text = tr("{0} of {1} s, {2} samples a second, the loudest {3} of full scale.")
        return text.format(clips, number(self.seconds), number(self.rate), number(loudest))

    def rows(self) -> Rows:
        time = np.arange(self.samples.shape[1]) / self.rate
        clips = {f"clip {n + 1}": clip for n, clip in enumerate(self.samples)}
        return Rows.of({"seconds": time} | clips)
