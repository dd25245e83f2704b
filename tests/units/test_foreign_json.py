"""JSON from elsewhere: what is read of it, and what is no better than nothing."""

import pytest

from comfycontrol_pack.comfycontrol.foreign_json import read_json, read_mended_json, read_object


def test_an_object_is_read() -> None:
    assert read_json('{"name": "caf\\u00e9"}') == read_object(b'{"name": "caf\\u00e9"}') == {"name": "caf\u00e9"}


@pytest.mark.parametrize("text", ["", "{", '"\\ud800"', '{"\\udc00": 1}', '["a", {"b": "\\ud800."}]'])
def test_what_is_no_json_or_could_not_be_sent_on_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_a_whole_surrogate_pair_is_an_ordinary_character() -> None:
    assert read_json('"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("text", [b"[]", b"null", b"", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}'])
def test_anything_but_an_object_reads_as_none(text: bytes) -> None:
    assert read_object(text) is None


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (b'{"name": "a\\udcffb", "more": ["\\ud800"]}', {"name": "a\ufffdb", "more": ["\ufffd"]}),
        (b'{"\\udc00": "\\ud83d\\ude00 caf\\u00e9"}', {"\ufffd": "\U0001f600 caf\u00e9"}),
    ],
)
def test_half_a_character_of_the_service_hides_nothing_else(text: bytes, content: object) -> None:
    assert read_mended_json(text) == content


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"<html>"])
def test_what_is_no_json_is_not_mended(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        read_mended_json(text)
