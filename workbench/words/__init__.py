"""The window's language: sentences, names, numbers."""
