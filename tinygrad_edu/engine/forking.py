"""Locks and forked processes: a child has only the thread that forked, and nobody else releases what others held."""

from __future__ import annotations

import os
import threading


def lock_over_forks() -> threading.RLock:
    """A lock that a fork waits for, so that a child finds it free, and what it guards finished."""
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock
