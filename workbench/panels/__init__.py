"""The panels around the canvas: each shows one aspect of the open document."""
