import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfycontrol_pack.comfycontrol.errors import InvalidInputError
from comfycontrol_pack.comfycontrol.models.endpoint import check_endpoint
from comfycontrol_pack.comfycontrol.models.limits import (
    REFUSED_HEADERS,
    check_description,
    check_headers,
    check_name,
    check_status,
    check_tags,
    check_template_name,
)

# The page's own check is run over the same table.
CASES = json.loads((Path(__file__).parents[2] / "limits_cases.json").read_text(encoding="ascii"))
CHECKS: dict[str, Callable[[Any], object]] = {
    "name": check_name,
    "endpoint": check_endpoint,
    "tags": check_tags,
    "template_name": check_template_name,
    "description": check_description,
    "headers": lambda headers: check_headers({header["name"]: header["value"] for header in headers}),
}


def fault_of(check: Callable[[Any], object], value: Any, field: str) -> str | None:
    try:
        check(value)
    except InvalidInputError as error:
        # The form shows the fault at the field it concerns.
        return error.code if error.field == field.removeprefix("template_") else f"{error.code} at {error.field}"
    return None


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [(field, case["value"], case["fault"]) for field, cases in CASES.items() for case in cases],
)
def test_a_field_is_taken_or_refused(field: str, value: Any, fault: str | None) -> None:
    assert fault_of(CHECKS[field], value, field) == fault


def test_the_table_has_every_field() -> None:
    assert CASES.keys() == CHECKS.keys()


@pytest.mark.parametrize("header", sorted(REFUSED_HEADERS))
def test_the_table_has_every_refused_header(header: str) -> None:
    names = {name["name"].lower() for case in CASES["headers"] for name in case["value"] if case["fault"]}
    assert header in names


@pytest.mark.parametrize(
    ("status", "fault"),
    [("active", None), ("disabled", None), ("Active", "status_invalid"), ("", "status_invalid")],
)
def test_a_status_is_taken_or_refused(status: str, fault: str | None) -> None:
    assert fault_of(check_status, status, "status") == fault


def test_blanks_around_a_name_and_an_endpoint_are_dropped() -> None:
    assert check_name("  Mine ") == "Mine"
    assert check_endpoint(" https://comfy.example.com/ ") == "https://comfy.example.com/"


def test_tags_keep_order_and_case() -> None:
    assert check_tags(["b", "A", "a"]) == ("b", "A", "a")


@given(st.text(min_size=1))
def test_a_refused_header_is_named_but_its_value_is_not_quoted(value: str) -> None:
    secret = f"s3cr3t{value}\n"
    with pytest.raises(InvalidInputError) as raised:
        check_headers({"X-Key": secret})
    told = f"{raised.value} {raised.value!r} {raised.value.next_step}"
    assert "X-Key" in told
    assert "s3cr3t" not in told
