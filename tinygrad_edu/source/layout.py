"""The layout of emitted text: what ruff would leave as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..tensors.trees import Place

WIDTH = 88


def call_lines(head: str, parts: Sequence[str], tail: str, indent: str = "") -> list[str]:
    """`head` + parts + `tail` on one line if it fits, else the parts below one another."""
    line = f"{indent}{head}{', '.join(parts)}{tail}"
    if len(line) <= WIDTH or not parts:
        return [line]
    return [f"{indent}{head}", *(f"{indent}    {part}," for part in parts), f"{indent}{tail}"]


def assignment(name: str, text: str, comment: str, indent: str) -> list[str]:
    """A line `name = text  # comment`; in parentheses if it is too long."""
    tail = f"  # {comment}" if comment else ""
    line = f"{indent}{name} = {text}"
    if len(line) <= WIDTH:
        return [line + tail] if len(line + tail) <= WIDTH else [f"{indent}# {comment}", line]
    if comment:
        return [f"{indent}# {comment}", *assignment(name, text, "", indent)]
    if "array(" in text or "full(" in text:
        return [f"{line}  # fmt: skip"]
    call = re.fullmatch(r"([\w.]+\()(.*)(\))", text)
    if call and _balanced(call[2]):
        return [f"{indent}{name} = {call[1]}", f"{indent}    {call[2]}", f"{indent}){tail}"]
    return [f"{indent}{name} = (", f"{indent}    {text}", f"{indent}){tail}"]


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return False
    return depth == 0


def quoted(text: str) -> str:
    """A string in double quotes, as Python reads it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def skeleton_text(skeleton: Any, leaf: Callable[[int], str], special: Callable[[Any], str] | None = None) -> str:
    """Nested containers as Python, their leaves given by position. `special`: a named tuple's class; default: tuple."""
    if isinstance(skeleton, Place):
        return leaf(skeleton.index)
    if isinstance(skeleton, dict):
        parts = [f"{key_text(key)}: {skeleton_text(part, leaf, special)}" for key, part in skeleton.items()]
        return f"{{{', '.join(parts)}}}"
    parts = [skeleton_text(part, leaf, special) for part in skeleton]
    if isinstance(skeleton, list):
        return f"[{', '.join(parts)}]"
    if hasattr(skeleton, "_fields") and special is not None:
        return f"{special(type(skeleton))}({', '.join(parts)})"
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def skeleton_lines(skeleton: Any, leaf: Callable[[int], str], indent: str, head: str = "") -> list[str]:
    """The same with `head` before and a comma behind it, what stands in a container one below the other if need be."""
    line = f"{indent}{head}{skeleton_text(skeleton, leaf)},"
    if len(line) <= WIDTH or isinstance(skeleton, Place) or not skeleton:
        return [line]
    first, last = "{}" if isinstance(skeleton, dict) else "[]" if isinstance(skeleton, list) else "()"
    heads = [f"{key_text(key)}: " for key in skeleton] if isinstance(skeleton, dict) else [""] * len(skeleton)
    parts = skeleton.values() if isinstance(skeleton, dict) else skeleton
    inner = [
        line
        for part, shown in zip(parts, heads, strict=True)
        for line in skeleton_lines(part, leaf, f"{indent}    ", shown)
    ]
    return [f"{indent}{head}{first}", *inner, f"{indent}{last},"]


def key_text(key: Any) -> str:
    """A dictionary's key as Python: only keys that are plain literals can be written out."""
    if isinstance(key, str):
        return quoted(key)
    if isinstance(key, (int, float, bool, type(None))):
        return repr(key)
    raise TypeError(f"a dict whose keys are {type(key).__name__} cannot be written out; use strings")


def places(skeleton: Any, path: str = "") -> list[tuple[int, str, Any]]:
    """Every leaf of nested containers: its position, the Python that leads to it, and the last key."""
    if isinstance(skeleton, Place):
        return [(skeleton.index, path, None)]
    items = skeleton.items() if isinstance(skeleton, dict) else enumerate(skeleton)
    found = []
    for key, part in items:
        for position, inner, last in places(part, f"{path}[{key_text(key)}]"):
            found.append((position, inner, key if last is None else last))
    return found
