"""Run folders as they are written: history and checkpoints."""
