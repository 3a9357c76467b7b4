"""The session of a document and its runs: training, views, devices."""
