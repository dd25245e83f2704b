"""Whether an address that a person typed leads to this very ComfyUI: the questions and what the answers mean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic import SecretStr

from ..comfyui import USUAL_PORT
from ..public_address.kinds import RESERVED, kind_of
from ..rate_limiter import RateLimiter
from ..storage.identity import Identity, looks_like_proof
from . import way_in
from .network import Allowance, NoAnswerError, Ways, addresses_of
from .request import Answer, get
from .signatures import IDENTITY_PATH, standing_before, wants_https
from .target import IpAddress, Target, may_be_called, target_of
from .verdicts import Verdict, WayIn, verdict
from .way_in import Guard

# Besides the identity at the address itself, and ComfyUI's own route.
_MOST_OTHER_PATHS = 2
_NOBODY_THERE = {"refused", "timed_out", "unreachable", "tls_failed", "not_http"}


@dataclass(frozen=True)
class OwnPlace:
    """Where ComfyUI itself listens: the port, None when it is not known, and whether with TLS."""

    port: int | None
    tls: bool = False


class EndpointCheck:
    """Checks addresses for one instance; safe to share between threads.

    For owners only, because it makes this machine call an address that a person typed. To be of no use even to somebody
    who became an owner by fraud, it calls public addresses only and returns nothing but a verdict.

    Args:
        identity: proves that an answer is ours.
        own_place: where ComfyUI listens now.
        tries: limits how many checks there are.
        ways: how to reach the network.
        guard: what opens the guarded port, if that is open.

    """

    def __init__(
        self,
        identity: Identity,
        own_place: Callable[[], OwnPlace],
        tries: RateLimiter,
        ways: Ways | None = None,
        guard: Callable[[], Guard | None] = lambda: None,
    ) -> None:
        self._identity = identity
        self._own_place = own_place
        self._tries = tries
        self._ways = ways or Ways()
        self._guard = guard

    def check(self, endpoint: str, headers: Mapping[str, SecretStr]) -> Verdict:
        """Say whether an endpoint leads here, and if not, what stands there. Blocks for 5 seconds at most.

        Args:
            endpoint: as `check_endpoint` gave it back.
            headers: as `check_headers` let them through; sent to this address, and forgotten.

        Raises:
            TooManyTriesError: `too_many_checks`.
            MachineError: `storage_failed`.

        """
        with self._tries.one_try():
            return self._judged(endpoint, headers)

    def _judged(self, endpoint: str, headers: Mapping[str, SecretStr]) -> Verdict:
        own = self._own_place()
        kinds = kind_of(endpoint, own.port)
        target = target_of(endpoint)
        kind = kinds.kinds[0]
        if target is None or kind.code == "not_an_address":
            return verdict("not_an_address")
        if kind.code == "loopback":
            # Not called: that ComfyUI answers to its own machine says nothing of anybody else's.
            return verdict("only_here", kind=kind)
        if not kinds.is_public:
            return verdict("not_public", kind=kind)
        allowance = Allowance(self._ways.seconds)
        try:
            ips = [target.ip] if target.ip is not None else addresses_of(self._ways, target, allowance)
        except NoAnswerError as nothing:
            return verdict(nothing.code, port=own.port)
        # All of them: a name with even one private address could resolve to just that one next time.
        if not all(may_be_called(ip) for ip in ips):
            return verdict("not_public", kind=RESERVED) if target.ip is not None else verdict("name_not_public")
        sent = {name: value.get_secret_value() for name, value in headers.items()}
        guard = self._guard()
        return _Conversation(self._identity, self._ways, own, target, ips, sent, guard, allowance).verdict(endpoint)


@dataclass(frozen=True, repr=False)
class _Conversation:
    """All requests of one check, to addresses that may be called. Without `repr`, because it holds header values."""

    identity: Identity
    ways: Ways
    own: OwnPlace
    target: Target
    ips: Sequence[IpAddress]
    headers: Mapping[str, str]
    guard: Guard | None
    allowance: Allowance

    def verdict(self, endpoint: str) -> Verdict:
        """What stands at the target, or at another address of the same server."""
        port = self.own.port or USUAL_PORT
        try:
            first = self._ask_identity(self.target)
        except NoAnswerError as nothing:
            return self._elsewhere(self._other_servers(nothing.code)) or verdict(nothing.code, port=port)
        if isinstance(first, str):
            return self._of_instance(first, endpoint)
        before = standing_before(first, self.target, port)
        if before is not None:
            return before
        if wants_https(first) and self.target.scheme == "http":
            return self._elsewhere([replace(self.target, scheme="https")]) or verdict("not_http")
        if self._is_comfyui():
            return verdict("comfyui_without_extension", port=port)
        return self._elsewhere(self._other_paths()) or verdict("other_server", port=port)

    def _of_instance(self, code: str, endpoint: str) -> Verdict:
        """The verdict where some instance answered."""
        if code != "proven":
            return verdict(code, port=self.own.port or USUAL_PORT)
        # The request leaves out query and fragment, so nothing is known of an endpoint that has them.
        if "?" in endpoint or "#" in endpoint:
            return verdict("other_address", address=self.target.url)
        return replace(verdict(code), way=self._way_in())

    def _ask_identity(self, target: Target) -> str | Answer:
        """The verdict, if some instance answered; otherwise the answer."""
        with self.identity.challenge() as challenge:
            asked = f"{target.path}{IDENTITY_PATH}?nonce={challenge.nonce}"
            answer = get(self.ways, target.under(asked), self.ips, self._headers_for(target), self.allowance)
            proof = answer.json().get("proof")
            if not looks_like_proof(proof):
                return answer
            if not self.identity.recognises(challenge.nonce, str(proof)):
                return "other_instance"
            return "proven" if challenge.arrived else "copied_instance"

    def _way_in(self) -> WayIn | None:
        asked = self.target.under(f"{self.target.path}{way_in.PATH}")

        def ask(headers: Mapping[str, str], host: str | None) -> Answer:
            return get(self.ways, asked, self.ips, headers, self.allowance, host)

        return way_in.way_in(ask, self.headers, self.guard)

    def _headers_for(self, target: Target) -> Mapping[str, str]:
        """The person's headers, but not to another port of that server, and not unencrypted if they chose https."""
        same = target.port == self.target.port and target.scheme in {"https", self.target.scheme}
        return self.headers if same else {}

    def _is_comfyui(self) -> bool:
        stats = self.target.under(f"{self.target.path}/system_stats")
        try:
            said = get(self.ways, stats, self.ips, self.headers, self.allowance).json().get("system")
        except NoAnswerError:
            return False
        return isinstance(said, dict) and ("comfyui_version" in said or "pytorch_version" in said)

    def _elsewhere(self, others: Sequence[Target]) -> Verdict | None:
        for other in others:
            with suppress(NoAnswerError):
                if self._ask_identity(other) == "proven":
                    return verdict("other_address", address=other.url)
        return None

    def _other_paths(self) -> list[Target]:
        paths = [path for path in dict.fromkeys(_paths_near(self.target.path)) if path != self.target.path]
        return [self.target.under(path) for path in paths[:_MOST_OTHER_PATHS]]

    def _other_servers(self, fault: str) -> list[Target]:
        """The same machine by the other scheme, or at ComfyUI's own port; never another machine."""
        if fault == "plain_http":
            return [replace(self.target, scheme="http")]
        if fault == "not_http" and self.target.scheme == "http":
            return [replace(self.target, scheme="https")]
        scheme = "https" if self.own.tls else "http"
        if fault in _NOBODY_THERE and self.own.port not in {None, self.target.port}:
            return [replace(self.target, scheme=scheme, port=self.own.port or USUAL_PORT)]
        return []


def _paths_near(path: str) -> Iterator[str]:
    """Where ComfyUI may be instead: without `/api`, under the path's folders, with `/api`."""
    if path.endswith("/api"):
        yield path.removesuffix("/api")
    yield path.rpartition("/")[0]
    yield ""
    yield f"{path}/api"
