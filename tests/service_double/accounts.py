"""The accounts of the service and their tokens."""

import re
import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .answers import Refusal
from .stamps import new_id, utc_now

RUNNER_LIMITS: Mapping[str, int | None] = {"free": 1, "pro": 5, "plus": 20, "enterprise": None}
AUTHORIZATION = re.compile(r"Bearer (cfc_[A-Za-z0-9]+)")

_TOKEN = re.compile(r"cfc_[A-Za-z0-9]+")
_ALPHANUMERICS = string.ascii_letters + string.digits
_INVALID = "Invalid token"


@dataclass(frozen=True)
class Account:
    name: str
    email: str
    tier: str
    runner_limit: int | None
    provider: str | None
    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=utc_now)

    def as_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "deleted": False,
            "tier": self.tier,
            "created_at": self.created_at,
            "updated_at": self.created_at,
        }
        if self.provider is not None:
            answer["provider"] = self.provider
        return answer


@dataclass(frozen=True)
class _Grant:
    account: Account
    expired: bool


class Accounts:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, _Grant] = {}

    def add_token(self, account: Account, token: str | None, *, expired: bool) -> str:
        if token is None:
            token = "cfc_" + "".join(secrets.choice(_ALPHANUMERICS) for _ in range(40))
        if not _TOKEN.fullmatch(token):
            raise ValueError("a token is cfc_ followed by letters and digits")
        with self._lock:
            self._grants[token] = _Grant(account, expired)
        return token

    def revoke(self, token: str) -> None:
        with self._lock:
            del self._grants[token]

    def authenticate(self, authorization: str | None) -> Account:
        match = AUTHORIZATION.fullmatch(authorization or "")
        with self._lock:
            grant = self._grants.get(match[1]) if match else None
        if grant is None:
            raise Refusal(401, _INVALID)
        if grant.expired:
            raise Refusal(401, "Token has expired")
        return grant.account
