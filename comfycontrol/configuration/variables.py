"""Every `COMFYCONTROL_*` variable; the table in `docs/unattended.md` is generated from here."""

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from ..errors import ComfyControlError
from ..models.endpoint import check_endpoint
from ..models.limits import NAME_LENGTH, check_tags
from ..models.token import token_in
from ..texts import sentence
from .operator_values import UnclearValueError, items
from .secret_files import read_headers
from .service_origin import SERVICE_ORIGIN, check_origin

# Stands for the tags that the form would suggest, and for the headers that the platform asks for.
AUTO = "auto"
NAME_PLACES = ("hostname", "gpu", "pod")
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PLACE = re.compile(r"\{(\w*)\}")


class Configuration(BaseModel):
    """The variables by their names without the prefix. `description` says what one does, `title` what it may be.

    Raises:
        ValidationError: it names the variable and never holds its value.

    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    TOKEN: SecretStr | None = Field(
        default=None,
        title="`cfc_` and letters or digits",
        description="The API token of the account. Replaces the one you would enter in the panel.",
    )
    TOKEN_FILE: Path | None = Field(
        default=None,
        title="the path of a file",
        description="A file that contains the token, such as a mounted secret. Read again when the token is rejected. "
        "Use it instead of `COMFYCONTROL_TOKEN`.",
    )
    REGISTER: Literal["off", "on", "update"] = Field(
        default="off",
        title="`off`, `on` or `update`",
        description="`on` registers this ComfyUI as a runner and keeps the runner up to date; `update` only keeps an "
        "existing runner up to date; `off` leaves this to the panel.",
    )
    NAME: str | None = Field(
        default=None,
        title="1 to 100 characters; `{hostname}`, `{gpu}` and `{pod}` are filled in",
        description="The runner's name. If not set, a new runner gets the host's name, and people can rename it.",
    )
    ENDPOINT: str | None = Field(
        default=None,
        title="an http or https URL",
        description="The address where ComfyControl reaches this ComfyUI. If not set, it is found as described in "
        "[platforms.md](platforms.md), and updated when it changes.",
    )
    TAGS: tuple[str, ...] | None = Field(
        default=None,
        title="10 tags at most, with commas between them; `auto` adds those that the form suggests",
        description="The runner's tags. If not set, a new runner has none, and people can change them.",
    )
    HEADERS: dict[str, SecretStr] | Literal["auto"] | None = Field(
        default=None,
        title="lines `Name: value`, or `auto`",
        description="Headers that ComfyControl sends with every request to this ComfyUI, for a gateway that requires "
        "them. `auto` uses those that this machine's platform requires and knows the values of, such as "
        "the token of Vast.ai's proxy. That token gives access to the whole machine, and is only sent if "
        "you set `auto`.",
    )
    HEADERS_FILE: Path | None = Field(
        default=None,
        title="the path of a file with lines `Name: value`",
        description="A file that contains the headers, such as a mounted secret. Use it instead of "
        "`COMFYCONTROL_HEADERS`.",
    )
    ON_EXIT: Literal["leave", "disable"] = Field(
        default="leave",
        title="`leave` or `disable`",
        description="What happens to the runner when ComfyUI stops: `disable` disables it, and the next start enables "
        "it again.",
    )
    REUSE: str | None = Field(
        default=None,
        title="the beginning of runners' names",
        description="Before a new runner is created, a disabled runner whose name starts with this is taken over. "
        "Only with `COMFYCONTROL_REGISTER=on`.",
    )
    TEST_RUN: Literal["off", "on"] = Field(
        default="off",
        title="`off` or `on`",
        description="`on` makes ComfyControl send a small workflow once this ComfyUI is a runner, and again whenever "
        "its address changes. The log says whether it ran here. Each counts as one workflow in the "
        "account. Only with `COMFYCONTROL_REGISTER`.",
    )
    INSTANCE: str | None = Field(
        default=None,
        title="1 to 64 letters, digits, `.`, `_` or `-`",
        description="The name of this ComfyUI among those that share its `user` folder, each of which is a separate "
        "runner. If not set, they are told apart by the port they listen on.",
    )
    GATEWAY: Literal["off", "on"] | None = Field(
        default=None,
        title="`off` or `on`",
        description="`on` opens the guarded port, a second port of this ComfyUI that only lets ComfyControl in; `off` "
        "keeps it closed. If not set, the panel decides.",
    )
    GATEWAY_PORT: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="a number from 1 to 65535",
        description="The number of the guarded port. If not set, it is ComfyUI's port plus 10000, or another if that "
        "one is in use.",
    )
    GATEWAY_LISTEN: str = Field(
        default="127.0.0.1",
        title="an IP address",
        description="The address of this machine on which the guarded port listens. `0.0.0.0` means all addresses, "
        "which containers need.",
    )
    TUNNEL: Literal["cloudflared", "tailscale", "ngrok"] | None = Field(
        default=None,
        title="`cloudflared`, `tailscale` or `ngrok`",
        description="Opens a tunnel to the guarded port with this program, which must be installed, and keeps it "
        "open. Its address is used if `COMFYCONTROL_ENDPOINT` is not set. If not set, the panel decides.",
    )
    TUNNEL_PROGRAM: Path | None = Field(
        default=None,
        title="the absolute path of a program",
        description="The location of the tunnel's program; no other is used. If not set, it is looked for on the "
        "PATH, except in ComfyUI's folders.",
    )
    API_URL: str = Field(
        default=SERVICE_ORIGIN,
        title="an https URL",
        description="The address of the service.",
    )

    @property
    def is_active(self) -> bool:
        """Whether the environment decides that something happens without a person."""
        return self.REGISTER != "off"

    @property
    def guards(self) -> bool:
        """Whether the environment decides that only ComfyControl gets in: a tunnel leads to the guarded port alone."""
        return self.GATEWAY == "on" or self.TUNNEL is not None

    @property
    def has_token(self) -> bool:
        """Whether the token comes from here."""
        return self.TOKEN is not None or self.TOKEN_FILE is not None

    @property
    def decides(self) -> tuple[str, ...]:
        """What people cannot change in the panel: `token`, `runner` (which one), its fields, `gateway`, `tunnel`."""
        fields = ["token"] if self.has_token else []
        if self.is_active:
            fields += ["runner", "endpoint"]
            fields += ["name"] if self.NAME is not None else []
            fields += ["tags"] if self.TAGS is not None else []
            # The key of the guarded port is one of them.
            given = self.HEADERS is not None or self.HEADERS_FILE is not None or self.guards
            fields += ["headers"] if given else []
        fields += ["gateway"] if self.GATEWAY is not None else []
        fields += ["tunnel"] if self.TUNNEL is not None else []
        return tuple(fields)

    @field_validator("TOKEN")
    @classmethod
    def _token(cls, token: SecretStr | None) -> SecretStr | None:
        return token if token is None else SecretStr(_allowed(token_in, token.get_secret_value()))

    @field_validator("NAME")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        if name is not None and not (len(name) <= NAME_LENGTH and set(_PLACE.findall(name)) <= {*NAME_PLACES}):
            raise ValueError("name")
        if name is not None and len(name.splitlines()) > 1:
            raise UnclearValueError("it has several lines. Write one")
        return name

    @field_validator("INSTANCE")
    @classmethod
    def _instance(cls, name: str | None) -> str | None:
        if name is not None and not _INSTANCE.fullmatch(name):
            raise ValueError("instance")
        return name

    @field_validator("ENDPOINT")
    @classmethod
    def _endpoint(cls, endpoint: str | None) -> str | None:
        return endpoint if endpoint is None else _allowed(check_endpoint, endpoint)

    @field_validator("TAGS", mode="before")
    @classmethod
    def _tags(cls, tags: Any) -> Any:
        if not isinstance(tags, str):
            return tags
        given = items(tags)
        own = _allowed(check_tags, [tag for tag in given if tag.lower() != AUTO])
        return (*own, AUTO) if len(own) < len(given) else own

    @field_validator("HEADERS", mode="before")
    @classmethod
    def _headers(cls, headers: Any) -> Any:
        if not isinstance(headers, str):
            return headers
        return AUTO if headers.lower() == AUTO else read_headers(headers)

    @field_validator("TUNNEL_PROGRAM")
    @classmethod
    def _tunnel_program(cls, program: Path | None) -> Path | None:
        if program is not None and not program.is_absolute():
            raise ValueError("tunnel_program")
        return program

    @field_validator("GATEWAY_LISTEN")
    @classmethod
    def _gateway_listen(cls, address: str) -> str:
        return str(ipaddress.ip_address(address.removeprefix("[").removesuffix("]")))

    @field_validator("API_URL")
    @classmethod
    def _api_url(cls, url: str) -> str:
        return str(_allowed(check_origin, url))


def _allowed(check: Any, value: Any) -> Any:
    """Raise a `ValueError`: pydantic collects only those over all variables."""
    try:
        return check(value)
    except ComfyControlError as error:
        place = ("panel", "faults", error.code)
        told = sentence(*place)
        raise UnclearValueError(error.message if told == ".".join(place) else told) from None
