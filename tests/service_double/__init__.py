"""A strict double of the ComfyControl API, served over real HTTP on the loopback address."""

from . import workflow_faults
from .accounts import Account
from .double import ServiceDouble
from .faults import Fault
from .journal import Call

__all__ = ["Account", "Call", "Fault", "ServiceDouble", "workflow_faults"]
