"""The present moment, as the service writes moments."""

from datetime import datetime, timezone


def utc_now() -> str:
    """Give the present moment in ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
