"""That every text is there in every language, is used, and can be said."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from units.locale_files import LOCALES, english

import locales
from comfycontrol_pack.comfycontrol.public_address import suggestion
from comfycontrol_pack.comfycontrol.runners.state import Action, State
from comfycontrol_pack.comfycontrol.texts import LANGUAGES

ROOT = Path(__file__).parents[2]
PAGE = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "web" / "panel").glob("*.mjs")))
START = (ROOT / "web" / "comfycontrol.js").read_text(encoding="utf-8")
OTHERS = [language for language in LANGUAGES if language != "en"]
# Outside of placeholders.
WORD = re.compile(r"(?<!\{)\b[A-Za-z]{2,}\b(?!\})")
TEXTS = {(file, key): text for file in locales.FILES for key, text in locales.read("en", file).items()}


def test_the_languages_are_those_that_have_a_folder() -> None:
    assert sorted(folder.name for folder in LOCALES.iterdir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_all_four_files_and_no_other(language: str) -> None:
    assert sorted(file.stem for file in (LOCALES / language).glob("*")) == sorted(locales.FILES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_the_placeholders_of_english(language: str) -> None:
    assert [str(fault) for fault in locales.faults(language)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_not_english(language: str) -> None:
    translated = locales.read(language, "panel")
    same = [key for key, text in locales.read("en", "panel").items() if translated.get(key) == text]
    assert [key for key in same if len(WORD.findall(TEXTS["panel", key])) > 2] == []


@pytest.mark.parametrize("place", TEXTS, ids=".".join)
def test_english_is_plain(place: tuple[str, str]) -> None:
    text = TEXTS[place]
    assert text.isascii()
    assert "  " not in text


def test_every_text_of_the_page_is_used() -> None:
    unused = []
    page = PAGE + START
    for name, part in english()["panel"].items():
        if not re.search(rf"\btexts\.{name}\b", page):
            unused.append(name)
        # Where one of several is chosen at run time, or all are handed on, that is a use of each.
        elif isinstance(part, dict) and not re.search(rf"\btexts\.{name}\b(?!\.\w)", page):
            unused += [f"{name}.{inner}" for inner in part if not re.search(rf"\btexts\.{name}\.{inner}\b", page)]
    assert unused == []


def test_the_page_has_no_sentence_of_its_own() -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", PAGE, flags=re.DOTALL)
    assert [text for text in re.findall(r"[\"'`]([A-Z][a-z]+ [a-z][^\"'`]*)[\"'`]", code) if "${" not in text] == []


def test_every_state_and_every_action_has_its_texts() -> None:
    states = english()["states"]
    assert list(states) == list(get_args(State))
    assert {tuple(texts) for texts in states.values()} == {("label", "message", "next_step")}
    assert english()["panel"]["actions"].keys() == set(get_args(Action))


def test_every_state_but_the_good_one_says_what_is_so_and_what_to_do() -> None:
    silent = [code for code, texts in english()["states"].items() if not (texts["message"] and texts["next_step"])]
    assert silent == ["registered"]


def notes_in_code() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "comfycontrol" / "public_address").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note":
                (code,) = node.args
                if isinstance(code, ast.Constant):
                    yield str(code.value), {keyword.arg or "" for keyword in node.keywords}


def test_every_note_about_an_address_is_given_somewhere_with_its_values() -> None:
    given = dict(notes_in_code())
    texts = english()["notes"]
    assert given.keys() == texts.keys()
    assert {code: set(re.findall(r"\{(\w+)\}", text)) for code, text in texts.items()} == given
    assert [code for code, text in texts.items() if not text.endswith(".")] == []


def test_every_source_that_is_no_name_has_its_words() -> None:
    words = {value for name, value in vars(suggestion).items() if name.endswith("_SOURCE")}
    assert english()["sources"].keys() == words


def test_english_in_comfyuis_files_is_what_the_page_registers() -> None:
    settings = re.findall(r'row\("[\w-]+", "(\w+)", "([^"]+)", \d+\)', START)
    told = {name: text["name"] for name, text in english("settings").items()}
    assert {f"ComfyControl_{name}": label for name, label in settings} == told
    commands = re.findall(r'id: "([\w.]+)",\s+label: "([^"]+)"', START)
    assert {name.replace(".", "_"): {"label": label} for name, label in commands} == english("commands")
    shown = {name for place in re.findall(r'category: \["(\w+)", "(\w+)"', START) for name in place}
    assert english("main") == {"settingsCategories": {name: name for name in sorted(shown)}}
