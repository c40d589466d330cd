"""Reading a claim: Python syntax, LaTeX, or plain text as people type it, into a tree that can be evaluated."""

from .claim import Claim, Reading
from .entries import Misfit
from .reader import read
from .unreadable import Unreadable

__all__ = ["Claim", "Misfit", "Reading", "Unreadable", "read"]
