"""Feature networks: what is shipped, what is read, what is refused, and the measures by classes."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import resources
from nodes.data.base import Split
from nodes.errors import DataMissing, InputRefused
from nodes.metrics.classifier_accuracy import ClassifierAccuracy
from nodes.metrics.embedding import embedded
from nodes.metrics.feature_files import OF_INCEPTION, opened, read, save
from nodes.metrics.feature_net import FeatureNet
from nodes.metrics.features import Convolutions, Features
from nodes.metrics.fid import FID
from nodes.metrics.inception import Inception, shown
from nodes.metrics.inception_score import InceptionScore, inception_score
from nodes.metrics.train_features import accuracy, augmented, main, shuffled, train
from nodes.types import Shape
from tests.nodes.metrics.streams import Draws, Fixed, Test

FILE = resources.path("features", "mnist.safetensors")


class Told(Features):
    """A network that takes the first numbers of an item for the logits of its classes."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__("told features")
        self.classes = classes

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def logits(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, : self.classes]

    def must_fit(self, x: Tensor) -> None:
        pass


def textures(n: int) -> Split:
    """Return small images of three classes: rows, columns, chequers."""
    y, i = torch.arange(n) % 3, torch.arange(8)
    rows = (i % 2).float().expand(8, 8)
    made = torch.stack([rows, rows.T, ((i[:, None] + i) // 2 % 2).float()])
    x = made[y][:, None] + 0.1 * torch.rand(n, 1, 8, 8)
    return Split(x, y, x[:60].clone(), y[:60].clone())


def test_the_shipped_network_is_small_and_good() -> None:
    facts, _ = opened(FILE)
    assert FILE.stat().st_size < 2_000_000
    assert float(facts["accuracy"]) >= 0.99
    assert (facts["data"], facts["items"], facts["shape"]) == ("MNIST", "60000", "1 28 28")


def test_its_name_is_no_one_elses() -> None:
    network = FeatureNet()()
    assert network.name == "MNIST features"
    measured = FID(count=20)(
        Draws(lambda: torch.rand(10, 1, 28, 28)), Draws(lambda: torch.rand(10, 1, 28, 28)), network
    )
    assert str(measured.unit).startswith("MNIST features; ")


def test_it_is_read_once_and_learns_nothing() -> None:
    node = FeatureNet()
    assert node() is node()
    assert not any(p.requires_grad for p in node().parameters())
    assert not node().training
    assert node.state_dict() == {}  # no checkpoint holds it


def test_images_of_another_shape_are_refused() -> None:
    with pytest.raises(InputRefused, match="know pictures of the shape 1 28 28; these have 3 8"):
        FeatureNet()().must_fit(torch.rand(2, 3, 8, 8))
    with pytest.raises(InputRefused, match="train_features"):
        FID().sketch(iter([torch.rand(2, 5)]), iter([torch.rand(2, 5)]), FeatureNet().sketch())


def test_signed_images_are_seen_as_the_same() -> None:
    network, x = FeatureNet()(), torch.rand(4, 1, 28, 28)
    signed = embedded(2 * x - 1, network, signed=True)
    torch.testing.assert_close(signed, embedded(x, network), rtol=1e-4, atol=1e-5)
    torch.manual_seed(0)
    real, fake = torch.rand(2, 60, 1, 28, 28)
    there = [FID(count=60)(*map(stream, pair), network).value for pair in sides(real, fake)]
    assert there[0] == pytest.approx(there[1], rel=1e-3)


def sides(real: Tensor, fake: Tensor) -> list[tuple[Tensor, Tensor]]:
    return [(real, fake), (2 * real - 1, 2 * fake - 1)]


def stream(x: Tensor) -> Draws:
    return Draws(lambda: x)


def test_measures_that_share_a_network_share_what_it_has_seen() -> None:
    network = Told()
    data = Fixed(torch.rand(200, 3), torch.rand(100, 3))
    real, fake = Test(data), Draws(lambda: torch.rand(50, 3))
    FID(count=100)(real, fake, network)
    pulls = real.pulls
    again = FID(count=100)(real, fake, network)
    assert real.pulls == pulls + 1  # a look at the range
    assert again.others["floor"] > 0
    assert len(network.seen) == 2


# --- files ----------------------------------------------------------------------------------------


def test_a_network_is_saved_and_read(tmp_path: Path) -> None:
    network = Convolutions("x", Shape((3, 8, 8)), width=4, classes=5).eval()
    save(network, tmp_path / "own.safetensors", {"data": "Own"})
    node, x = FeatureNet(file=str(tmp_path / "own.safetensors")), torch.rand(2, 3, 8, 8)
    assert node().name == "Own features"
    torch.testing.assert_close(node().logits(x), network.logits(x))
    assert node().logits(x).shape == (2, 5)
    assert node.sign() == "own"


@pytest.fixture(scope="module")
def inception(tmp_path_factory: pytest.TempPathFactory) -> tuple[Inception, Path]:
    """Inception-v3 with weights of chance, and a file of them under their published names."""
    torch.manual_seed(0)
    network = Inception().eval()
    state = {k.removeprefix("net."): v for k, v in network.state_dict().items()}
    state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    file = tmp_path_factory.mktemp("inception") / "inception.safetensors"
    save_file(state, str(file))
    return network, file


def test_inception_is_the_network_of_the_paper(inception: tuple[Inception, Path]) -> None:
    """23,834,568 weights with 1000 classes, as published; here there are 1008."""
    network, _ = inception
    assert sum(p.numel() for p in network.parameters()) == 23_834_568 + 8 * 2049
    shapes: dict[str, tuple[int, ...]] = {}
    for name in ("pool_4", "Mixed_5d", "Mixed_6a", "Mixed_6e", "Mixed_7a", "Mixed_7c"):
        part = network.net.get_submodule(name)
        part.register_forward_hook(lambda m, i, y, n=name: shapes.update({n: tuple(y.shape[1:])}))
    with torch.no_grad():
        assert network.logits(torch.rand(1, 1, 28, 28)).shape == (1, 1008)
    assert list(shapes.values()) == [
        (192, 35, 35), (288, 35, 35), (768, 17, 17), (768, 17, 17), (1280, 8, 8), (2048, 8, 8)
    ]  # fmt: skip


def test_inception_s_weights_are_read_by_their_published_names(
    inception: tuple[Inception, Path],
) -> None:
    network, file = inception
    node = FeatureNet(file=str(file))
    assert node().name == node.sketch().name == "Inception-v3 features"
    ours, theirs = node().state_dict(), network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    names = set(load_file(str(file)))
    assert {"Conv2d_1a_3x3.conv.weight", "Mixed_7c.branch3x3dbl_3b.bn.running_var"} < names


def test_inception_sees_coloured_images_of_256_levels_in_its_own_size() -> None:
    x = torch.tensor([0.0, 0.4999, 1.0]).view(3, 1, 1, 1).expand(-1, -1, 28, 28)
    assert shown(x).shape == (3, 3, 299, 299)
    assert shown(x)[:, :, 150, 150].mean(1).tolist() == pytest.approx([-1, 2 * 127 / 255 - 1, 1])


def test_inception_knows_no_points(inception: tuple[Inception, Path]) -> None:
    with pytest.raises(InputRefused, match="1 or 3 channels"):
        inception[0].must_fit(torch.zeros(2, 2))


def test_files_that_may_hide_code_are_not_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> object:
            return Path.touch, (tmp_path / "exploded",)

    torch.save({"weights": Bomb()}, tmp_path / "net.pt")
    node = FeatureNet(file=str(tmp_path / "net.pt"))
    for look in (node, node.sketch):
        with pytest.raises(DataMissing, match=r"net.pt is no .safetensors file") as refused:
            look()
        assert "weights_only" in refused.value.fix
    assert not (tmp_path / "exploded").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="There is no"):
        read(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    "lie", [{"width": "1000000"}, {"width": "wide"}, {"shape": ""}, {"classes": "7"}, {"data": ""}]
)
def test_a_file_that_lies_of_itself_is_told(tmp_path: Path, lie: dict[str, str]) -> None:
    network, file = Convolutions("x", Shape((3, 8, 8)), width=4, classes=5), tmp_path / "x"
    save(network, file.with_suffix(".safetensors"), {"data": "Own"})
    facts, _ = opened(file.with_suffix(".safetensors"))
    said = {k: v for k, v in (facts | lie).items() if v}
    save_file(network.state_dict(), str(file.with_suffix(".safetensors")), metadata=said)
    with pytest.raises(DataMissing, match="does not hold the network it says"):
        read(file.with_suffix(".safetensors"))


def test_a_foreign_or_broken_file_is_told(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, str(tmp_path / "a.safetensors"))
    with pytest.raises(DataMissing, match="no feature network that this program knows"):
        read(tmp_path / "a.safetensors")
    save_file({OF_INCEPTION: torch.ones(1)}, str(tmp_path / "c.safetensors"))
    with pytest.raises(DataMissing, match="does not hold the weights"):
        read(tmp_path / "c.safetensors")
    header = json.dumps({"__metadata__": {}}).encode()[:5]
    (tmp_path / "b.safetensors").write_bytes(header)
    with pytest.raises(DataMissing, match="cannot be read"):
        read(tmp_path / "b.safetensors")


# --- training -------------------------------------------------------------------------------------


def test_training_tells_the_classes_and_gives_the_same_network_again() -> None:
    split, states = textures(640), []
    for _ in range(2):
        torch.manual_seed(0)
        network = train(split, shuffled(split, 12), name="Textures")
        states.append(network.state_dict())
    assert accuracy(network, split.test_items, split.test_labels) > 0.9
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))


def test_images_are_varied_within_their_shape_and_range() -> None:
    torch.manual_seed(0)
    x = torch.rand(50, 1, 8, 8)
    for y in (augmented(x) for _ in range(20)):
        assert y.shape == x.shape
        assert y.min() >= 0 and y.max() <= 1
    still = [(y - x).abs().mean() for y in (augmented(x) for _ in range(100))]
    assert 0 < min(still) < 0.1 < max(still)


def test_the_script_refuses_what_draws_no_images() -> None:
    with pytest.raises(SystemExit, match="draws labelled images"):
        main(["Moons"])


# --- measures by classes --------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 10])
def test_one_hot_predictions_give_the_number_of_classes(classes: int) -> None:
    p = torch.eye(classes, dtype=torch.float64).repeat(7, 1)
    assert inception_score(p) == pytest.approx(classes)
    assert inception_score(p[:1].expand(9, -1)) == pytest.approx(1)
    assert inception_score(torch.full((5, classes), 1 / classes)) == pytest.approx(1)


def test_the_score_of_sure_and_even_images() -> None:
    batch = 50 * torch.eye(3)[torch.arange(30) % 3]
    measured = InceptionScore(count=30)(stream(batch), Told(), stream(batch[:1].expand(30, -1)))
    assert measured.value == pytest.approx(3)
    assert measured.others["error"] == pytest.approx(0, abs=1e-6)
    assert measured.others["real"] == pytest.approx(1)
    assert measured.unit == "told features"


def test_accuracy_of_scores_and_of_images() -> None:
    x = torch.eye(3)[torch.tensor([0, 1, 2, 2, 1, 0])]
    y = torch.tensor([0, 1, 2, 0, 0, 0])
    measured = ClassifierAccuracy(count=6)(Draws(lambda: x), Draws(lambda: y))
    assert measured.value == pytest.approx(4 / 6)
    assert measured.others["worst"] == pytest.approx(0.5)


def test_accuracy_of_a_model_that_never_ends() -> None:
    x, y = torch.eye(3), torch.tensor([0, 1, 1])
    measured = ClassifierAccuracy(count=10)(Draws(lambda: x), Draws(lambda: y), Told())
    assert measured.others["items"] == 10
    assert measured.unit == "told features"
