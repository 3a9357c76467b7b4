"""The workspace in which one watches a model learn: the graph in small, pictures, curves."""
