"""The messages between the window and the engine, and their encoding.

A frame is a length (4 bytes, big-endian) and a msgpack map with a `type`. Requests go to the
engine's stdin, events come from its stdout. `Checked` returns the `seq` of its `SetGraph`, so that
an answer to an older edit can be recognised. Arrays are raw bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal

import msgspec
import numpy as np
from msgspec import Struct, field

from engine.document.catalogue import Catalogue, Problem
from engine.document.graph import Graph
from engine.document.lineage import Difference
from nodes.data.preview import Preview
from nodes.sentences import Part, Text

PROTOCOL = 1
LARGEST_FRAME = 1 << 30  # bytes


class Array(Struct):
    """A numpy array as bytes; `dtype` is numpy's string, such as `"<f4"`."""

    dtype: str
    shape: list[int]
    data: bytes

    @classmethod
    def of(cls, values: Any) -> Array:
        """Return the array of `values`, in C order."""
        values = np.ascontiguousarray(values)
        return cls(values.dtype.str, list(values.shape), values.tobytes())

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return a read-only numpy array that shares the bytes."""
        return np.frombuffer(self.data, dtype=self.dtype).reshape(self.shape)


class FigureData(Struct, kw_only=True):
    """The figure of a view: named arrays of one kind, and plain facts about them.

    `kind` is one of curve, images, points, field, density, paths, plan, matrix, text, molecules,
    audio, table, blind. `workbench/plots/<kind>.py` documents the arrays and facts that it draws.
    """

    kind: str
    arrays: dict[str, Array] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


class Hello(Struct, tag=True, kw_only=True):
    """The first request. `plugins`: the user's folders of nodes."""

    protocol: int = PROTOCOL
    plugins: list[str] = field(default_factory=list)


class SetGraph(Struct, tag=True, kw_only=True):
    """The present document: check it and keep the nodes that have not changed.

    `home` is the folder of its file; `permitted` are the ids of nodes and the paths that may be
    read, None for all. `first` are the views that a hand moves: others wait until it rests.
    """

    graph: Graph
    seq: int = 0
    home: str = ""
    permitted: list[str] | None = None
    first: list[str] = field(default_factory=list)


class Run(Struct, tag=True, kw_only=True):
    """Train the stages that are not done, or all anew where all are; `fresh` always starts anew.

    `document`: the graph that the run is recorded for (`engine.document.source`); `kin`: others
    whose runs are counted as its own. `name`: of the run. `resume`: a run folder to continue.
    """

    runs: str = ""
    name: str = ""
    document: str = ""
    kin: list[str] = field(default_factory=list)
    fresh: bool = False
    resume: str = ""


class Pause(Struct, tag=True):
    """Pause between two steps and keep the state; where nothing trains, between two frames."""


class Resume(Struct, tag=True):
    """Continue after `Pause`."""


class Step(Struct, tag=True, kw_only=True):
    """Make one training step, or one frame where nothing trains, then pause.

    Without a run in progress it starts one in `runs`, as `Run` does.
    """

    runs: str = ""
    name: str = ""
    document: str = ""
    kin: list[str] = field(default_factory=list)


class Stop(Struct, tag=True):
    """End the run after the current step: save a checkpoint and the last views."""


class Refresh(Struct, tag=True, kw_only=True):
    """Pull these views now; all where the list is empty."""

    nodes: list[str] = field(default_factory=list)


class At(Struct, tag=True, kw_only=True):
    """Send the views and metrics recorded at or before `step` of a run folder."""

    run: str
    step: int


class ListRuns(Struct, tag=True, kw_only=True):
    """List the run folders in `runs`, newest first; nothing if `known` is that list's stamp."""

    runs: str = ""
    known: int = 0


class ReadRun(Struct, tag=True, kw_only=True):
    """Send a recorded run's curves, the steps with views, and its checkpoints."""

    run: str


class Glance(Struct, tag=True, kw_only=True):
    """Send the last pictures of a recorded run: of these views, else of those its graph watches."""

    run: str
    nodes: list[str] = field(default_factory=list)


class Restore(Struct, tag=True, kw_only=True):
    """Load the weights of a recorded run from its newest checkpoint."""

    run: str


class Look(Struct, tag=True, kw_only=True):
    """Ask how a node reads its table; answered by `Looked` at any time.

    With `layers`, ask which layers a network consists of.
    """

    node: str
    layers: bool = False


class Keep(Struct, tag=True, kw_only=True):
    """Record in a run folder what the user measured of a view at a step, like a metric."""

    run: str
    node: str
    step: int
    values: dict[str, float]


class Quit(Struct, tag=True):
    """Stop, save and exit."""


Request = (
    Hello
    | SetGraph
    | Run
    | Pause
    | Resume
    | Step
    | Stop
    | Refresh
    | At
    | ListRuns
    | ReadRun
    | Glance
    | Restore
    | Keep
    | Quit
    | Look
)


class Welcome(Struct, tag=True, kw_only=True):
    """The answer to `Hello`. `devices`: "cpu", "cuda:0"...; `versions`: torch, python, nodes."""

    catalogue: Catalogue
    versions: dict[str, str] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)
    threads: int = 1
    pid: int = 0


class WireInfo(Struct, kw_only=True):
    """The result of a check for one output: `shape` in names and numbers, `"b 1 28 28"`.

    `classes`: the class names of labels, where they are known.
    """

    node: str
    port: str
    shape: str = ""
    dtype: str = ""
    range: str = ""
    classes: list[str] = field(default_factory=list)


class NodeInfo(Struct, kw_only=True):
    """The result of a check for one node: `sign` is `784→64→2`, `weights` a count."""

    node: str
    sign: Part = ""
    weights: int | None = None
    state: Literal["", "kept", "changed"] = ""
    notes: list[Text] = field(default_factory=list)
    held: bool = False


class Checked(Struct, tag=True, kw_only=True):
    """The answer to `SetGraph`."""

    seq: int
    wires: list[WireInfo] = field(default_factory=list)
    nodes: list[NodeInfo] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0


class Mended(Struct, tag=True, kw_only=True):
    """A problem of the `Checked` with this `seq`, with a fix that has been tried since."""

    seq: int
    problem: Problem


class Status(Struct, tag=True, kw_only=True):
    """The present state of the engine. `run` is the run's folder."""

    status: Literal["idle", "starting", "running", "paused", "done", "stopped", "failed"]
    run: str = ""
    sentence: Text = ""


class Weights(Struct, tag=True, kw_only=True):
    """Sent while nothing runs: whether weights are trained and whether `Run` would replace them."""

    trained: bool = False
    anew: bool = False


class Progress(Struct, tag=True, kw_only=True):
    """The progress of a node; `total` 0 is unknown."""

    node: str
    step: int
    total: int
    epoch: float | None = None
    epochs: float | None = None
    rate: float | None = None  # steps per second
    left: float | None = None  # seconds
    numbers: dict[str, float] = field(default_factory=dict)  # other values of the frame, by name
    within: bool = False  # a sampler within a pull: its steps are not those of the run


class NodeState(Struct, tag=True, kw_only=True):
    """A change of a node's state; `seconds` is the time it took."""

    node: str
    state: Literal["idle", "running", "done", "changed", "error"]
    seconds: float | None = None
    weights: int | None = None


class Signed(Struct, tag=True, kw_only=True):
    """A node whose parameters wires set sums itself up otherwise than at the check."""

    node: str
    sign: Part = ""


class Looked(Struct, tag=True, kw_only=True):
    """The answer to `Look`: a preview of a data node's output, or the reason why there is none.

    `doubts`: settings with which the node may misread its data, each with a fix. `layers`: what was
    asked for was a graph of one instance, the network as layers.
    """

    node: str
    preview: Preview | None = None
    layers: Graph | None = None
    doubts: list[Problem] = field(default_factory=list)
    sentence: Text = ""


class Told(Struct, tag=True, kw_only=True):
    """The notes of a node about the data it has read."""

    node: str
    notes: list[Text] = field(default_factory=list)


class Scalars(Struct, tag=True, kw_only=True):
    """New points of curves: `node.port` to (steps, values)."""

    series: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)


class Figure(Struct, tag=True, kw_only=True):
    """A view's figure at a step."""

    node: str
    step: int
    figure: FigureData
    seconds: float = 0.0


class Metric(Struct, tag=True, kw_only=True):
    """A metric's values at a step; the main value's name is empty."""

    node: str
    step: int
    values: dict[str, float] = field(default_factory=dict)
    unit: Text = ""


class Past(Struct, tag=True, kw_only=True):
    """The answer to `At`: the last recorded figure and values of each view and metric."""

    run: str
    step: int
    figures: list[Figure] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)


class Glanced(Struct, tag=True, kw_only=True):
    """The answer to `Glance`: at most two figures, none where the folder cannot be read."""

    run: str
    figures: list[Figure] = field(default_factory=list)


class Unread(Struct, tag=True, kw_only=True):
    """The answer to `At` or `ReadRun` where the run folder cannot be read, with the reason."""

    run: str
    sentence: Text


class Fault(Struct, tag=True, kw_only=True):
    """An error while running: shown at the node, in Problems and in the log."""

    problem: Problem


class Note(Struct, tag=True, kw_only=True):
    """A line for the log."""

    text: Text
    level: Literal["info", "warning", "error"] = "info"


class RunInfo(Struct, kw_only=True):
    """A run folder in a list. `document` is empty in old runs; `kinds`: node id to kind.

    `number` counts the runs of a document, 0 where the folder is damaged. `changes`: what it does
    not share with the run it came from, whose number is `origin`, 0 for the first. `losses`: the
    last values of losses, by names as `elbo.loss`; runs before 2026-12 lack them. `params`: node id
    to the parameters that are set and fit a line. `note`, `starred`, `binned`: the user's marks.
    """

    path: str
    name: str
    document: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    status: str = ""
    started: str = ""
    steps: int = 0
    seconds: float = 0.0
    seed: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)
    number: int = 0
    origin: int = 0
    changes: list[Difference] = field(default_factory=list)
    params: dict[str, dict[str, Any]] = field(default_factory=dict)
    note: str = ""
    starred: bool = False
    binned: bool = False


class Runs(Struct, tag=True, kw_only=True):
    """The answer to `ListRuns`. Its stamp is another one as soon as the list is."""

    runs: list[RunInfo] = field(default_factory=list)
    stamp: int = 0


class History(Struct, tag=True, kw_only=True):
    """The answer to `ReadRun`. `steps`: those with recorded views; `checkpoints`: their steps."""

    info: RunInfo
    series: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)


Event = (
    Welcome
    | Checked
    | Mended
    | Status
    | Weights
    | Progress
    | NodeState
    | Signed
    | Told
    | Looked
    | Scalars
    | Figure
    | Metric
    | Past
    | Glanced
    | Unread
    | Fault
    | Note
    | Runs
    | History
)

_encoder = msgspec.msgpack.Encoder()
requests = msgspec.msgpack.Decoder(Request)
events = msgspec.msgpack.Decoder(Event)


def frame(message: Struct) -> bytes:
    """Return the message as a frame: its length, then its bytes."""
    body = _encoder.encode(message)
    return struct.pack(">I", len(body)) + body


def read_frame(pipe: BinaryIO) -> bytes | None:
    """Read one frame's body from a blocking pipe; None at its end."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    if length > LARGEST_FRAME:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


class FrameReader:
    """Split a byte stream that arrives in pieces into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add `data` and yield the body of each complete frame."""
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= 4:
            (length,) = struct.unpack_from(">I", self._buffer, start)
            if len(self._buffer) - start - 4 < length:
                break
            yield bytes(self._buffer[start + 4 : start + 4 + length])
            start += 4 + length
        del self._buffer[:start]
