"""The model of a group: a module that runs the nodes of the group in one generated function.

For the inputs x, t and told, of which a caller gives x and t, and three nodes between them:

    def answer(v0, v1):
        v3 = plainly(n3)(x=v0)
        del v0
        v4 = plainly(n4)(t=v1)
        del v1
        v5 = plainly(n5)(a=v3, b=v4)
        del v3
        del v4
        return v5

Its text holds numbers and the names of ports, which are plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partialmethod, wraps
from typing import Any

from engine.document.drawn import Drawn
from engine.document.graph import Graph
from engine.document.naming import OUT
from engine.document.walks import by_target
from engine.pull.generated import INNER, LINES, arguments_of, function_of, last_readers, plainly
from engine.pull.plan import Call, Plan, Source, call_of, slots_of, source_of
from nodes.base import Node, shape_of
from nodes.errors import InputRefused
from nodes.ports import inputs
from nodes.roles import GroupRole, NetworkRole
from nodes.sentences import NodeName, PortName, listed
from nodes.types import Shape

Answer = Callable[..., Any]


@dataclass(frozen=True)
class Inner:
    """What a model runs. The slots of its inputs come first; `outputs`: the answer, and others."""

    name: str
    inputs: tuple[str, ...]
    needed: frozenset[str]
    calls: Plan
    outputs: Mapping[str, Source]

    @property
    def answer(self) -> str:
        """The output that a call gives."""
        return next(iter(self.outputs))

    def nodes(self) -> list[tuple[str, Node]]:
        """Return the nodes by the id of the first place that each has."""
        return list({id(c.node): (c.name, c.node) for c in reversed(self.calls)}.values())[::-1]

    def likeness(self) -> tuple[object, ...]:
        """Return what two models have in common that are the same: wires and node objects."""
        calls = [(c.slot, id(c.node), _wired(c.single), c.many, c.streams) for c in self.calls]
        return self.inputs, self.needed, tuple(calls), tuple(self.outputs.items())

    def is_fed(self) -> bool:
        """Return whether each node that runs for an output gets all that it needs."""
        runs = (call for source in self.outputs.values() for call in self.upstream(source, ()))
        return all(call.is_fed() for call in runs)

    def upstream(self, source: Source, without: Collection[int]) -> list[Call]:
        """Return the calls for one output, in order, without what hangs on the inputs `without`."""
        calls = {call.slot: told(call, without) for call in self.calls}
        wanted, todo = set(), [source.slot]
        while todo:
            slot = todo.pop()
            if slot in calls and slot not in wanted:
                wanted.add(slot)
                todo += slots_of(calls[slot])
        return [call for slot, call in calls.items() if slot in wanted]


def _wired(single: Sequence[tuple[str, Source]]) -> tuple[object, ...]:
    return tuple((name, s.slot, s.field, id(s.model)) for name, s in single)


def told(call: Call, without: Collection[int]) -> Call:
    """Return a call without the arguments of these slots."""
    if not without:
        return call
    single = tuple((name, s) for name, s in call.single if s.slot not in without)
    many = [(name, tuple(s for s in ss if s.slot not in without), ss) for name, ss in call.many]
    kept = tuple((name, found) for name, found, all_of_it in many if found or not all_of_it)
    return replace(call, single=single, many=kept)


class GroupModel(GroupRole):
    """The model of an instance. Its modules are the nodes themselves, never copies.

    `train` and `eval` switch it alone, as each of its nodes is trained or not by itself; a copy
    owns its nodes, and switches them.
    """

    def __init__(self, inner: Inner, **given: Any) -> None:
        super().__init__(**given)
        self.inner, self.free = inner, False
        self._order = list(dict.fromkeys([*(p.name for p in inputs(type(self))), *inner.inputs]))
        self._answers: dict[tuple[object, ...], Answer] = {}
        self._functions: dict[tuple[str, ...], Answer] = {}
        self._modules |= dict(inner.nodes())
        for fact in self.facts:
            found = (getattr(part, fact, 0) for _, part in inner.nodes())
            setattr(self, fact, next(filter(None, found), getattr(type(self), fact)))
        self._await()

    def parts(self) -> list[Node]:
        """Return the nodes that it runs, each once."""
        found = (part for _, node in self.inner.nodes() for part in node.parts())
        return list({id(part): part for part in found}.values())

    def train(self, mode: bool = True) -> GroupModel:
        """Switch the model alone; a copy switches its nodes too."""
        if self.free:
            super().train(mode)
        self.training = mode
        return self

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Return the answer; inputs come by name, or in the order of the role."""
        values, form = (*args, *kwargs.values()), (len(args), *kwargs)
        answer = self._answers.get(form)
        for value in values:
            if value is None:  # as if it were not given
                answer = None
        if answer is not None:
            return answer(*values)
        given = self.arguments(args, kwargs)
        answer = self._function("", given)
        if len(given) == len(values):
            self._answers[form] = answer
        return answer(*given.values())

    def ask(self, output: str, *args: Any, **kwargs: Any) -> Any:
        """Return another of its outputs."""
        given = self.arguments(args, kwargs)
        return self._function(output, given)(*given.values())

    def arguments(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is given, by name, without what is None.

        Raise `InputRefused` where an input is unknown or missing.
        """
        if len(args) > len(self._order):
            raise InputRefused(
                "{node} takes {must} inputs; it is given {found}.",
                node=NodeName(self.inner.name),
                must=len(self._order),
                found=len(args),
            )
        every = dict(zip(self._order, args, strict=False)) | dict(kwargs)
        given = {name: value for name, value in every.items() if value is not None}
        for name in [name for name in given if name not in self.inner.inputs]:
            if name not in self.unheard:
                raise InputRefused(
                    "{node} takes {ports}; it is given {port} here.",
                    "Remove the wire, or give the group an input of this name.",
                    place=name,
                    node=NodeName(self.inner.name),
                    ports=listed(map(PortName, self.inner.inputs)),
                    port=PortName(name),
                )
            del given[name]
        for name in self.inner.inputs:
            if name in self.inner.needed and name not in given:
                raise InputRefused(
                    "{node} must be told {port}.",
                    "Wire it wherever this network is called.",
                    node=NodeName(self.inner.name),
                    port=PortName(name),
                )
        return given

    def _function(self, output: str, given: Iterable[str]) -> Answer:
        """Return the function for an output, "" the answer, and these inputs in their order."""
        key = output, *given
        if key not in self._functions:
            self._functions[key] = _function(self.inner, output or self.inner.answer, key[1:])
        return self._functions[key]

    def build_for(self, shapes: Mapping[str, Shape]) -> None:
        """Note the shapes of its inputs: the nodes in it are built at their own first calls."""
        if self.built is None:
            self.built = {name: shapes[name] for name in self.inner.inputs if name in shapes}
            self._before_first_call.remove()

    def begin(self) -> None:
        """Wait for a first call again."""
        if self.built is not None:
            self.built = None
            self._await()

    def stand(self, shapes: Mapping[str, Shape] | None) -> None:
        """Be built for these shapes of its inputs, or wait for a first call."""
        if self.built != shapes:
            self.begin()
            if shapes is not None:
                self.build_for(shapes)

    def _await(self) -> None:
        self._before_first_call = self.register_forward_pre_hook(_note_shapes, with_kwargs=True)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a copy: it owns its nodes, and generates functions of its own."""
        return {**vars(self), "_answers": {}, "_functions": {}, "free": True}


def _note_shapes(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    given = model.arguments(args, kwargs)
    model.build_for(
        {name: s for name, value in given.items() if (s := shape_of(value)) is not None}
    )


def _function(inner: Inner, output: str, given: Sequence[str]) -> Answer:
    """Return the function of a model for one output and the inputs given, in their order."""
    source = inner.outputs[output]
    slots = [inner.inputs.index(name) for name in given]
    calls = inner.upstream(source, set(range(len(inner.inputs))) - {*slots})
    text, lines = _text(calls, slots, source)
    names: dict[str, Any] = {"plainly": plainly, LINES: lines}
    for call in calls:
        names[f"n{call.slot}"] = call.node
        names |= {f"n{s.slot}": s.model for s in call.sources(streams=False) if s.model}
    return function_of(text, INNER, names)


def _text(
    calls: Sequence[Call], slots: Sequence[int], source: Source
) -> tuple[str, dict[int, Call]]:
    """Return the text of a function, and the call of each line that has one."""
    last = last_readers(calls, {source.slot})
    lines, found = [f"def answer({', '.join(f'v{slot}' for slot in slots)}):"], {}
    for call in calls:
        lines.append(f" v{call.slot} = plainly(n{call.slot})({arguments_of(call)})")
        found[len(lines)] = call
        lines += [f" del v{slot}" for slot in last.get(call.slot, ())]
    index = "" if source.field is None else f"[{source.field}]"
    lines.append(f" return v{source.slot}{index}")
    return "\n".join(lines), found


@cache
def _class_of(role: type[GroupRole], methods: tuple[str, ...]) -> type[GroupModel]:
    """Return the class of the models that have a role and these outputs besides the answer."""
    body: dict[str, Any] = {name: partialmethod(GroupModel.ask, name) for name in methods}
    body["forward"] = wraps(role.forward)(GroupModel.run)
    return type(role.__name__, (GroupModel, role), body)


@dataclass(frozen=True)
class Models:
    """What models of groups are made of. One of `before` is kept where it would be the same."""

    drawn: Mapping[str, Drawn] = field(default_factory=dict)
    roles: Mapping[str, type[GroupRole]] = field(default_factory=dict)
    before: Mapping[Any, GroupModel] = field(default_factory=dict)

    def made(self, graph: Graph, nodes: Mapping[str, Node], order: list[str]) -> dict[str, Node]:
        """Return the nodes, with the models; one is missing where a node in it cannot run.

        `order`: ids in the order in which they run, models behind the nodes in them.
        """
        made, running = dict(nodes), set(order)
        known = {(type(model), model.inner.likeness()): model for model in self.before.values()}
        for name in [name for name in order if name in self.drawn]:
            drawn = self.drawn[name]
            if not drawn.outputs or any(n not in made or n not in running for n in drawn.leaves):
                continue
            inner = _inner(name, drawn, made, [leaf for leaf in order if leaf in drawn.leaves])
            if not inner.is_fed():
                continue
            role: Any = self.roles.get(drawn.acts_as, NetworkRole)
            kind = _class_of(role, tuple(drawn.outputs[1:]))
            place, key = graph.nodes[name], (kind, inner.likeness())
            if key not in known:
                known[key] = kind(inner, **place.params)
            made[name] = model = known[key]
            for param, info in model._declared.items():
                value = place.params.get(param, info.default)
                if getattr(model, param) != value:
                    model.set(param, value)
        return made


NO_MODELS = Models()


def models_in(calls: Mapping[str, Call]) -> dict[str, GroupModel]:
    """Return the models of groups among the calls of a program, by the id of the instance."""
    return {n: c.node for n, c in calls.items() if isinstance(c.node, GroupModel)}


def _inner(name: str, drawn: Drawn, nodes: Mapping[str, Node], order: list[str]) -> Inner:
    """Return what the model of an instance runs; `order`: the nodes in it as they run."""
    given = {port: slot for slot, port in enumerate(drawn.inputs)}
    slots = {leaf: len(given) + number for number, leaf in enumerate(order)}
    into = by_target(drawn.wires)
    calls = tuple(call_of(leaf, into.get(leaf, []), slots, nodes, given) for leaf in order)
    outputs = {w.input: source_of(w, slots, nodes, given) for w in into[OUT]}
    ordered = {output: outputs[output] for output in drawn.outputs}
    return Inner(name, tuple(drawn.inputs), frozenset(drawn.needed), calls, ordered)
