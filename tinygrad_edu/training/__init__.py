"""Training as a whole: the loop, and checkpoints, which are one file each.

The loop: `fit` looks at what it is given; `objective` says what is made small; `samples` holds the data; `stepping` is
one step; `run` the epochs; `history` what came of them, drawn by `plots`; `blame` finds out why a loss became NaN,
going back to a `snapshot`; `resuming` writes and reads a run's checkpoint. `metrics`, `schedules` and `progress` are
what their names say.

Pictures of a run: `pictures` makes them all; `boundary` shows where classes meet, in the `plane` of two features or of
a projection; `confusion` which are taken for which; `regression` what is predicted of a measured target; `animation`
how it was learnt. `canvas` is what they are drawn on. `predictor` is a model with the units of its features.

Checkpoints: `checkpoint` says what of a run is kept; `architecture` how a model of this package is written down, so
that it can be made again; `encoding` puts settings into JSON; `storage` writes files so that each is there
whole or not at all, and reads none that was damaged.
"""

from . import metrics, schedules
from .checkpoint import Checkpoint, load, save
from .fit import fit
from .history import History

__all__ = ["Checkpoint", "History", "fit", "load", "metrics", "save", "schedules"]
