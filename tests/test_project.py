"""The wheel: built from this tree, it works in another environment and from another folder."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("workbench", "engine", "nodes", "resources")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
needs_engine = pytest.mark.skipif(
    not (ROOT / "engine" / "__main__.py").exists(), reason="engine/__main__.py does not exist yet"
)


def said(*command: str | Path, folder: Path) -> str:
    """Run a command to its end in a folder and return what it printed."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing is left in the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tree / package, ignore=skipped)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tree)
    said(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", ".", folder=tree)
    (built,) = tree.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a venv of its own, which borrows the libraries of this one."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    said(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=home)
    # A path in a .pth file is taken as it is: this venv's own editable install stays out of it.
    site = said(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=home)
    borrowed = sysconfig.get_path("purelib")
    Path(site.strip(), "borrowed.pth").write_text(borrowed + "\n", encoding="utf-8")
    return python


def test_wheel_carries_all_modules_and_resources(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    tree = wheel.parent
    wanted = {
        file.relative_to(tree).as_posix()
        for package in PACKAGES
        for file in (tree / package).rglob("*")
        if file.is_file()
    }
    assert wanted - carried == set()
    assert not [name for name in carried if name.endswith(".pyc")]


def test_wheel_finds_its_resources(elsewhere: Path, tmp_path: Path) -> None:
    code = (
        "import json, resources\n"
        "from workbench.look import theme\n"
        "names = ['icons/play.svg', 'style/window.qss', 'debian-packages.txt']\n"
        "fonts = len(list(resources.path('fonts').glob('*.[ot]tf')))\n"
        "print(json.dumps([resources.__file__, fonts, len(theme.stylesheet(theme.DARK)) > 1000,"
        " all(resources.path(*name.split('/')).exists() for name in names)]))"
    )
    where, fonts, styled, found = json.loads(said(elsewhere, "-c", code, folder=tmp_path))
    assert Path(where).is_relative_to(elsewhere.parent.parent)
    assert fonts >= 3
    assert styled
    assert found


@needs_engine
def test_wheel_knows_its_examples(elsewhere: Path, tmp_path: Path) -> None:
    names = {file.name.split(".")[0] for file in (ROOT / "resources/examples").glob("*.graph.json")}
    printed = said(elsewhere, "-m", "engine", "examples", folder=tmp_path)
    assert names
    assert names <= set(printed.split())
    script = elsewhere.parent / "genworkbench-engine"
    assert said(script, "examples", folder=tmp_path) == printed


@needs_engine
def test_wheel_trains_an_example_and_saves_its_pictures(elsewhere: Path, tmp_path: Path) -> None:
    """The commands that `uv tool install` and `pipx` put on the path, far from this tree."""
    engine, window = (elsewhere.parent / name for name in ("genworkbench-engine", "workbench"))
    order = (
        "run",
        "vae-digits",
        "--set",
        "trainer.steps=2",
        "--json",
        "--no-views",
        "--out",
        "runs",
    )
    told = json.loads(said(engine, *order, folder=tmp_path).splitlines()[-1])
    assert (told["status"], told["steps"]) == ("done", 2)
    drawn = said(window, "render", told["run"], "--format", "pdf", folder=tmp_path)
    assert all((tmp_path / path).is_file() for path in json.loads(drawn.splitlines()[-1]).values())


def test_constraints_pin_every_direct_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pins = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-").splitlines()
    pinned = {line.split("==")[0] for line in pins if "==" in line}
    named = {need.split(">")[0].strip().lower() for need in needs}
    assert named - pinned == set()
