"""Write run folders: history and checkpoints."""
