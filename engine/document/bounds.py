"""Bring the values of a graph file into bounds: numbers, positions, ids, texts.

A file may come from any program or be edited by hand. The result can be shown, sent and saved; each
kind of value that had to be changed is reported in one sentence.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from nodes.sentences import Text, listed, say

Json = Any
FARTHEST = 1e6  # maximum coordinate of a corner
LARGEST_SIDE = 1e5  # maximum side of a frame or note
HIGHEST_SEED = 2**63 - 1
LONGEST_ID, LONGEST_TITLE, LONGEST_TEXT = 80, 400, 100_000  # characters
MOST_TIMES = 1_000  # copies of a group in a row
MOST_NAMED = 3  # names listed in a sentence
USUAL_RECT = [0.0, 0.0, 240.0, 160.0]
_LISTS = ("collapsed", "pinned", "views", "bare")  # of nodes
MOST_INPUTS = 6  # of what one plays with
_PLAYED = ("title", "question", "views", "inputs")

NUMBERS = "Numbers that cannot be kept were changed: {names}."
IDS = "Nodes whose names cannot be kept were given others: {names}."
WIRES = "Wires that lack an end or lie twice were left out: {names}."
LEFT_OUT = "Parts of the layout that cannot be read were left out: {names}."
FAR = "What lay too far away was brought nearer: {names}."
TEXTS = "Texts that are too long were cut: {names}."
KEYS = "Names that weights cannot go by were left out: {names}."
SEED = "A seed is a whole number from 0; the file's cannot be kept: {names}."


class Remarks:
    """Collect what was changed: for each sentence, the names it is about."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, sentence: str, about: object) -> None:
        """Add a name to a sentence."""
        self.found.setdefault(sentence, []).append(str(about))

    def tell(self, tell: Callable[[Text], None]) -> None:
        """Call `tell` once for each sentence, with the first names it is about."""
        for sentence, about in self.found.items():
            names = [name if len(name) <= LONGEST_ID else name[:LONGEST_ID] + "…" for name in about]
            rest = ["…"] if len(names) > MOST_NAMED else []
            tell(say(sentence, names=listed(names[:MOST_NAMED] + rest)))


def bounded(raw: dict[str, Json], remarks: Remarks) -> dict[str, Json]:
    """Return the plain values of a graph within bounds; invalid parts are left for the parser."""
    body: dict[str, Json] = _values(_with_seed(raw, remarks), "", remarks)
    _name_anew(body, _new_ids(_nodes(body), set(), remarks))
    _bound_board(body, remarks)
    groups = body.get("groups")
    for name, group in groups.items() if isinstance(groups, dict) else ():
        if isinstance(group, dict):
            _bound_board(group, remarks, name)
    return body


def _bound_board(body: dict[str, Json], remarks: Remarks, group: str = "") -> None:
    """Bring a document or the inside of a group into bounds, in place."""
    for name, place in _nodes(body).items():
        _cut(place, "title", LONGEST_TITLE, name, remarks)
        _bound_copies(place, name, remarks)
    if isinstance(body.get("wires"), list):
        border = {"in", "out"} if group else set()
        body["wires"] = _whole_wires(body["wires"], _nodes(body).keys() | border, remarks)
    for key in ("title", "lesson"):
        _cut(body, key, LONGEST_TITLE, group or key, remarks)
    if "layout" in body:
        body["layout"] = _bounded_layout(body, remarks)


def _bound_copies(place: Json, name: str, remarks: Remarks) -> None:
    """Bound the number of copies of an instance, and leave out keys that are no identities."""
    if not isinstance(place, dict):
        return
    times = place.get("times", 1)
    if type(times) is int and not 1 <= times <= MOST_TIMES:
        place["times"] = max(1, min(times, MOST_TIMES))
        remarks.add(NUMBERS, f"{name}.times")
    if isinstance(keys := place.get("keys"), dict):
        kept = {path: key for path, key in keys.items() if _is_identity(key)}
        if len(kept) < len(keys):
            place["keys"] = kept
            remarks.add(KEYS, name)


def _is_identity(key: Json) -> bool:
    return isinstance(key, str) and re.fullmatch(r"[\w #/~-]{1,400}", key) is not None


def _nodes(body: dict[str, Json]) -> dict[str, Json]:
    """Return the nodes, or an empty dict where `nodes` is not an object."""
    nodes = body.get("nodes")
    return nodes if isinstance(nodes, dict) else {}


def within(path: tuple[str, ...], value: Json) -> Json:
    """Return a value that a change puts at a path, within the bounds of a file."""
    if path[0] == "groups" and len(path) > 2:
        return within(path[2:], value)
    part = path[1] if path[0] == "layout" and len(path) > 1 else path[-1]
    rule = _AT.get((part, len(path)))
    return value if rule is None else rule(path, value)


def _box_field(path: tuple[str, ...], value: Json) -> Json:
    return _bounded_box("", {path[-1]: value}, Remarks()).get(path[-1], value)


def _box(path: tuple[str, ...], value: Json) -> Json:
    return _bounded_box("", value, Remarks()) if isinstance(value, dict) else value


def _title(path: tuple[str, ...], value: Json) -> Json:
    return value[:LONGEST_TITLE] if isinstance(value, str) else value


def _point(path: tuple[str, ...], value: Json) -> Json:
    return _bounded_point("", value, Remarks()) or value


def _way(path: tuple[str, ...], value: Json) -> Json:
    return _bounded_way("", value, Remarks()) or value


# (part of a graph, length of the path to it) -> rule
_AT: dict[tuple[str, int], Callable[[tuple[str, ...], Json], Json]] = {
    ("positions", 3): _point,
    ("reroutes", 3): _way,
    ("frames", 3): _box,
    ("notes", 3): _box,
    ("frames", 4): _box_field,
    ("notes", 4): _box_field,
    ("title", 1): _title,
    ("title", 3): _title,
}


def _values(value: Json, where: str, remarks: Remarks) -> Json:
    """Return a value whose numbers fit 64 bits and whose texts are valid UTF-8."""
    if isinstance(value, dict):
        inner = f"{where}." if where else ""
        return {_text(k): _values(v, f"{inner}{k}", remarks) for k, v in value.items()}
    if isinstance(value, list):
        return [_values(v, where, remarks) for v in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        kept = finite(value)
        if kept is not value:
            remarks.add(NUMBERS, where)
        return kept
    return value


def finite(value: float) -> float | None:
    """Return a number that fits 64 bits unchanged, else the nearest one; None for NaN."""
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return value
        most = int(sys.float_info.max)
        return float(max(-most, min(value, most)))
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else math.copysign(sys.float_info.max, value)


def _text(text: str) -> str:
    """Return a text that UTF-8 can encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _cut(holder: Json, key: str, most: int, name: str, remarks: Remarks) -> None:
    text = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(text, str) and len(text) > most:
        holder[key] = text[:most]
        remarks.add(TEXTS, name)


def _with_seed(raw: dict[str, Json], remarks: Remarks) -> dict[str, Json]:
    """Return the values, without an invalid seed."""
    settings = raw.get("settings")
    if not isinstance(settings, dict) or "seed" not in settings:
        return raw
    seed = settings["seed"]
    if type(seed) is int and 0 <= seed <= HIGHEST_SEED:
        return raw
    remarks.add(SEED, seed)
    return raw | {"settings": {k: v for k, v in settings.items() if k != "seed"}}


def _new_ids(names: Iterable[str], taken: set[str], remarks: Remarks) -> dict[str, str]:
    """Return an id for each name: itself if it has only letters, digits, `_`, `-` and spaces."""
    ids: dict[str, str] = {}
    for name in names:
        stem = re.sub(r"[^\w -]", "_", name)[:LONGEST_ID] or "node"
        number, ids[name] = 2, stem
        while ids[name] in taken:
            ids[name], number = f"{stem}_{number}", number + 1
        taken.add(ids[name])
        if ids[name] != name:
            remarks.add(IDS, name)
    return ids


def _name_anew(body: dict[str, Json], ids: dict[str, str]) -> None:
    """Replace ids of nodes wherever they occur."""
    if all(old == new for old, new in ids.items()):
        return

    def new(name: Json) -> Json:
        if not isinstance(name, str):
            return name
        if name in ids:
            return ids[name]
        first = re.split("[/#]", name, maxsplit=1)[0]
        return ids.get(first, first) + name.removeprefix(first)

    body["nodes"] = {ids[name]: place for name, place in body["nodes"].items()}
    for place in body["nodes"].values():
        if isinstance(place, dict) and "twin" in place:
            place["twin"] = new(place["twin"])
    if isinstance(body.get("wires"), list):
        body["wires"] = [
            [new(w[0]), w[1], new(w[2]), w[3]] if _is_wire(w) else w for w in body["wires"]
        ]
    layout = body.get("layout")
    if isinstance(layout, dict):
        _name_layout(layout, new)


def _name_layout(layout: dict[str, Json], new: Callable[[Json], Json]) -> None:
    """Replace ids of nodes in a layout."""
    for key in _LISTS:
        if isinstance(layout.get(key), list):
            layout[key] = [new(name) for name in layout[key]]
    if isinstance(layout.get("watch"), list):
        rows = (row for row in layout["watch"] if isinstance(row, list))
        layout["watch"] = [[new(name) for name in row] for row in rows]
    if isinstance(play := layout.get("play"), dict):
        _name_play(play, new)
    for key in ("positions", "colours", "fields"):
        if isinstance(layout.get(key), dict):
            layout[key] = {new(n): value for n, value in layout[key].items()}
    if isinstance(layout.get("names"), dict):
        ends = [(end.rpartition("."), name) for end, name in layout["names"].items()]
        layout["names"] = {f"{new(node)}.{port}": name for (node, _, port), name in ends}


def _name_play(play: dict[str, Json], new: Callable[[Json], Json]) -> None:
    """Replace ids of nodes in what one plays with."""
    if "views" in play:
        play["views"] = [new(name) for name in _listed(play["views"])]
    for one in _listed(play.get("inputs")):
        if isinstance(one, dict):
            one |= {key: new(one[key]) for key in ("node", "on") if key in one}


def _is_wire(wire: Json) -> bool:
    return isinstance(wire, list) and len(wire) == 4 and all(isinstance(w, str) for w in wire)


def _whole_wires(wires: list[Json], nodes: Set[str], remarks: Remarks) -> list[Json]:
    """Return the wires between existing nodes, each once; invalid ones are refused later."""
    kept: list[Json] = []
    seen: set[tuple[str, ...]] = set()
    for wire in wires:
        if _is_wire(wire):
            if tuple(wire) in seen or wire[0] not in nodes or wire[2] not in nodes:
                remarks.add(WIRES, f"{wire[0]} → {wire[2]}")
                continue
            seen.add(tuple(wire))
        kept.append(wire)
    return kept


def _bounded_layout(body: dict[str, Json], remarks: Remarks) -> Json:
    layout = body["layout"]
    if not isinstance(layout, dict):
        remarks.add(LEFT_OUT, "layout")
        return {}
    for key, kind in _KINDS.items():
        if key in layout and not isinstance(layout[key], kind):
            remarks.add(LEFT_OUT, key)
            del layout[key]
    nodes = _nodes(body)
    for key, bound in (("positions", _bounded_point), ("reroutes", _bounded_way)):
        if key in layout:
            layout[key] = _bounded_each(layout[key], bound, remarks)
    _bound_boxes(layout, nodes, remarks)
    for key in _LISTS:
        if key in layout:
            names = [n for n in layout[key] if _names(n, nodes)]
            layout[key] = list(dict.fromkeys(names))
    for part, within in _WITHIN.items():
        if part in layout:
            layout[part] = within(layout[part], nodes)
    return layout


def _bound_boxes(layout: dict[str, Json], nodes: Mapping[str, Json], remarks: Remarks) -> None:
    """Bound frames and notes; each gets an id that no node and no other box has."""
    taken = set(nodes)
    for key in ("frames", "notes"):
        if key in layout:
            boxes = {n: f for n, f in layout[key].items() if isinstance(f, dict)}
            for name in layout[key].keys() - boxes.keys():
                remarks.add(LEFT_OUT, name)
            ids = _new_ids(boxes, taken, Remarks())  # these ids are not visible
            layout[key] = {ids[n]: _bounded_box(n, f, remarks) for n, f in boxes.items()}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _bounded_play(play: dict[str, Json], nodes: Mapping[str, Json]) -> dict[str, Json]:
    """Return a title, a question, one or two views and up to six inputs of existing nodes."""
    texts = {key: play[key] for key in ("title", "question") if isinstance(play.get(key), str)}
    views, inputs = _listed(play.get("views")), _listed(play.get("inputs"))
    known = [_bounded_input(one, nodes) for one in inputs if isinstance(one, dict)]
    kept = {
        "views": list(dict.fromkeys(n for n in views if _names(n, nodes)))[:2],
        "inputs": [one for one in known if one][:MOST_INPUTS],
    }
    return {k: v for k, v in play.items() if k not in _PLAYED} | texts | kept


def _bounded_input(one: dict[str, Json], nodes: Mapping[str, Json]) -> dict[str, Json]:
    """Return an input with the values it may hold; empty where it names no parameter."""
    if not isinstance(one.get("param"), str) or not _names(one.get("node"), nodes):
        return {}
    sound: dict[str, Callable[[Json], bool]] = {
        "label": lambda value: isinstance(value, str),
        "low": lambda value: _are_numbers([value], 1),
        "high": lambda value: _are_numbers([value], 1),
        "on": lambda value: _names(value, nodes),
    }
    return {k: v for k, v in one.items() if k not in sound or sound[k](v)}


def _bounded_fields(fields: dict[str, Json], nodes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters that each existing node shows, each once."""
    return {
        node: list(dict.fromkeys(name for name in _listed(names) if isinstance(name, str)))
        for node, names in fields.items()
        if node in nodes
    }


def _names(value: Json, nodes: Mapping[str, Json]) -> bool:
    """Return whether a value is a node's id, or a path into an instance of a group."""
    if not isinstance(value, str) or value in nodes:
        return isinstance(value, str)
    instance, slash, _ = value.partition("/")
    place = nodes.get(instance.partition("#")[0])
    return bool(slash) and isinstance(place, dict) and str(place.get("kind")).startswith("group:")


def _bounded_rows(rows: list[Json], nodes: Mapping[str, Json]) -> list[Json]:
    """Return the rows of one or two ids, each id once; others are left out."""
    taken: set[str] = set()
    kept: list[Json] = []
    for row in rows:
        names = [n for n in row if _names(n, nodes)] if isinstance(row, list) else []
        names = [n for n in dict.fromkeys(names) if n not in taken][:2]
        taken.update(names)
        kept += [names] if names else []
    return kept


def _bounded_words(words: dict[str, Json], nodes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the words that nodes are given."""
    return {n: w for n, w in words.items() if n in nodes and isinstance(w, str)}


def _bounded_names(names: dict[str, Json], nodes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the names of outputs of nodes, or of a group's inputs on the inside."""
    there = {*nodes, "in"}
    sound = {e: n for e, n in names.items() if isinstance(n, str) and e.rpartition(".")[0] in there}
    return {end: name[:LONGEST_ID] for end, name in sound.items() if name}


_WITHIN: dict[str, Callable[[Any, Mapping[str, Json]], Json]] = {
    "colours": _bounded_words,
    "fields": _bounded_fields,
    "names": _bounded_names,
    "watch": _bounded_rows,
    "play": _bounded_play,
}
_KINDS: dict[str, type] = {
    "positions": dict,
    "frames": dict,
    "notes": dict,
    "reroutes": dict,
    "collapsed": list,
    "pinned": list,
    "colours": dict,
    "fields": dict,
    "names": dict,
    "views": list,
    "bare": list,
    "watch": list,
    "play": dict,
}


def _bounded_each(
    parts: dict[str, Json], bound: Callable[[str, Json, Remarks], Json], remarks: Remarks
) -> dict[str, Json]:
    found = {name: bound(name, value, remarks) for name, value in parts.items()}
    for name in (n for n, value in found.items() if value is None):
        remarks.add(LEFT_OUT, name)
    return {name: value for name, value in found.items() if value is not None}


def _bounded_point(name: str, point: Json, remarks: Remarks) -> list[float] | None:
    """Return a point [x, y] within bounds, or None where it is not a point."""
    if not _are_numbers(point, 2):
        return None
    near = [_clamped(value, FARTHEST) for value in point]
    if near != point:
        remarks.add(FAR, name)
    return near


def _bounded_way(name: str, way: Json, remarks: Remarks) -> list[list[float]] | None:
    points = [_bounded_point(name, p, remarks) for p in way] if isinstance(way, list) else [None]
    return None if None in points else points  # type: ignore[return-value]


def _bounded_box(name: str, fields: dict[str, Json], remarks: Remarks) -> dict[str, Json]:
    """Return the valid fields of a frame or a note, within bounds."""
    kept = dict(fields)
    for key in ("title", "subtitle", "text", "colour"):
        if key in kept and not isinstance(kept[key], str):
            remarks.add(LEFT_OUT, name)
            del kept[key]
        _cut(kept, key, LONGEST_TEXT if key == "text" else LONGEST_TITLE, name, remarks)
    rect = kept.get("rect", USUAL_RECT)
    if not _are_numbers(rect, 4):
        remarks.add(LEFT_OUT, name)
        rect = USUAL_RECT
    near = [_clamped(v, FARTHEST) for v in rect[:2]] + [_clamped(v, LARGEST_SIDE) for v in rect[2:]]
    if near != rect:
        remarks.add(FAR, name)
    return kept | {"rect": near}


def _are_numbers(value: Json, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
    )


def _clamped(value: float, most: float) -> float:
    return max(-most, min(value, most))
