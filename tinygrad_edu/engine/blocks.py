"""What was called: the layers and models whose calls a picture draws as boxes.

A model registers here when it is first called, and keeps in `calls` between which creation indices the nodes lie that
each of its latest calls made. So recording costs a layer two integers, an operation nothing, and neither the layers
nor the picture need to know each other.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

called: WeakSet[Any] = WeakSet()
