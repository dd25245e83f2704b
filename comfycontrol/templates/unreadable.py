"""Why something that looks like a placeholder is none: ComfyControl knows one spelling, and whole values only."""

import re

from .placeholders import Fault, fault, read_placeholder

# The dollar and the parentheses of Chinese and Japanese keyboards as well.
_WHOLE = re.compile(r"[$\uff04]\s*([A-Za-z]+)\s*([(\uff08].*)?", re.DOTALL)
_KINDS = frozenset({"text", "choice", "file", "random", "timestamp"})
_WITHIN = re.compile(rf"[$\uff04](?:{'|'.join(sorted(_KINDS))})\s?[(\uff08]", re.IGNORECASE)
_CLOSING = (")", "\uff09")


def unreadable(value: str) -> Fault | None:
    """Say why this is no placeholder although it looks like one; None if it does not, or if it is one."""
    if read_placeholder(value):
        return None
    text = value.strip()
    whole = _WHOLE.fullmatch(text)
    kind, parts = (whole[1], whole[2] or "") if whole else ("", "")
    if kind.lower() in _KINDS:
        return _misspelt(value, kind.lower(), parts)
    if parts.endswith(_CLOSING):
        return fault("placeholder_unknown", value=text)
    return fault("not_whole_value", value=value) if _WITHIN.search(value) else None


def _misspelt(value: str, kind: str, parts: str) -> Fault:
    """Say what is wrong with one of a known kind."""
    if not parts:
        return fault("placeholder_bare", value=value)
    if not any(sign in parts for sign in _CLOSING):
        return fault("placeholder_open", value=value)
    inner = parts[1:-1]
    if not parts.endswith(_CLOSING) or any(sign in inner for sign in _CLOSING):
        return fault("not_whole_value", value=value)
    right = f"${kind}({inner.strip()})"
    if read_placeholder(right):
        return fault("placeholder_spelling", right=right, value=value)
    return fault("placeholder_arguments", value=value)
