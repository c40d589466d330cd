"""Training as a whole: the loop, and checkpoints, which are one file each.

The loop: `fit` looks at what it is given; `objective` says what is made small; `samples` holds the data; `stepping` is
one step; `run` the epochs; `history` what came of them, drawn by `plots`; `blame` finds out why a loss became NaN,
going back to a `snapshot`; `resuming` writes and reads a run's checkpoint. `metrics`, `schedules` and `progress` are
what their names say.

Pictures of a run: `pictures` makes them all; `boundary` shows where classes meet, in the `plane` of two features or of
a projection; `confusion` which are taken for which; `regression` what is predicted of a measured target; `animation`
how it was learnt. `canvas` is what they are drawn on. `predictor` is a model with the units of its features.

A look at one moment: `diagnosis` measures the layers of a network, which `grouping` finds in the graph of its loss, and
puts what it finds into `layer_state`; `symptoms` says what is off about them; `tables` and `plots` show it.

Checkpoints: `checkpoint` says what of a run is kept; `architecture` how a model of this package is written down, so
that it can be made again; `encoding` puts settings into JSON; `storage` writes files so that each is there
whole or not at all, and reads none that was damaged.
"""

from . import metrics, schedules
from .checkpoint import Checkpoint, load, save
from .diagnosis import Diagnosis, diagnose
from .fit import fit
from .history import History
from .layer_state import LayerState

__all__ = [
    "Checkpoint",
    "Diagnosis",
    "History",
    "LayerState",
    "diagnose",
    "fit",
    "load",
    "metrics",
    "save",
    "schedules",
]
