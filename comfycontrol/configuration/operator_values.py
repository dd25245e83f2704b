"""What operators' values mean: other tools have other conventions for quotes, remarks, lists and switches.

A value with one meaning is understood. One with two, or with none, is refused with what is wrong and how to write it
instead; nothing is used as it stands that nobody can have meant. Light, because ComfyUI's start loads it.
"""

import json
import re
from collections.abc import Iterator

from ..models.limits import COMMAS

_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u2060")
_QUOTED = re.compile(r"(?s)(?P<quote>[\"'])(?P<value>.*)(?P=quote)(?:\s+#.*)?")
_REMARK = re.compile(r"(?m)(?:^|\s)#(?:\s.*|$)")
_WORD_AFTER_HASH = re.compile(r"\s#[^\s\d]")
# $(NAME) of Kubernetes, ${NAME} of shells and Compose, {{ NAME }} of templates; $NAME and %NAME% only as the last word,
# as in `Bearer $NAME`, because a secret may have these signs anywhere.
_NOT_FILLED_IN = re.compile(r"\$\(\w+\)|\$\{[^}]*\}|\{\{[^}]*\}\}|(?:^|\s)(?:\$[A-Za-z_]\w*|%\w+%)$")
_SHELL_NAME = re.compile(r"(?<![\w$])\$[A-Za-z_]\w+")
_ON = frozenset({"on", "true", "1", "yes", "y", "enable", "enabled"})
_OFF = frozenset({"off", "false", "0", "no", "n", "disable", "disabled"})
_BETWEEN = re.compile(rf"[{COMMAS}\n]|\\n")
# In an item of a list: the semicolon of any keyboard, and quotes that end where no comma is.
_UNCLEAR_ITEM = re.compile(r"[;\uff1b\"]|'\s+'")
# Where the next header begins: a name of letters and dashes, a colon, a blank.
_HEADER = r"[A-Za-z][A-Za-z0-9-]*:"
_NEXT_HEADER = re.compile(rf"\s*;\s*(?={_HEADER}\s)|\s*(?:\\r)?\\n\s*(?={_HEADER}|$)")
_UNCLEAR_HEADER = re.compile(rf"[;,]\s*{_HEADER}(?!//)")
_NO_NAME = "a name such as $(NAME) or ${NAME} in it was not filled in. Write the value itself, or define that name"
_NO_HASH = "a # after a space may start a comment. Remove it"


class UnclearValueError(ValueError):
    """A value that is not understood; says why and how to write it, and never quotes it."""


def cleaned(value: str) -> str:
    """Give a value without what tools leave around it.

    Raises:
        UnclearValueError: it has bytes that are no UTF-8, or a name that was not filled in.

    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnclearValueError("it is not valid UTF-8. Write it in UTF-8") from None
    text = value.translate(_INVISIBLE).strip()
    if _NOT_FILLED_IN.search(text):
        raise UnclearValueError(_NO_NAME)
    quoted = _QUOTED.fullmatch(text)
    # Quotes inside would end there: then they belong to the value.
    if quoted and quoted["quote"] not in quoted["value"]:
        return quoted["value"].strip()
    return text


def without_remark(text: str) -> str:
    """Give a cleaned value without a remark after it, as env files have them. `Studio #2` is none.

    Raises:
        UnclearValueError: it may be one or not.

    """
    bare = _REMARK.sub("", text).strip()
    if _WORD_AFTER_HASH.search(bare):
        raise UnclearValueError(_NO_HASH)
    if _SHELL_NAME.search(bare):
        raise UnclearValueError(_NO_NAME)
    return bare


def word(text: str) -> str:
    """Give a value that has no blanks, such as a URL, without a remark after it.

    Raises:
        UnclearValueError: a name in it was not filled in.

    """
    return without_remark(re.sub(r"(?s)(?:^|\s)#.*", "", text))


def switch(text: str) -> str:
    """Give `on` or `off` for how other tools write them, and every other word in lower case."""
    lower = word(text).lower()
    return "on" if lower in _ON else "off" if lower in _OFF else lower


def items(text: str) -> list[str]:
    """Give the items of a list: between commas of any keyboard, on lines, or as JSON.

    Raises:
        UnclearValueError: it begins like JSON and is none, or holds more than texts, or nobody can tell where an item
            ends.

    """
    if text.startswith("["):
        listed = _json(text) or _json(text.replace("'", '"'))
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise UnclearValueError("it starts like a JSON list, but is not a list of strings. Write a, b, c")
        return [item.strip() for item in listed if item.strip()]
    # Lists of YAML have a dash before each item.
    parts = [re.sub(r"^-\s+", "", part.strip()).strip("\"'").strip() for part in _BETWEEN.split(text)]
    if any(_UNCLEAR_ITEM.search(part) for part in parts):
        raise UnclearValueError("it may have several items between two commas. Write a, b, c")
    return [part for part in parts if part]


def header_lines(text: str) -> Iterator[str]:
    """Give lines `Name: value`, also of JSON and of one line with `; ` or a literal line break; no remarks.

    Raises:
        UnclearValueError: nobody can tell where one header ends.

    """
    for line in _lines(text):
        if _UNCLEAR_HEADER.search(line.partition(":")[2]):
            raise UnclearValueError("it may have several headers on one line. Write each on its own line")
        if re.search(r"\s#", line):
            raise UnclearValueError(_NO_HASH)
        yield line


def _lines(text: str) -> Iterator[str]:
    if text.startswith(("{", "[")):
        found = _json(text)
        if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
            yield from (f"{name}: {value}" for name, value in found.items())
            return
        if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
            raise UnclearValueError("it starts like JSON, but is not a list of strings. Write lines Name: value")
        text = "\n".join(found)
    for line in text.splitlines():
        for part in _NEXT_HEADER.split(line):
            bare = cleaned(part).rstrip(";").strip()
            if bare and not bare.startswith("#"):
                yield bare


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
