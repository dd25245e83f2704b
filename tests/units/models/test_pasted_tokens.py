import pytest
from hypothesis import given
from hypothesis import strategies as st
from units.pasted_tokens import NO_TOKEN_IN, TOKEN_IN

from comfycontrol_pack.comfycontrol.errors import InvalidInputError
from comfycontrol_pack.comfycontrol.models.token import token_in

TOKEN = "cfc_0123456789abcdefABCDEF"


@pytest.mark.parametrize("pasted", TOKEN_IN)
def test_the_one_token_in_what_was_pasted_is_taken(pasted: str) -> None:
    assert token_in(pasted.format(token=TOKEN)) == TOKEN


@pytest.mark.parametrize(("pasted", "code"), NO_TOKEN_IN)
def test_none_or_several_are_told(pasted: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        token_in(pasted)
    assert (raised.value.code, raised.value.field) == (code, "token")


@pytest.mark.parametrize("place", range(len(TOKEN)))
@pytest.mark.parametrize("invisible", ["\ufeff", "\u200b", "\u00ad"])
def test_what_cannot_be_seen_does_not_count_anywhere(place: int, invisible: str) -> None:
    assert token_in(TOKEN[:place] + invisible + TOKEN[place:]) == TOKEN


@given(st.text())
def test_what_is_taken_has_the_documented_form(around: str) -> None:
    try:
        found = token_in(f"{around}{TOKEN}{around}")
    except InvalidInputError:
        return
    assert found.removeprefix("cfc_").isalnum()
    assert found.isascii()
