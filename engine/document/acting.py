"""The problems of a group that is to act as a network of a role."""

from __future__ import annotations

from collections.abc import Iterator

from engine.document.catalogue import Catalogue, Fix, KindInfo, PortInfo, Problem
from engine.document.graph import Group, GroupPort
from engine.document.groups import described
from engine.document.wiring import MODEL
from nodes.sentences import PortName, Word, both, say


def acting_problems(group: Group, known: Catalogue) -> Iterator[Problem]:
    """Yield what keeps a group from the role that it has."""
    if not group.acts_as:
        return
    role = known.roles.get(group.acts_as)
    if role is None:
        yield Problem(
            sentence=say("The role {role} is not installed.", role=group.acts_as),
            hint="Install the plug-in that brings it, or let the group act as something else.",
            fix=Fix(label="Take the role away", puts=[(["acts_as"], "")]),
        )
        return
    kind = described(group, known)
    name = Word(role.title)
    lacking = [p.name for p in role.inputs if not p.optional and kind.input(p.name) is None]
    if lacking:
        ports = [*group.inputs, *(GroupPort(name=name) for name in lacking)]
        yield Problem(
            sentence=say(
                "It acts as {role}, which is given {ports}; it has no such input.",
                role=name,
                ports=both(map(PortName, lacking)),
            ),
            hint="Name an input so, or add one: it may stay without a wire inside.",
            fix=Fix(
                label=say("Add {ports}", ports=both(map(PortName, lacking))),
                puts=[(["inputs"], ports)],
            ),
        )
    yield from _ungiven(kind, role)
    if kind.output(MODEL) is None:
        yield Problem(
            sentence=say("It acts as {role}, and has no output to answer with.", role=name),
            hint="Wire what it gives to an output.",
        )


def _ungiven(kind: KindInfo, role: KindInfo) -> Iterator[Problem]:
    """Yield a problem for each input that the group needs and that the role is not given."""
    given = {port.name for port in role.inputs}
    unknown: list[PortInfo] = [p for p in kind.inputs if not p.optional and p.name not in given]
    for port in unknown if given else ():
        yield Problem(
            sentence=say(
                "It acts as {role}, which is not given {port}.",
                role=Word(role.title),
                port=PortName(port.name),
            ),
            hint=say(
                "Name the input as what it is given: {ports}.",
                ports=both(PortName(p.name) for p in role.inputs),
            ),
        )
