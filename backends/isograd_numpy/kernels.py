"""The kernel namespace: every family in one place."""

# ruff: noqa: F403  (a namespace is what this module is for; resolve asks for the names of the
# contract only)
from .elementwise import *
from .gathering import *
from .indexing import *
from .memory import *
from .movement import *
from .reductions import *
from .softmax import *
from .special import *
from .strided import *
