"""A strict double of the ComfyControl API, served over real HTTP on the loopback address."""

from .accounts import Account
from .double import ServiceDouble
from .faults import Fault
from .journal import Call

__all__ = ["Account", "Call", "Fault", "ServiceDouble"]
