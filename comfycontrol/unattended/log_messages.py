"""Messages for the log: one when something changes, one when trouble starts, one when it ends."""

from collections.abc import Callable

from ..errors import AnswerLostError, ComfyControlError, NoConnectionError
from ..log import LOGGER

NO_ADDRESS = (
    "no public address found for this ComfyUI, so it is not registered. Set COMFYCONTROL_ENDPOINT or start a tunnel."
)
IS_A_COPY = (
    "another ComfyUI responds at the address of this instance's runner, so this is a copy of it. Register it as a new "
    "runner in the panel, or set COMFYCONTROL_REGISTER=on."
)
MAY_BE_A_COPY = (
    "this instance's runner has a different address, and another ComfyUI may be using it. The runner is left unchanged "
    "and this ComfyUI becomes a new runner."
)
SHARED_FOLDER = (
    "another ComfyUI writes to the same user folder, so this one's runner is left unchanged. Give each ComfyUI its own."
)
TAKEN_ADDRESS = (
    "another ComfyUI responds at this instance's address, so it is not registered. Give each ComfyUI its own address."
)
OPEN_ADDRESS = (
    "anyone who finds this instance's address can use this ComfyUI, and COMFYCONTROL_GATEWAY=on forbids that, so it is "
    "not registered. Point the address to the guarded port."
)
NOT_PROVEN = (
    "this machine has a new address, but it does not lead here yet. The runner is left unchanged until it does."
)
FOUND_NOT_PROVEN = (
    "an address was found for this machine, but it does not lead here yet, so it is not registered. Retrying "
    "automatically. To register an address that this machine cannot reach, set COMFYCONTROL_ENDPOINT."
)
NOTHING_TO_UPDATE = (
    "no runner in your account has this address, and COMFYCONTROL_REGISTER=update does not create one. Register it in "
    "the panel."
)
TRIED_AGAIN = "Retrying automatically. The log will say when it works."


class TroubleLog:
    """Logs each trouble once."""

    def __init__(self) -> None:
        self._trouble: str | None = None

    def trouble_is(self, code: str, text: str, more: Callable[[], str] = str) -> None:
        """Log what is the matter, unless that was the last thing logged; `more` is called only if it was not."""
        if code != self._trouble:
            self._trouble = code
            LOGGER.warning("ComfyControl: %s", f"{text} {more()}".strip())

    def note(self, code: str) -> None:
        """Note what is the matter, if it has been logged elsewhere."""
        self._trouble = code

    def well(self, text: str) -> None:
        """Log that the trouble is over, if there was any."""
        if self._trouble is not None:
            self._trouble = None
            LOGGER.info("ComfyControl: %s", text)


def told(error: ComfyControlError) -> str:
    """What the log says of an error. Next steps that need somebody to press a button are left out."""
    if isinstance(error, NoConnectionError) or error.code == "storage_failed":
        return f"{error.message} {error.next_step} {TRIED_AGAIN}"
    if isinstance(error, AnswerLostError) or error.code == "rate_limited":
        return f"{error.message} {TRIED_AGAIN}"
    return f"{error.message} {error.next_step}"
