"""What the catalogue says is what the classes declare."""

from __future__ import annotations

import msgspec

from engine.check.describe import catalogue, paper_of, spaced
from engine.document.catalogue import Catalogue, PortInfo
from engine.document.graph import Wire
from nodes.library import find
from tests.engine.toy import fit, toy_catalogue


def test_every_kind_is_described():
    found = catalogue(find())
    assert found.failures == []
    assert {"Optimizer", "Trainer"} <= set(found.kinds)


def test_a_catalogue_survives_the_pipe():
    found = toy_catalogue()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Catalogue) == found


def test_ports_parameters_and_weights_come_from_the_declaration():
    info = toy_catalogue().kinds["Map"]
    assert [(p.name, p.type, p.axes) for p in info.inputs] == [("x", "Batch", "b ...")]
    assert [p.name for p in info.outputs] == ["y", "model"]
    assert info.outputs[1].type == "Critic"
    assert [(p.name, p.live) for p in info.params] == [
        ("width", False),
        ("out", False),
        ("noise", True),
        ("poison", True),
    ]
    assert info.weights


def test_parameters_of_what_has_no_weights_are_live():
    assert all(p.live for p in toy_catalogue().kinds["Line"].params)


def test_a_child_fits_where_its_parent_is_asked_and_not_the_other_way():
    found = toy_catalogue()
    loss, scalar = PortInfo(name="a", type="Loss"), PortInfo(name="b", type="Scalar")
    assert found.fits(loss, scalar)
    assert not found.fits(scalar, loss)


def test_a_batch_may_turn_out_to_be_images_and_images_never_points():
    found = toy_catalogue()
    images, batch = PortInfo(name="a", type="Images"), PortInfo(name="b", type="Batch")
    assert found.fits(images, batch)
    assert found.fits(batch, images)
    assert not found.fits(images, PortInfo(name="c", type="Points"))


def test_a_wire_that_would_close_a_circle_is_refused_before_it_is_there():
    found = toy_catalogue()
    problem = found.refusal(fit(), Wire("map", "y", "map", "x"))
    assert problem is not None
    assert "circle" in problem.sentence


def test_a_broken_plug_in_is_reported_and_harms_nothing(tmp_path):
    (tmp_path / "broken.py").write_text("import nothing_like_this")
    (tmp_path / "fine.py").write_text(
        "from __future__ import annotations\n"
        "from nodes.base import Node, param\n"
        "from nodes.types import Points\n\n"
        "class Double(Node):\n"
        '    """Double points."""\n'
        "    factor: float = param(default=2.0)\n\n"
        "    def forward(self, x: Points) -> Points:\n"
        "        return self.factor * x\n"
    )
    found = catalogue(find(tmp_path))
    assert "fine.Double" in found.kinds
    (failure,) = found.failures
    assert failure.file.endswith("broken.py")
    assert "nothing_like_this" in failure.sentence


def test_a_paper_is_read_from_the_docstring():
    doc = "Do it.\n\nAuto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114."
    paper, link = paper_of(doc)
    assert paper.startswith("Auto-Encoding")
    assert link == "https://arxiv.org/abs/1312.6114"


def test_titles_are_spaced():
    assert [spaced(n) for n in ("LatentGrid", "ELBO", "MNIST", "TwoMoons")] == [
        "Latent grid",
        "ELBO",
        "MNIST",
        "Two moons",
    ]
