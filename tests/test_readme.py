"""The README's node really is a node, and its files and commands exist."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

import resources
from engine.check import describe
from engine.document import homes
from engine.document.graph import load
from engine.document.setting import set_param
from engine.terminal.cli import parser
from nodes import library
from nodes.base import params
from nodes.errors import ParamRefused
from nodes.ports import inputs, outputs
from tests import gallery_page

ROOT = Path(__file__).parent.parent
NEWCOMER = ROOT / "tests" / "newcomer.py"
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Return the README's python block as a module, written and imported like any node file."""
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    file = tmp_path_factory.mktemp("nodes") / "residual.py"
    file.write_text(block, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("residual", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_declaration_says_everything(example: ModuleType) -> None:
    assert [port.name for port in inputs(example.Residual)] == ["x"]
    assert [port.name for port in outputs(example.Residual)] == ["y", "model"]
    assert params(example.Residual)["hidden"].high == 8192
    with pytest.raises(ParamRefused):
        example.Residual(hidden=0)


def test_it_trains(example: ModuleType) -> None:
    torch.manual_seed(0)
    node, x = example.Residual(hidden=16), torch.randn(64, 2)
    first = (node(x) - x.flip(1)).square().mean()
    optimizer = torch.optim.Adam(node.parameters(), lr=0.01)
    for _ in range(50):
        optimizer.zero_grad()
        (node(x) - x.flip(1)).square().mean().backward()
        optimizer.step()
    assert (node(x) - x.flip(1)).square().mean() < first / 2


def test_the_folder_it_names_for_own_nodes_is_the_one_that_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (named,) = re.findall(r"on Linux\n`(~/[^`]*)`", README)
    if not sys.platform.startswith("linux"):
        pytest.skip("the folder of another system")
    for name in ("GENWORKBENCH_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert homes.own_nodes() == Path(named).expanduser()


def test_the_commands_it_names_are_understood(tmp_path: Path) -> None:
    """Each `python -m engine` line, with the arguments of its own."""
    lines = re.findall(r"^python -m engine ([^#\n]*)", README, re.MULTILINE)
    assert len(lines) >= 2
    for line in lines:
        parser().parse_args(shlex.split(line))
    graph = load(resources.path("examples", "vae-digits.graph.json"))
    for order in re.findall(r"--set ([\w.]+=[\w.]+)", README):
        set_param(graph, describe.catalogue(library.find()), order)


def test_every_make_target_it_names_exists() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)) <= set(targets)


def test_every_folder_it_names_exists() -> None:
    named = re.findall(r"^\| `(\w+)/`", README, re.MULTILINE)
    assert named
    assert all((ROOT / folder).is_dir() for folder in named)


FRENCH = (ROOT / "README.fr.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def headings(text: str) -> list[int]:
    """Return the level of each heading, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", BLOCK.sub("", text), re.MULTILINE)]


def links(text: str) -> list[str]:
    """Return where the links and pictures lead, the pages of the other language as of this one."""
    found = re.findall(r'\]\(([^)]*)\)|(?:href|src)="([^"]*)"', text)
    return [one.replace(".fr.md", ".md") for pair in found for one in pair if one]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Return the blocks of code without what a reader is told beside them."""
    return [
        (language, [line.split("  #")[0].rstrip() for line in block.splitlines()])
        for language, block in BLOCK.findall(text)
    ]


def test_both_languages_have_the_same_sections_links_and_commands() -> None:
    assert headings(FRENCH) == headings(README)
    assert links(FRENCH) == links(README)
    assert commands(FRENCH) == commands(README)


def test_both_languages_name_the_same_files_and_words_of_code() -> None:
    def named(text: str) -> list[str]:
        return sorted(re.findall(r"`([^`\n]+)`", BLOCK.sub("", text)))

    assert named(FRENCH) == named(README)


@pytest.mark.parametrize("text", [README, FRENCH], ids=["en", "fr"])
def test_what_a_link_leads_to_is_there(text: str) -> None:
    assert [link for link in links(text) if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("language", gallery_page.PAGES)
def test_the_page_of_examples_is_what_their_files_say(language: str) -> None:
    """`python -m tests.gallery_page` writes it."""
    written = gallery_page.PAGES[language].read_text("utf-8")
    assert written == gallery_page.page(language)
    for link in links(written):
        assert (ROOT / "docs" / link).exists(), link


def test_the_newcomers_script_does_what_the_readme_says() -> None:
    said = re.findall(r'says\(\s*"([^"]+)"', NEWCOMER.read_text("utf-8"))
    lines = " ".join(README.split())
    assert len(said) >= 8 and not [words for words in said if words not in lines]
