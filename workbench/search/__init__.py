"""Search for nodes, examples and actions."""
