"""Every faulty graph that was reported, with the answer that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.document.graph import SUFFIX, load
from engine.document.messages import Checked
from engine.run.session import Session
from nodes.errors import Refusal
from tests.engine.toy import Listener
from tests.running import run

FOLDER = Path(__file__).parent / "faults" / "graphs"
PROBLEMS = {
    "e2-model-off-path": {"o.models"},
    "e3-learned-target": {"o.models"},
    "e5-sampler-in-training": {"og.models"},
    "faulty8": {f"n{n}.hidden" if n % 2 == 0 else f"n{n}" for n in range(8)},
    "half-built-encoder-sample": {"enc.x"},
    "hidden-1e400": {"encoder.hidden"},
    "keyerror-1": {"adam.loss", "adam.models", "net.labels"},
    "keyerror-2": {"maf.flow"},
    "mute-data-vae-digits": {"encoder.x", "loss.x", "reconstructions.images"},
}
"""Where the errors of the check stand; no other graph has any."""

REMARKS = {
    "far-1e12": "What lay too far away was brought nearer: error.",
    "hidden-1e400": "Numbers that cannot be kept were changed: nodes.encoder.params.hidden.",
    "lay-frame-huge": "What lay too far away was brought nearer: f.",
    "lay-rect-text": "Parts of the layout that cannot be read were left out: f.",
    "lay-short-position": "Parts of the layout that cannot be read were left out: source.",
    "seed-1e30": "A seed is a whole number from 0; the file's cannot be kept: 1" + "0" * 30 + ".",
}
"""What is said once on opening; of no other graph anything is."""

NAMES = sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))
each = pytest.mark.parametrize("name", NAMES)


def opened(name: str) -> tuple[Session, Checked, list[str]]:
    said: list[str] = []
    session = Session()
    answer = session.update(load(FOLDER / f"{name}{SUFFIX}", lambda text: said.append(str(text))))
    return session, answer, said


@each
def test_a_faulty_graph_is_answered_where_it_is_at_fault(name: str) -> None:
    _, answer, said = opened(name)
    errors = [p for p in answer.problems if p.level == "error"]
    places = {".".join(filter(None, (p.node, p.port or p.param))) for p in errors}
    assert places == PROBLEMS.get(name, set())
    assert not any(p.trace for p in errors)
    assert said == [REMARKS[name]] if name in REMARKS else not said


@each
def test_a_run_of_a_faulty_graph_says_what_is_in_the_way(name: str) -> None:
    session, answer, _ = opened(name)
    if not answer.problems:
        session.refuse_faults()
        return
    with pytest.raises(Refusal) as refusal:
        run(session, Listener())
    assert refusal.value.place in session.graph.nodes
