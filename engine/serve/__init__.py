"""The engine process of a window: it answers requests and sends events."""
