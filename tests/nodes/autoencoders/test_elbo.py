"""The bound: below the exact log-likelihood, tight at the true posterior, and what it refuses."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from nodes.autoencoders.elbo import ELBO
from nodes.autoencoders.likelihoods import probabilities
from nodes.autoencoders.reparameterize import Reparameterize
from nodes.errors import InputRefused
from nodes.types import SIGNED, UNIT, Gaussian, Range

SIGMA = 0.5
W = torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])  # orthogonal columns: a diagonal posterior
DRAWS = 20_000


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def posterior(x: Tensor) -> Gaussian:
    """Return the exact p(z|x) of z ~ N(0, I), x|z ~ N(W z, sigma^2 I)."""
    precision = 1 + W.square().sum(0) / SIGMA**2  # (d,)
    mean = x @ W / SIGMA**2 / precision
    return Gaussian(mean, -precision.log().expand_as(mean))


def exact_log_p(x: Tensor) -> Tensor:
    covariance = W @ W.T + SIGMA**2 * torch.eye(3)
    return MultivariateNormal(torch.zeros(3), covariance).log_prob(x)


def bound(x: Tensor, q: Gaussian) -> Tensor:
    """Return one draw of the bound for each of many copies of `x`, (DRAWS,)."""
    many = Gaussian(q.mean.expand(DRAWS, -1), q.log_var.expand(DRAWS, -1))
    z = Reparameterize()(many)
    elbo = ELBO(likelihood="Gaussian", sigma=SIGMA)
    return -elbo(x.expand(DRAWS, -1), many, z @ W.T).bound


X = torch.tensor([[0.7, -1.2, 0.4]])


def test_the_bound_is_tight_at_the_true_posterior() -> None:
    draws = bound(X, posterior(X))
    error = draws.std().item() / math.sqrt(DRAWS)
    assert draws.mean().item() == pytest.approx(exact_log_p(X).item(), abs=5 * error)


def test_the_bound_falls_below_the_likelihood_by_the_divergence_of_q() -> None:
    true, shifted = posterior(X), posterior(X)._replace(mean=posterior(X).mean + 0.3)
    gap = (0.3**2 / true.std.square() / 2).sum().item()  # KL(q || p(z|x)), equal variances
    draws = bound(X, shifted)
    error = draws.std().item() / math.sqrt(DRAWS)
    assert draws.mean().item() == pytest.approx(exact_log_p(X).item() - gap, abs=5 * error)


def test_more_importance_samples_tighten_the_bound() -> None:
    wrong = Gaussian(torch.zeros(1, 2), torch.zeros(1, 2))
    log_w = importance_weights(wrong)  # (DRAWS,)
    bounds = [tightened(log_w, k) for k in (1, 10, 100)]
    assert bounds[0] < bounds[1] < bounds[2] < exact_log_p(X).item() + 0.05


def importance_weights(q: Gaussian) -> Tensor:
    many = Gaussian(q.mean.expand(DRAWS, -1), q.log_var.expand(DRAWS, -1))
    z = Reparameterize()(many)
    log_p_xz = torch.distributions.Normal(z @ W.T, SIGMA).log_prob(X).sum(1)
    log_p_z = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
    log_q = torch.distributions.Normal(many.mean, many.std).log_prob(z).sum(1)
    return log_p_xz + log_p_z - log_q


def tightened(log_w: Tensor, k: int) -> float:
    """Return the importance-weighted bound of k samples (Burda et al., 2016)."""
    return (torch.logsumexp(log_w.view(-1, k), 1) - math.log(k)).mean().item()


def batch(items: int = 4) -> tuple[Tensor, Gaussian, Tensor]:
    q = Gaussian(torch.randn(items, 2), torch.randn(items, 2))
    return torch.rand(items, 1, 3, 3), q, probabilities(torch.randn(items, 1, 3, 3))


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_loss_is_its_two_terms(beta: float) -> None:
    made = ELBO(beta=beta)(*batch())
    torch.testing.assert_close(made.loss, made.reconstruction + beta * made.kl)
    torch.testing.assert_close(made.bound.mean(), made.reconstruction + made.kl)
    assert made.bound.shape == (4,)


def test_beta_may_change_while_it_runs() -> None:
    elbo, arguments = ELBO(), batch()
    first = elbo(*arguments)
    elbo.set("beta", 3.0)
    torch.testing.assert_close(elbo(*arguments).loss, first.loss + 2 * first.kl)


def test_flat_and_shaped_data_give_the_same() -> None:
    x, q, x_hat = batch()
    torch.testing.assert_close(ELBO()(x.flatten(1), q, x_hat).loss, ELBO()(x, q, x_hat).loss)


def test_shapes_that_differ_are_refused_with_the_fix() -> None:
    x, q, _ = batch()
    with pytest.raises(InputRefused) as refused:
        ELBO()(x, q, torch.rand(4, 1, 5, 5))
    assert refused.value.sentence == "x_hat must have the shape of x, 1 3 3; it has 1 5 5."
    assert refused.value.fix == "Set the shape of the decoder to 1 3 3."


def test_points_ask_for_a_decoder_of_points() -> None:
    _, q, x_hat = batch()
    with pytest.raises(InputRefused) as refused:
        ELBO()(torch.rand(4, 2), q, x_hat)
    assert refused.value.fix == "Take a point decoder of size 2 in place of the decoder."


def test_what_is_no_probability_is_refused_before_the_run() -> None:
    elbo, real = ELBO(), Range(-math.inf, math.inf)
    with pytest.raises(InputRefused, match="x must lie in") as refused:
        elbo.ranges(x=SIGNED, x_hat=UNIT)
    assert "Gaussian" in refused.value.fix
    with pytest.raises(InputRefused, match=r"it lies in \(−∞, ∞\)") as refused:
        elbo.ranges(x=UNIT, x_hat=real)
    assert "probabilities" in refused.value.fix
    assert ELBO(likelihood="Gaussian").ranges(x=SIGNED, x_hat=real) == {}
    assert elbo.ranges(x=None, x_hat=None) == {}


def test_data_of_no_declared_range_is_looked_at_once() -> None:
    x, q, x_hat = batch()
    with pytest.raises(InputRefused, match="x must lie in"):
        ELBO()(2 * x - 1, q, x_hat)
    with pytest.raises(InputRefused, match="x_hat must be a probability"):
        ELBO()(x, q, 3 * x_hat)
    ELBO(likelihood="Gaussian")(2 * x - 1, q, 3 * x_hat)


# --- texts ----------------------------------------------------------------------------------------


def tokens() -> tuple[Tensor, Gaussian, Tensor]:
    q = Gaussian(torch.randn(4, 2, requires_grad=True), torch.zeros(4, 2))
    return (
        torch.tensor([[1, 2, 0, 0], [2, 1, 2, 1], [1, 0, 0, 0], [0, 2, 2, 2]]),
        q,
        torch.randn(4, 4, 3),
    )


def test_tokens_count_up_to_the_first_that_ends_the_text() -> None:
    x, q, x_hat = tokens()
    log_p = x_hat.log_softmax(2).gather(2, x[..., None])[..., 0]
    expected = [-log_p[row, :count].sum() for row, count in enumerate((3, 4, 2, 1))]
    made = ELBO(likelihood="Categorical")(x, q, x_hat)
    torch.testing.assert_close(made.reconstruction, torch.stack(expected).mean())


def test_free_nats_cost_nothing_while_more_cost_what_they_are() -> None:
    x, q, x_hat = tokens()
    plain = ELBO(likelihood="Categorical")(x, q, x_hat)
    kl = plain.kl.item()
    under = ELBO(likelihood="Categorical", free=kl + 1)(x, q, x_hat)
    torch.testing.assert_close(under.loss, under.reconstruction + kl + 1)
    under.loss.backward()
    assert not q.mean.grad.any()  # type: ignore[union-attr]
    over = ELBO(likelihood="Categorical", free=kl / 2, beta=2.0)(x, q, x_hat)
    torch.testing.assert_close(over.loss, over.reconstruction + 2 * over.kl)
    torch.testing.assert_close(over.bound, plain.bound)


def test_logits_must_be_of_the_tokens() -> None:
    x, q, x_hat = tokens()
    with pytest.raises(InputRefused, match="logits for each of the tokens"):
        ELBO(likelihood="Categorical")(x, q, x_hat[:, 1:])
