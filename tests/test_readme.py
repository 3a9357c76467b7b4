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

ROOT = Path(__file__).parent.parent
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
