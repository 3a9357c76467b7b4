"""Texts of the run bar: state, progress and device of a run."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.document.messages import Progress, Status
from workbench.words.quantities import show_measure, show_seconds


def tr(text: str) -> str:
    return QCoreApplication.translate("runbar", text)


def state_words(status: Status | None, *, trains: bool) -> str:
    words = {
        "starting": tr("Starting"),
        "running": tr("Running"),
        "paused": tr("Paused"),
        "done": tr("Trained") if trains else tr("Done"),
        "stopped": tr("Stopped"),
        "failed": tr("Failed"),
    }
    return words.get(status.status, "") if status else ""


def details(progress: Progress) -> list[str]:
    """Return the texts beside the step count; the time left, if known, is last."""
    parts = numbers(progress)
    if progress.epoch is not None and progress.epochs:
        epoch = min(int(progress.epoch) + 1, int(progress.epochs))
        parts.append(tr("epoch {0} of {1}").format(epoch, show_measure(progress.epochs)))
    if progress.rate:
        parts.append(tr("{0} steps/s").format(show_measure(progress.rate)))
    if progress.left is not None:
        parts.append(tr("{0} left").format(show_seconds(progress.left)))
    return [part for part in parts if part]


def numbers(progress: Progress) -> list[str]:
    """Return the numbers reported by the trainer, with the names of their ports."""
    return [f"{name} {show_measure(value)}" for name, value in progress.numbers.items()]


def device_name(device: str, devices: list[str]) -> str:
    """Return the device a run uses; "auto" is the best available."""
    if device == "auto":
        device = next((d for d in devices if d != "cpu"), "cpu")
    return device_words(device)


def device_words(device: str) -> str:
    if device == "auto":
        return tr("Automatic")
    kind, _, number = device.partition(":")
    return {"cpu": "CPU", "cuda": "GPU", "mps": "GPU"}.get(kind, device) + (
        f" {number}" * bool(number)
    )
