"""Files that are written whole or not at all; a safetensors file that is read only if every byte is as it was written.

The checksum stands in the file's own metadata. It is that of the file with zeros in the checksum's place, so that it
covers names, shapes and numbers as well as the rest of the metadata.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import CheckpointError

KEY = "tinygrad_edu"  # under which the metadata of a file of ours has its JSON
_ZEROS = "0" * 64
_LARGEST_ITEM = 8  # bytes
_PREFIX = 100  # characters of a name that a file beside it is called by
Arrays = dict[str, np.ndarray]


def write(path: str, arrays: Mapping[str, np.ndarray], told: str, kind: str) -> None:
    """Put arrays and a JSON text into one file; what was there before stays until the new one is whole.

    kind: what safetensors calls the format, "pt" for PyTorch's layout.
    """
    put({path: packed(path, arrays, told, kind)})


def packed(path: str, arrays: Mapping[str, np.ndarray], told: str, kind: str) -> bytes:
    """The bytes of such a file; path: for errors."""
    safetensors = _safetensors()
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" or array.dtype.itemsize > _LARGEST_ITEM:
            raise CheckpointError(f"{path}: {name} is of {array.dtype}, which a safetensors file does not have")
    # Of a view that is not contiguous, or of another byte order, safetensors may write other numbers, without a word.
    whole = {name: np.array(each, each.dtype.newbyteorder("="), order="C") for name, each in arrays.items()}
    raw: bytes = safetensors.save(whole, {"format": kind, KEY: told, "checksum": _ZEROS})
    return _with_checksum(raw, hashlib.sha256(raw).hexdigest())


def put(files: Mapping[str, bytes]) -> None:
    """Write files so that each is there whole, or as it was before: all are on the disk before the first is replaced.

    CheckpointError: one could not be written; then all are as they were.
    """
    beside: dict[str, str] = {}
    path = ""
    try:
        for path, raw in files.items():
            target = os.path.realpath(path)
            if os.path.isdir(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            descriptor, part = tempfile.mkstemp(
                prefix=f".{os.path.basename(target)[:_PREFIX]}.", suffix=".part", dir=os.path.dirname(target)
            )
            beside[target] = part
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, _permissions(target))
        for target in list(beside):
            os.replace(beside[target], target)
            del beside[target]
    except OSError as error:
        before = "; the file that is there is whole" if os.path.isfile(path) else ""
        raise CheckpointError(f"{path}: it could not be written: {error.strerror or error}{before}") from None
    finally:
        for part in beside.values():
            with contextlib.suppress(OSError):
                os.unlink(part)
    for folder in {os.path.dirname(os.path.realpath(path)) for path in files}:
        with contextlib.suppress(OSError):  # not every system lets a folder be opened
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _permissions(target: str) -> int:
    """Those of the file that is replaced, or of a new one."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def read(path: str) -> tuple[Arrays, str | None]:
    """The arrays of a safetensors file, and the JSON text of one that we wrote; of another's file None.

    CheckpointError: it is no such file, is cut short, or a byte of ours was changed.
    """
    safetensors = _safetensors()
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        raise CheckpointError(f"{path}: it cannot be read: {error.strerror or error}") from None
    head = _head(path, raw)
    metadata = head.get("__metadata__", {})
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    if told is not None and not _is_as_written(raw, str(metadata.get("checksum"))):
        raise CheckpointError(f"{path}: the checksum is that of another content: the file is damaged")
    try:
        return safetensors.load(raw), told
    except Exception as error:  # its own kind of error is no part of its Python interface
        raise CheckpointError(f"{path}: no safetensors file, or cut short ({error})") from None


def _head(path: str, raw: bytes) -> dict[str, Any]:
    """The JSON at the beginning of a safetensors file: 8 bytes say how long it is."""
    length = int.from_bytes(raw[:8], "little")
    try:
        if len(raw) < 8 + length or not length:
            raise ValueError
        head = json.loads(raw[8 : 8 + length])
    except ValueError:
        head = None
    if isinstance(head, dict):
        return head
    if raw[:1] == b"\x80" or raw[:2] == b"PK":
        raise CheckpointError(
            f"{path}: this is a pickle, or PyTorch's own format, which is one: reading it could run anything. Save the "
            "state as safetensors"
        )
    raise CheckpointError(f"{path}: no safetensors file, or cut short")


def _with_checksum(raw: bytes, checksum: str) -> bytes:
    return raw.replace(_field(_ZEROS), _field(checksum), 1)


def _is_as_written(raw: bytes, checksum: str) -> bool:
    """Whether the checksum is that of the file with zeros in its place."""
    bare = raw.replace(_field(checksum), _field(_ZEROS), 1)
    return bare != raw and hashlib.sha256(bare).hexdigest() == checksum


def _field(checksum: str) -> bytes:
    return f'"checksum":"{checksum}"'.encode()


def _safetensors() -> Any:
    try:
        from safetensors import numpy as safetensors
    except ImportError:
        raise ImportError('checkpoints are safetensors files: pip install "tinygrad_edu[save]"') from None
    return safetensors
