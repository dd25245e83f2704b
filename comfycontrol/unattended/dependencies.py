"""What a reconciler is made of, so that tests can give it other parts."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from pydantic import SecretStr

from ..address_check.verdicts import Verdict
from ..comfyui import ComfyUser
from ..runners.account_session import AccountSession
from ..runners.queries import RunnerQueries
from ..runners.registration import Registration
from .desired_runner import DesiredRunner

# `on` registers and keeps, `update` keeps what is there, `address` keeps nothing but the address.
Mode = Literal["on", "update", "address"]
Prove = Callable[[str, Mapping[str, SecretStr]], Verdict]


class Dependencies(NamedTuple):
    """What a reconciler works with.

    `users` gives the ComfyUI users whose token may be used, none where nothing is to be kept just now. `find` gives the
    runner that is wanted, None where no address is known. `prove` says where an endpoint leads.
    """

    session: AccountSession
    registration: Registration
    queries: RunnerQueries
    users: Callable[[], list[ComfyUser]]
    find: Callable[[], DesiredRunner | None]
    prove: Prove
