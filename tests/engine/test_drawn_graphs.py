"""Graphs with drawn networks that no example has: they check, train, and outlive a kill."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.document.graph import Graph, Group, GroupPort, Place, Wire, dumps, loads
from engine.document.messages import Figure
from engine.record import checkpoint
from engine.run.launch import Order
from engine.run.refresh import refresh
from engine.run.run import Run, RunEvents
from engine.run.session import Session
from tests import prepared
from tests.engine.test_grouped_runs import same
from tests.engine.toy import Listener, toy_library
from tests.running import launch

library = cache(toy_library)
STEPS = 3
ROOT, MODULE = Path(__file__).parents[2], "tests.engine.test_drawn_graphs"


def nodes(**kinds: str | tuple[str, Mapping[str, Any]]) -> dict[str, Place]:
    """Return places: kinds, or kinds with parameters."""
    pairs = {n: (k, {}) if isinstance(k, str) else k for n, k in kinds.items()}
    return {name: Place(kind=kind, params=dict(given)) for name, (kind, given) in pairs.items()}


def wires(text: str) -> list[Wire]:
    """Return wires written as `a.y>b.x`, with spaces between."""
    ends = (wire.partition(">")[::2] for wire in text.split())
    return [Wire(*source.split("."), *target.split(".")) for source, target in ends]


def drawn(inputs: str, inner: dict[str, Place], lines: str, *, acts_as: str = "") -> Group:
    """Return a group with these inputs; its outputs are those that the wires name."""
    found = wires(lines)
    outputs = dict.fromkeys(w.input for w in found if w.target == "out")
    return Group(
        acts_as=acts_as,
        inputs=[GroupPort(name=name) for name in inputs.split()],
        outputs=[GroupPort(name=name) for name in outputs],
        nodes=inner,
        wires=found,
    )


def train(steps: int = STEPS, **given: Any) -> tuple[str, dict[str, Any]]:
    return "Trainer", {"steps": steps, **given}


def mean_teacher() -> Graph:
    """Return a graph in which a drawn network follows its own average, and learns from it."""
    net = drawn(
        "x",
        nodes(a=("Linear", {"outputs": 8}), n=("Norm", {"kind": "batch"}), f="Activation", b="Map"),
        "in.x>a.x a.y>n.x n.y>f.x f.y>b.x b.y>out.y",
    )
    return Graph(
        groups={"net": net},
        nodes=nodes(
            line="Line",
            student="group:net",
            teacher="ModelAverage",
            still="Freeze",
            loss="Distance",
            real="Distance",
            sum="LossSum",
            adam="Optimizer",
            train=train(ema=0.5),
        ),
        wires=wires(
            "line.points>student.x student.model>teacher.model line.points>teacher.x "
            "teacher.y>still.x still.y>loss.y student.y>loss.x student.y>real.x "
            "line.points>real.y loss.loss>sum.losses real.loss>sum.losses sum.loss>adam.loss "
            "student.model>adam.models adam.optimizer>train.optimizers"
        ),
    )


def players() -> dict[str, Group]:
    """Return a generator, a critic, and the first layers that critics share."""
    trunk = drawn(
        "x",
        nodes(a=("Linear", {"outputs": 8}), f="Activation"),
        "in.x>a.x a.y>f.x f.y>out.y",
    )
    critic = drawn(
        "x",
        nodes(a="group:trunk", b=("Linear", {"outputs": 1}), head="ScoreHead"),
        "in.x>a.x a.y>b.x b.y>head.x head.score>out.score a.y>out.features",
        acts_as="Critic",
    )
    generator = drawn(
        "z",
        nodes(a=("Linear", {"outputs": 8}), f="Activation", b=("Linear", {"outputs": 2})),
        "in.z>a.x a.y>f.x f.y>b.x b.y>out.items",
        acts_as="Generator",
    )
    return {"trunk": trunk, "critic": critic, "generator": generator}


def two_critics() -> Graph:
    """Return a game of a drawn generator and two drawn critics on the same first layers."""
    graph = Graph(
        groups=players(),
        nodes=nodes(
            real="Line",
            noise="Normal",
            g="group:generator",
            seen="group:trunk",
            first="group:critic",
            second="group:critic",
            judge=("CriticLoss", {"penalty": "R1", "weight": 1.0, "share": 0.5}),
            other="CriticLoss",
            fool="GeneratorLoss",
            likeness="FeatureDistance",
            sum="LossSum",
            fooled="LossSum",
            d_adam="Optimizer",
            g_adam=("Optimizer", {"every": 2}),
            train=train(),
        ),
        wires=wires(
            "noise.z>g.z real.points>seen.x g.items>made.x seen.y>judge.real made.y>judge.fake "
            "seen.y>other.real made.y>other.fake first.model>judge.critic "
            "second.model>other.critic judge.loss>sum.losses other.loss>sum.losses "
            "sum.loss>d_adam.loss seen.model>d_adam.models first.model>d_adam.models "
            "second.model>d_adam.models made.y>fool.fake first.model>fool.critic "
            "seen.y>likeness.x made.y>likeness.x_hat second.model>likeness.critic "
            "fool.loss>fooled.losses likeness.loss>fooled.losses fooled.loss>g_adam.loss "
            "g.model>g_adam.models d_adam.optimizer>train.optimizers "
            "g_adam.optimizer>train.optimizers"
        ),
    )
    graph.nodes["made"] = Place(kind="group:trunk", twin="seen")
    return graph


def parts_of_unet() -> dict[str, Group]:
    """Return a block that is told a vector, and attention beside what it looks at."""
    block = drawn(
        "x told",
        nodes(
            n=("Norm", {"groups": 2}),
            f="Activation",
            c=("Convolution", {"channels": 4}),
            m="Modulate",
            n2=("Norm", {"groups": 2}),
            c2=("Convolution", {"channels": 4, "first": 0.0}),
            skip=("Convolution", {"channels": 4, "kernel": 1}),
            sum="Add",
        ),
        "in.x>n.x n.y>f.x f.y>c.x c.y>m.x in.told>m.told m.y>n2.x n2.y>c2.x in.x>skip.x "
        "skip.y>sum.a c2.y>sum.b sum.y>out.y",
    )
    attend = drawn(
        "x",
        nodes(a=("Attention", {"heads": 2}), sum="Add"),
        "in.x>a.x in.x>sum.a a.y>sum.b sum.y>out.y",
    )
    return {"block": block, "attend": attend}


def told_unet() -> Group:
    """Return a U-Net drawn layer by layer, told time and class, with attention at two sizes."""
    return drawn(
        "labels t x",  # the order of ports is not that of the role
        nodes(
            time=("TimeEmbedding", {"frequencies": 4}),
            kind=("ClassEmbedding", {"classes": 10, "size": 8}),
            told="Add",
            d1="group:block",
            a1="group:attend",
            down="Pool",
            d2="group:block",
            a2="group:attend",
            up="Upsample",
            skip="Concat",
            u1="group:block",
            last=("Convolution", {"channels": 1}),
        ),
        "in.t>time.t time.y>told.a in.labels>kind.labels in.x>kind.like kind.y>told.b in.x>d1.x "
        "told.y>d1.told d1.y>a1.x a1.y>down.x down.y>d2.x told.y>d2.told d2.y>a2.x a2.y>up.x "
        "a1.y>up.like up.y>skip.xs a1.y>skip.xs skip.y>u1.x told.y>u1.told u1.y>last.x "
        "last.y>out.y",
        acts_as="Denoiser",
    )


def unet() -> Graph:
    """Return a denoiser of digits by a drawn U-Net."""
    return Graph(
        groups={**parts_of_unet(), "net": told_unet()},
        nodes=nodes(
            digits=("Digits", {"batch": 4, "range": "[-1, 1]"}),
            unet=("group:net", {"predicts": "v"}),
            schedule="NoiseSchedule",
            loss="DiffusionLoss",
            adam="Optimizer",
            train=train(ema=0.9),
            sampler=("DiffusionSampler", {"steps": 2, "count": 2, "scale": 1.0}),
            show="ImageGrid",
        ),
        wires=wires(
            "digits.images>loss.data digits.labels>loss.labels unet.model>loss.model "
            "schedule.schedule>loss.schedule loss.loss>adam.loss unet.model>adam.models "
            "adam.optimizer>train.optimizers unet.model>sampler.model "
            "schedule.schedule>sampler.schedule digits.labels>sampler.labels "
            "sampler.samples>show.images"
        ),
    )


def transformer() -> dict[str, Group]:
    """Return a language model of twelve drawn blocks in a row, and the block."""
    block = drawn(
        "x",
        nodes(
            n=("Norm", {"kind": "RMS"}),
            a=("Attention", {"heads": 2, "causal": True, "rotary": True}),
            s="Add",
            n2=("Norm", {"kind": "RMS"}),
            up=("Linear", {"outputs": 16}),
            f="Activation",
            down=("Linear", {"outputs": 8, "first": 0.0}),
            s2="Add",
        ),
        "in.x>n.x n.y>a.x in.x>s.a a.y>s.b s.y>n2.x n2.y>up.x up.y>f.x f.y>down.x s.y>s2.a "
        "down.y>s2.b s2.y>out.x",
    )
    net = drawn(
        "tokens",
        nodes(
            e=("Embedding", {"size": 8}),
            blocks="group:block",
            n=("Norm", {"kind": "RMS"}),
            head="TokenHead",
        ),
        "in.tokens>e.tokens e.y>blocks.x blocks.x>n.x n.y>head.x head.logits>out.logits",
        acts_as="LanguageModel",
    )
    net.nodes["blocks"].times = 12
    return {"block": block, "net": net}


def gpt() -> Graph:
    """Return a training of a drawn language model."""
    return Graph(
        groups=transformer(),
        nodes=nodes(
            text="Shakespeare",
            cut=("Tokenizer", {"window": 9, "batch": 2}),
            gpt="group:net",
            loss="NextTokenLoss",
            muon=("Optimizer", {"algorithm": "Muon"}),
            train=train(),
            write=("TextSampler", {"length": 4}),
            show="TextView",
        ),
        wires=wires(
            "text.text>cut.text cut.tokens>gpt.tokens gpt.logits>loss.logits "
            "cut.tokens>loss.tokens cut.vocabulary>loss.vocabulary loss.loss>muon.loss "
            "gpt.model>muon.models muon.optimizer>train.optimizers gpt.model>write.model "
            "cut.vocabulary>write.vocabulary write.tokens>show.tokens "
            "cut.vocabulary>show.vocabulary"
        ),
    )


def ready(graph: Graph) -> Session:
    made = Session(library=library())
    made.update(loads(dumps(graph)))
    assert [f"{p.node}.{p.port or p.param}: {p.sentence}" for p in made.problems] == []
    return made


GRAPHS = {make.__name__: make for make in (mean_teacher, two_critics, unet, gpt)}


def killed(name: str, runs: Path, turn: int) -> None:
    """Train until a signal ends this process: in a step, behind a turn's gradient.

    There is a checkpoint of each step before.
    """
    saved, backward, count = Run._save, torch.Tensor.backward, itertools.count(1)

    def save(run: Run) -> RunEvents:
        yield from saved(run)
        run.next_save = 0.0

    def torn(loss: torch.Tensor) -> None:
        backward(loss)
        if next(count) == turn:
            os.kill(os.getpid(), signal.SIGKILL)

    Run._save, torch.Tensor.backward = save, torn  # type: ignore[assignment,method-assign]
    order = Order(runs=runs, threads=1, checkpoint_seconds=0.0, view_share=0.0)
    launch(ready(GRAPHS[name]()), Listener(), order)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("name", "turn"), [("mean_teacher", 3), ("two_critics", 8), ("unet", 3), ("gpt", 3)]
)
def test_a_drawn_network_trains_and_outlives_a_kill(name: str, turn: int, tmp_path: Path) -> None:
    made = ready(GRAPHS[name]())
    before = {k: v.clone() for k, v in made.state().items()}
    assert launch(made, Listener(), Order(threads=1, view_share=0.0)).status == "done"
    after = made.state()
    moved = {k for k in after if k in before and not torch.equal(before[k], after[k])}
    leaves = {leaf for model in made.expanded.models.values() for leaf in model.leaves}
    weighted = {n for n in leaves if made.lives[made.graph.owner(n)].node.weight_count()}
    assert not {n for n in weighted if not any(k.startswith(f"{n}/") for k in moved)}

    child = subprocess.run(prepared.command(MODULE, name, str(tmp_path), str(turn)), cwd=ROOT)
    assert child.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert checkpoint.load_latest(left)[1]["step"] == STEPS - 1
    later = ready(GRAPHS[name]())
    assert launch(later, Listener(), Order(resume=left, threads=1, view_share=0.0)).status == "done"
    assert same(later.state(), after)


@pytest.mark.parametrize("make", [unet, gpt])
def test_samplers_take_a_drawn_network(make: Callable[[], Graph]) -> None:
    made, host = ready(make()), Listener()
    host.hear(refresh(made, host, ["show"]))
    assert {event.node for event in host.of(Figure)} == {"show"}


if __name__ == "__main__":
    killed(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
