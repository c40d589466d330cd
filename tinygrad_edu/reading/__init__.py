"""Reading a claim: Python syntax, LaTeX, or plain text as people type it, into a tree that can be evaluated."""

from ..errors import MisfitError, UnreadableError
from .claim import Claim, Reading
from .reader import read

__all__ = ["Claim", "MisfitError", "Reading", "UnreadableError", "read"]
