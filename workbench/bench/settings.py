"""The user's settings, and the folders of the program.

`engine.document.homes` defines where the folders are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from engine.document import homes
from engine.document.homes import APP, cache, settings_file
from engine.document.writing import write_atomically
from nodes.errors import Refusal

__all__ = ["APP", "UserSettings", "cache", "journals", "load", "log_file", "plugins", "runs"]

Workspace = Literal["build", "watch", "play"]
MOST_RECENT = 12
MOST_WORKSPACES = 200


class UserSettings(Struct, kw_only=True):
    """The user's choices. `geometry` is the window's, in Qt's format as hexadecimal."""

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
    workspaces: dict[str, Workspace] = field(default_factory=dict)  # by the document's source
    wired: dict[str, int] = field(default_factory=dict)  # wires to new nodes, as `search.habits`

    def remember(self, path: Path) -> None:
        """Put a file first in the list of recent files."""
        name = str(path.resolve())
        self.recent = [name, *(r for r in self.recent if r != name)][:MOST_RECENT]

    def forget(self, path: Path | str) -> None:
        self.recent = [r for r in self.recent if r != str(path)]

    def keep_workspace(self, source: str, workspace: Workspace) -> None:
        """Note the workspace of a document, as the last of those used; the oldest are forgotten."""
        self.workspaces.pop(source, None)
        self.workspaces[source] = workspace
        while len(self.workspaces) > MOST_WORKSPACES:
            del self.workspaces[next(iter(self.workspaces))]

    def save(self) -> None:
        """Write the settings. A failure, such as a full disk, is ignored."""
        path = settings_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        except (OSError, Refusal):
            return


def load() -> UserSettings:
    """Read the settings; return the defaults if the file is missing or damaged."""
    try:
        return msgspec.json.decode(settings_file().read_bytes(), type=UserSettings)
    except (OSError, msgspec.MsgspecError):
        return UserSettings()


def journals() -> Path:
    """Return the folder of autosave journals."""
    return homes.state() / "journals"


def log_file() -> Path:
    """Return the file that logs errors of the window."""
    return homes.state() / "faults.log"


def runs(settings: UserSettings) -> Path:
    """Return the folder of recorded runs: the user's choice or the default."""
    return homes.runs(settings.runs_folder)


def plugins(settings: UserSettings) -> Path:
    """Return the folder of the user's own nodes; only the engine reads it."""
    return homes.own_nodes(settings.plugins_folder)
