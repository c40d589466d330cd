"""What belongs to training as a whole: checkpoints, which are one file each.

`checkpoint` says what of a run is kept; `architecture` how a model of this package is written down, so that it can be
made again; `encoding` puts settings into JSON; `storage` writes one safetensors file so that it is there whole or not
at all, and reads none that was damaged.
"""

from .checkpoint import Checkpoint, load, save

__all__ = ["Checkpoint", "load", "save"]
