"""The folders that are ours on this computer, the same for the window and the command line.

They lie where the system gives programs theirs (platformdirs), or all below `GENWORKBENCH_HOME`
where that is set: tests and portable installs.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

APP = "genworkbench"


class _Chosen(Struct):
    """What the window's settings say of folders."""

    plugins_folder: str = ""


def settings_file() -> Path:
    """Return the file of the window's settings."""
    return _folder("config", platformdirs.user_config_dir(APP)) / "settings.json"


def state() -> Path:
    return _folder("state", platformdirs.user_state_dir(APP))


def cache() -> Path:
    return _folder("cache", platformdirs.user_cache_dir(APP))


def data() -> Path:
    return _folder("data", platformdirs.user_data_dir(APP))


def own_nodes(chosen: str = "") -> Path:
    """Return the folder of the user's own nodes, the chosen one or the usual one."""
    return Path(chosen or data() / "nodes")


def own_nodes_as_set() -> Path:
    """Return the folder of the user's own nodes, as the window's settings name it."""
    try:
        chosen = msgspec.json.decode(settings_file().read_bytes(), type=_Chosen).plugins_folder
    except (OSError, msgspec.MsgspecError):
        chosen = ""
    return own_nodes(chosen)


def _folder(name: str, usual: str) -> Path:
    home = os.environ.get("GENWORKBENCH_HOME")
    return Path(home) / name if home else Path(usual)
