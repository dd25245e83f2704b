"""What people read, in the languages we ship. English is the source, and stands in for what another language lacks.

The sentences are in `locales/<language>/panel.json`, which is read when the first is needed, not at ComfyUI's start.
They may contain `{names}` of values; they never contain a secret.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

Direction = Literal["ltr", "rtl"]

ENGLISH = "en"
# Those of ComfyUI's settings, by its names for them, and the direction in which each is written.
LANGUAGES: dict[str, Direction] = {
    "en": "ltr",
    "zh": "ltr",
    "zh-TW": "ltr",
    "ja": "ltr",
    "ko": "ltr",
    "ru": "ltr",
    "fr": "ltr",
    "es": "ltr",
    "pt-BR": "ltr",
    "ar": "rtl",
    "tr": "ltr",
    "fa": "rtl",
    "he": "rtl",
    "it": "ltr",
}

_LOCALES = Path(__file__).parent.parent / "locales"
# Not compiled here, to spare ComfyUI's start; `re` caches it at the first use.
_PLACEHOLDER = r"\{(\w+)\}"
# First Strong Isolate and Pop Directional Isolate of Unicode.
_ISOLATED = "\u2068{}\u2069"
# Words in Latin letters that begin or end with a symbol, such as --port 6006, cfc_ or __comfycontrol: in text from
# right to left the symbol would move to the other end. Punctuation around them belongs to the sentence.
_TECHNICAL = r"[!-z|~]*[A-Za-z][!-z|~]*(?: [!-z|~]+)*"
_AROUND = "\"'()[]"
_AFTER = _AROUND + ".,:;!?"
# Copied into a terminal, it must not contain invisible characters.
_NEVER_ISOLATED = frozenset({"command"})


def shipped(language: str) -> str:
    """Give the language if we ship it, else English. Takes any text."""
    return language if language in LANGUAGES else ENGLISH


def sentence(*place: str, language: str = ENGLISH, **values: str | int | None) -> str:
    """Give one sentence, with its placeholders filled in.

    Never raises, because errors are told with it. For a place that even English lacks it gives the name of the place;
    a placeholder without a value stays.

    Args:
        place: the section, the code and, if there are several, the field: `"errors", "internal", "message"`.
        language: one of `LANGUAGES`; English for any other.
        values: for the placeholders.

    """
    english = _at(_table(ENGLISH), place)
    if not isinstance(english, str):
        return ".".join(place)
    known = shipped(language)
    text = _translated(english, _at(_table(known), place))
    return re.sub(_PLACEHOLDER, lambda found: _value(found, values, LANGUAGES[known]), _written(text, known))


def first_sentence(sections: tuple[str, ...], *place: str, language: str, **values: str | int | None) -> str:
    """Give the sentence of the first section that has one at this place; empty if none has."""
    for section in sections:
        text = sentence(section, *place, language=language, **values)
        if text != ".".join((section, *place)):
            return text
    return ""


class Told:
    """Something that a person is told in two sentences: what is the matter, and what to do next."""

    @property
    def message(self) -> str:
        """What is the matter, in English."""
        return self.message_in(ENGLISH)

    @property
    def next_step(self) -> str:
        """What to do next, in English."""
        return self.next_step_in(ENGLISH)

    def message_in(self, language: str) -> str:
        """What is the matter."""
        return self._said("message", language)

    def next_step_in(self, language: str) -> str:
        """What to do next."""
        return self._said("next_step", language)

    def content_in(self, language: str) -> dict[str, str]:
        """Give both, as they are sent in an answer."""
        return {"message": self.message_in(language), "next_step": self.next_step_in(language)}

    def _said(self, name: str, language: str) -> str:
        raise NotImplementedError


def page_texts(language: str) -> dict[str, Any]:
    """Give the page's section; sentences that the language lacks are in English."""
    english = _at(_table(ENGLISH), ("panel",))
    other = _at(_table(shipped(language)), ("panel",))
    merged: dict[str, Any] = _merged(english, other, shipped(language)) if isinstance(english, dict) else {}
    return merged


def placeholders(text: str) -> set[str]:
    """The placeholders' names in a sentence. A stray brace counts as a name of its own, so that it is noticed."""
    return {*re.findall(_PLACEHOLDER, text), *re.findall(r"[{}]", re.sub(_PLACEHOLDER, "", text))}


@cache
def _table(language: str) -> Any:
    try:
        return json.loads((_LOCALES / language / "panel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _at(table: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _translated(english: str, other: Any) -> str:
    usable = isinstance(other, str) and other and english and placeholders(other) == placeholders(english)
    return other if usable else english


def _merged(english: Any, other: Any, language: str) -> Any:
    if isinstance(english, dict):
        return {name: _merged(part, _at(other, (name,)), language) for name, part in english.items()}
    return _written(_translated(english, other), language)


def _written(text: str, language: str) -> str:
    return re.sub(_TECHNICAL, _isolated, text) if LANGUAGES[language] == "rtl" else text


def _isolated(found: re.Match[str]) -> str:
    whole = found[0]
    start = len(whole) - len(whole.lstrip(_AROUND))
    end = len(whole.rstrip(_AFTER))
    words = whole[start:end]
    if words[:1].isalnum() and words[-1:].isalnum():
        return whole
    return whole[:start] + _ISOLATED.format(words) + whole[end:]


def _value(found: re.Match[str], values: dict[str, str | int | None], direction: Direction) -> str:
    value = values.get(found[1])
    if value is None:
        return found[0]
    isolate = direction == "rtl" and isinstance(value, str) and found[1] not in _NEVER_ISOLATED
    return _ISOLATED.format(value) if isolate else str(value)
