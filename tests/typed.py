"""Losses as they are typed in the shell."""

from tinygrad_edu.shell.formula import recording


def record(text, values=None, wrt=None, shapes=None):
    """A typed loss as a node, and every name's node."""
    found = recording(text, values, wrt, shapes)
    return found.loss, found.names
