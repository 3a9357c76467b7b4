"""The session of one document: its edits, its engine process and the engine's answers."""
