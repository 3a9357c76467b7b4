"""The panels around the canvas: each shows one thing of the open bench and asks for changes."""
