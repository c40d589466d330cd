r"""Definitions in the form in which a loss is read: recurrences of a few steps written out, usual letters for indices.

h_t = tanh(U h_{t−1}) of t = 1, 2 is what h₁ is, and what h₂ is. A layer that is said for all l, z^l = w^l a^{l−1}, is
one, too. Which steps there are, the note has to say, in a Σ, in words or by the numbers that it uses. Only definitions
and the loss are written out: a claim stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from .note_symbols import COMPUTED, INDICES
from .notes import Equation, left_of

MOST_STEPS = 6
_STEP = r"[tlskn]"  # what runs over steps and layers
_BEFORE = re.compile(rf"(?P<mark>[_^])\{{?\s*[(\[]?\s*(?P<step>{_STEP})\s*[-−]\s*1\s*[)\]]?\s*\}}?|ₜ₋₁")
_SUM = r"\\sum_\{{\s*{step}\s*=\s*(\d+)\s*\}}\s*\^\s*(?:\{{\s*(\d+)\s*\}}|(\d))|[Σ∑]_\{{?{step}=(\d)\}}?\^(\d)"
_LISTED = (
    r"(?<![A-Za-z]){step}\s*(?:=|\\in|∈)\s*(?:\\?\{{)?\s*((?:\d+\s*,\s*(?:(?:\\l?dots|\\cdots|…|\.\.\.)\s*,\s*)?)+\d+)"
)
_BOUND = re.compile(r"\\sum_\{?\s*([a-z])\s*(?:=\s*1\s*)?(?:\}|(?![A-Za-z=]))")
_ALL_BUT = re.compile(
    r"\\sum(?:\\limits)?_\{\s*(?P<index>[a-z])\s*(?:\\neq?|\\not\s*=|≠)\s*(?P<label>[a-z](?:_\{?[a-z]\}?|\^\{\([a-z]\)\})?)\s*\}"
)
_FOR_EACH = re.compile(r"^\s*(?:\\hat\s*\{?\s*)?\\?[A-Za-z]\}?_\{?\s*([a-z])\s*\}?\s*&?\s*:?=")
_SCRIPTED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])_\{?([a-z])(?![A-Za-z])")
_BARE = re.compile(r"(?<![A-Za-z\\])([a-z])(?![A-Za-z_])")
_NAMED = re.compile(r"[\s&]*([a-z])(?:_|\^|\s*&?\s*:?=)")  # the i of i_t = σ(…)
_TERM_ENDS = "+-−,;"


def unrolled(equations: Sequence[Equation], note: str) -> list[Equation]:
    """The equations of a note, with one for each step in place of one that is said for all steps."""
    fixed = set(_fixed(equations))
    equations = [_with_usual_indices(_with_fixed(_with_all(each), fixed)) for each in equations]
    steps = {_letter(match) for each in _on_paper(equations) for match in _BEFORE.finditer(each.text)}
    found = list(equations)
    for step in sorted(steps):
        numbers = _numbers(step, found, note)
        if numbers and len(numbers) <= MOST_STEPS:
            found = [one for each in found for one in _each_step(each, step, numbers, found)]
    return found


def _with_usual_indices(equation: Equation) -> Equation:
    """A definition with j in place of a letter that is no usual index, as the w of Σ_w exp(u_wᵀ v).

    So is the letter on the left of a softmax, the o of p_o = exp(u_oᵀ v) / Σ_w exp(u_wᵀ v), which holds for each o.
    """
    text = equation.text
    if equation.code or equation.left.kind == "gradient":
        return equation
    letters = [each for each in _BOUND.findall(text) if not re.search(rf"(?<![_^{{A-Za-z\\]){each}(?![A-Za-z])", text)]
    if "\\sum" in text and (r"\exp" in text or "e^" in text):
        letters += _FOR_EACH.findall(text)
    for letter in sorted(set(letters) - set(INDICES)):
        free = next((each for each in "jkli" if not _remains(text, each)), None)
        if free is not None:
            text = re.sub(rf"(_\{{?\s*){letter}(?![A-Za-z])", rf"\g<1>{free}", text)
    return equation if text == equation.text else replace(equation, text=text, left=left_of(text))


def class_left_out(note: str) -> str:
    r"""The class that the first Σ_{j≠y} of a note leaves out, y or y_i; "" if there is none.

    >>> class_left_out(r"$L_i = \sum_{j \neq y_i} \max(0, s_j - s_{y_i} + 1)$")
    'y_i'
    """
    sign = _ALL_BUT.search(note)
    return sign["label"] if sign else ""


def _with_all(equation: Equation) -> Equation:
    """A definition with Σ_j f_j − f_{y_i} in place of Σ_{j≠y_i} f_j, the sum over all classes but the right one."""
    text = equation.text
    sign = None if equation.code or equation.left.kind == "gradient" else _ALL_BUT.search(text)
    if sign is None:
        return equation
    end = _end_of_term(text, sign.end())
    body = text[sign.end() : end].strip()
    own = re.sub(rf"_(?:{sign['index']}(?![A-Za-z])|\{{\s*{sign['index']}\s*\}})", rf"_{{{sign['label']}}}", body)
    if own == body:
        return equation
    whole = rf"\left(\sum_{{{sign['index']}}} {body} - {own}\right)"
    return replace(equation, text=f"{text[: sign.start()]}{whole}{text[end:]}")


def _fixed(equations: Sequence[Equation]) -> Iterator[tuple[str, str]]:
    """The letters with a script that is no index, although it is a usual one.

    That are those that a note derives by and that always have one script, which nothing else has, the v_c of a word;
    and those whose script is a name itself, the W_i of a gate i.
    """
    scripted = {pair for each in equations for pair in _SCRIPTED.findall(each.text) if pair[1] in INDICES}
    bare = {letter for each in _on_paper(equations) for letter in _BARE.findall(each.text)}
    derived = {each.left.about or each.left.letter for each in equations if each.left.kind == "gradient"}
    computed = [_NAMED.match(each.text) for each in _on_paper(equations) if COMPUTED.search(each.text)]
    gates = {match[1] for match in computed if match}
    for letter, script in scripted:
        if any(re.search(rf"\\sum_\{{?\s*{script}(?![A-Za-z])", each.text) for each in equations):
            continue
        one = {(each, other) for each, other in scripted if each == letter or other == script} == {(letter, script)}
        own = one and letter not in bare and bool({letter + script, letter} & derived)
        if own or script in derived | gates:
            yield letter, script


def _with_fixed(equation: Equation, fixed: Collection[tuple[str, str]]) -> Equation:
    """A definition with a name in place of letters with a script that is no index."""
    text = equation.text
    if equation.code or equation.left.kind == "gradient":
        return equation
    for letter, script in fixed:
        name = rf"\\operatorname{{{letter}{script}}}"
        text = re.sub(rf"(?<![A-Za-z\\]){letter}_(?:{script}(?![A-Za-z])|\{{\s*{script}\s*\}})", name, text)
    return equation if text == equation.text else replace(equation, text=text)


def _on_paper(equations: Sequence[Equation]) -> Iterator[Equation]:
    yield from (each for each in equations if not each.code and each.left.kind != "gradient")


def _letter(match: re.Match[str]) -> str:
    return match["step"] or "t"


def _at(step: str, shift: str = "") -> str:
    """The pattern of a script that is a step and nothing else: _t, ^{(l)}, _{t-1}."""
    inner = rf"\s*{step}\s*{shift}\s*"
    braced = rf"\{{{inner}\}}|\{{\s*\({inner}\)\s*\}}|\{{\s*\[{inner}\]\s*\}}"
    bare = rf"|\({inner}\)|\[{inner}\]" + ("" if shift else rf"|{step}(?![A-Za-z])")
    return rf"(?P<mark>[_^])(?:{braced}{bare})"


def _numbers(step: str, equations: Sequence[Equation], note: str) -> list[int]:
    """The steps that a note says there are: by its Σ, by a list, or by the numbers at what it defines step by step."""
    limits = [list(map(int, filter(None, m.groups()))) for m in re.finditer(_SUM.format(step=step), note)]
    if limits:
        return list(range(limits[0][0], limits[0][-1] + 1))
    listed = [re.findall(r"\d+", match.group(1)) for match in re.finditer(_LISTED.format(step=step), note)]
    if listed:
        return list(range(int(listed[0][0]), int(listed[0][-1]) + 1))
    used: set[int] = set()
    for each in _on_paper(equations):
        if _BEFORE.search(each.text) and (head := _head(each.text, step)):
            spelled = re.compile(rf"(?<![A-Za-z\\]){re.escape(head)}[_^]\{{?[(\[]?(\d)[)\]]?\}}?")
            used |= {int(found) for one in equations for found in spelled.findall(one.text)}
    return list(range(1, max(used) + 1)) if used else []


def _head(text: str, step: str) -> str:
    """The symbol on the left of an equation for all steps: the h of h_t = …; "" of any other equation."""
    match = re.match(
        rf"\s*(?P<head>(?:\\[a-z]+\s*)?\\?[A-Za-z]+|\\\w+\s*\{{[^{{}}]*\}})\s*{_at(step)}\s*&?\s*:?=", text
    )
    return match["head"] if match else ""


def _each_step(equation: Equation, step: str, numbers: Sequence[int], everything: Sequence[Equation]) -> list[Equation]:
    """An equation for each step; as one, with its Σ written out, where that runs over the steps; else as it is."""
    if equation.code or equation.left.kind == "gradient":
        return [equation]
    if head := _head(equation.text, step):
        texts = [_put(equation.text, step, number) for number in numbers]
        taken = {each.left.symbol for each in everything}
        made = [replace(equation, text=text, left=left_of(text)) for text in texts]
        kept = [each for each in made if each.left.symbol not in taken]
        return kept if head and not any(_remains(each.text, step) for each in kept) else [equation]
    text = _written_out(equation.text, step, numbers)
    return [equation if text is None or _remains(text, step) else replace(equation, text=text)]


def _remains(text: str, step: str) -> bool:
    """Whether a step stands in a script of a text."""
    return re.search(rf"[_^]\{{?[^{{}}\s]*(?<![A-Za-z\\]){step}(?![A-Za-z])", text) is not None


def _put(text: str, step: str, number: int) -> str:
    """A text at one step. A number above a letter is put into parentheses, for it is no power."""

    def spelled(match: re.Match[str], value: int) -> str:
        return f"_{{{value}}}" if match["mark"] == "_" else f"^{{({value})}}"

    text = re.sub(_at(step, r"[-−]\s*1"), lambda match: spelled(match, number - 1), text)
    return re.sub(_at(step), lambda match: spelled(match, number), text)


def _written_out(text: str, step: str, numbers: Sequence[int]) -> str | None:
    """A text with the sum of all steps in place of its Σ over them; None if it has none."""
    sign = re.search(
        rf"\\sum_(?:\{{\s*{step}\s*(?:=[^{{}}]*)?\}}|{step}(?![A-Za-z]))(?:\s*\^\s*(?:\{{[^{{}}]*\}}|\w))?", text
    )
    if sign is None:
        return None
    end = _end_of_term(text, sign.end())
    body = text[sign.end() : end].strip()
    terms = " + ".join(rf"\left({_put(body, step, number)}\right)" for number in numbers)
    return rf"{text[: sign.start()]}\left({terms}\right){text[end:]}"


def _end_of_term(text: str, start: int) -> int:
    """Where the term ends that begins at a place: at a + or − outside of all parentheses and bars, or at the end."""
    depth = 0
    norm = False
    for place in range(start, len(text)):
        letter = text[place]
        norm ^= text.startswith(r"\|", place) or letter == "‖"
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0 or (depth == 0 and not norm and letter in _TERM_ENDS and text[start:place].strip()):
            return place
    return len(text)


__all__ = ["class_left_out", "unrolled"]
