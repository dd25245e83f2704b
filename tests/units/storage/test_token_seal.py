import base64
import os
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.errors import MachineError, WrongStateError
from comfycontrol_pack.comfycontrol.storage.token_seal import TokenSeal

TOKEN = SecretStr("cfc_s3cr3tT0ken")
ORIGIN = "https://api.comfycontrol.app"
ACCOUNT = "account"
USER = "default"
COMMAND = "python3 -m pip install cryptography"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "__comfycontrol" / "seal.key"


@pytest.fixture
def seal(key_file: Path) -> TokenSeal:
    return TokenSeal(key_file, ORIGIN, missing_command=COMMAND)


def assert_unreadable(seal: TokenSeal, sealed_token: str, user_id: str = USER) -> None:
    with pytest.raises(WrongStateError) as raised:
        seal.open(sealed_token, user_id, ACCOUNT)
    assert raised.value.code == "token_unreadable"
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("user_id", ["default", "Ada_0b1c", "", "\u00e9\n"])
def test_a_sealed_token_opens_again_also_after_a_restart(seal: TokenSeal, key_file: Path, user_id: str) -> None:
    sealed_token = seal.seal(TOKEN, user_id, ACCOUNT)
    assert seal.open(sealed_token, user_id, ACCOUNT) == TOKEN
    assert TokenSeal(key_file, ORIGIN, missing_command="").open(sealed_token, user_id, ACCOUNT) == TOKEN


def test_the_sealed_text_does_not_hold_the_token(seal: TokenSeal, key_file: Path) -> None:
    sealed_token = seal.seal(TOKEN, USER, ACCOUNT)
    assert sealed_token.isascii()
    version, _, text = sealed_token.partition(".")
    assert version == "v2"
    content = base64.urlsafe_b64decode(text)
    for part in (b"cfc_", b"s3cr3t", key_file.read_bytes()):
        assert part not in content
        assert part not in sealed_token.encode()
    # The same again: of two tabs, it does not matter whose text is saved last.
    assert sealed_token == seal.seal(TOKEN, USER, ACCOUNT)
    assert key_file.read_bytes() not in repr(vars(seal)).encode()


def test_only_the_account_of_this_machine_may_read_the_key(seal: TokenSeal, key_file: Path) -> None:
    seal.seal(TOKEN, USER, ACCOUNT)
    assert len(key_file.read_bytes()) == 32
    # Windows has no such modes: there the folder's own rights count.
    expected = 0o666 if sys.platform == "win32" else 0o600
    assert stat.S_IMODE(key_file.stat().st_mode) == expected


def other_user(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    return seal, "Eve_1234"


def other_service(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    return TokenSeal(key_file, "https://staging.comfycontrol.app", missing_command=""), USER


def key_gone(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    seal.destroy_key()
    return seal, USER


def other_key(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    key_file.write_bytes(os.urandom(32))
    return seal, USER


def short_key(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    key_file.write_bytes(key_file.read_bytes()[:16])
    return seal, USER


def empty_key(seal: TokenSeal, key_file: Path) -> tuple[TokenSeal, str]:
    key_file.write_bytes(b"")
    return seal, USER


@pytest.mark.parametrize("change", [other_user, other_service, key_gone, other_key, short_key, empty_key])
def test_elsewhere_it_does_not_open_until_the_token_is_entered_again(
    seal: TokenSeal, key_file: Path, change: Callable[[TokenSeal, Path], tuple[TokenSeal, str]]
) -> None:
    sealed_token = seal.seal(TOKEN, USER, ACCOUNT)
    changed, user_id = change(seal, key_file)
    assert_unreadable(changed, sealed_token, user_id)
    assert changed.open(changed.seal(TOKEN, user_id, ACCOUNT), user_id, ACCOUNT) == TOKEN


def test_sealed_for_one_account_it_does_not_open_for_another(seal: TokenSeal) -> None:
    sealed_token = seal.seal(TOKEN, USER, "another account")
    assert_unreadable(seal, sealed_token)
    assert seal.open(sealed_token, USER, "another account") == TOKEN


@pytest.mark.parametrize(
    ("token", "user_id", "account_id"),
    [(SecretStr("cfc_another"), USER, ACCOUNT), (TOKEN, "Ada_0b1c", ACCOUNT), (TOKEN, USER, "another account")],
)
def test_no_nonce_serves_for_two_texts(seal: TokenSeal, token: SecretStr, user_id: str, account_id: str) -> None:
    def nonce(sealed_token: str) -> bytes:
        return base64.urlsafe_b64decode(sealed_token.removeprefix("v2."))[:12]

    assert nonce(seal.seal(TOKEN, USER, ACCOUNT)) != nonce(seal.seal(token, user_id, account_id))


def test_a_mark_knows_one_token_again_until_the_key_is_another(seal: TokenSeal) -> None:
    mark = seal.mark(TOKEN)
    assert seal.mark(TOKEN) == mark
    assert seal.mark(SecretStr("cfc_another")) != mark
    seal.destroy_key()
    assert seal.mark(TOKEN) != mark


def test_destroying_a_key_that_is_not_there_is_no_error(seal: TokenSeal) -> None:
    seal.destroy_key()
    seal.destroy_key()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.text().map("v1.{}".format) | st.binary().map(lambda data: "v2." + _encoded(data)))
def test_any_other_text_does_not_open(seal: TokenSeal, text: str) -> None:
    seal.seal(TOKEN, USER, ACCOUNT)
    assert_unreadable(seal, text)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_text_does_not_open(seal: TokenSeal, data: st.DataObject) -> None:
    sealed = bytearray(base64.urlsafe_b64decode(seal.seal(TOKEN, USER, ACCOUNT).removeprefix("v2.")))
    place = data.draw(st.integers(0, len(sealed) - 1))
    if data.draw(st.booleans()):
        sealed[place] ^= data.draw(st.integers(1, 255))
    else:
        del sealed[place:]
    assert_unreadable(seal, "v2." + _encoded(bytes(sealed)))


@pytest.mark.parametrize("version", ["", "v0", "v1", "V2"])
def test_a_text_of_another_version_does_not_open(seal: TokenSeal, version: str) -> None:
    assert_unreadable(seal, seal.seal(TOKEN, USER, ACCOUNT).replace("v2", version, 1))


def test_two_tabs_that_seal_at_once_can_both_open(seal: TokenSeal) -> None:
    with ThreadPoolExecutor(10) as pool:
        sealed_tokens = list(pool.map(lambda _: seal.seal(TOKEN, USER, ACCOUNT), range(10)))
    assert [seal.open(sealed_token, USER, ACCOUNT) for sealed_token in sealed_tokens] == [TOKEN] * 10


def test_without_cryptography_nothing_is_sealed_and_the_command_is_told(
    monkeypatch: pytest.MonkeyPatch, seal: TokenSeal, key_file: Path
) -> None:
    sealed_token = seal.seal(TOKEN, USER, ACCOUNT)
    calls: tuple[Callable[[], object], ...] = (
        seal.check_available,
        lambda: seal.seal(TOKEN, USER, ACCOUNT),
        lambda: seal.open(sealed_token, USER, ACCOUNT),
    )
    with monkeypatch.context() as without:
        # None makes the import fail as if the package were not there.
        without.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
        for call in calls:
            with pytest.raises(MachineError) as raised:
                call()
            assert raised.value.code == "cryptography_missing"
            assert COMMAND in raised.value.next_step
    for call in calls:
        call()
    assert seal.open(sealed_token, USER, ACCOUNT) == TOKEN


def test_a_key_that_cannot_be_written_seals_nothing(seal: TokenSeal, key_file: Path) -> None:
    key_file.parent.write_bytes(b"a file where the folder should be")
    with pytest.raises(MachineError) as raised:
        seal.seal(TOKEN, USER, ACCOUNT)
    assert raised.value.code == "storage_failed"

    key_file.parent.unlink()
    assert seal.open(seal.seal(TOKEN, USER, ACCOUNT), USER, ACCOUNT) == TOKEN
