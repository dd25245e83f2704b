"""Reading and checking the placeholders of a template, as ComfyControl documents them (concepts/templates).

A placeholder is the whole text of one input. The page writes them (`web/placeholders.js`); one table of cases,
`tests/placeholder_cases.json`, tests both. The documentation does not say how the service reads a default or an option
that contains a comma, a parenthesis or a line break, so we never write one.
"""

import math
import re
from typing import Any, Literal, NamedTuple

from ..texts import ENGLISH, sentence

Kind = Literal["text", "choice", "file", "random", "timestamp"]

NAME_LENGTH = 255
FEWEST_OPTIONS = 2
MOST_OPTIONS = 4
# Ends a default or an option for a reader that does not match parentheses.
_ENDS_A_PART = frozenset(",()\r\n")
# What Python and JavaScript both take for a number: neither knows the other's `1_000`, `0x10` or `inf`.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
# A float has no more; Python itself refuses texts of more than 4300.
_MOST_DIGITS = 320
NUMBER_NODE = "ComfyControlNumber"
# Those of our nodes that make a field of the form.
ASKING_NODES: dict[str, Kind] = {
    "ComfyControlText": "text",
    NUMBER_NODE: "text",
    "ComfyControlChoice": "choice",
    "ComfyControlImage": "file",
}
OWN_NODES = frozenset({*ASKING_NODES, "ComfyControlSeed", "ComfyControlTimestamp"})


class Placeholder(NamedTuple):
    """A placeholder: its kind, its key (empty for `random` and `timestamp`), its default and options."""

    kind: Kind
    key: str = ""
    default: str = ""
    options: tuple[str, ...] = ()


class Fault(NamedTuple):
    """What is wrong with something that a person filled in; `code` is a key of the texts' section `placeholders`."""

    code: str
    values: tuple[tuple[str, str | int], ...] = ()

    def sentence(self, language: str = ENGLISH) -> str:
        """What a person reads."""
        return sentence("placeholders", self.code, language=language, **dict(self.values))


def fault(code: str, **values: str | int) -> Fault:
    """Give the fault of that code; long values are shortened."""
    return Fault(code, tuple((name, _shortened(value)) for name, value in values.items()))


def read_placeholder(value: Any) -> Placeholder | None:
    """Read the placeholder that an input value consists of; None if it is not one of a documented form.

    One with a key, or a number of options, that the service would refuse is read as well, so that this can be told.
    """
    found = re.fullmatch(r"\$([a-z]+)\((.*)\)", value, re.DOTALL) if isinstance(value, str) else None
    if found is None:
        return None
    kind, inner = found[1], found[2]
    if kind in {"random", "timestamp"}:
        return None if inner.strip() else Placeholder("random" if kind == "random" else "timestamp")
    key, _, rest = inner.partition(",")
    if kind == "text":
        return Placeholder("text", key.strip(), rest.strip())
    if kind == "choice":
        options = tuple(option.strip() for option in rest.split(",")) if rest else ()
        return Placeholder("choice", key.strip(), options[0] if options else "", options)
    # A file has a name and nothing else.
    return Placeholder("file", inner.strip()) if kind == "file" else None


def is_still(value: Any, kind: Kind, key: str = "") -> bool:
    """Whether an input still holds its placeholder, or nothing: ComfyControl has not put a value there."""
    if value is None:
        return True
    found = read_placeholder(value)
    return found is not None and (found.kind, found.key) == (kind, key.strip())


def number_fault(key: str, value: Any) -> Fault | None:
    """What is wrong with the number of a field."""
    return fault("number_expected", key=key, value=str(value)) if number_in(value) is None else None


def key_fault(key: Any) -> Fault | None:
    """What is wrong with the key of a field. The rule is documented for files, and we apply it to all."""
    if _is_connected(key):
        return fault("key_connected")
    text = key.strip() if isinstance(key, str) else ""
    if not text:
        return fault("key_missing")
    if len(text) > NAME_LENGTH:
        return fault("key_too_long")
    return None if re.fullmatch(r"[A-Za-z0-9_-]+", text) else fault("key_characters", key=text)


def options_in(lines: Any) -> tuple[str, ...]:
    """Give the options that were typed, one on each line."""
    return tuple(line.strip() for line in lines.splitlines() if line.strip()) if isinstance(lines, str) else ()


def options_fault_in(lines: Any) -> Fault | None:
    """What is wrong with the options that were typed."""
    return fault("options_connected") if _is_connected(lines) else options_fault(options_in(lines))


def options_fault(options: tuple[str, ...]) -> Fault | None:
    """What is wrong with the options of a choice."""
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        return fault("options_count", count=len(options))
    for place, option in enumerate(options):
        if not can_be_carried(option):
            return fault("option_characters", option=option)
        if option in options[:place]:
            return fault("option_twice", option=option)
    return None


def can_be_carried(text: str) -> bool:
    """Whether a default or an option reaches ComfyControl unchanged, however it reads placeholders."""
    return _ENDS_A_PART.isdisjoint(text.strip())


def number_in(value: Any) -> int | float | None:
    """Read a number, or the text of one; None if it is none, or too large for a float. Integers stay exact."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return None
        value = int(text) if _WHOLE_NUMBER.fullmatch(text) and len(text) <= _MOST_DIGITS else float(text)
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def whole_number_in(value: Any) -> int | None:
    """Read a whole number, or the text of one; None if it is none."""
    number = number_in(value)
    return int(number) if number is not None and number == int(number) else None


def _is_connected(value: Any) -> bool:
    """Whether another node gives it: its id and output in API format, None where ComfyUI asks before the run."""
    return value is None or isinstance(value, list)


def _shortened(value: str | int) -> str | int:
    longest = 60
    if isinstance(value, int):
        return value
    # A line break would start a new line in the log, and half a surrogate pair cannot be written at all.
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "?", value[:longest])
    return shown if len(value) <= longest else f"{shown}..."
