import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from units.locale_files import english

from comfycontrol_pack.comfycontrol import errors, texts
from comfycontrol_pack.comfycontrol.api import responses
from comfycontrol_pack.comfycontrol.texts import placeholders
from comfycontrol_pack.server_routes import answers as door_answers

ROOT = Path(__file__).parents[2]
ERROR_TEXTS: dict[str, dict[str, str]] = english()["errors"]
SOURCES = [
    ROOT / "__init__.py",
    *(file for room in ("comfycontrol", "server_routes", "nodes") for file in sorted((ROOT / room).rglob("*.py"))),
]
# Of a tunnel, what a person has to do something about, or would like to.
TROUBLES_OF_TUNNEL = [code for code, text in english()["tunnel"].items() if text["next_step"]]
GUIDED = [*ERROR_TEXTS, *english()["test_run"], *TROUBLES_OF_TUNNEL]
GUIDE = ROOT / "docs" / "troubleshooting.md"
CAUSES = {name for name in vars(errors) if name.endswith("Error")} | {"RunnerExistsError"}


def nodes_of(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file)))


def raised_directly() -> Iterator[tuple[str, set[str]]]:
    """Every code that stands as text where an error is made, with the names of the values given to it."""
    for file in SOURCES:
        for node in nodes_of(file):
            if isinstance(node, ast.Call) and _name(node.func) in CAUSES and node.args:
                for code in ast.walk(node.args[0]):
                    if isinstance(code, ast.Constant) and isinstance(code.value, str):
                        yield code.value, {keyword.arg or "" for keyword in node.keywords}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def names_in(code: str) -> set[str]:
    return placeholders("".join(ERROR_TEXTS[code].values()))


@pytest.mark.parametrize("code", ERROR_TEXTS)
def test_an_error_says_what_happened_and_what_to_do(code: str) -> None:
    text = ERROR_TEXTS[code]
    assert list(text) == ["message", "next_step"]
    for sentence in text.values():
        assert sentence.isascii()
        assert sentence[0].isupper()
    assert text["message"].endswith(".")
    # A command at the end is copied, so nothing may follow it.
    assert text["next_step"].endswith((".", "{command}"))


@pytest.mark.parametrize("code", GUIDED)
def test_the_guide_has_a_heading_for_an_error(code: str) -> None:
    assert re.search(rf"^### `{code}`$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_guide_has_no_heading_for_an_error_that_does_not_exist() -> None:
    headings = re.findall(r"^### `(\w+)`$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(GUIDED)


def test_every_error_that_is_raised_has_its_text_and_every_value_in_it() -> None:
    raised = list(raised_directly())
    assert raised
    for code, values in raised:
        assert code in ERROR_TEXTS
        assert names_in(code) <= values, code


def test_every_error_of_a_table_has_its_text() -> None:
    codes = {code for _, _, code in responses._MEANING_OF_CAUSE}
    assert all(not names_in(code) for code in codes)
    assert codes | door_answers._STATUS_OF_CODE.keys() <= ERROR_TEXTS.keys()


def test_every_text_belongs_to_an_error_that_can_happen() -> None:
    written = {
        node.value
        for file in SOURCES
        for node in nodes_of(file)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert ERROR_TEXTS.keys() - written == set()


@pytest.mark.parametrize("cause", sorted(CAUSES - {"RunnerExistsError"}))
def test_an_error_tells_its_code_its_sentence_and_the_values(cause: str) -> None:
    error = getattr(errors, cause)("rate_limited", field="token", service_message="slow down", retry_after=7)
    assert isinstance(error, errors.ComfyControlError)
    assert (error.code, error.field, error.service_message, error.retry_after) == (
        "rate_limited",
        "token",
        "slow down",
        7,
    )
    assert "7 seconds" in error.next_step
    assert str(error) == f"rate_limited: {error.message}"


def test_the_services_own_words_are_no_format() -> None:
    error = errors.RefusedByServiceError("values_refused", service_message="{retry_after} {0} {")
    assert error.service_message == "{retry_after} {0} {"


def test_a_value_is_no_format() -> None:
    error = errors.WrongStateError("status_unknown", status="{status} {0}")
    assert "{status} {0}" in error.message


def test_an_error_whose_text_is_lost_still_says_which_it_is() -> None:
    assert "brand_new" in errors.ComfyControlError("brand_new").message


def test_an_error_is_told_in_the_language_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors.WrongStateError("status_unknown", status="asleep")
    told = {"errors": {"status_unknown": {"message": "Estado {status}."}}}
    monkeypatch.setattr(texts, "_table", lambda language: told if language == "es" else english())
    assert error.message_in("es") == "Estado asleep."
    assert "dashboard" in error.next_step_in("es")
    assert "asleep" in error.message
