import hashlib
import hmac
import stat
import sys
import threading
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol import comfyui
from comfycontrol_pack.comfycontrol.errors import BadRequestError, MachineError
from comfycontrol_pack.comfycontrol.storage import identity
from comfycontrol_pack.comfycontrol.storage.identity import Identity, looks_like_proof, this_identity

NONCE = "0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "protected" / "identity.key"


def test_the_proof_is_an_hmac_of_the_nonce_under_a_purpose_of_its_own(file: Path) -> None:
    proof = Identity(file).prove(NONCE)
    expected = hmac.new(file.read_bytes(), b"comfycontrol-identity\n" + NONCE.encode(), hashlib.sha256).hexdigest()
    assert proof == expected
    assert looks_like_proof(proof)


def test_the_secret_is_made_once_and_kept(file: Path) -> None:
    proof = Identity(file).prove(NONCE)
    assert len(file.read_bytes()) == 32
    assert Identity(file).prove(NONCE) == proof
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_first_questions_at_once_make_one_secret(file: Path) -> None:
    same = Identity(file)
    barrier = threading.Barrier(8)
    proofs: set[str] = set()

    def ask() -> None:
        barrier.wait()
        proofs.add(same.prove(NONCE))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proofs == {Identity(file).prove(NONCE)}


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_replaced(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert looks_like_proof(Identity(file).prove(NONCE))
    assert len(file.read_bytes()) == 32


def test_a_secret_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError) as raised:
        Identity(tmp_path / "file" / "identity.key").prove(NONCE)
    assert raised.value.code == "storage_failed"


@pytest.mark.parametrize(
    "nonce", ["", "short", "x" * 15, "x" * 129, "x" * 16 + "\n", "\u00e4" * 16, "a b" * 8, "../" * 8, "\uff11" * 20]
)
def test_a_nonce_of_another_form_is_refused(file: Path, nonce: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        Identity(file).prove(nonce)
    assert raised.value.code == "nonce_invalid"
    assert not file.exists()


@pytest.mark.parametrize("nonce", ["x" * 16, "A-_9" * 32, "1cb43592bdf1fb847338dcfb2c81e971"])
def test_a_nonce_of_the_right_form(file: Path, nonce: str) -> None:
    own = Identity(file)
    assert own.recognises(nonce, own.prove(nonce))


def test_only_its_own_proof_of_this_very_nonce_is_recognised(file: Path, tmp_path: Path) -> None:
    own, other = Identity(file), Identity(tmp_path / "other.key")
    assert not own.recognises(NONCE, other.prove(NONCE))
    assert not own.recognises(NONCE, own.prove(NONCE[::-1]))
    for text in ("", "x", "0" * 64, own.prove(NONCE).upper(), own.prove(NONCE) + "0", "\u00e4" * 64):
        assert not own.recognises(NONCE, text)


def test_a_challenge_notices_when_it_comes_in_and_is_forgotten_after(file: Path) -> None:
    own = Identity(file)
    with own.challenge() as challenge:
        assert not challenge.arrived
        own.prove(NONCE)
        assert not challenge.arrived
        own.prove(challenge.nonce)
        assert challenge.arrived
    with own.challenge() as another:
        own.prove(challenge.nonce)
        assert not another.arrived
        assert another.nonce != challenge.nonce


def test_nothing_shows_the_secret(file: Path) -> None:
    own = Identity(file)
    own.prove(NONCE)
    assert repr(file.read_bytes()) not in repr(own)


def test_this_identity_is_one_and_lies_in_the_protected_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_identities", [])
    monkeypatch.setattr(identity, "instance_folder", lambda: tmp_path / "__comfycontrol")
    assert this_identity() is this_identity()
    this_identity().prove(NONCE)
    assert (tmp_path / "__comfycontrol" / "identity.key").exists()


def test_outside_of_comfyui_there_is_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_identities", [])
    monkeypatch.setitem(sys.modules, "folder_paths", None)
    with pytest.raises(MachineError):
        this_identity()
    assert comfyui.USUAL_PORT == 8188
