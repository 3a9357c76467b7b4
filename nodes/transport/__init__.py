"""Optimal transport: plans between two laws, losses from them, and what moves along them."""
