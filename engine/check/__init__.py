"""Check a graph before it runs: shapes, gradients, problems."""
