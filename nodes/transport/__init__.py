"""Optimal transport: plans between two laws, losses from them, and displacement along them."""
