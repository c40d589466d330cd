"""The folder of a training run: what is written into it, all together, and what is read from it."""

from __future__ import annotations

import contextlib
import os
import tempfile

from ..errors import CheckpointError, InputError
from ..training import pictures, storage
from ..training.predictor import Predictor

MODEL, METRICS = "model.safetensors", "metrics.json"
FILES = (MODEL, METRICS, *pictures.NAMES)


class RunFolder:
    """A folder to write a run into; made if it is not there, and seen to take files, before anything is trained."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._check_ours()
        self._made = not os.path.isdir(path)
        try:
            os.makedirs(path, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except FileExistsError:
            raise InputError(f"--out {path}: a file has that name; a folder is needed") from None
        except OSError as error:
            self.drop()
            raise InputError(f"--out {path}: it cannot be written to: {error.strerror}") from None

    def _check_ours(self) -> None:
        """Refuse a folder in which files of other people would be replaced."""
        there = [name for name in FILES if os.path.lexists(self.file(name))]
        if there and MODEL not in there:
            raise InputError(
                f"--out {self.path}: {there[0]} there is of no run and would be replaced; take another folder"
            )
        if there:
            try:
                Predictor.load(self.file(MODEL))
            except CheckpointError as error:
                raise InputError(
                    f"--out {self.path}: {MODEL} there is of no run, or damaged; take another folder"
                ) from error

    def file(self, name: str) -> str:
        """The path of a file in it."""
        return os.path.join(self.path, name)

    def write(self, files: dict[str, bytes]) -> None:
        """Put all files there, or none; what an earlier run left is removed where this run has none of it."""
        storage.put({self.file(name): raw for name, raw in files.items()})
        for name in FILES:
            if name not in files:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.file(name))

    def drop(self) -> None:
        """Take the folder away again, if it was made for this run and is empty."""
        if self._made:
            with contextlib.suppress(OSError):
                os.rmdir(self.path)


def predictor_in(path: str) -> Predictor:
    """What was trained into a folder. InputError: nothing was; CheckpointError: the file is damaged."""
    if not os.path.isdir(path):
        what = "a file" if os.path.exists(path) else "not there"
        raise InputError(f"{path} is {what}; the folder is needed that tinygrad-edu train DATA --out DIR wrote")
    model = os.path.join(path, MODEL)
    if not os.path.isfile(model):
        raise InputError(f"{path} holds no run: there is no {MODEL}; tinygrad-edu train DATA --out {path} writes it")
    return Predictor.load(model)
