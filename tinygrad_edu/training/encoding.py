"""Settings as JSON: numbers, texts, lists and dicts as they are, arrays and random generators by a mark."""

from __future__ import annotations

from typing import Any

import numpy as np

_ARRAY, _GENERATOR = "__array__", "__generator__"
_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def encoded(value: Any, arrays: dict[str, np.ndarray], where: str) -> Any:
    """`value` as JSON has it. Arrays go into `arrays`; where: the name of the value, for errors and for its arrays."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        while where in arrays:  # a key may have a point in it
            where += "'"
        arrays[where] = value
        return {_ARRAY: where}
    if isinstance(value, np.random.Generator):
        return {_GENERATOR: generator_state(value)}
    if isinstance(value, (list, tuple)):
        return [encoded(each, arrays, f"{where}.{i}") for i, each in enumerate(value)]
    if isinstance(value, dict):
        wrong = next((key for key in value if not isinstance(key, str)), None)
        if wrong is not None or value.keys() in ({_ARRAY}, {_GENERATOR}):
            raise TypeError(f"save: {where} has the key {wrong or next(iter(value))!r}; keys are texts of your own")
        return {key: encoded(each, arrays, f"{where}.{key}") for key, each in value.items()}
    raise TypeError(
        f"save: {where} is a {type(value).__name__}; kept are numbers, texts, arrays, generators, lists and dicts"
    )


def decoded(told: Any, arrays: dict[str, np.ndarray]) -> Any:
    """What `encoded` was given; tuples are lists."""
    if isinstance(told, list):
        return [decoded(each, arrays) for each in told]
    if not isinstance(told, dict):
        return told
    if told.keys() == {_ARRAY}:
        return arrays[told[_ARRAY]]
    if told.keys() == {_GENERATOR}:
        return generator(told[_GENERATOR])
    return {key: decoded(each, arrays) for key, each in told.items()}


def generator_state(rng: np.random.Generator) -> Any:
    """The state of a generator as JSON has it."""
    return _plain(rng.bit_generator.state)


def generator(state: Any) -> np.random.Generator:
    """A generator in that state."""
    if state["bit_generator"] not in _BIT_GENERATORS:
        raise ValueError(f"there is no generator {state['bit_generator']!r}")
    made = np.random.Generator(getattr(np.random, state["bit_generator"])())
    made.bit_generator.state = state
    return made


def _plain(state: Any) -> Any:
    if isinstance(state, dict):
        return {key: _plain(each) for key, each in state.items()}
    return state.tolist() if isinstance(state, (np.ndarray, np.generic)) else state
