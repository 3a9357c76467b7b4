"""Find nodes, examples and actions by what a person types."""
