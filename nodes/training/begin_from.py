"""A network that starts from weights learned before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from nodes.base import param
from nodes.data.places import FileState, file_state
from nodes.sentences import Part, say
from nodes.training.derived import Derived, FromModel
from nodes.training.lora import owning_copy
from nodes.training.weights_file import found, read, weights_file
from nodes.types import Frame, Model, Shape


class BeginFrom(FromModel):
    """Make a second network like another, which begins with weights that were learned before.

    How transferable are features in deep neural networks? (Yosinski et al., 2014), arXiv:1411.1792.

    With a `file` they are those of a run that was kept, of one of its checkpoints, or of any
    safetensors file with the same names and shapes; nothing in it is run. Without one they are
    those of `model` as it is when training begins: until then the new network follows it, so that
    one stage trains the first network and the next one goes on with the second. Of a run whose
    trainer keeps an average, the weights are taken, not their average.
    """

    synonyms = (
        "fine-tuning, pretrained, load weights, checkpoint, transfer learning, safetensors, "
        "warm start, réglage fin, charger des poids, pré-entraîné, apprentissage par transfert"
    )
    title = "Begin from"
    formula = r"\theta'_0 = \theta"
    icon = "git-fork"
    unreached = frozenset({"model"})

    file: Path | None = param(
        default=None,
        help="A run's folder, a checkpoint or a safetensors file; none: the model that is wired.",
    )
    network: str = param(
        default="",
        help="Which node of a run, by its id, where several have weights that fit.",
    )

    def __init__(self, **given: object) -> None:
        self.begun = False
        self._look: tuple[Path, FileState] | None = None
        super().__init__(**given)

    def make(self, model: nn.Module) -> nn.Module:
        """Return a copy of the model that owns all its weights."""
        return owning_copy(model)

    def forward(self, model: Model) -> Derived:
        """Return the second network; before training it has the weights of the file, or of `model`.

        Raise `InputRefused` where the file's weights do not fit, `DataMissing` where it cannot be
        read, a refusal where `model` has no weights.
        """
        derived = super().forward(model)
        if not self._is_begun(derived):
            derived.load_state_dict(self._first(model, derived))
        return derived

    def sketch(self, model: nn.Module) -> nn.Module:
        self.build_for({})
        derived = super().forward(model)
        if self.file:
            found(weights_file(self.file, self.home), _shapes(derived), self.network)
        return derived

    def _is_begun(self, derived: nn.Module) -> bool:
        """Return whether it was trained: a gradient has reached it, here or in the resumed run."""
        self.begun = self.begun or any(p.grad is not None for p in derived.parameters())
        return self.begun

    def _first(self, model: nn.Module, derived: nn.Module) -> Mapping[str, Tensor]:
        """Return the weights that it begins with."""
        if not self.file:
            return owning_copy(model).state_dict()
        path = weights_file(self.file, self.home)
        if self._look is None or self._look != (path, file_state(path)):
            self._look = path, file_state(path)
            kept = read(found(path, _shapes(derived), self.network))
            self._kept = {**derived.state_dict(), **kept}
        return self._kept

    def fetch(self) -> Iterator[Frame[None]]:
        if self.file:
            weights_file(self.file, self.home)  # a file that is absent is told before the work
        return iter(())

    def files(self) -> list[Path]:
        return [self._look[0]] if self._look else []

    def sign(self) -> Part:
        return Path(self.file).name if self.file else say("the model wired")

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return whether the network was trained already, for the checkpoint."""
        begun = self._is_begun(self.derived) if self._of else self.begun
        return {"begun": torch.tensor(begun)}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self.begun = bool(state["begun"])


def _shapes(model: nn.Module) -> dict[str, Shape]:
    """Return the shapes of what a model is saved as, but for the state of nodes."""
    tensors = model.state_dict().items()
    return {name: Shape(t.shape) for name, t in tensors if isinstance(t, Tensor)}
