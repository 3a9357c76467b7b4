"""Pulls: a graph compiled to what runs, in which order, for which sink."""
