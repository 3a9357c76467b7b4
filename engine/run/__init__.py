"""Training runs: the session of a document, the training loop, views and devices."""
