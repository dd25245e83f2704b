"""Ids and times in the shape in which the service gives them."""

import secrets
import uuid
from datetime import datetime, timezone


def new_id() -> str:
    # The documentation's example ids are not valid version 4 UUIDs, so a client that insists on one must fail here.
    return str(uuid.uuid5(uuid.NAMESPACE_URL, secrets.token_hex(16)))


def utc_now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
