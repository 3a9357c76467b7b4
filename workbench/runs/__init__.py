"""The page of runs: what was run, what changed in each, and their curves over each other."""
