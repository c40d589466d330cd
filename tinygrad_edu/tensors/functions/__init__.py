"""NumPy's everyday functions, and the field's own, written in the rows of the table.

Every function takes plain numbers, arrays, lists and nodes alike: on plain numbers it computes, with a node among its
arguments it records. Names, arguments and defaults are NumPy's, of which each is the short form; what NumPy offers
beyond (`out=`, `where=`, `dtype=`) raises TypeError rather than being passed over.
"""

from . import elementwise, places, products, questions, reductions, shapes
from .arguments import array as array
from .arguments import axes_of as axes_of
from .arguments import axis_of as axis_of
from .arguments import integer as integer
from .elementwise import *  # noqa: F403
from .places import *  # noqa: F403
from .places import getitem as getitem
from .products import *  # noqa: F403
from .questions import *  # noqa: F403
from .reductions import *  # noqa: F403
from .shapes import *  # noqa: F403

__all__ = elementwise.__all__ + places.__all__ + products.__all__
__all__ += questions.__all__ + reductions.__all__ + shapes.__all__
