"""Settings and the cached catalogue: kept, and never in the way when they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.document import homes
from engine.document.catalogue import Catalogue
from tests.workbench.sample import CATALOGUE
from workbench.bench import catalogue, settings
from workbench.bench.settings import UserSettings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    return tmp_path


def test_settings_come_back() -> None:
    mine = UserSettings(theme="light", text_scale=1.5)
    mine.remember(Path("/a.graph.json"))
    mine.save()
    assert settings.load() == mine


@pytest.mark.parametrize("text", ["", "{", '{"theme": 3}', "[]", '{"theme": "pink"}'])
def test_damaged_settings_are_those_of_the_first_day(text: str) -> None:
    settings.settings_file().parent.mkdir(parents=True)
    settings.settings_file().write_text(text)
    assert settings.load() == UserSettings()


def test_recent_files_are_few_and_each_once() -> None:
    mine = UserSettings()
    for number in range(30):
        mine.remember(Path(f"/{number % 20}.graph.json"))
    assert len(mine.recent) == settings.MOST_RECENT == len(set(mine.recent))
    assert mine.recent[0].endswith("9.graph.json")


def test_the_workspaces_of_the_documents_used_last_are_kept() -> None:
    mine = UserSettings()
    for number in range(2 * settings.MOST_WORKSPACES):
        mine.keep_workspace("first", "play")
        mine.keep_workspace(f"document {number}", "watch")
    assert len(mine.workspaces) == settings.MOST_WORKSPACES
    assert mine.workspaces["first"] == "play"
    mine.save()
    assert settings.load() == mine


def test_settings_that_cannot_be_written_cost_nothing(home: Path) -> None:
    (home / "config").write_text("a file where the folder should be")
    UserSettings().save()
    assert settings.load() == UserSettings()


def test_the_catalogue_comes_back_and_a_damaged_one_is_empty() -> None:
    assert catalogue.load() == Catalogue()
    catalogue.store(CATALOGUE)
    assert catalogue.load() == CATALOGUE
    catalogue.file().write_bytes(catalogue.file().read_bytes()[:100])
    assert catalogue.load() == Catalogue()


def test_folders_can_be_chosen() -> None:
    assert settings.runs(UserSettings(runs_folder="/x")) == Path("/x")
    assert settings.runs(UserSettings()).name == "runs"


def test_the_command_line_reads_the_same_folder_of_nodes(home: Path) -> None:
    for chosen in ("", str(home / "elsewhere")):
        mine = UserSettings(plugins_folder=chosen)
        mine.save()
        assert homes.own_nodes_as_set() == settings.plugins(mine)
    settings.settings_file().write_text("{")
    assert homes.own_nodes_as_set() == settings.plugins(UserSettings())
