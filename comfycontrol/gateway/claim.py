"""What may be said of who gets in at the runner's address: a pure function of what is known."""

from typing import Literal

from ..address_check.verdicts import WayIn
from ..models.runner import Runner
from .guarded_port import PortStatus
from .guarding import has_key

# `guarded`: three requests have shown that only the key gets in. `open`: anybody does. `unproven`: the port is open and
# the runner has the key, but nothing has shown that its address leads there. `failed`: the port is wanted and not open.
Claim = Literal["guarded", "open", "unproven", "failed"]


def claim_of(port: PortStatus, runner: Runner | None, way: WayIn | None) -> Claim | None:
    """Give what may be claimed; None where there is nothing to say.

    Args:
        port: how the guarded port stands.
        runner: this instance's, as the service last gave it.
        way: what the last check of its endpoint found.

    """
    if port.state == "failed":
        return "failed"
    if runner is None:
        return None
    if way == "open":
        return "open"
    if port.state != "open" or not has_key(runner):
        return None
    return "guarded" if way == "guarded" else "unproven"
