"""Connecting this instance to an account, and disconnecting it."""

from typing import Any

from ..comfycontrol.bootstrap import instance
from .bodies import TokenBody
from .guards import Caller, address_of


def connect(caller: Caller, body: TokenBody) -> dict[str, Any]:
    """Check and seal the token; the page then saves the sealed text through ComfyUI's settings."""
    user, address = caller.user, address_of(caller.request)
    connection = instance().ownership.connect(body.token, user, caller.owner_key, address)
    return {
        "sealed_token": connection.sealed_token,
        "owner_key": connection.owner_key,
        "account": {"name": connection.account.name, "tier": connection.account.tier},
        "token_hint": connection.token_hint,
    }


def disconnect(_caller: Caller) -> dict[str, Any]:
    """Forget token, owners and runner, and name the runner that stays at the service."""
    parts = instance()
    # While there is a token to take its tag away with.
    parts.test_runs.give_up(wait=True)
    parts.tunnels.stop()
    left = parts.ownership.disconnect()
    parts.guarded_port.forget_keys()
    return {"left_at_service": left.model_dump() if left else None}
