"""A page as a text that shows itself in a notebook, and what a page may do: run its own script, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Any, ClassVar


class Page(str):
    """The text of a page, which shows itself in a notebook as a frame that may run its script and nothing else."""

    __slots__ = ()
    heading: ClassVar[str] = "A computation to step through"
    call: ClassVar[str] = "page(node, 'file.html')"
    height: ClassVar[int] = 640

    def __repr__(self) -> str:
        return f"<page of {len(self) // 1024} KB; {self.call} writes it>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        frame = (
            f'<iframe sandbox="allow-scripts" title="{self.heading}" width="100%" height="{self.height}" '
            f'style="border:0" srcdoc="{html.escape(self)}"></iframe>'
        )
        return {"text/html": frame, "text/plain": repr(self)}


def allowed(script: str, style: str) -> str:
    """The policy of a page that runs one script and has one style: nothing else, and no connection to anywhere."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    """The hash by which a content security policy allows a script or a style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
