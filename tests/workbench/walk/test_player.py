"""The engine of the walk keeps to the protocol: one that dies at its first picture hides faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.document import messages as m
from engine.document.graph import load
from tests.protocol import decoded
from tests.workbench.walk.walker import write_catalogue
from workbench.bench import examples


def test_it_runs_draws_answers_of_the_past_and_leaves(tmp_path: Path) -> None:
    path = examples.find("vae-digits")
    assert path is not None
    catalogue = write_catalogue(tmp_path / "catalogue.msgpack")
    command = [sys.executable, "-m", "tests.workbench.walk.engine", str(catalogue)]
    heard = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as player:
        assert player.stdin and player.stdout

        def ask(*wanted: object) -> None:
            for request in wanted:
                player.stdin.write(m.frame(request))
            player.stdin.flush()

        ask(m.Hello(), m.SetGraph(graph=load(path), seq=1), m.Run(runs=str(tmp_path)))
        while (body := m.read_frame(player.stdout)) is not None:
            heard.append(decoded(body))
            if isinstance(heard[-1], m.Status) and heard[-1].status == "done":
                run = heard[-1].run
                ask(m.At(run=run, step=20), m.ReadRun(run=run), m.ListRuns(), m.Refresh(), m.Quit())
        assert player.wait() == 0
    said = {type(event) for event in heard}
    assert {m.Welcome, m.Checked, m.Scalars, m.Figure, m.Past, m.History, m.Runs} <= said
