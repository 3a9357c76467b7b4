"""Check whether a window can open here, before Qt aborts without a message.

`python -m workbench.shell.system` prints the obstacle and exits with 1.
"""

from __future__ import annotations

import ctypes
import os
import sys

import resources


def packages() -> dict[str, str]:
    """Return the Debian package of each library and command in `resources/debian-packages.txt`."""
    lines = resources.path("debian-packages.txt").read_text("utf-8").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return {pair[0]: pair[1] for pair in pairs}


def missing_libraries() -> dict[str, str]:
    """Return the shared libraries that Qt will not find, with their packages."""
    return {
        library: package
        for library, package in packages().items()
        if ".so" in library and not _loads(library)
    }


def obstacle() -> str:
    """Return a sentence saying why no window can open and what to do; "" if one can."""
    if not sys.platform.startswith("linux"):
        return ""
    if missing := missing_libraries():
        return (
            f"The window needs {', '.join(missing)}. "
            f"On Debian or Ubuntu: apt install {' '.join(dict.fromkeys(missing.values()))}"
        )
    given = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not any(os.environ.get(name) for name in given):
        return "There is no display here, so the window cannot open."
    return ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> int:
    sentence = obstacle()
    if sentence:
        print(sentence, file=sys.stderr)
    return int(bool(sentence))


if __name__ == "__main__":
    sys.exit(main())
