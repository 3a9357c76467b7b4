"""Extend a run: check which lengths may change, and emit notes about the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from engine.document.errors import GraphRefused
from engine.document.graph import Graph
from engine.document.messages import Note
from engine.run.session import Session
from nodes.sentences import both, say
from nodes.types import Frame

LENGTHS = ("steps", "epochs")  # parameters of a trainer


def refuse_earlier_stages(session: Session, before: Graph, state: Mapping[str, Tensor]) -> None:
    """Raise `GraphRefused` where the length of a stage changes after a later stage has begun."""
    begun = [t for t in session.program.of_role("trainer") if _steps(t, state)]
    for name in begun[:-1]:
        old, new = before.nodes.get(name), session.graph.nodes[name]
        if old and any(old.params.get(key) != new.params.get(key) for key in LENGTHS):
            raise GraphRefused(
                "Only the last stage of a run can be trained longer: {node}.",
                "Take back the length of this one, or run the graph anew.",
                place=name,
                node=session.catalogue.name(session.graph, begun[-1]),
            )


def _steps(trainer: str, state: Mapping[str, Tensor]) -> int:
    saved = state.get(f"{trainer}/_extra_state/step")
    return 0 if saved is None else int(saved)


def length_notes(
    session: Session, trainer: str, frame: Frame[Any], planned: int | None
) -> Iterator[Note]:
    """Yield a note where a resumed trainer has no steps left or a changed number of steps.

    `planned`: the number of steps at the time of the checkpoint, None where unknown.
    """
    graph, name = session.graph, session.catalogue.name
    if frame.step >= frame.total:
        text = say(
            "{node} has made all its {total} steps. More steps train longer.",
            node=name(graph, trainer),
            total=frame.total,
        )
        yield Note(text=text)
    elif planned not in (None, frame.total):
        wired = [w.source for w in graph.wires_into(trainer, "optimizers")]
        calls = session.program.calls
        found = [n for n in wired if n in calls and getattr(calls[n].node, "scheduled", False)]
        if found:
            text = say(
                "The learning rate of {nodes} follows a schedule over all steps. It goes on as in "
                "a run of {total} steps: the weights are not those of such a run.",
                nodes=both(name(graph, n) for n in found),
                total=frame.total,
            )
            yield Note(text=text, level="warning")
