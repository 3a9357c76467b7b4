"""The arguments of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.document import homes
from engine.document.graph import SUFFIX


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="genworkbench-engine",
        description="Train graphs of the Generative Workbench, check them, list what there is.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(_command(commands, "run", "train a graph and write a run folder"))
    runs = _command(commands, "runs", "list recorded runs, newest first, by what changed in each")
    runs.add_argument("graph", metavar="GRAPH", nargs="?", default="", help=f"only of {GRAPH_HELP}")
    runs.add_argument("--bin", action="store_true", help="those in the bin too")
    _add_folder(runs, "where run folders are")
    _add_json(runs, "print one object with a list")
    check = _command(commands, "check", "say what is wrong with a graph, without running it")
    check.add_argument("graph", metavar="GRAPH", help=GRAPH_HELP)
    _add_nodes(check)
    _add_json(check, "print one object: wires, nodes, problems")
    catalogue = _command(commands, "catalogue", "list the kinds of nodes")
    _add_nodes(catalogue)
    _add_json(catalogue, "print the whole catalogue as one object")
    _command(commands, "examples", "list the example graphs")
    _command(commands, "serve", "answer a window on stdin and stdout")
    return top


GRAPH_HELP = f"a {SUFFIX} file, or an example's name"


def _command(commands: Any, name: str, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    command.add_argument("--trace", action="store_true", help="show where an error was raised")
    return command


def _add_json(command: argparse.ArgumentParser, help: str) -> None:
    command.add_argument("--json", action="store_true", help=help)


def _add_folder(command: argparse.ArgumentParser, help: str) -> None:
    usual = homes.runs_as_set()
    help = f"{help}; else those of the window, {usual}".replace("%", "%%")
    command.add_argument("--out", type=Path, default=usual, metavar="DIR", help=help)


def _add_nodes(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--plugins", type=Path, metavar="DIR", help="a folder with more node files of your own"
    )


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("graph", metavar="GRAPH", nargs="?", default="", help=GRAPH_HELP)
    run.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="give a parameter another value, also in groups: unet/d1.channels=64 in one instance, "
        "res:conv.kernel=5 in all; may be repeated",
    )
    run.add_argument("--seed", type=int, help="instead of the graph's")
    run.add_argument("--device", default="", metavar="auto|cpu|cuda", help="instead of the graph's")
    _add_folder(run, "where run folders go")
    run.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with a run folder's run; with --set trainer.steps=N it trains longer",
    )
    run.add_argument(
        "--threads",
        type=_threads,
        default=0,
        metavar="N|auto",
        help="of the CPU; auto times a few steps, once for a graph",
    )
    run.add_argument(
        "--save-every",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="time between two checkpoints (30)",
    )
    run.add_argument("--no-views", action="store_true", help="make the pictures at the end only")
    run.add_argument(
        "--figures", action="store_true", help="make the last pictures and figures after Ctrl-C too"
    )
    run.add_argument(
        "--strict", action="store_true", help="fail where a view or a metric could not be made"
    )
    _add_nodes(run)
    _add_json(run, "end with one object on one line")


def _threads(text: str) -> int:
    if text == "auto":
        return 0
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be auto or a number from 1; it is {text}")
    return int(text)
