"""Every sentence that a verdict speaks, in one table: another language is another table with these keys.

A message says what is wrong, a hint points there without telling, a solution is the step done right. Words in braces
are filled in with the user's own names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

ENGLISH = {
    "gradient": "∂{loss}/∂{wrt}",
    "derivative": "{derivative}",
    # right
    "right": "Right: this is {derivative}.",
    "only-where": "Compared only where {where}. {message}",
    "where-same": "{labels} is the same at both its places",
    "holds-nowhere": "Not compared: where {where} holds at none of the numbers that were tried, or at one only.",
    "right-formula": "Right: this is the derivative of the formula on the left.",
    "right-with": "{message}, with {there}.",
    "right-sides": "Right: the two sides are equal.",
    "wrong-entry": "The two sides are not equal: this is not that entry of the gradient.",
    "wrong-entry-hint": "Derive by every entry first, then put the number of the class in the place of the index.",
    "right-zero": "Right: {derivative} is 0 everywhere.",
    "right-array": (
        "Right at the recorded numbers. Bare numbers have no other points: whether the formula behind them holds at "
        "other values and sizes, they cannot say."
    ),
    "right-rounded": "Right at the recorded numbers, to the {digits} decimals given; numbers cannot say more.",
    "right-recorded": "Right at the recorded numbers; this graph could not be computed at others ({reason}).",
    "right-reading": "Right, if {number} in your loss stands for {reading}.",
    "right-number": "Right, if the {number} in your loss stands for a number, not for {reading}.",
    "right-held": "Right, with the arrays in your loss that have no name held as they are.",
    "right-kept": (
        "Right, with {names} as recorded: your function does not ask for {names}, so that it was tried at other values "
        "of its arguments only."
    ),
    "read-so": "({reading}.)",
    "right-read": "Right ({reading}).",
    # factors of the whole
    "sign": "Your gradient has the wrong sign: it is −1 times the true one.",
    "sign-hint": "The size of every entry is right. Count the minus signs once more.",
    "sign-solution": "Multiply your result by −1: {formula}",
    "mean-lost": (
        "Your gradient is {factor} times the true one{here}. {mean}; its 1/{count} is missing from your result."
    ),
    "mean-twice": "Your gradient is {factor} times the true one: the 1/{count} of the mean stands in it twice.",
    "mean-put-in": (
        "Your gradient is {factor} times the true one: it has a 1/{count} in it, but the loss is a sum over {count}, "
        "not a mean."
    ),
    "mean-other": "Your gradient is {factor} times the true one: a power of the count {count} is off.",
    "mean-factor-hint": "The terms are right. Look at what stands in front of the sum in the loss, and where it went.",
    "mean-factor-solution": "Divide your result by {factor}: {formula}",
    "constant-factor": "Your gradient is {factor} times the true one: a constant factor is off.",
    "constant-factor-hint": (
        "The form is right. Follow the constants: exponents that come down, and the ½ or 2 in the loss."
    ),
    "constant-factor-solution": "Divide your result by {factor}: {formula}",
    "zero": "Your gradient is 0 at all numbers that were tried, but the loss does depend on {wrt}.",
    "zero-hint": "Move {wrt} a little: does the loss stay the same?",
    "and-sign": " Its sign is wrong, too.",
    "and-constant-factor": " A constant is off, too.",
    "and-mean-factor": " A power of the count is off, too.",
    # factors of a path
    "path-sign": "The sign of one part is wrong: what comes to {parent} through {place} has the other sign.",
    "path-sign-hint": "One of the terms has the wrong sign. Which of them comes through {near}?",
    "path-mean-factor": "One part is off by a factor {factor}: what comes to {parent} through {place}.",
    "path-mean-factor-hint": "One of the terms has the wrong count in it. Follow the mean through {near}.",
    "path-constant-factor": "One part is off by a factor {factor}: what comes to {parent} through {place}.",
    "path-constant-factor-hint": "One of the terms has a wrong constant. Look at {near}.",
    "path-solution": "Through {place}, towards {parent}: {rule}",
    # lost paths
    "missing-path": (
        "A path is missing: {parent} reaches the loss also through {place}, and your gradient leaves that part out. "
        "What comes along all paths adds up."
    ),
    "missing-path-held": "{place} depends on {wrt}, but your gradient treats it as a constant: its part is missing.",
    "missing-paths": "Your gradient leaves out what comes through {place} and through {other}. All paths add up.",
    "missing-path-one-kept": (
        "Only what comes through one use of {parent} is there. It is used several times, {place} among them: what "
        "comes from all of them adds up."
    ),
    "missing-path-parallel": (
        "{parent} stands more than once in {place}, and your gradient has what comes along one of these ways only. "
        "What comes along all of them adds up."
    ),
    "missing-path-everywhere": (
        "{parent} is held constant wherever {op} is used, but it depends on {wrt}: that part is missing."
    ),
    "missing-path-assigned": (
        "What {place} picks several times from {parent} gets only what comes from its last use: the uses add up, so += "
        "belongs where = stands."
    ),
    "missing-path-hint": "In how many ways does {parent} act on the loss? Count the places where it is used.",
    "missing-path-solution": "Add the part that comes through {place}: {rule}",
    # sums
    "missing-sum": (
        "{wrt} is used once and acts on every entry along {axis}: what comes from all of them is to be summed. Your "
        "gradient has shape {claimed}, {wrt} has {shape}; it is right once summed."
    ),
    "missing-sum-hint": "Compare the shapes: {wrt} has {shape}. How often is each of its entries used?",
    "missing-sum-solution": "Sum over the axes that {wrt} does not have: {rule}",
    "extra-sum": (
        "Your gradient is summed over entries that {wrt} has one by one: it has shape {claimed}, {wrt} has {shape}."
    ),
    "extra-sum-kept": (
        "A Σ is left over: the derivative towards one entry of {wrt} keeps only the terms with that entry in them, "
        "yours adds up those of all entries."
    ),
    "extra-sum-hint": "Which terms of the sum depend on a single entry of {wrt}?",
    "extra-sum-solution": "Leave the outer sum out: {formula}",
    # matrices, softmax
    "transpose": "A factor of a matrix product is transposed or on the wrong side, at {place}.",
    "transpose-whole": "Your gradient is the transpose of the true one.",
    "transpose-indices": (
        " The indices on the left are those of {wrt} of shape {shape}, as your loss has it; a text that counts them in "
        "the other order has the transpose of it."
    ),
    "transpose-hint": "Check the shapes of the factors at {near}: which order and which transpose makes them fit?",
    "transpose-solution": "For {place}: towards {parent} goes {rule}",
    "softmax-diagonal": (
        "Only the diagonal of softmax's Jacobian is used, at {place}: each output depends on every input, not only on "
        "its own."
    ),
    "softmax-diagonal-hint": "Does raising one logit change the other probabilities?",
    "softmax-diagonal-solution": "∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ), so {rule}",
    # a rule broken
    "left-out": "The derivative of {place} is left out: the chain rule multiplies by {local}.",
    "left-out-own": "The derivative of {place} is left out: what it hands on to {parent} is {rule}.",
    "left-out-everywhere": (
        "The derivative of {op} is left out wherever it is used: the chain rule multiplies by {local}."
    ),
    "left-out-hint": "Go back through the operations one by one. Does each of them put its factor in? Look at {near}.",
    "doubled": "The derivative of {place} is multiplied in twice.",
    "doubled-at-result": (
        "The derivative of {place} is multiplied in twice, the second time at its own result, as if {op} were applied "
        "twice."
    ),
    "doubled-everywhere": "The derivative of {op} is multiplied in twice wherever it is used.",
    "doubled-hint": "One factor of the chain rule stands there twice. Look at {near}.",
    "wrong-derivative": "The derivative of {place} is wrong: you have {wrong}, it is {local}.",
    "wrong-derivative-own": "The derivative of {place} is wrong: what it hands on to {parent} is {rule}.",
    "wrong-derivative-plain": "The derivative of {place} is wrong: it is {local}.",
    "wrong-derivative-everywhere": (
        "The derivative of {op} is wrong wherever it is used: you have {wrong}, it is {local}."
    ),
    "wrong-derivative-at-inner": (
        "The derivative of {op} is taken at the wrong place, at {inner}: the chain rule wants it at {parent}."
    ),
    "wrong-derivative-at-result": (
        "The derivative of {op} is taken at its own result, at {place}: the chain rule wants it at {parent}."
    ),
    "wrong-derivative-power-of-e": (
        "The derivative of {place} is wrong: e to a power is derived as if it were a power of {parent}, but what "
        "varies is the exponent. It is {local}."
    ),
    "wrong-derivative-naive-multiply": (
        "The derivative of {place} is not the product of the derivatives: each factor is derived in turn, the other "
        "stays."
    ),
    "wrong-derivative-naive-divide": "The derivative of {place} is not the quotient of the derivatives.",
    "wrong-derivative-denominator-not-squared-at-all": (
        "The derivative of {place} has the square of the denominator below; in yours it is not squared."
    ),
    "wrong-derivative-hint": "Look up the derivative of {op}.",
    "rule-solution": "Towards {parent}: {rule}",
    # another variable
    "wrong-variable": "This is the gradient with respect to {place}, not to {wrt}.",
    "wrong-variable-on-the-way": (
        "This is the gradient with respect to {place}; from there it still has to go on to {wrt}."
    ),
    "wrong-variable-hint": "The gradient of which quantity is this? You were asked about {wrt}.",
    "wrong-variable-solution": "{formula}",
    # lines that speak of something else
    "left-other": "The left-hand side is {what}, not {derivative}.",
    "left-other-right": " As {what} it is right.",
    "left-other-wrong": " As {what} it is wrong, too: {message}",
    "left-other-mine": " The right-hand side is {derivative}: one of the two does not belong there.",
    "left-other-hint": "Look at what stands on the left of the = sign: is it {derivative}?",
    "left-unknown": "what stands on the left of the = sign",
    "left-one-path": "what comes along one path, by way of {node}",
    "left-unreached": "a chain by way of {node}, which is not made of {wrt}",
    "left-update": "another value of {name}",
    "log-likelihood": "the log of a likelihood",
    "left-of-one": "a gradient of one sample's loss",
    "right-as-loss": "Right: this is ∂{loss}/∂{wrt}. ({letter} on the left read as the loss.)",
    "circular": "the gradient at {wrt} itself, or a differential d{wrt}, on the right-hand side",
    "about": "({what}) {message}",
    "passed-over": "Passed over: the left-hand side is {what}, which is not compared with {derivative}.",
    "passed-over-part": "Passed over: it is added to below, and the sum is judged in line {line}.",
    "passed-over-unread": "Passed over: what it adds to, in line {line}, could not be read.",
    "passed-over-other-loss": (
        "Passed over: it equals {derivative} of the loss that was given, but line {line} speaks of another one."
    ),
    "other-loss": "This is another loss than the one that was given: they differ at the same numbers.",
    "other-loss-factor": "It is {factor} times that one.",
    "other-node": "This is not {name} as the loss has it: the two differ at the same numbers.",
    "defined": "A definition: taken as written in the lines below.",
    "defined-gradient": "Right as ∂{loss}/∂{name}; used so in the lines below.",
    "about-right": "Right: this is {what}.",
    "letter-read": "{letter} on the left read as {name}",
    # pairs
    "pair": "Two things at once. {first} And: {second}",
    # slips of the pen
    "slip-bracket": (
        "A bracket is in the wrong place, near “{where}”: a factor or power there belongs to more or fewer terms than "
        "it stands at. Otherwise this is {derivative}."
    ),
    "slip-bracket-hint": "Multiply out what you have, term by term: is a factor of the chain rule missing from one?",
    "slip-inside": "A factor stands outside of the Σ but belongs inside, near “{where}”: it differs from term to term.",
    "slip-inside-hint": "Which factors are the same in every term of the sum? Only those may stand in front of it.",
    "slip-outside": "A factor stands inside of the Σ but belongs outside, near “{where}”.",
    "slip-outside-hint": "Which factors belong to every term of the sum?",
    "slip-operand": (
        "“{where}” is the wrong operand of a product: towards one operand goes the incoming gradient times the other."
    ),
    "slip-operand-hint": "The derivative of a product towards one factor is the other factor. Which is which here?",
    "slip-sign": "The sign of one term is wrong, near “{where}”. Otherwise this is ∂{loss}/∂{wrt}.",
    "slip-sign-hint": "Go through the terms of your result: which of them is added in the loss, and which subtracted?",
    "slip-factor": "A factor too many stands near “{where}”. Without it this is ∂{loss}/∂{wrt}.",
    "slip-factor-hint": "Which operation of the loss does each factor come from? Every local derivative stands once.",
    "slip-term": "{took} is left out near “{where}”: right only where {took} = 0.",
    "slip-term-hint": "Compare your result with the loss, term by term: what stands in the loss and not in yours?",
    "slip-power": "A power is wrong, near “{where}”: {took} for its square, or the other way round.",
    "slip-power-hint": "Look at the exponents of {took}: which of them came down, and which stayed?",
    "slip-function": "{took} is left out near “{where}”: what stands there is its argument.",
    "slip-function-hint": "Which value goes on from there in the loss: the one before {took}, or behind it?",
    "slip-entry": "A single number stands near “{where}”, where {took} belongs: each entry of {wrt} has its own.",
    "slip-entry-hint": "The derivative towards one entry keeps only the terms with that entry in them.",
    # what is left
    "special-case-size": (
        "Right at the recorded size only ({letters}): at other sizes it is not the gradient. A count is written as a "
        "number."
    ),
    "special-case-size-hint": "Would your formula still hold with twice as many samples?",
    "special-case-size-solution": "Write the count as a letter: {formula}",
    "special-case-sign": "Right only where {name} {sign} 0, as it was recorded: elsewhere it is not the gradient.",
    "special-case-sign-hint": "Give {name} the other sign, and try your formula and the loss there.",
    "special-case-while": "Right only while {name} = {value}, as it was recorded: at other values of {name} it is not.",
    "special-case-while-recorded": "Right only for the recorded {name}: at other values of {name} it is not.",
    "special-case-symmetric": "Right only for a symmetric {name}: where {name}ᵀ is another matrix, it is not.",
    "special-case-symmetric-hint": "In how many places does the variable stand? What comes from each of them?",
    "special-case-arrays": (
        "Right only for the recorded numbers of the arrays in your loss that have no name: with others it is not."
    ),
    "special-case-arrays-hint": "Give each array of the loss a name, and write the gradient with it.",
    "special-case-condition": (
        "Right at most of the numbers that were tried, wrong at others, beside the kink or beyond it: a condition in "
        "it (a >, a max, a sign) is not that of the loss."
    ),
    "special-case-condition-hint": "At which number does each piece of the loss begin, and at which does yours?",
    "special-case-numbers": ("Right at the recorded numbers only: at other values of {names} it is not the gradient."),
    "special-case-numbers-hint": "Try your formula where the numbers are others; a 0 or a 1 hides a lot.",
    "special-case-shape": "Right at the recorded sizes only ({letters}): at others it cannot be computed ({trouble}).",
    "shape": "Your gradient has shape {claimed}, but a gradient has the shape of its variable: {wrt} has {shape}.",
    "shape-of-entries": (
        "What you have has shape {claimed}, but {derivative} has {shape}: first the axes of what is derived, then "
        "those of {wrt}."
    ),
    "shape-unit": "The numbers are right, their shape is not: yours is {claimed}, {wrt} has {shape}.",
    "shape-error": "Your gradient cannot be computed: {trouble}.",
    "shape-hint": "Compare shapes: {derivative} has shape {shape}.",
    "shape-solution": "{formula}",
    "unparsable": "This cannot be read: {trouble}",
    "unparsable-hint": "Write it with the names of the graph: {names}.",
    "searched-in-part": "Only some of its signs, factors and brackets were tried another way: it is long.",
    "unexplained": "This is not {derivative}, and no single mistake explains it.{true}",
    "unexplained-hint": "Derive one operation at a time, from the loss back, and check each step's gradient.",
    "unexplained-solution": "{formula}",
    "outside": "Your gradient asks for an entry that is not there: {trouble}.",
    "outside-hint": "Compare the places you ask for with the shapes: {wrt} has {shape}, and Python counts from 0.",
    "not-finite": "Your gradient is infinite or not a number where {derivative} is a plain number.",
    "not-finite-hint": "Look for a division by 0, a logarithm or root of something negative, a huge power.",
    "true-where": " It is right at every entry where {name} = {value}.",
    "true-some": " It is right at some entries only.",
    "true-under": " It is right where {where}; elsewhere it is not, and it does not say where it is meant.",
    "partly": "Passed over: right as {what} where {where} only, and the line does not say where it is meant.",
    "true-signs": " Wherever it was tried, the sign of every entry is right, the size is not.",
    "true-digits": " It differs by no more than {error:.0e} of its size: something small is left out or put in.",
    # a note's lines
    "line-mean-lost": (
        "Off by {factor} from here on: the 1/{count} of the mean was dropped between line {before} and line {line}; "
        "right if {loss} were the sum."
    ),
    "line-mean-lost-start": "Off by {factor}: the 1/{count} of the mean is missing; right if {loss} were the sum.",
    "line-same": "Carried on from line {line}: {message}",
    "line-same-factor": "Still off by {factor}: carried on from line {line}.",
    "line-new": "Wrong from here on, and right up to line {before}: {message}",
    # odds and ends
    "here": " (here {letters})",
    "mean-over": "{loss} is a mean over {count} {noun}",
    "noun-samples": "samples",
    "noun-entries": "entries",
    "ask-nearest": "'{name}' is not in this graph; there {verb} {names}{nearest}",
    "nearest": ". Did you mean {name}?",
    "called": "called with {names} it raised {error}",
    "inner-sizes": "a matrix product whose inner sizes differ, {one} ≠ {other}",
    "returned": "it returned {what}, not an array of numbers",
}


_called: ContextVar[str] = ContextVar("loss", default="L")
_first: ContextVar[str] = ContextVar("first", default="")


@contextmanager
def loss_called(name: str = "", first: str = "") -> Iterator[None]:
    """A block in which sentences call the loss by this name, if one is given. first: by what it was derived before."""
    tokens = _called.set(name or _called.get()), _first.set(first)
    try:
        yield
    finally:
        _called.reset(tokens[0])
        _first.reset(tokens[1])


def say(key: str, **words: Any) -> str:
    """A sentence of the table with its words put in."""
    told = {"loss": _called.get(), **words}
    loss, first, wrt = told["loss"], _first.get(), told.get("wrt")
    by = f"∂{wrt}" if not first else f"∂{wrt}²" if first == wrt else f"∂{first}∂{wrt}"
    told["derivative"] = f"∂{'²' if first else ''}{loss}/{by}"
    return ENGLISH[key].format(**told)
