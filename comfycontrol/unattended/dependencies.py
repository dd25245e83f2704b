"""What a reconciler works with; tests replace these."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from ..address_check.monitor import AddressMonitor
from ..comfyui import ComfyUser
from ..runners.account_session import AccountSession
from ..runners.queries import RunnerQueries
from ..runners.registration import Registration
from .desired_runner import DesiredRunner

# `on` registers and keeps, `update` keeps what is there, `address` keeps nothing but the address.
Mode = Literal["on", "update", "address"]


class Dependencies(NamedTuple):
    """What a reconciler works with.

    `users` gives the ComfyUI users whose token may be used; none if there is nothing to keep at the moment. `find`
    gives the desired runner; None if no address is known, and then `advice` gives what is known of the platform, if
    anything. `address_monitor` finds out where an endpoint leads. `may_be_cloned` says whether this machine may be a
    copy of another one without being able to tell. `test_run` has the service send a workflow, unless it has done so
    since the runner last changed, or nobody has asked for it.
    """

    session: AccountSession
    registration: Registration
    queries: RunnerQueries
    users: Callable[[], list[ComfyUser]]
    find: Callable[[], DesiredRunner | None]
    advice: Callable[[], str]
    address_monitor: AddressMonitor
    may_be_cloned: Callable[[], bool]
    test_run: Callable[[ComfyUser], None]
