"""What the window and the engine say to each other, and how it lies in the pipe.

A frame is a length (4 bytes, big-endian) and a msgpack map with a `type`. Requests go to the
engine's stdin, events come from its stdout. `seq` in `SetGraph` comes back in `Checked`, so that an
answer to an older edit is known as such. Arrays travel as raw bytes.
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
from nodes.data.preview import Preview
from nodes.sentences import Part, Text

PROTOCOL = 1
LARGEST_FRAME = 1 << 30  # bytes


class Array(Struct):
    """A numpy array as bytes; `dtype` as numpy spells it, `"<f4"`."""

    dtype: str
    shape: list[int]
    data: bytes

    @classmethod
    def of(cls, values: Any) -> Array:
        values = np.ascontiguousarray(values)
        return cls(values.dtype.str, list(values.shape), values.tobytes())

    def numpy(self) -> np.ndarray[Any, Any]:
        return np.frombuffer(self.data, dtype=self.dtype).reshape(self.shape)


class FigureData(Struct, kw_only=True):
    """What a view made: named arrays of one kind, and plain facts about them.

    `kind` is one of curve, images, points, field, density, paths, plan, matrix, text, molecules,
    audio, table, blind. `workbench/plots/<kind>.py` says which arrays and facts it draws.
    """

    kind: str
    arrays: dict[str, Array] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


# --- from the window ------------------------------------------------------------------------------


class Hello(Struct, tag=True, kw_only=True):
    """First of all requests. `plugins` are the user's folders of nodes."""

    protocol: int = PROTOCOL
    plugins: list[str] = field(default_factory=list)


class SetGraph(Struct, tag=True, kw_only=True):
    """The document as it is now: check it and keep what it did not touch.

    `home` is the folder of its file; `permitted` are the ids of nodes and the paths that may be
    read, None for all.
    """

    graph: Graph
    seq: int = 0
    home: str = ""
    permitted: list[str] | None = None


class Run(Struct, tag=True, kw_only=True):
    """Train what is not trained yet, or all anew where all is; `fresh` begins anew in any case.

    `document` is what the run is recorded as being of (engine.source), `name` what it is called.
    """

    runs: str = ""
    name: str = ""
    document: str = ""
    fresh: bool = False
    resume: str = ""


class Pause(Struct, tag=True):
    """Stop between two steps and keep everything; where nothing trains, between two frames."""


class Resume(Struct, tag=True):
    """Go on after `Pause`."""


class Step(Struct, tag=True, kw_only=True):
    """Make one training step, or one frame of long work where nothing trains, then pause.

    Starts a run below `runs` where none is, as `Run` does.
    """

    runs: str = ""
    name: str = ""
    document: str = ""


class Stop(Struct, tag=True):
    """End the run within a step: save a checkpoint and the last views."""


class Refresh(Struct, tag=True, kw_only=True):
    """Pull these views now (all where the list is empty)."""

    nodes: list[str] = field(default_factory=list)


class At(Struct, tag=True, kw_only=True):
    """Send the views and metrics as they were recorded at or before `step` of a run folder."""

    run: str
    step: int


class ListRuns(Struct, tag=True, kw_only=True):
    """List the run folders below `runs`, newest first."""

    runs: str = ""


class ReadRun(Struct, tag=True, kw_only=True):
    """Send a recorded run's scalars, steps and bookmarks."""

    run: str


class Restore(Struct, tag=True, kw_only=True):
    """Put back the weights of a recorded run, as its newest checkpoint holds them."""

    run: str


class Look(Struct, tag=True, kw_only=True):
    """Say how a node reads its table; `Looked` answers, at any time."""

    node: str


class Keep(Struct, tag=True, kw_only=True):
    """Keep in a run folder what the user measured of a view at a step, as a metric is kept."""

    run: str
    node: str
    step: int
    values: dict[str, float]


class Quit(Struct, tag=True):
    """Stop, save, leave."""


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
    | Restore
    | Keep
    | Quit
    | Look
)


# --- from the engine ------------------------------------------------------------------------------


class Welcome(Struct, tag=True, kw_only=True):
    """The answer to `Hello`. `devices`: "cpu", "cuda:0"...; `versions`: torch, python, nodes."""

    catalogue: Catalogue
    versions: dict[str, str] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)
    threads: int = 1
    pid: int = 0


class WireInfo(Struct, kw_only=True):
    """What a check learnt of one output: `shape` in names and numbers, `"b 1 28 28"`.

    `classes`: what those of labels are called, as far as is known.
    """

    node: str
    port: str
    shape: str = ""
    dtype: str = ""
    range: str = ""
    classes: list[str] = field(default_factory=list)


class NodeInfo(Struct, kw_only=True):
    """What a check learnt of one node: `sign` is `784→64→2`, `weights` a count."""

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
    """A problem of the `Checked` of this `seq`, with a fix that was tried since."""

    seq: int
    problem: Problem


class Status(Struct, tag=True, kw_only=True):
    """What the engine does now. `run` is the run's folder."""

    status: Literal["idle", "starting", "running", "paused", "done", "stopped", "failed"]
    run: str = ""
    sentence: Text = ""


class Weights(Struct, tag=True, kw_only=True):
    """Sent while nothing runs: are weights trained, and would `Run` replace them?"""

    trained: bool = False
    anew: bool = False


class Progress(Struct, tag=True, kw_only=True):
    """How far a node with progress of its own has come; `total` 0 is unknown."""

    node: str
    step: int
    total: int
    epoch: float | None = None
    epochs: float | None = None
    rate: float | None = None  # steps per second
    left: float | None = None  # seconds
    numbers: dict[str, float] = field(default_factory=dict)  # how it goes, by name
    within: bool = False  # long work within a pull: its steps are not the run's


class NodeState(Struct, tag=True, kw_only=True):
    """A node's state changed; `seconds` is what it took."""

    node: str
    state: Literal["idle", "running", "done", "changed", "error"]
    seconds: float | None = None
    weights: int | None = None


class Looked(Struct, tag=True, kw_only=True):
    """The answer to `Look`: what comes out of a data node, or why nothing does.

    `doubts` are what may have been understood otherwise than was meant, each with a mend.
    """

    node: str
    preview: Preview | None = None
    doubts: list[Problem] = field(default_factory=list)
    sentence: Text = ""


class Told(Struct, tag=True, kw_only=True):
    """What a node says it has read, once it has."""

    node: str
    notes: list[Text] = field(default_factory=list)


class Scalars(Struct, tag=True, kw_only=True):
    """New points of curves: name (`node.port`) to steps and values."""

    series: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)


class Figure(Struct, tag=True, kw_only=True):
    """A view's picture at a step."""

    node: str
    step: int
    figure: FigureData
    seconds: float = 0.0


class Metric(Struct, tag=True, kw_only=True):
    """A metric's value at a step; `values` beside the main one have names of their own."""

    node: str
    step: int
    values: dict[str, float] = field(default_factory=dict)
    unit: Text = ""


class Past(Struct, tag=True, kw_only=True):
    """The answer to `At`: of each view and metric the last that was recorded by then."""

    run: str
    step: int
    figures: list[Figure] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)


class Unread(Struct, tag=True, kw_only=True):
    """The answer to `At` or `ReadRun` where the run folder cannot be read, and why."""

    run: str
    sentence: Text


class Fault(Struct, tag=True, kw_only=True):
    """Something failed while running: shown at the node, in Problems and in the log."""

    problem: Problem


class Note(Struct, tag=True, kw_only=True):
    """A line for the log."""

    text: Text
    level: Literal["info", "warning", "error"] = "info"


class RunInfo(Struct, kw_only=True):
    """A run folder in a list. `document` is empty in old runs; `kinds` are its graph's, by node."""

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


class Runs(Struct, tag=True, kw_only=True):
    """The answer to `ListRuns`."""

    runs: list[RunInfo] = field(default_factory=list)


class History(Struct, tag=True, kw_only=True):
    """The answer to `ReadRun`. `steps`: those with recorded views; `checkpoints`: bookmarks."""

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
    | Told
    | Looked
    | Scalars
    | Figure
    | Metric
    | Past
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
    """Cut a byte stream that arrives in pieces into frames' bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what came and yield each frame's body that is complete."""
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= 4:
            (length,) = struct.unpack_from(">I", self._buffer, start)
            if len(self._buffer) - start - 4 < length:
                break
            yield bytes(self._buffer[start + 4 : start + 4 + length])
            start += 4 + length
        del self._buffer[:start]
