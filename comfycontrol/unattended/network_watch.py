"""When to look for the machine's address again: every minute, and when its network has changed."""

import contextlib
import socket

LOOK_SECONDS = 60.0
NETWORK_SECONDS = 5.0

# Nothing is sent: connecting a UDP socket only asks the system which of its addresses it would use. The addresses are
# reserved for documentation (RFC 5737, RFC 3849), so no machine has them in its own network.
_FAR_AWAY = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def network_addresses() -> tuple[str, ...]:
    """Give the machine's own addresses towards the internet, which change with its network."""
    found = []
    for family, address in _FAR_AWAY:
        own = ""
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            own = str(probe.getsockname()[0])
        found.append(own)
    return tuple(found)
