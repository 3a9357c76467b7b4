"""What is known of a graph before it runs: shapes, gradients, faults."""
