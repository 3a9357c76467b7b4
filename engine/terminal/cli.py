"""The command line: run, runs, check, catalogue, examples, serve.

Torch is imported only by commands that need it, so that `--help` and `examples` answer at once.
Exit codes: 0 success, 1 an error (one sentence on stderr), 2 wrong arguments, 130 stopped by
Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import resources
from engine.document.catalogue import Catalogue, in_english
from engine.document.errors import GraphRefused
from engine.document.graph import SUFFIX, Graph, load
from engine.document.homes import own_nodes_as_set
from engine.terminal.arguments import parser
from nodes.data.places import ARRAYS, MOLECULES, TABLES
from nodes.errors import Refusal
from nodes.sentences import Text, either, say

if TYPE_CHECKING:
    from nodes.library import Library

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    args = parser().parse_args(arguments)
    try:
        code: int = _COMMANDS[args.command](args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `python -m engine catalogue | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:  # any error becomes one sentence
        if args.trace:
            traceback.print_exc()
        return _failed(args, _sentence(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, Refusal):
        return str(error)
    return f"Something failed inside: {type(error).__name__}: {error}. --trace shows where."


def _failed(args: argparse.Namespace, sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    if args.command == "run" and args.json:
        print_json({"status": "failed", "error": sentence} | EMPTY)
    return 1


EMPTY = {"run": "", "steps": 0, "seconds": 0.0, "steps_per_second": 0.0, "metrics": {}, "views": {}}


def print_json(value: Any) -> None:
    """Print one object on one line; NaN becomes null."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def _run(args: argparse.Namespace) -> int:
    from engine.terminal.run import run

    return run(args)


def _check(args: argparse.Namespace) -> int:
    from engine.check.ground import Ground
    from engine.document.tries import with_fixes
    from engine.run.session import Session

    path = graph_path(args.graph)
    graph = load(path, remark)
    session = Session(device="cpu", library=library_of(args))
    warn_of_failures(session.catalogue)
    session.ground = Ground(path.absolute().parent)
    checked = session.update(graph)
    if args.json:
        found = with_fixes(checked.problems, session.mends(checked.problems))
        checked.problems = [in_english(problem) for problem in found]
        print_json(checked)
    else:
        for problem in checked.problems:
            place = ".".join(filter(None, (problem.node, problem.port or problem.param)))
            text = f"{place}: {problem.sentence}" if place else problem.sentence
            print(f"{problem.level}: {text} {problem.hint}".rstrip())
        if not checked.problems:
            print(f"{len(graph.nodes)} nodes and {len(graph.wires)} wires, no problems.")
    return int(any(problem.level == "error" for problem in checked.problems))


def _catalogue(args: argparse.Namespace) -> int:
    from engine.check.describe import catalogue

    found = catalogue(library_of(args))
    warn_of_failures(found)
    if args.json:
        print_json(found)
        return 0
    for category in sorted({kind.category for kind in found.kinds.values()}):
        print(category)
        for kind in found.kinds.values():
            if kind.category == category:
                print(f"  {kind.kind:<22} {textwrap.shorten(kind.summary, 90)}")
    print(f"Node files of your own are read from {own_nodes_as_set()}")
    return 0


def _examples(args: argparse.Namespace) -> int:
    for name, path in examples().items():
        print(f"{name:<22} {load(path).title}".rstrip())
    return 0


def _runs(args: argparse.Namespace) -> int:
    from engine.terminal.runs import line_of, told_runs

    found = told_runs(args, graph_path(args.graph) if args.graph else None)
    if args.json:
        print_json({"runs": found})
        return 0
    for run in found:
        print(line_of(run))
    if not found:
        print(f"There are no runs in {args.out}.")
    return 0


def _serve(args: argparse.Namespace) -> int:
    from engine.serve.pipes import main

    return main()


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "catalogue": _catalogue,
    "examples": _examples,
    "runs": _runs,
    "serve": _serve,
}


def library_of(args: argparse.Namespace) -> Library:
    """Return the available nodes: built-in, the user's own, those of `--plugins`.

    Raise `GraphRefused` where `--plugins` is not a folder.
    """
    from nodes.library import find

    if args.plugins is not None and not args.plugins.is_dir():
        raise GraphRefused("{folder} is not a folder.", folder=args.plugins)
    return find(own_nodes_as_set(), args.plugins)


def warn_of_failures(catalogue: Catalogue) -> None:
    """Print a warning for each node file that could not be loaded."""
    for failure in catalogue.failures:
        remark(failure.sentence)


def examples() -> dict[str, Path]:
    """Return the example graphs by name."""
    files = sorted(resources.path("examples").glob(f"*{SUFFIX}"))
    return {file.name.removesuffix(SUFFIX): file for file in files}


def graph_path(name: str) -> Path:
    """Return the file of a path or of an example; raise `GraphRefused` where there is none."""
    path = Path(name)
    if path.is_dir() or path.suffix.lower() in (*TABLES, *ARRAYS, *MOLECULES):
        raise GraphRefused(
            "{name} holds data, not a graph.",
            "Make a graph of it in the window (workbench {name}), or name it in a data node: "
            "--set data.{param}={name}.",
            name=name,
            param="folder" if path.is_dir() else "file",
        )
    if path.is_file():
        return path
    known = examples()
    plain = name.removesuffix(SUFFIX)
    if plain in known:
        return known[plain]
    near = get_close_matches(plain, known)
    raise GraphRefused(
        "There is no graph file and no example named {name}.",
        say("Nearest: {near}.", near=either(near))
        if near
        else say("The command examples lists all."),
        name=name,
    )


def remark(sentence: Text) -> None:
    """Print a warning on stderr."""
    print(f"warning: {sentence}", file=sys.stderr)


def name_of(graph: Graph, path: Path) -> str:
    """Return the name for runs of a graph file."""
    return path.name.removesuffix(SUFFIX).removesuffix(".json") or graph.title
