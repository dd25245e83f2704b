"""Seed and timestamp, which ComfyControl fills in by itself, and a run here generates."""

import random
import time
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from .inputs import CATEGORY, PLACEHOLDER, Inputs

if TYPE_CHECKING:
    from ..comfycontrol.templates.placeholders import Kind

# ComfyUI's seeds are unsigned; a signed one is taken for the same 64 bits.
_BITS = 64
_ALL_BITS = (1 << _BITS) - 1
_MS_PER_S = 1000
# For each current run, the time that all its nodes give. ComfyUI makes one DynamicPrompt per run.
_moments: "weakref.WeakKeyDictionary[Any, int]" = weakref.WeakKeyDictionary()


class RandomSeed:
    """A random seed: `$random()`, each occurrence its own."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "A random 64-bit seed, new for every run, both here and in ComfyControl. Each of these nodes has its own seed."
    )
    RETURN_TYPES = ("INT",)
    RETURN_NAMES = ("seed",)
    OUTPUT_TOOLTIPS = ("A whole number from 0 to 18446744073709551615.",)
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["random seed", "template seed", "placeholder seed", "noise seed"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {"required": {}, "optional": {"value": PLACEHOLDER}}

    @classmethod
    def VALIDATE_INPUTS(cls, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong."""
        return _whole_number_told(value, "random")

    @classmethod
    def IS_CHANGED(cls, value: Any = None) -> Any:  # noqa: N802 - ComfyUI's name
        """Differ from the last run, unless a value came."""
        return _never_the_same(value, "random")

    def give(self, value: Any = None) -> tuple[int]:
        """Give the seed that came, or a new one."""
        from ..comfycontrol.templates import placeholders

        came = None if placeholders.is_still(value, "random") else placeholders.whole_number_in(value)
        # Good enough for noise; not for secrets.
        return (random.getrandbits(_BITS) if came is None else came & _ALL_BITS,)


class RunTimestamp:
    """When the run was made: `$timestamp()`, in Unix milliseconds, the same everywhere in one run."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "The time of the run in milliseconds since 1970 (UTC). All of these nodes give the same time within one run."
    )
    RETURN_TYPES = ("INT", "STRING")
    RETURN_NAMES = ("int", "text")
    OUTPUT_TOOLTIPS = ("Milliseconds since 1970 (UTC).", "The same time as text, for file names.")
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["time", "date", "unix time", "placeholder timestamp"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {"required": {}, "optional": {"value": PLACEHOLDER}, "hidden": {"run": "DYNPROMPT"}}

    @classmethod
    def VALIDATE_INPUTS(cls, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong."""
        return _whole_number_told(value, "timestamp")

    @classmethod
    def IS_CHANGED(cls, value: Any = None, run: Any = None) -> Any:  # noqa: ARG003, N802 - ComfyUI's names
        """Differ from the last run, unless a value came."""
        return _never_the_same(value, "timestamp")

    def give(self, value: Any = None, run: Any = None) -> tuple[int, str]:
        """Give the time that came, or that of this run."""
        from ..comfycontrol.templates import placeholders

        came = None if placeholders.is_still(value, "timestamp") else placeholders.whole_number_in(value)
        moment = _moment_of(run) if came is None else came
        return moment, str(moment)


def _moment_of(run: Any) -> int:
    now = time.time_ns() * _MS_PER_S // 1_000_000_000
    return now if run is None else _moments.setdefault(run, now)


def _never_the_same(value: Any, kind: "Kind") -> Any:
    from ..comfycontrol.templates import placeholders

    # NaN does not equal itself, so ComfyUI takes it for a change.
    return float("nan") if placeholders.is_still(value, kind) else str(value)


def _whole_number_told(value: Any, kind: "Kind") -> bool | str:
    from ..comfycontrol.templates import placeholders

    if placeholders.is_still(value, kind) or placeholders.whole_number_in(value) is not None:
        return True
    return placeholders.fault("whole_number_expected", value=str(value)).sentence()
