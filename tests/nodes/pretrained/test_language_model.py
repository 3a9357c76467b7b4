"""A language model of the user gives the numbers of the library that it comes from."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.document.graph import Graph, Place, Wire
from engine.run.fingerprint import data_hashes, file_marks
from engine.run.session import Session
from nodes.errors import DataMissing, InputRefused
from nodes.language.next_token_loss import token_nll
from nodes.language.text_sampler import TextSampler
from nodes.language.writing import generate, token_sampler
from nodes.pretrained.language_model import PretrainedLanguageModel
from nodes.pretrained.vocabulary import PretrainedVocabulary
from tests.nodes.test_laws import last_of
from tests.running import returned, run
from tests.test_examples import Listener
from tests.tiny_models import TEXT, altered, copied, gpt2, llama, transformers

FOLDERS = {"gpt2": gpt2, "llama": llama}
each = pytest.mark.parametrize("make", FOLDERS.values(), ids=FOLDERS)


def built(folder: Path, **given: object) -> PretrainedLanguageModel:
    node = PretrainedLanguageModel(folder=str(folder), **given)
    node.build_for({})
    return node


def tokens() -> Tensor:
    return torch.randint(1, 270, (3, 12), generator=torch.Generator().manual_seed(0))


@each
def test_its_numbers_are_those_of_the_library(make: Callable[[], Path]) -> None:
    folder = make()
    library = transformers().AutoModelForCausalLM.from_pretrained(folder).eval()
    with torch.no_grad():
        told = library(tokens(), labels=tokens())
    node = built(folder)
    torch.testing.assert_close(node(tokens()), told.logits, rtol=0, atol=1e-5)
    loss = token_nll(node(tokens()), tokens()).mean()
    torch.testing.assert_close(loss, told.loss, rtol=0, atol=1e-5)


@each
def test_what_it_keeps_of_the_past_changes_no_token(make: Callable[[], Path]) -> None:
    node, choose = built(make()), token_sampler(0.0, 0, 1.0, None)
    texts = [
        [*generate(node, tokens()[:, :3], 80, choose, cached=kept)][-1] for kept in (True, False)
    ]
    assert texts[0].shape == (3, 83), "longer than it looks back"
    assert torch.equal(*texts)


@each
def test_attention_looks_back_alone_and_sums_to_one(make: Callable[[], Path]) -> None:
    maps = built(make()).attention(tokens()[:1])
    assert maps.shape == (2, 1, 2, 12, 12)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 1, 2, 12))
    assert not maps.triu(1).any()


def test_frozen_weights_are_neither_trained_nor_saved() -> None:
    frozen, free = built(gpt2()), built(gpt2(), frozen=False)
    assert not list(frozen.parameters()) and not frozen.state_dict()
    assert frozen.weight_count() == free.weight_count() == sum(p.numel() for p in free.parameters())
    assert free.state_dict()
    frozen.train()
    torch.testing.assert_close(frozen(tokens()), free.eval()(tokens()))


def test_half_the_bytes_give_nearly_the_same() -> None:
    short = built(gpt2(), precision="bfloat16")
    assert {b.dtype for b in short.buffers() if b.is_floating_point()} == {torch.bfloat16}
    said = short(tokens())
    assert said.dtype == torch.float32
    torch.testing.assert_close(said, built(gpt2())(tokens()), rtol=0, atol=0.05)


def test_its_vocabulary_spells_every_text() -> None:
    vocabulary = PretrainedVocabulary(folder=str(gpt2()))()
    text = "was it, as it is? été ☃\n"
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert vocabulary.pieces[0] == b"<|endoftext|>"
    again = PretrainedVocabulary(folder=str(gpt2()))()
    assert again == vocabulary and int(vocabulary.lengths[vocabulary.encode(text)].sum()) == 24


def test_byte_pairs_in_two_files_are_a_vocabulary_too(tmp_path: Path) -> None:
    from tests.tiny_models import tokenizer

    transformers()
    tokenizer().model.save(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    vocabulary = PretrainedVocabulary(folder=str(tmp_path))()
    assert vocabulary.decode(vocabulary.encode(TEXT)) == TEXT
    assert len(vocabulary.encode(TEXT)) < len(TEXT) / 2


def test_the_sampler_writes_with_it() -> None:
    vocabulary = PretrainedVocabulary(folder=str(gpt2()))()
    sampler = TextSampler(prompt="it is", length=9, count=2, top_k=5, seed=1)
    texts = last_of(sampler(built(gpt2()), vocabulary))
    assert texts.shape == (2, len(vocabulary.encode("it is")) + 9)
    assert int(texts.max()) < len(vocabulary.pieces), "the network has room for more"


# a graph

NODES: dict[str, tuple[str, dict[str, object]]] = {
    "text": ("Sums", {"lines": 30, "tests": 9}),
    "vocabulary": ("PretrainedVocabulary", {}),
    "model": ("PretrainedLanguageModel", {}),
    "cut": ("Tokenizer", {"window": 12, "batch": 4}),
    "loss": ("NextTokenLoss", {}),
    "score": ("TextLoss", {}),
    "writer": ("TextSampler", {"prompt": "1+", "length": 6}),
    "read": ("TextView", {}),
    "maps": ("AttentionMaps", {}),
    "odds": ("TokenProbabilities", {}),
    "vectors": ("EmbeddingMap", {}),
}
WIRES = """
text.text cut.text, vocabulary.vocabulary cut.given, cut.tokens model.tokens,
model.logits loss.logits, cut.tokens loss.tokens, vocabulary.vocabulary loss.vocabulary,
loss.surprise score.surprise, cut.tokens score.tokens, vocabulary.vocabulary score.vocabulary,
model.model writer.model, vocabulary.vocabulary writer.vocabulary, writer.tokens read.tokens,
vocabulary.vocabulary read.vocabulary, model.model maps.model, cut.tokens maps.tokens,
vocabulary.vocabulary maps.vocabulary, model.logits odds.logits, cut.tokens odds.tokens,
vocabulary.vocabulary odds.vocabulary, model.model vectors.model,
vocabulary.vocabulary vectors.vocabulary
"""
ALONE = ("vocabulary", "model", "writer", "read")


def graph(folder: Path | None, *names: str) -> Graph:
    """Return the graph, or the part of it that these nodes are."""
    nodes = {n: Place(kind=NODES[n][0], params={**NODES[n][1]}) for n in names or NODES}
    for place in nodes.values():
        if place.kind.startswith("Pretrained") and folder is not None:
            place.params["folder"] = str(folder)
    ends = [[*a.split("."), *b.split(".")] for a, b in map(str.split, WIRES.split(","))]
    return Graph(nodes=nodes, wires=[Wire(*e) for e in ends if {e[0], e[2]} <= {*nodes}])


def test_every_view_of_language_shows_it() -> None:
    session, listener = Session(), Listener()
    checked = session.update(graph(gpt2()))
    assert checked.problems == []
    assert "pieces" in str({i.node: i.sign for i in checked.nodes}["cut"])
    assert run(session, listener, view_share=0.0) == "done"
    assert not listener.faults
    assert set(listener.figures) == {"read", "maps", "odds", "vectors"}
    assert 0 < listener.metrics["score"].values["per token"] < 7


def test_a_writer_alone_needs_nothing_but_the_folder() -> None:
    session, listener = Session(), Listener()
    checked = session.update(graph(gpt2(), *ALONE))
    assert checked.problems == []
    assert {i.node: i.weights for i in checked.nodes}["model"] == built(gpt2()).weight_count()
    assert session.shown.can_be("read"), "its weights need no training"
    assert run(session, listener, view_share=0.0) == "done"
    assert len(listener.figures["read"]) > 0


def test_without_a_folder_each_node_says_so_once() -> None:
    problems = Session().update(graph(None, *ALONE)).problems
    assert sorted((p.node, p.param) for p in problems) == [
        ("model", "folder"),
        ("vocabulary", "folder"),
    ]
    assert all("No folder" in str(p.sentence) for p in problems)


def test_a_run_knows_the_weights_that_it_read(tmp_path: Path) -> None:
    folder = copied(gpt2(), tmp_path)
    session = Session()
    session.update(graph(folder, *ALONE))
    marks = returned(file_marks(session))
    assert {Path(m.path).name for m in marks["model"]} == {"config.json", "model.safetensors"}
    before = data_hashes(session)["model"]
    other = Session()
    transformers().AutoModelForCausalLM.from_config(
        transformers().AutoConfig.from_pretrained(folder)
    ).save_pretrained(folder)
    other.update(graph(folder, *ALONE))
    assert data_hashes(other)["model"] != before


def training(*, frozen: bool) -> Graph:
    found = graph(gpt2(), "text", "vocabulary", "model", "cut", "loss")
    found.nodes["model"].params["frozen"] = frozen
    found.nodes["adam"] = Place(kind="Optimizer")
    found.nodes["trainer"] = Place(kind="Trainer", params={"steps": 2})
    ends = "loss loss adam loss, model model adam models, adam optimizer trainer optimizers"
    found.wires += [Wire(*end.split()) for end in ends.split(",")]
    return found


def test_it_is_trained_further_where_it_is_free() -> None:
    session = Session()
    assert session.update(training(frozen=False)).problems == []
    before = built(gpt2()).net.lm_head.weight
    assert run(session, Listener(), view_share=0.0) == "done"
    after = session.lives["model"].node.net.lm_head.weight
    assert (after != before).any()
    other = Session()
    other.update(training(frozen=False))
    other.load_state(session.state())
    assert torch.equal(other.lives["model"].node.net.lm_head.weight, after)
    session.begin(fresh=True)
    assert torch.equal(session.lives["model"].node.net.lm_head.weight, before)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_few_new_weights_learn_beside_frozen_ones(precision: str) -> None:
    found = training(frozen=True)
    found.nodes["model"].params["precision"] = precision
    found.nodes["lora"] = Place(kind="LoRA", params={"rank": 2})
    found.nodes["call"] = Place(kind="CallModel")
    found.wires = [w for w in found.wires if w.source != "model"]
    ends = (
        "model model lora model, lora model call model, cut tokens call x, call y loss logits, "
        "lora model adam models"
    )
    found.wires += [Wire(*end.split()) for end in ends.split(",")]
    session = Session()
    assert session.update(found).problems == []
    before = session.lives["model"].node(tokens())
    assert run(session, Listener(), view_share=0.0) == "done"
    saved = {key.split("/")[0] for key in session.state()}
    assert "lora" in saved and "model" not in saved
    torch.testing.assert_close(session.lives["model"].node(tokens()), before)


def test_what_is_frozen_is_not_trained_and_says_so() -> None:
    problems = Session().update(training(frozen=True)).problems
    assert [(p.node, p.level) for p in problems] == [("adam", "error")]
    assert "no weights to train" in str(problems[0].sentence)


# what is wrong with a folder


def refused(folder: Path | None) -> str:
    with pytest.raises(DataMissing) as error:
        built(folder) if folder else PretrainedLanguageModel().build_for({})
    assert error.value.place == "folder" and error.value.fix
    return str(error.value)


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def as_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid")


def scrambled(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"PK\x03\x04" * 100)


def too_long(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def other(folder: Path) -> None:
    altered(folder / "config.json", architectures=["BertForMaskedLM"], model_type="bert")


def deeper(folder: Path) -> None:
    altered(folder / "config.json", n_layer=3)


def wider(folder: Path) -> None:
    altered(folder / "config.json", n_embd=32)


def with_code(folder: Path) -> None:
    (folder / "mine.py").write_text("raise SystemExit('the folder ran')")
    auto = {"AutoConfig": "mine.C", "AutoModelForCausalLM": "mine.M"}
    altered(folder / "config.json", model_type="mine", auto_map=auto)


def no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no description": (without("config.json"), "gpt2 is no folder of a model: it has no config"),
    "no JSON": (no_json, "config.json in gpt2 cannot be read"),
    "no weights": (without("model.safetensors"), "model.safetensors is not there"),
    "pickled": (as_pickle, "pytorch_model.bin, which may hide a program and is not read"),
    "cut short": (cut, "model.safetensors ends too early"),
    "a pointer": (pointer, "only a pointer of Git LFS"),
    "another file": (scrambled, "model.safetensors is damaged"),
    "a header without end": (too_long, "model.safetensors is damaged"),
    "another network": (
        other,
        "gpt2 holds BertForMaskedLM; needed here is",
    ),
    "too few weights": (deeper, "gpt2 lacks 12 of the weights of GPT2LMHeadModel"),
    "other shapes": (wider, "gpt2 cannot be read as GPT2LMHeadModel"),
    "its own code": (with_code, "gpt2 cannot be read as GPT2LMHeadModel"),
}


@pytest.mark.parametrize(("spoil", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_folder_is_told_in_a_sentence(
    spoil: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    folder = copied(gpt2(), tmp_path)
    spoil(folder)
    assert words in refused(folder)


def test_half_a_folder_names_what_is_not_there(tmp_path: Path) -> None:
    folder = copied(llama(), tmp_path)
    parts = sorted(folder.glob("model-*.safetensors"))
    assert len(parts) > 1
    parts[-1].unlink()
    assert parts[-1].name in refused(folder)


def test_no_folder_or_an_absent_one(tmp_path: Path) -> None:
    assert "No folder of a model is chosen" in refused(None)
    assert "There is no folder" in refused(tmp_path / "gone")


def test_what_cannot_fit_is_said_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.data.memory.whole", lambda: 1000)
    problems = Session().update(graph(gpt2(), *ALONE)).problems
    assert [p.node for p in problems] == ["model"]
    assert "of memory; this computer has" in str(problems[0].sentence)


def test_the_cache_of_the_hub_is_a_folder_too(tmp_path: Path) -> None:
    root = tmp_path / "models--org--gpt2"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("abc")
    copied(gpt2(), root / "snapshots").rename(root / "snapshots" / "abc")
    node = built(root)
    assert node.sign() == "org/gpt2"
    torch.testing.assert_close(node(tokens()), built(gpt2())(tokens()))


def test_tokens_that_it_does_not_know_are_refused() -> None:
    with pytest.raises(InputRefused, match="go to 400"):
        built(gpt2())(torch.tensor([[1, 400]]))
    with pytest.raises(InputRefused, match="may be 72 long"):
        built(gpt2())(torch.ones(1, 73, dtype=torch.int64))


def test_the_kinds_are_known_without_the_libraries() -> None:
    """The engine starts without them: they take seconds to import."""
    code = (
        "import sys; from nodes.library import find; find(); "
        "print({'transformers', 'diffusers', 'tokenizers'} & {*sys.modules})"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
