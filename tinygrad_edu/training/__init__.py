"""Training as a whole: the loop, and checkpoints, which are one file each.

The loop: `fit` looks at what it is given; `objective` says what is made small; `samples` holds the data; `stepping` is
one step; `run` the epochs; `history` what came of them, drawn by `plots`; `blame` finds out why a loss became NaN,
going back to a `snapshot`; `resuming` writes and reads a run's checkpoint. `metrics`, `schedules` and `progress` are
what their names say.

Checkpoints: `checkpoint` says what of a run is kept; `architecture` how a model of this package is written down, so
that it can be made again; `encoding` puts settings into JSON; `storage` writes one safetensors file so that it is there
whole or not at all, and reads none that was damaged.
"""

from . import metrics, schedules
from .checkpoint import Checkpoint, load, save
from .fit import fit
from .history import History

__all__ = ["Checkpoint", "History", "fit", "load", "metrics", "save", "schedules"]
