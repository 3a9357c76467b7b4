"""Call a model that comes as a wire."""

from __future__ import annotations

from torch import Tensor, nn

from nodes.base import Node
from nodes.training.derived import must_have_weights
from nodes.types import Batch, Labels, Model, Values


class CallModel(Node):
    """Give the output of a model for `x`, and for `t` and `labels` where they are wired.

    Deep Learning, section 6 (Goodfellow, Bengio & Courville, 2016),
    https://www.deeplearningbook.org.

    For models that are made from others, as by LoRA or a model average. Gradients go to the model
    and to `x`.
    """

    synonyms = "apply, forward, answer, use a model, inference, appliquer, réponse, inférence"
    title = "Call a model"
    formula = r"y = f_\theta(x)"
    icon = "function-square"
    returns = "y"

    def forward(
        self, model: Model, x: Batch, t: Values | None = None, labels: Labels | None = None
    ) -> Batch:
        """Return the model's answer y (b, ...) to x (b, ...) at times t (b,) with labels (b,).

        Raise `InputRefused` where the model has no weights, `Unbuilt` where it has none yet.
        """
        must_have_weights(model)
        return answer(model, x, t, labels)


def answer(model: nn.Module, x: Tensor, t: Tensor | None, labels: Tensor | None) -> Tensor:
    """Return the model's answer (b, ...) to x (b, ...), with t (b,) and labels (b,) if given."""
    given = {} if labels is None else {"labels": labels}
    y: Tensor = model(x, **given) if t is None else model(x, t, **given)
    return y
