"""The window: a client of the engine. Nothing here reaches torch."""
