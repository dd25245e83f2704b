import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfycontrol_pack.comfycontrol import texts

ENGLISH = {
    "panel": {"save": "Save", "hello": "Hello {name}", "title": {"edit": "Edit"}},
    "errors": {"late": {"message": "Too late by {seconds} s.", "next_step": "Run: {command}"}},
    "states": {"registered": {"message": ""}},
}


class Shelf:
    """A folder of locales with English in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.put("en", ENGLISH)

    def put(self, language: str, content: Any) -> None:
        self.write(language, json.dumps(content).encode())

    def write(self, language: str, content: bytes) -> None:
        file = self._folder / language / "panel.json"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(texts, "_LOCALES", tmp_path)
    texts._table.cache_clear()
    yield Shelf(tmp_path)
    texts._table.cache_clear()


def late(language: str) -> str:
    return texts.sentence("errors", "late", "message", language=language, seconds=3)


def test_a_sentence_is_said_in_the_language_asked_for(shelf: Shelf) -> None:
    shelf.put("fr", {"errors": {"late": {"message": "{seconds} s de retard."}}})
    assert late("fr") == "3 s de retard."
    assert late("en") == "Too late by 3 s."


@pytest.mark.parametrize(
    "broken",
    [
        "Retard.",
        "{secondes} s de retard.",
        "{seconds} s de retard, {name}.",
        "{seconds s de retard.",
        "{seconds} s} de retard.",
        "{seconds:>9} s de retard.",
        "{0}",
        "",
        None,
        7,
        {"seconds": "3"},
    ],
)
def test_a_broken_translation_is_english(shelf: Shelf, broken: Any) -> None:
    shelf.put("fr", {"errors": {"late": {"message": broken}}})
    assert late("fr") == "Too late by 3 s."


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"errors": []}', b'{"errors": "late"}'])
def test_a_damaged_file_is_english(shelf: Shelf, content: bytes) -> None:
    shelf.write("fr", content)
    assert late("fr") == "Too late by 3 s."
    assert texts.page_texts("fr") == ENGLISH["panel"]


@pytest.mark.parametrize("language", ["tlh", "", "../en", "fr/../en", "EN", "\ud800", "zh"])
def test_a_language_that_is_not_there_is_english(shelf: Shelf, language: str) -> None:
    assert late(language) == "Too late by 3 s."
    assert texts.page_texts(language) == ENGLISH["panel"]


def test_the_page_gets_english_for_each_text_that_is_missing(shelf: Shelf) -> None:
    shelf.put("fr", {"panel": {"save": "Enregistrer", "hello": "Bonjour", "title": "Titre", "more": "Plus"}})
    assert texts.page_texts("fr") == {"save": "Enregistrer", "hello": "Hello {name}", "title": {"edit": "Edit"}}


def test_a_sentence_that_nobody_wrote_is_its_own_place(shelf: Shelf) -> None:
    assert texts.sentence("errors", "brand_new", "message") == "errors.brand_new.message"
    assert texts.sentence("errors", "late", language="fr") == "errors.late"


def test_without_any_files_an_error_can_still_be_told(shelf: Shelf) -> None:
    shelf.write("en", b"")
    assert late("fr") == "errors.late.message"
    assert texts.page_texts("fr") == {}


def test_a_value_is_no_format_and_one_that_is_not_known_leaves_its_place(shelf: Shelf) -> None:
    assert texts.sentence("errors", "late", "message", seconds="{command} {0}") == "Too late by {command} {0} s."
    assert texts.sentence("errors", "late", "message", seconds=None) == "Too late by {seconds} s."


def test_an_empty_sentence_is_empty_in_every_language(shelf: Shelf) -> None:
    shelf.put("fr", {"states": {"registered": {"message": "Bien"}}})
    assert texts.sentence("states", "registered", "message", language="fr") == ""


def test_what_is_put_in_keeps_its_own_direction_and_what_is_copied_stays_bare(shelf: Shelf) -> None:
    shelf.put("he", {"errors": {"late": {"message": "\u05d0 {seconds}", "next_step": "\u05d0 {command}"}}})
    assert texts.sentence("errors", "late", "message", language="he", seconds="a.b/") == "\u05d0 \u2068a.b/\u2069"
    assert texts.sentence("errors", "late", "message", language="he", seconds=3) == "\u05d0 3"
    assert texts.sentence("errors", "late", "next_step", language="he", command="pip") == "\u05d0 pip"


def test_a_file_is_read_once_and_not_before_it_is_needed(shelf: Shelf) -> None:
    assert texts._table.cache_info().currsize == 0
    late("en")
    shelf.put("en", {})
    assert late("en") == "Too late by 3 s."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\u05d0 --port 6006, \u05d1", "\u05d0 \u2068--port 6006\u2069, \u05d1"),
        ("\u05d0 (cfc_).", "\u05d0 (\u2068cfc_\u2069)."),
        ("\u05d0 __comfycontrol/memory.json", "\u05d0 \u2068__comfycontrol/memory.json\u2069"),
        ("\u05d0 .local \u05d1", "\u05d0 \u2068.local\u2069 \u05d1"),
        ("\u05d0 https:// \u05d1", "\u05d0 \u2068https://\u2069 \u05d1"),
        # These keep their order by themselves.
        ("\u05d0 ComfyUI, \u05d1 (API).", "\u05d0 ComfyUI, \u05d1 (API)."),
    ],
)
def test_a_sign_stays_at_its_end_of_a_word_among_words_from_right_to_left(shelf: Shelf, text: str, told: str) -> None:
    shelf.put("he", {"panel": {"save": text}})
    shelf.put("fr", {"panel": {"save": text}})
    assert texts.sentence("panel", "save", language="he") == told
    assert texts.page_texts("he")["save"] == told
    assert texts.page_texts("fr")["save"] == text
