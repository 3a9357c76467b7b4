"""What the window remembers between two starts, and the folders that are ours.

Everything lies in the folders that the system gives to programs (platformdirs), or all below
`GENWORKBENCH_HOME` where that is set: tests and portable installs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs
from msgspec import Struct, field

from engine.graph import write_atomically
from nodes.errors import Refusal

APP = "genworkbench"
MOST_RECENT = 12


class Settings(Struct, kw_only=True):
    """Choices of the user. `geometry` is the window's, as Qt saves it, in hexadecimal."""

    theme: Literal["system", "dark", "light"] = "system"
    language: Literal["system", "en", "fr"] = "system"
    high_contrast: bool = False
    reduced_motion: bool = False
    text_scale: float = 1.0
    data_folder: str = ""
    runs_folder: str = ""
    plugins_folder: str = ""
    recent: list[str] = field(default_factory=list)
    geometry: str = ""
    palette_open: bool = True
    inspector_open: bool = True
    views_open: bool = True
    palette_width: int = 0
    inspector_width: int = 0
    views_height: int = 0

    def remember(self, path: Path) -> None:
        """Put a file first among the recent ones."""
        name = str(path.resolve())
        self.recent = [name, *(r for r in self.recent if r != name)][:MOST_RECENT]

    def forget(self, path: Path | str) -> None:
        self.recent = [r for r in self.recent if r != str(path)]

    def save(self) -> None:
        """Write the settings; a disk that is full costs them and nothing else."""
        path = settings_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        except (OSError, Refusal):
            return


def load() -> Settings:
    """Read the settings; what cannot be read is as on the first day."""
    try:
        return msgspec.json.decode(settings_file().read_bytes(), type=Settings)
    except (OSError, msgspec.MsgspecError):
        return Settings()


def settings_file() -> Path:
    return _folder("config", platformdirs.user_config_dir(APP)) / "settings.json"


def journals() -> Path:
    """Where documents are autosaved."""
    return _folder("state", platformdirs.user_state_dir(APP)) / "journals"


def log_file() -> Path:
    """Where faults of the window are written down."""
    return _folder("state", platformdirs.user_state_dir(APP)) / "faults.log"


def cache() -> Path:
    return _folder("cache", platformdirs.user_cache_dir(APP))


def runs(settings: Settings) -> Path:
    """Where runs are recorded unless the user chose another folder."""
    return Path(settings.runs_folder or _folder("data", platformdirs.user_data_dir(APP)) / "runs")


def plugins(settings: Settings) -> Path:
    """Where the user's own nodes lie; only the engine reads them."""
    own = _folder("data", platformdirs.user_data_dir(APP)) / "nodes"
    return Path(settings.plugins_folder or own)


def _folder(name: str, usual: str) -> Path:
    home = os.environ.get("GENWORKBENCH_HOME")
    return Path(home) / name if home else Path(usual)
