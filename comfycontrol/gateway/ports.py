"""Which port the guarded port may be, in the order in which they are tried."""

from collections.abc import Iterator

# As far from ComfyUI's own as to be another's at a glance, and further ones where that is taken: the ports next to it
# are those of other instances on the same machine.
_FIRST = 10_000
_STEP = 1_000
_TRIES = 10
# Systems let nobody but root have those below.
_LOWEST = 1024
_END = 65_536


def ports_to_try(own: int, named: int | None, remembered: int | None) -> list[int]:
    """Give the ports to try, without ComfyUI's own: on some systems one address of it could be taken from ComfyUI.

    Args:
        own: ComfyUI's.
        named: the one that the operator named; then no other is tried.
        remembered: the one that was open last, to which a tunnel may lead.

    """
    wanted = [named] if named else [*([remembered] if remembered else []), *_usual(own)]
    return [port for port in dict.fromkeys(wanted) if port != own]


def _usual(own: int) -> Iterator[int]:
    for number in range(_TRIES):
        yield (own + _FIRST + number * _STEP - _LOWEST) % (_END - _LOWEST) + _LOWEST
