"""Search: the words that a student types find the node, in English and in French."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from PySide6.QtCore import QCoreApplication

from engine.check import describe
from engine.document.catalogue import Catalogue
from nodes import library
from workbench.bench import examples
from workbench.search.entries import example_entries, kind_entry
from workbench.search.finding import Entry, best_matches, find, nearest
from workbench.words import language

TITLES = [
    "Encoder",
    "Decoder",
    "β-VAE schedule",
    "ELBO",
    "Vector quantizer",
    "Image grid",
    "Réglages",
]
FIRST = 3  # among so many the kind stands

# what is typed: the kind that is meant; French in the second half
WORDS = {
    "gan": "Generator",
    "dcgan": "Generator",
    "discriminator": "Discriminator",
    "critic": "CriticLoss",
    "wgan-gp": "CriticLoss",
    "gradient penalty": "CriticLoss",
    "adam": "Optimizer",
    "sgd": "Optimizer",
    "learning rate": "Optimizer",
    "weight decay": "Optimizer",
    "epochs": "Trainer",
    "train": "Trainer",
    "loss": "ELBO",
    "vae loss": "ELBO",
    "kl": "ELBO",
    "kl divergence": "ELBO",
    "beta-vae": "ELBO",
    "betavae": "ELBO",
    "β-VAE": "ELBO",
    "beta": "ELBO",
    "vae": "Encoder",
    "autoencoder": "Encoder",
    "latent space": "LatentGrid",
    "reparameterization trick": "Reparameterize",
    "unet": "UNet",
    "u-net": "UNet",
    "ddpm": "DiffusionSampler",
    "ddim": "DiffusionSampler",
    "sampling": "DiffusionSampler",
    "classifier-free guidance": "DiffusionSampler",
    "noise": "NoiseSchedule",
    "gaussian noise": "Prior",
    "add noise": "ForwardProcess",
    "beta schedule": "NoiseSchedule",
    "inpainting": "ImageMask",
    "moons": "TwoMoons",
    "make_moons": "TwoMoons",
    "spiral": "TwoSpirals",
    "mnist": "MNIST",
    "fashion": "FashionMNIST",
    "digits": "Digits",
    "csv": "ArrayFile",
    "numpy": "ArrayFile",
    "jpg": "ImageFolder",
    "own images": "ImageFolder",
    "real nvp": "AffineCoupling",
    "realnvp": "AffineCoupling",
    "maf": "Autoregressive",
    "glow": "GlowStep",
    "ffjord": "Continuous",
    "neural spline flow": "SplineCoupling",
    "normalizing flow": "AffineCoupling",
    "log-likelihood": "LogLikelihood",
    "flow matching": "FlowMatchingLoss",
    "rectified flow": "Rectify",
    "schrodinger": "BridgeMatchingLoss",
    "langevin": "LangevinSampler",
    "mcmc": "LangevinSampler",
    "score matching": "ScoreMatchingLoss",
    "sinkhorn": "Sinkhorn",
    "optimal transport": "ExactTransport",
    "wasserstein": "Wasserstein",
    "earth mover's distance": "Wasserstein",
    "fid": "FID",
    "inception": "InceptionScore",
    "mode collapse": "ModeCoverage",
    "memorization": "NearestImages",
    "mse": "RegressionLoss",
    "l1": "RegressionLoss",
    "cross entropy": "CrossEntropy",
    "accuracy": "ClassifierAccuracy",
    "ema": "ModelAverage",
    "mean teacher": "ModelAverage",
    "stop gradient": "Freeze",
    "mlp": "Perceptron",
    "relu": "Activation",
    "scatter plot": "Scatter",
    "plot": "Curve",
    "heatmap": "Density",
    "show images": "ImageGrid",
    "vector field": "ScoreField",
    "sohl-dickstein": "DenoiserMLP",
    "perte": "ELBO",
    "perte du critique": "CriticLoss",
    "bruit": "NoiseSchedule",
    "bruit gaussien": "Prior",
    "lune": "TwoMoons",
    "lunes": "TwoMoons",
    "deux lunes": "TwoMoons",
    "chiffres": "Digits",
    "vetements": "FashionMNIST",
    "generateur": "Generator",
    "réseau adverse": "Generator",
    "encodeur": "Encoder",
    "taux d'apprentissage": "Optimizer",
    "descente de gradient": "Optimizer",
    "époques": "Trainer",
    "entraînement": "Trainer",
    "échantillonnage": "DiffusionSampler",
    "debruitage": "DiffusionLoss",
    "flot normalisant": "AffineCoupling",
    "transport optimal": "ExactTransport",
    "pont de schrödinger": "BridgeMatchingLoss",
    "effondrement": "ModeCoverage",
    "moyenne mobile": "ModelAverage",
    "erreur quadratique": "RegressionLoss",
    "reseau de neurones": "Perceptron",
    "nuage de points": "Scatter",
    "espace latent": "LatentGrid",
    "courbe": "Curve",
    "tableur": "ArrayFile",
    "a priori": "Prior",
    "surapprentissage": "NearestImages",
}


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def entries() -> list[Entry[str]]:
    return [kind_entry(kind, kind.kind) for kind in catalogue().kinds.values()]


def first(pattern: str, count: int = FIRST) -> list[str]:
    return [fit.item for fit in find(pattern, entries())][:count]


@pytest.fixture(params=["en", "fr"])
def spoken(
    request: pytest.FixtureRequest, qapp: QCoreApplication
) -> Iterator[language.Translator | None]:
    translator = language.Translator("fr") if request.param == "fr" else None
    if translator:
        qapp.installTranslator(translator)
    yield translator
    if translator:
        qapp.removeTranslator(translator)


def test_the_words_of_the_field_find_the_node_in_both_windows(spoken: object) -> None:
    wrong = {word: first(word) for word, kind in WORDS.items() if kind not in first(word)}
    print(*wrong.items(), sep="\n")
    assert not wrong


def test_every_kind_says_what_else_it_is_searched_by() -> None:
    for name, kind in library.find().kinds.items():
        terms = [term.strip() for term in str(vars(kind).get("synonyms", "")).split(",")]
        assert len(terms) >= 3 and all(terms), name
        assert len(set(terms)) == len(terms), name


@pytest.mark.parametrize(
    ("typed", "kind"),
    {
        "discriminater": "Discriminator",
        "autoencodr": "Encoder",
        "perceptorn": "Perceptron",
        "waserstain": "Wasserstein",
        "sinkhron": "Sinkhorn",
        "lagnevin": "LangevinSampler",
        "optimiezr": "Optimizer",
        "difusion": "DiffusionLoss",
        "discriminateure": "Discriminator",
    }.items(),
)
def test_what_is_misspelt_finds_what_is_meant(typed: str, kind: str) -> None:
    assert kind in (first(typed) or [fit.item for fit in nearest(typed, entries())])


def test_what_is_like_nothing_finds_nothing() -> None:
    assert not find("zzzz", entries())
    assert not nearest("zzzz", entries())
    assert not nearest("  ", entries())


@cache
def all_examples() -> list[examples.Example]:
    return examples.listed()


@pytest.mark.parametrize(
    ("typed", "name"),
    {
        "gan": "gan-ring",
        "wgan": "wgan-gp-mnist",
        "ddpm": "ddpm-mnist",
        "vae": "vae-digits",
        "moons": "realnvp-moons",
        "lunes": "realnvp-moons",
        "fashion": "gan-fashion",
        "inpainting": "inpainting-mnist",
        "compléter": "inpainting-mnist",
        "sinkhorn": "sinkhorn-2d",
        "schrödinger": "schrodinger-bridge",
        "glow": "glow-mnist",
        "ffjord": "ffjord-spirals",
        "mode collapse": "gan-collapse",
        "effondrement": "gan-collapse",
        "chiffres": "vae-digits",
        "bruit": "ddpm-moons",
        "rectified flow": "reflow-moons",
        "transport optimal": "sinkhorn-2d",
    }.items(),
)
def test_examples_are_found_by_the_same_words(typed: str, name: str) -> None:
    found = best_matches(find(typed, example_entries(all_examples(), catalogue())))
    assert name in [fit.item.name for fit in found]


def best(pattern: str) -> str:
    return find(pattern, [Entry(title, ((1.0, title),)) for title in TITLES])[0].item


def test_letters_find_what_is_meant() -> None:
    assert best("enc") == "Encoder"
    assert best("vq") == "Vector quantizer"
    assert best("bvae") == "β-VAE schedule"
    assert best("ig") == "Image grid"
    assert best("regl") == "Réglages"


def test_nothing_typed_keeps_the_order() -> None:
    entries = [Entry(title, ((1.0, title),)) for title in TITLES]
    assert [fit.item for fit in find("", entries)] == TITLES


def test_a_lighter_text_counts_less() -> None:
    pairs = {"Wind": "flow of air", "Flow": "a chain"}
    entries = [Entry(k, ((1.0, k), (0.5, v))) for k, v in pairs.items()]
    assert [fit.item for fit in find("flow", entries)] == ["Flow", "Wind"]


def test_all_words_must_be_found() -> None:
    entries = [Entry(1, ((1.0, "Two moons"),)), Entry(2, ((1.0, "Two spirals"),))]
    assert [fit.item for fit in find("two moons", entries)] == [1]
    assert [fit.item for fit in find("the two", entries)] == [1, 2]
