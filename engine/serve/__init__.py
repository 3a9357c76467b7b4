"""The engine of a window: one process that answers its requests."""
