"""Names of ports and parameters in the letters of papers: `x_hat` as x̂, `mu` as μ."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eps": "ε",
    "epsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lam": "λ",
    "lambda_": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "psi": "ψ",
    "omega": "ω",
}
MARKS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def letters(name: str) -> str:
    """Return a port's name in the user's language, with spaces for underscores."""
    return QCoreApplication.translate("ports", split_name(name))


@lru_cache(maxsize=4096)
def split_name(name: str) -> str:
    """Return a port's name in letters. Words are unchanged."""
    parts = name.split("_")
    first = GREEK.get(parts[0], parts[0])
    if len(first) > 1 or len(parts) > 2:
        return " ".join(GREEK.get(part, part) for part in parts).strip()
    return first + "".join(_mark(part) for part in parts[1:])


def _mark(part: str) -> str:
    if part in MARKS:
        return MARKS[part]
    return part.translate(LOW) if part.isdigit() else f" {GREEK.get(part, part)}"
