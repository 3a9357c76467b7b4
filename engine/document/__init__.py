"""The document as data: graph files, catalogue, messages, run folders. Without torch."""
