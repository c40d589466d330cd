"""Is a claim right, and if not, why: from what was read to a verdict."""

from .verdict import Explanation, Verdict

__all__ = ["Explanation", "Verdict"]
