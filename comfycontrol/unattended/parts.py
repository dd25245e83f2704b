"""What a keeper is made of, so that tests can give it other parts."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from pydantic import SecretStr

from ..account_access import AccountAccess
from ..comfyui import ComfyUser
from ..lookout import Lookout
from ..public_address.verdicts import Verdict
from ..registration import Registration
from .wanted import Wanted

# `on` registers and keeps, `update` keeps what is there, `address` keeps nothing but the address.
Mode = Literal["on", "update", "address"]
Prove = Callable[[str, Mapping[str, SecretStr]], Verdict]


class Parts(NamedTuple):
    """What a keeper works with.

    `user` gives the ComfyUI user whose token counts, None where there is none just now. `find` gives the runner that is
    wanted, None where no address is known. `prove` says where an endpoint leads.
    """

    access: AccountAccess
    registration: Registration
    lookout: Lookout
    user: Callable[[], ComfyUser | None]
    find: Callable[[], Wanted | None]
    prove: Prove
