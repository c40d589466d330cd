"""Texts that are compared with what stands in a file, the golden one."""

import os
from pathlib import Path


def assert_golden(path: Path, text: str) -> None:
    """That a file holds a text. TINYGRAD_EDU_WRITE_GOLDEN=1 writes it anew; the diff is for a reviewer to read."""
    if os.environ.get("TINYGRAD_EDU_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
