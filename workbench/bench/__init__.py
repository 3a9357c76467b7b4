"""One document with its engine: what the user does and what the engine says."""
