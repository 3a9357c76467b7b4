"""The application's folders on this computer, for the window and the command line.

They are the system's (platformdirs), or all in `GENWORKBENCH_HOME` where that is set, for tests and
portable installs.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

APP = "genworkbench"


class _Chosen(Struct):
    """The part of the window's settings about folders."""

    plugins_folder: str = ""
    runs_folder: str = ""


def settings_file() -> Path:
    """Return the file of the window's settings."""
    return _folder("config", platformdirs.user_config_dir(APP)) / "settings.json"


def state() -> Path:
    """Return the folder of state that outlives a session."""
    return _folder("state", platformdirs.user_state_dir(APP))


def cache() -> Path:
    """Return the folder of data that can be computed again."""
    return _folder("cache", platformdirs.user_cache_dir(APP))


def data() -> Path:
    """Return the folder of the user's data."""
    return _folder("data", platformdirs.user_data_dir(APP))


def own_nodes(chosen: str = "") -> Path:
    """Return the folder of the user's own nodes: the chosen one or the default."""
    return Path(chosen or data() / "nodes")


def own_nodes_as_set() -> Path:
    """Return the folder of the user's own nodes from the window's settings."""
    return own_nodes(_chosen().plugins_folder)


def runs(chosen: str = "") -> Path:
    """Return the folder of recorded runs: the chosen one or the default."""
    return Path(chosen or data() / "runs")


def runs_as_set() -> Path:
    """Return the folder of recorded runs from the window's settings."""
    return runs(_chosen().runs_folder)


def _chosen() -> _Chosen:
    try:
        return msgspec.json.decode(settings_file().read_bytes(), type=_Chosen)
    except (OSError, msgspec.MsgspecError):
        return _Chosen()


def _folder(name: str, usual: str) -> Path:
    home = os.environ.get("GENWORKBENCH_HOME")
    return Path(home) / name if home else Path(usual)
