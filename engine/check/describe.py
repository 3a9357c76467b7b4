"""Describe the installed node classes as a catalogue, the data from which the window knows them."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import PackageNotFoundError, version

from engine.document.catalogue import Catalogue, Failure, KindInfo, PortInfo, TypeInfo
from nodes import types as port_types
from nodes.base import Node, params
from nodes.library import Library, place_of
from nodes.names import names_in
from nodes.ports import Port, by_name, inputs, outputs
from nodes.sentences import say, spaced
from nodes.types import PortType


def catalogue(library: Library) -> Catalogue:
    """Return the catalogue of a library; a class that cannot be described becomes a failure."""
    found = Catalogue(version=installed_version())
    found.failures = [Failure(file=f, sentence=s) for f, s in library.failures.items()]
    for port_type in _declared_types():
        _add_type(found, port_type)
    for name, kind in sorted(library.kinds.items()):
        try:
            found.kinds[name] = describe(name, kind, library)
        except Exception as error:  # a plug-in may declare anything
            sentence = say("{file}, line {line}: {error}", **place_of(kind), error=error)
            found.failures.append(Failure(file=inspect.getfile(kind), sentence=sentence))
            continue
        _add_types(found, kind)
    for name, role in sorted(library.roles.items()):
        info = _described(name, role, category="roles", source="built-in")
        info.methods, info.unheard = list(role.methods), sorted(role.unheard)
        found.roles[name] = info
        _add_types(found, role)
    return found


def describe(name: str, kind: type[Node], library: Library) -> KindInfo:
    """Return the catalogue entry of a node class."""
    source = library.sources[name]
    return _described(name, kind, category=library.categories[name], source=source)


def _described(name: str, kind: type[Node], *, category: str, source: str) -> KindInfo:
    doc = inspect.getdoc(kind) or ""
    paper, link = paper_of(doc)
    return KindInfo(
        kind=name,
        title=kind.title or spaced(kind.__name__),
        category=category,
        icon=kind.icon,
        summary=doc.partition("\n\n")[0].replace("\n", " "),
        doc=doc,
        formula=kind.formula,
        written=kind.written,
        assigned=kind.assigned,
        synonyms=kind.synonyms,
        paper=paper,
        paper_url=link,
        inputs=[_port(p) for p in (*inputs(kind), *_usual(kind))],
        by_name=_port(each) if (each := by_name(kind)) else None,
        outputs=[_port(p) for p in outputs(kind)],
        params=list(params(kind).values()),
        role=kind.role,
        figure=kind.figure,
        unit=kind.measured_in,
        better=kind.better,
        weights=kind.has_weights(),
        called=kind.is_model(),
        opens=kind.opens(),
        plain=_is_plain(kind),
        source=source,
    )


def _is_plain(kind: type[Node]) -> bool:
    """Return whether one call of a class computes its outputs: no data, no loop, no training."""
    loops = inspect.isgeneratorfunction(kind.forward) or any(p.stream for p in inputs(kind))
    return kind.role == "node" and not loops and kind.rewind is Node.rewind


def _usual(kind: type[Node]) -> list[Port]:
    """Return the inputs that the usual text of a class names."""
    port, usual = by_name(kind), params(kind)
    if port is None:
        return []
    numbers = usual[kind.assigned].default if kind.assigned else ""
    return [port._replace(name=name) for name in names_in(usual[kind.written].default, numbers)]


def paper_of(doc: str) -> tuple[str, str]:
    """Return the paper cited in a docstring and its address, or two empty strings.

    It is the first paragraph after the summary with a year in parentheses, `arXiv:` or `doi:`.
    """
    for paragraph in doc.split("\n\n")[1:]:
        text = " ".join(paragraph.split())
        if re.search(r"\(.*\d{4}.*\)", text) or "arXiv:" in text or "doi:" in text:
            return text.rstrip("."), _address(text)
    return "", ""


def _address(text: str) -> str:
    patterns = {
        r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})": "https://arxiv.org/abs/{}",
        r"doi:(10\.\S+)": "https://doi.org/{}",
        r"(https?://\S+)": "{}",
    }
    for pattern, address in patterns.items():
        if match := re.search(pattern, text):
            return address.format(match[1].rstrip(".,"))
    return ""


def _port(port: Port) -> PortInfo:
    first = port.types[0]
    return PortInfo(
        name=port.name,
        type=first.name,
        accepts=[t.name for t in port.types] if len(port.types) > 1 else [],
        axes=first.axes,
        optional=port.optional,
        many=port.many,
        stream=port.stream,
        low=port.range.low if port.range else None,
        high=port.range.high if port.range else None,
    )


def _declared_types() -> list[PortType]:
    found = [*port_types.CLASSES.values(), port_types.Distribution]
    for value in vars(port_types).values():
        found += [m for m in getattr(value, "__metadata__", ()) if isinstance(m, PortType)]
    return found


def _add_types(catalogue: Catalogue, kind: type[Node]) -> None:
    for port in (*inputs(kind), *outputs(kind), *filter(None, [by_name(kind)])):
        for port_type in port.types:
            _add_type(catalogue, port_type)


def _add_type(catalogue: Catalogue, port_type: PortType) -> None:
    catalogue.types[port_type.name] = TypeInfo(
        name=port_type.name,
        parents=list(port_type.parents),
        family=port_type.family,  # type: ignore[arg-type]
        glyph=port_type.glyph,
        axes=port_type.axes,
        help=port_type.help,
        words=port_type.words,
    )


def installed_version() -> str:
    """Return the version of the installed distribution, "0" in a source tree."""
    try:
        return version("genworkbench")
    except PackageNotFoundError:
        return "0"
