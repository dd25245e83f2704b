"""The current time, in the format of the service."""

from datetime import datetime, timezone


def utc_now() -> str:
    """Give the current time in ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
