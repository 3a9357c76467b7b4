"""The score of a model, for losses and samplers."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.diffusion.base import predicted
from nodes.diffusion.schedules import Schedule
from nodes.errors import InputRefused
from nodes.sentences import Word


def score_of(
    model: Any, schedule: Schedule | None, x: Tensor, t: Tensor, **given: Tensor
) -> Tensor:
    """Return the model's score of x (b, ...) at times t, (b,) or ().

    With a schedule it is the score of p_t, whatever the model predicts; without one the model must
    predict a score, and is shown x as it is.
    """
    if schedule is not None:
        return predicted(model, schedule, x, t, **given).score
    must_be_a_score(model)
    score: Tensor = model(x, t.expand(len(x)), **given)
    return score


def must_be_a_score(model: Any) -> None:
    """Raise `InputRefused` where a model's prediction is no score without a schedule."""
    predicts = getattr(model, "predicts", "something else")
    if predicts != "score":
        raise InputRefused(
            "Without a schedule the model must predict the {must}; it predicts {found}.",
            "Set what the network predicts to score, or wire the schedule it is trained with.",
            must=Word("score"),
            found=Word(predicts),
        )


def per_item(values: Tensor) -> Tensor:
    """Return the sum over the numbers of each item, (b,)."""
    return values.flatten(1).sum(1)
