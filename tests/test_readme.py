"""The README's node really is a node, and its files and commands exist."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import torch

from nodes.base import inputs, outputs, params
from nodes.errors import ParamRefused

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


def test_every_make_target_it_names_exists() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)) <= set(targets)


def test_every_folder_it_names_exists() -> None:
    named = re.findall(r"^\| `(\w+)/`", README, re.MULTILINE)
    assert named
    assert all((ROOT / folder).is_dir() for folder in named)
