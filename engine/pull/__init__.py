"""Compile a graph to calls in topological order, and pull the value of a node."""
