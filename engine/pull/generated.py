"""A plan as one Python function: a line for each call, `del` after the last reader of a value.

For the nodes `data`, `net` and `loss` at the slots 0, 1 and 2, of which the last is wanted:

    def pull(known, finish):
        v0 = plainly(n0)()
        if v0.__class__ is Frames: v0 = finish(c0, v0, locals())
        v1 = plainly(n1)(x=v0[0])
        if v1.__class__ is Frames: v1 = finish(c1, v1, locals())
        v2 = plainly(n2)(x=v0[0], y=v1)
        if v2.__class__ is Frames: v2 = finish(c2, v2, locals())
        del v0
        del v1
        return {2: v2}

An error names the node of its line in the traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from keyword import iskeyword
from types import CodeType, GeneratorType, TracebackType
from typing import Any

from engine.pull.plan import Call, Plan, Source, slots_of
from nodes.base import Node

Finish = Callable[[Call, Any, Mapping[str, Any]], Any]
"""Runs the generator that a call has returned to its end; the locals are for `values_in`."""
INNER = "<model>"
"""The file, as a traceback has it, of the functions of models that groups give."""
LINES = "lines"
"""The global variable of these functions that holds the call of each line."""
Pull = Callable[[Mapping[int, Any], Finish], dict[int, Any]]


class PlanFunction:
    """The functions of a plan: one for each set of slots known before.

    `wanted`: the slots whose values are returned; None: all that the plan computes, none of which
    is dropped before the end. `streams` makes the stream arguments of a call.
    """

    def __init__(
        self,
        plan: Plan,
        wanted: Collection[int] | None,
        streams: Callable[[Call], Mapping[str, Any]],
    ) -> None:
        self.plan, self.wanted, self.streams = plan, wanted, streams
        self._made: dict[frozenset[int], Pull] = {}
        self._calls: dict[CodeType, dict[int, Call]] = {}

    def __call__(self, known: Mapping[int, Any], finish: Finish) -> dict[int, Any]:
        """Run the calls whose slots are not in `known`, in order; return the wanted values."""
        slots = frozenset(known)
        pull = self._made.get(slots)
        if pull is None:
            pull = self._made[slots] = self._make(slots)
        return pull(known, finish)

    def failed(self, error: Exception) -> tuple[Call, dict[str, Any]] | None:
        """Return the call that raised an error of this function, and its arguments."""
        for frame, line in _frames(error.__traceback__):
            calls = self._calls.get(frame.f_code)
            if calls is not None and line in calls:
                call = calls[line]
                return call, call.arguments(values_in(frame.f_locals))
        return None

    def _make(self, known: frozenset[int]) -> Pull:
        plan = [call for call in self.plan if call.slot not in known]
        wanted = {c.slot for c in plan} if self.wanted is None else self.wanted
        last = last_readers(plan, known.union(wanted))
        read = known & set().union(*map(slots_of, plan))
        lines = ["def pull(known, finish):", *(f" v{slot} = known[{slot}]" for slot in read)]
        calls: dict[int, Call] = {}
        for call in plan:
            v, c = f"v{call.slot}", f"c{call.slot}"
            lines.append(f" {v} = plainly(n{call.slot})({arguments_of(call)})")
            calls[len(lines)] = call
            lines.append(f" if {v}.__class__ is Frames: {v} = finish({c}, {v}, locals())")
            calls[len(lines)] = call
            lines += [f" del v{slot}" for slot in last.get(call.slot, ())]
        made = [f"{call.slot}: v{call.slot}" for call in plan if call.slot in wanted]
        lines.append(f" return {{{', '.join(made)}}}")
        pull: Pull = function_of(
            "\n".join(lines), "<pull>", _names(plan) | {"streams": self.streams}
        )
        self._calls[pull.__code__] = calls
        return pull


def function_of(text: str, file: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Return the function that a text defines, with these global variables.

    `file`: where tracebacks say that it stands.
    """
    exec(_compiled(text, file), names)
    found: Callable[..., Any] = names[text[len("def ") : text.index("(")]]
    return found


@lru_cache(maxsize=256)  # an edit that leaves the wires as they are needs no other code
def _compiled(text: str, file: str) -> CodeType:
    return compile(text, file, "exec")


def _names(plan: Collection[Call]) -> dict[str, Any]:
    """Return the global variables of the function of a plan."""
    names: dict[str, Any] = {"plainly": plainly, "Frames": GeneratorType}
    for call in plan:
        names |= {f"c{call.slot}": call, f"n{call.slot}": call.node}
        names |= {f"n{s.slot}": s.model for s in call.sources(streams=False) if s.model}
    return names


def values_in(names: Mapping[str, Any]) -> dict[int, Any]:
    """Return the values of a pull by slot from the local variables of its function."""
    return names["known"] | {int(n[1:]): v for n, v in names.items() if n[1:].isdigit()}


def plainly(node: Node) -> Callable[..., Any]:
    """Return the callable of a node: `forward` itself where torch has no hooks to run."""
    hooked = node._forward_pre_hooks or node._forward_hooks or node._compiled_call_impl
    return node if hooked else node.forward


def arguments_of(call: Call) -> str:
    """Return the arguments of a call as text."""
    words = [_word(port, _value(source)) for port, source in call.single]
    words += [_word(port, f"[{', '.join(map(_value, many))}]") for port, many in call.many]
    return ", ".join([*words, f"**streams(c{call.slot})"] if call.streams else words)


def _word(port: str, value: str) -> str:
    """Return an argument; a port that a user has named may be a word of Python's, as `lambda`."""
    return f"**{{{port!r}: {value}}}" if iskeyword(port) else f"{port}={value}"


def _value(source: Source) -> str:
    if source.model is not None:
        return f"n{source.slot}"
    return f"v{source.slot}" if source.field is None else f"v{source.slot}[{source.field}]"


def last_readers(plan: Collection[Call], kept: Collection[int]) -> dict[int, list[int]]:
    """Return, by the slot of a call, the slots that no later call reads, except those in `kept`."""
    last: dict[int, int] = {}
    for call in plan:
        last |= dict.fromkeys([*slots_of(call), call.slot], call.slot)
    gone: dict[int, list[int]] = {}
    for slot, reader in last.items():
        if slot not in kept:
            gone.setdefault(reader, []).append(slot)
    return gone


def failed_inside(error: BaseException) -> tuple[Call, dict[str, Any]] | None:
    """Return the node inside a group's model that raised an error, and its arguments."""
    found = None
    for frame, line in _frames(error.__traceback__):
        if frame.f_code.co_filename == INNER and line in frame.f_globals[LINES]:
            call = frame.f_globals[LINES][line]
            found = call, call.arguments(values_in({"known": {}, **frame.f_locals}))
    return found


def _frames(trace: TracebackType | None) -> Iterator[tuple[Any, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
