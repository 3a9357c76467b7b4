"""The parts of a pipeline of the user give the numbers of the library that it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.document.graph import Graph, Place, Wire
from engine.run.session import Session
from nodes.base import Node
from nodes.diffusion.sampler import DiffusionSampler
from nodes.errors import DataMissing
from nodes.language.prompts import Prompts
from nodes.pretrained.schedule import PretrainedSchedule
from nodes.pretrained.text_encoder import PretrainedTextEncoder
from nodes.pretrained.unet import PretrainedUNet
from nodes.pretrained.vae import PretrainedImageDecoder, PretrainedImageEncoder
from nodes.pretrained.vocabulary import PretrainedVocabulary
from nodes.types import TextVectors
from tests.nodes.test_laws import last_of
from tests.running import run
from tests.test_examples import Listener
from tests.tiny_models import altered, clip, clip_tokenizer, copied, diffusers, pipeline

TEXTS = ["a red hat", "-", "it was as red as it was in the year 1999, and redder than that"]
CLOSE = {"rtol": 0.0, "atol": 1e-5}


@cache
def published() -> Any:
    """Return the library's own pipeline."""
    found = diffusers().StableDiffusionPipeline.from_pretrained(
        pipeline(), safety_checker=None, local_files_only=True
    )
    found.set_progress_bar_config(disable=True)
    return found


def built(kind: type[Node], folder: Path | None = None, **given: object) -> Any:
    node = kind(folder=str(folder or pipeline()), **given)
    node.build_for({})
    return node.eval()


def told(*texts: str, folder: Path | None = None) -> TextVectors:
    vocabulary = PretrainedVocabulary(folder=str(folder or pipeline()))()
    tokens = Prompts(text="\n".join(texts))(vocabulary)
    vectors: TextVectors = built(PretrainedTextEncoder, folder)(tokens)
    return vectors


def by_library(texts: list[str]) -> Any:
    said = published().tokenizer(
        ["" if text == "-" else text for text in texts],
        padding="max_length",
        max_length=16,
        truncation=True,
        return_tensors="pt",
    )
    with torch.no_grad():
        return said, published().text_encoder(said.input_ids)


def test_texts_become_the_vectors_of_clip() -> None:
    said, expected = by_library(TEXTS)
    vectors = told(*TEXTS)
    torch.testing.assert_close(vectors.tokens, expected.last_hidden_state, **CLOSE)
    torch.testing.assert_close(vectors.pooled, expected.pooler_output, **CLOSE)
    assert torch.equal(vectors.mask, said.attention_mask.bool())
    assert vectors.mask.sum(1).tolist() == [7, 2, 16]


def test_clip_with_a_projection_gives_that(tmp_path: Path) -> None:
    words = clip_tokenizer(tmp_path / "words")
    encoder = clip(len(words), "CLIPTextModelWithProjection")
    encoder.save_pretrained(tmp_path / "clip")
    for file in ("vocab.json", "merges.txt"):
        (tmp_path / "words" / file).rename(tmp_path / "clip" / file)
    vectors = told("as red as it", folder=tmp_path / "clip")
    marked = words(["as red as it"], padding="max_length", return_tensors="pt").input_ids
    with torch.no_grad():
        torch.testing.assert_close(vectors.pooled, encoder(marked).text_embeds, **CLOSE)
    assert vectors.pooled.shape == (1, 12)


def test_texts_are_filled_up_as_the_pipeline_does(tmp_path: Path) -> None:
    folder = copied(pipeline(), tmp_path)
    altered(folder / "tokenizer" / "tokenizer_config.json", pad_token="!")
    encoder = built(PretrainedTextEncoder, folder)
    exclamation = published().tokenizer.get_vocab()["!"]
    read, _ = encoder.marked(torch.tensor([[5, 6]]))
    assert read[0, 4:].tolist() == [exclamation] * 12


def test_the_vocabulary_of_clip_begins_with_an_empty_piece() -> None:
    vocabulary = PretrainedVocabulary(folder=str(pipeline()))()
    assert vocabulary.pieces[0] == b"" and len(vocabulary.pieces) == len(published().tokenizer) + 1
    assert vocabulary.decode(vocabulary.encode("As  red")) == "as red "


@pytest.mark.parametrize(
    ("prediction", "predicts"), [("epsilon", "noise"), ("v_prediction", "v"), ("sample", "data")]
)
def test_the_network_says_what_the_library_says(
    prediction: str, predicts: str, tmp_path: Path
) -> None:
    folder = copied(pipeline(), tmp_path)
    altered(folder / "scheduler" / "scheduler_config.json", prediction_type=prediction)
    node, texts = built(PretrainedUNet, folder), told(*TEXTS[:2])
    assert node.predicts == predicts and node.built == {"x": (4, 8, 8)}
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([1.0, 0.25])
    with torch.no_grad():
        expected = published().unet(x, torch.tensor([999, 249]), texts.tokens).sample
    torch.testing.assert_close(node(x, t, texts), expected, **CLOSE)


def test_pictures_become_latents_and_come_back_as_in_the_library() -> None:
    vae = published().vae
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    latents = built(PretrainedImageEncoder)(images)
    with torch.no_grad():
        mean = vae.encode(2 * images - 1).latent_dist.mean
        pictures = vae.decode(mean).sample / 2 + 0.5
    torch.testing.assert_close(latents, vae.config.scaling_factor * mean, **CLOSE)
    decoded = built(PretrainedImageDecoder)(latents)
    torch.testing.assert_close(decoded, pictures.clamp(0, 1), **CLOSE)


def test_each_half_of_the_autoencoder_holds_its_own_weights() -> None:
    halves = [
        built(kind).weight_count() for kind in (PretrainedImageEncoder, PretrainedImageDecoder)
    ]
    assert sum(halves) == sum(p.numel() for p in published().vae.parameters())
    assert min(halves) > 0


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("kind", ["linear", "scaled_linear", "squaredcos_cap_v2"])
def test_the_schedule_is_that_of_the_scheduler(kind: str, zero: bool, tmp_path: Path) -> None:
    scheduler = diffusers().DDIMScheduler(beta_schedule=kind, rescale_betas_zero_snr=zero)
    scheduler.save_pretrained(tmp_path)
    schedule = PretrainedSchedule(folder=str(tmp_path))()
    found = schedule.alpha_bar(torch.arange(1, 1001, dtype=torch.float64) / 1000).float()
    torch.testing.assert_close(found[:-1], scheduler.alphas_cumprod[:-1], rtol=5e-5, atol=2e-5)
    assert float(found[-1]) < 1e-3 or not zero


def sampled(**given: object) -> Tensor:
    sampler = DiffusionSampler(method="DDIM", steps=5, count=2, scale=4.0, **given)
    positive, negative = told("a red hat", "as it was"), told("-")
    schedule = PretrainedSchedule(folder=str(pipeline()))()
    made = last_of(
        sampler(built(PretrainedUNet), schedule, context=positive, negative=negative)
    ).samples
    images: Tensor = built(PretrainedImageDecoder)(made)
    return images


def test_from_text_to_picture_as_the_library_goes() -> None:
    """The same noise, prompts, guidance and steps give the same pictures."""
    stream = torch.Generator().manual_seed(7)
    noise = torch.randn(2, 4, 8, 8, generator=stream)
    made = published()(
        ["a red hat", "as it was"],
        negative_prompt=["", ""],
        num_inference_steps=5,
        guidance_scale=5.0,
        latents=noise,
        height=16,
        width=16,
        output_type="pt",
    ).images
    torch.testing.assert_close(sampled(seed=7), made, rtol=0, atol=1e-4)


# in a graph

NODES: dict[str, tuple[str, dict[str, object]]] = {
    "vocabulary": ("PretrainedVocabulary", {}),
    "prompt": ("Prompts", {"text": "a red hat"}),
    "avoid": ("Prompts", {"text": "-"}),
    "encoder": ("PretrainedTextEncoder", {}),
    "unet": ("PretrainedUNet", {}),
    "schedule": ("PretrainedSchedule", {}),
    "sampler": ("DiffusionSampler", {"steps": 2, "count": 2, "scale": 4.0}),
    "decoder": ("PretrainedImageDecoder", {}),
    "pictures": ("ImageGrid", {}),
}
WIRES = """
vocabulary.vocabulary prompt.vocabulary, vocabulary.vocabulary avoid.vocabulary,
prompt.tokens encoder.tokens, avoid.tokens again.tokens, encoder.vectors sampler.context,
again.vectors sampler.negative, unet.model sampler.model, schedule.schedule sampler.schedule,
sampler.samples decoder.latents, decoder.images pictures.images
"""


def graph(folder: Path | None) -> Graph:
    nodes = {name: Place(kind=kind, params={**given}) for name, (kind, given) in NODES.items()}
    for place in nodes.values():
        if place.kind.startswith("Pretrained") and folder is not None:
            place.params["folder"] = str(folder)
    nodes["again"] = Place(kind="PretrainedTextEncoder", twin="encoder")
    ends = [[*a.split("."), *b.split(".")] for a, b in map(str.split, WIRES.split(","))]
    return Graph(nodes=nodes, wires=[Wire(*end) for end in ends])


def test_the_workflow_runs_as_a_graph() -> None:
    session, listener = Session(), Listener()
    checked = session.update(graph(pipeline()))
    assert checked.problems == []
    shapes = {(w.node, w.port): w.shape for w in checked.wires}
    assert shapes["sampler", "samples"].endswith("4 8 8")
    assert shapes["decoder", "images"].endswith("3 16 16")
    assert run(session, listener, view_share=0.0) == "done"
    assert not listener.faults
    assert listener.figures["pictures"][-1].figure.arrays["images"].shape == [2, 3, 16, 16]


def test_without_a_folder_each_part_asks_for_one() -> None:
    problems = Session().update(graph(None)).problems
    assert {str(p.sentence) for p in problems} == {"No folder of a model is chosen."}
    assert {p.node for p in problems} == {"vocabulary", "unet", "schedule"}, "others wait for them"


def test_one_answer_chooses_the_folder_for_all_parts() -> None:
    session, asking = Session(), graph(None)
    problem = session.update(asking).problems[0]
    (asked,) = problem.fixes
    parts = {n for n, (kind, _) in NODES.items() if kind.startswith("Pretrained")}
    assert asked.ask == "folder" and {path[1] for path, _ in asked.puts} == parts
    asking.nodes["unet"].params["folder"] = str(pipeline())
    taken, asked = session.update(asking).problems[0].fixes
    assert not taken.ask and asked.ask == "folder"
    for path, value in taken.puts:
        asking.nodes[path[1]].params[path[3]] = value
    assert session.update(asking).problems == []


def test_texts_of_another_width_are_refused(tmp_path: Path) -> None:
    folder = copied(pipeline(), tmp_path)
    words = published().tokenizer
    encoder = clip(len(words)).config
    encoder.hidden_size = 24
    type(clip(len(words)))(encoder).save_pretrained(folder / "text_encoder")
    (problem,) = Session().update(graph(folder)).problems
    assert problem.node == "sampler" and "must have 16 numbers a token" in str(problem.sentence)


def test_a_sampler_that_tells_no_text_is_refused() -> None:
    untold = graph(pipeline())
    told = {("sampler", "context"), ("sampler", "negative")}
    untold.wires = [w for w in untold.wires if (w.target, w.input) not in told]
    (problem,) = Session().update(untold).problems
    assert problem.node == "sampler"
    assert str(problem.sentence) == "Pretrained U net must be told context."


# what is wrong with a folder


def without(part: str) -> Callable[[Path], object]:
    return lambda folder: (folder / part / "config.json").unlink()


def larger(folder: Path) -> None:
    altered(folder / "unet" / "config.json", addition_embed_type="text_time")


def flowing(folder: Path) -> None:
    (folder / "scheduler" / "scheduler_config.json").write_text(
        json.dumps({"_class_name": "FlowMatchEulerDiscreteScheduler"})
    )


def no_schedule(folder: Path) -> None:
    (folder / "scheduler" / "scheduler_config.json").unlink()


def other_vae(folder: Path) -> None:
    altered(folder / "vae" / "config.json", _class_name="VQModel")


def deeper(folder: Path) -> None:
    altered(folder / "vae" / "config.json", layers_per_block=2)


FAULTS: dict[str, tuple[type[Node], Callable[[Path], object], str]] = {
    "a part lacks": (PretrainedUNet, without("unet"), "is a pipeline without the part unet"),
    "another U-Net": (PretrainedUNet, larger, "must be told more than a text and a time"),
    "another scheduler": (PretrainedSchedule, flowing, "FlowMatchEulerDiscreteScheduler, has no"),
    "no scheduler": (PretrainedSchedule, no_schedule, "is a pipeline without the part scheduler"),
    "another VAE": (
        PretrainedImageDecoder,
        other_vae,
        "holds VQModel; needed here is AutoencoderKL",
    ),
    "too few weights": (PretrainedImageDecoder, deeper, "of the weights of AutoencoderKL"),
}


@pytest.mark.parametrize(("kind", "spoil", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_part_is_told_in_a_sentence(
    kind: type[Node], spoil: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    folder = copied(pipeline(), tmp_path)
    spoil(folder)
    with pytest.raises(DataMissing) as error:
        node = kind(folder=str(folder))
        node.build_for({}) if kind.has_weights() else node()
    assert words in str(error.value) and error.value.place == "folder" and error.value.fix
