"""numpy.linalg for nodes."""
