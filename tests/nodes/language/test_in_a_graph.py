"""A language model in a graph: trained, measured over the whole test part, resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.document.graph import Graph, dumps, from_plain
from engine.terminal.cli import main

TEXT = "the cat sat on the mat; the dog sat on the log.\n" * 60


def graph_of(folder: Path, **trainer: object) -> Path:
    (folder / "own.txt").write_text(TEXT)
    nodes = {
        "data": ("TextFile", {"file": "own.txt"}),
        "cut": ("Tokenizer", {"window": 17, "batch": 8}),
        "net": (
            "Transformer",
            {"preset": "own", "layers": 1, "heads": 2, "width": 16, "vocabulary": 20},
        ),
        "loss": ("NextTokenLoss", {}),
        "adam": ("Optimizer", {"rate": 0.01}),
        "trainer": ("Trainer", trainer),
        "nats_per_character": ("TextLoss", {}),
        "writer": ("TextSampler", {"prompt": "the ", "length": 40, "temperature": 0.0}),
        "text": ("TextView", {}),
        "looks": ("AttentionMaps", {}),
        "odds": ("TokenProbabilities", {}),
        "map": ("EmbeddingMap", {}),
        "read": ("TextView", {}),
    }
    wires = """
    data.text cut.text, cut.tokens net.tokens, net.logits loss.logits, cut.tokens loss.tokens,
    cut.vocabulary loss.vocabulary, loss.loss adam.loss, net.model adam.models,
    adam.optimizer trainer.optimizers, loss.surprise nats_per_character.surprise,
    cut.tokens nats_per_character.tokens, cut.vocabulary nats_per_character.vocabulary,
    net.model writer.model, cut.vocabulary writer.vocabulary, writer.tokens text.tokens,
    cut.vocabulary text.vocabulary, net.model looks.model, cut.tokens looks.tokens,
    cut.vocabulary looks.vocabulary, net.logits odds.logits, cut.tokens odds.tokens,
    cut.vocabulary odds.vocabulary, net.model map.model, cut.vocabulary map.vocabulary,
    cut.tokens read.tokens, cut.vocabulary read.vocabulary, loss.surprise read.surprise
    """
    plain = {
        "format": "genworkbench.graph",
        "version": 1,
        "nodes": {name: {"kind": kind, "params": given} for name, (kind, given) in nodes.items()},
        "wires": [[*a.split("."), *b.split(".")] for a, b in map(str.split, wires.split(","))],
    }
    path = folder / "own.graph.json"
    graph: Graph = from_plain(plain)
    path.write_text(dumps(graph))
    return path


def test_it_learns_a_text_by_heart(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = graph_of(tmp_path, steps=200)
    assert main(["run", str(path), "--out", str(tmp_path), "--threads", "1", "--strict"]) == 0
    out = capfd.readouterr().out
    nats = float(out.split("nats_per_character")[1].split()[0])
    assert nats < 0.5, "letters alone need 2.4"
    assert list(tmp_path.glob("*/views/*")), "all views were made"


def test_an_epoch_sees_each_token_once(tmp_path: Path) -> None:
    path = graph_of(tmp_path, epochs=2)
    assert main(["run", str(path), "--out", str(tmp_path), "--threads", "1", "--no-views"]) == 0
    (run,) = tmp_path.glob("*/run.json")
    batches = (round(len(TEXT) * 0.9) - 1) // 16 // 8
    assert f'"step": {2 * batches}' in run.read_text().replace('"steps"', '"step"')
