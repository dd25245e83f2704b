"""What this instance remembers. Holds no token, no sealed text, no owner key (only hashes) and no header value."""

import hashlib
import hmac
import secrets

from pydantic import Field

from ..models.frozen import Frozen
from ..models.runner import Account, Runner
from ..models.test_run import LastRun

_OWNER_KEY_BYTES = 32
# One per browser that entered a token; the oldest go first, so that the file cannot grow for ever.
_MOST_OWNERS = 64
_MOST_USERS = 64


def new_instance_id() -> str:
    """Make an id for an instance."""
    return secrets.token_hex(16)


class Remembered(Frozen):
    """What one ComfyUI process remembers.

    `token_hint` is `cfc_...` and the last four characters, `token_mark` a fingerprint of the token that the service
    accepted last (`TokenSeal.mark`). `issued` has, for each ComfyUI user, the hash of the sealed text that was issued
    last: no other text in the settings, which anybody can write, is accepted. `attention` is the code of what keeps the
    instance from working, as the service last said: `token_rejected` or `runner_gone`. `seen_at` is when the service
    last told of the runner (ISO 8601, UTC). `last_run` is the last test run, `tag_lent_to` the id of the runner that
    has the tag of a test run, until it is taken away. `keep_address` and `check_address` are the owners' preferences;
    None in files of releases that kept them elsewhere.
    """

    instance_id: str = Field(default_factory=new_instance_id)
    account: Account | None = None
    token_hint: str = ""
    token_mark: str = ""
    issued: dict[str, str] = Field(default_factory=dict)
    owners: tuple[str, ...] = ()
    runner: Runner | None = None
    attention: str | None = None
    seen_at: str | None = None
    last_run: LastRun | None = None
    tag_lent_to: str | None = None
    keep_address: bool | None = None
    check_address: bool | None = None

    def is_owner(self, owner_key: str) -> bool:
        """Whether this is an owner's key; compares every hash, each in constant time."""
        given = _hashed(owner_key)
        found = False
        for known in self.owners:
            found |= hmac.compare_digest(known, given)
        return bool(owner_key) and found

    def with_owner(self, owner_key: str) -> "Remembered":
        """Give a copy with one more owner."""
        return self.model_copy(update={"owners": (*self.owners, _hashed(owner_key))[-_MOST_OWNERS:]})

    def with_issued(self, user_id: str, sealed_token: str) -> "Remembered":
        """Give a copy in which this sealed text is the one issued to a ComfyUI user."""
        others = [(user, known) for user, known in self.issued.items() if user != user_id]
        kept = dict(others[-(_MOST_USERS - 1) :])
        return self.model_copy(update={"issued": {**kept, user_id: _hashed(sealed_token)}})

    def was_issued(self, user_id: str, sealed_token: str) -> bool | None:
        """Whether this is the sealed text that was issued to a ComfyUI user; None if none was."""
        known = self.issued.get(user_id)
        return None if known is None else hmac.compare_digest(known, _hashed(sealed_token))


def make_owner_key() -> str:
    """Make an owner key: 32 random bytes as URL-safe text."""
    return secrets.token_urlsafe(_OWNER_KEY_BYTES)


def _hashed(text: str) -> str:
    # Plain SHA-256 is enough, since neither 32 random bytes nor a sealed text can be guessed.
    # surrogatepass, because aiohttp decodes a header's stray bytes to half surrogate pairs.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
