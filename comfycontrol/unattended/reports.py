"""What goes into the log: one line when something changes, one when trouble starts, one when it ends."""

import logging

_LOGGER = logging.getLogger("comfycontrol")


class Reports:
    """Tells each trouble once."""

    def __init__(self) -> None:
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """The code of what is the matter; None when nothing is."""
        return self._trouble

    def trouble_is(self, code: str, text: str) -> None:
        """Say what is the matter, unless that is what was said last."""
        if code != self._trouble:
            self._trouble = code
            _LOGGER.warning("ComfyControl: %s", text)

    def note(self, code: str) -> None:
        """Know what is the matter, where others have said so."""
        self._trouble = code

    def well(self, text: str) -> None:
        """Say that it is over, where something was the matter."""
        if self._trouble is not None:
            self._trouble = None
            _LOGGER.info("ComfyControl: %s", text)
