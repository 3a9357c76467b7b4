"""The devices of a machine, and the one that a setting means."""

from __future__ import annotations

import torch

from engine.document.errors import GraphRefused


def available() -> list[str]:
    """Return the names of the devices of this machine, "cpu" first."""
    found = ["cpu"]
    found += [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    found += ["mps"] if torch.backends.mps.is_available() else []
    return found


def resolve(wanted: str) -> str:
    """Return the device for a setting: `auto` is the first GPU, or the CPU where there is none.

    Raise `GraphRefused` where the device does not exist on this machine.
    """
    found = available()
    if wanted == "auto":
        return found[1] if len(found) > 1 else "cpu"
    name = "cuda:0" if wanted == "cuda" else wanted
    if name not in found:
        raise GraphRefused(
            "There is no device {wanted} here; there is {known}.",
            "Choose auto.",
            place="settings.device",
            wanted=wanted,
            known=", ".join(found),
        )
    return name
