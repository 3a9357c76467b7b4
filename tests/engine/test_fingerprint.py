"""What a run notes of the user's files: another state of a file has another mark."""

from __future__ import annotations

import os
from pathlib import Path

from engine.run.fingerprint import mark_of
from tests.running import returned


def test_a_file_has_one_mark_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("1,2\n")
    first = returned(mark_of(file))
    assert first == returned(mark_of(file)) and first.size == 4 and first.hash
    file.write_text("3,4\n")
    os.utime(file, ns=(0, 10**18))
    second = returned(mark_of(file))
    assert second.size == first.size and second.hash != first.hash
    file.unlink()
    assert returned(mark_of(file)).hash == ""
