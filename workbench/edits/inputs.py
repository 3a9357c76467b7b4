"""Parameters that are inputs of a node, to be set by wires."""

from __future__ import annotations

from engine.document.graph import Board, Change, Put, Wire
from nodes.sentences import PortName, say
from workbench.edits.base import must_be_node, name_of, put_wires


def set_by(board: Board, node: str) -> dict[str, Wire]:
    """Return the wires that set parameters of a node, by parameter; a twin's are its owner's."""
    owner = board.owner(node)
    driven = board.nodes[owner].driven
    return {w.input: w for w in board.wires_into(owner) if w.input in driven} if driven else {}


def as_input(board: Board, node: str, param: str) -> Change:
    """Make a parameter an input; a twin's is its owner's."""
    must_be_node(board, node)
    owner = board.owner(node)
    place = board.nodes[owner]
    label = say("Make {param} an input", param=PortName(param, place.kind))
    if param in place.driven:
        return Change(label, ())
    return Change(label, (Put(("nodes", owner, "driven"), [*place.driven, param]),))


def as_field(board: Board, node: str, param: str) -> Change:
    """Make an input a parameter again, with the value of its field; its wires go."""
    must_be_node(board, node)
    owner = board.owner(node)
    place = board.nodes[owner]
    label = say(
        "Set {param} of {node} by hand",
        param=PortName(param, place.kind),
        node=name_of(board, owner),
    )
    kept = [w for w in board.wires if (w.target, w.input) != (owner, param)]
    puts = put_wires(board, kept) if kept != board.wires else []
    driven = [name for name in place.driven if name != param]
    return Change(label, (*puts, Put(("nodes", owner, "driven"), driven)))
