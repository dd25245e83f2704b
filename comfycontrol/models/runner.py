"""Runners, accounts, and what a person wants a runner to be.

Unknown statuses and tiers are kept as text, because the service may add some. No model shows a secret in `repr`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from ..errors import ComfyControlError
from ..foreign_json import LOST
from .endpoint import check_endpoint
from .frozen import Frozen
from .limits import ACTIVE, TEST_RUN_TAG, check_headers, check_name, check_status, check_tags

# An id that was not understood whole would be another one.
Whole = Annotated[str, Field(pattern=f"^[^{LOST}]*$")]


class Account(Frozen):
    """`GET /v1/user`, as far as we use it."""

    id: Whole
    name: str = ""
    tier: str = ""


class Runner(Frozen):
    """A runner as the service has it. Its headers come in clear text; only their names are kept.

    `headers_mark` tells whether they are others than before. It goes neither to the page nor into a file with the
    runner, so it is empty unless the service has just told of it.
    """

    id: Whole = Field(min_length=1)
    name: str = ""
    status: str = ACTIVE
    endpoint: str = ""
    tags: tuple[str, ...] = ()
    header_names: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""
    headers_mark: str = Field(default="", exclude=True, repr=False)

    def without_mark(self) -> "Runner":
        """The runner as it is kept."""
        return self.model_copy(update={"headers_mark": ""})

    @model_validator(mode="before")
    @classmethod
    def _forget_header_values(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "headers" not in data:
            return data
        headers = data["headers"]
        kept = {key: value for key, value in data.items() if key != "headers"}
        if not isinstance(headers, Mapping):
            return {**kept, "header_names": ()}
        mark = hashlib.sha256(json.dumps(headers, sort_keys=True, default=str).encode()).hexdigest()
        return {**kept, "header_names": tuple(headers), "headers_mark": mark}

    @field_validator("tags", mode="before")
    @classmethod
    def _no_tags(cls, tags: Any) -> Any:
        return () if tags is None else tags

    @field_validator("tags")
    @classmethod
    def _own_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        # That of a test run is lent for its time: nobody is to see it, keep it or compare it.
        return tuple(tag for tag in tags if not tag.startswith(TEST_RUN_TAG))


class RunnerExistsError(ComfyControlError):
    """The account has runners with this endpoint already, and the caller has not chosen what to do about it."""

    def __init__(self, candidates: Sequence[Runner]) -> None:
        super().__init__("runner_exists", field="endpoint")
        self.candidates = tuple(candidates)

    def details(self) -> dict[str, Any]:
        """`candidates`: the runners."""
        return {"candidates": [runner.model_dump() for runner in self.candidates]}


class WorkflowRun(Frozen):
    """One workflow that a runner ran (`GET /v1/runner/{id}/history`). Times are ISO 8601, UTC; empty when not known."""

    id: str = ""
    name: str = ""
    status: str = ""
    created_at: str = ""
    started_at: str = ""
    completed_at: str = ""

    @field_validator("*", mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        return "" if value is None else value


def check_secret_headers(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Check headers whose values are secret; errors name the header, never its value."""
    check_headers({name: value.get_secret_value() for name, value in headers.items()})
    return headers


Name = Annotated[str, AfterValidator(check_name)]
Endpoint = Annotated[str, AfterValidator(check_endpoint)]
Tags = Annotated[tuple[str, ...], AfterValidator(check_tags)]
Status = Annotated[str, AfterValidator(check_status)]
Headers = Annotated[dict[str, SecretStr], AfterValidator(check_secret_headers)]


class _Wanted(Frozen):
    def as_change(self, names: Iterable[str] | None = None) -> "RunnerChange":
        """The fields that were given, or just these, as a change of an existing runner. Not validated again."""
        given = self.model_fields_set & RunnerChange.model_fields.keys() if names is None else names
        return RunnerChange.model_construct(**{name: getattr(self, name) for name in given})

    def to_service(self) -> dict[str, Any]:
        """The body of `POST /v1/runner` or `PUT /v1/runner/{id}`: the whole new value of each field that is set.

        The service's documentation does not say whether it replaces or merges `headers` and `tags`. Holds header values
        in clear text: to be sent, not to be kept.
        """
        body = self.model_dump(mode="python", exclude_none=True, include=set(RunnerChange.model_fields))
        if "tags" in body:
            body["tags"] = list(body["tags"])
        if "headers" in body:
            body["headers"] = {name: value.get_secret_value() for name, value in body["headers"].items()}
        return body


class RunnerDraft(_Wanted):
    """What a person wants to register.

    Raises:
        InvalidInputError: from the validators; pydantic wraps only `ValueError`s.

    """

    name: Name
    endpoint: Endpoint
    headers: Headers = Field(default_factory=dict)
    tags: Tags = ()


class RunnerChange(_Wanted):
    """What a person wants to change of a runner. What is not set stays as it is."""

    name: Name | None = None
    endpoint: Endpoint | None = None
    headers: Headers | None = None
    tags: Tags | None = None
    status: Status | None = None

    @property
    def outcome(self) -> str:
        """What this does to the runner, for the log: fields by name, never their values."""
        fields = [name for name in RunnerChange.model_fields if getattr(self, name) is not None]
        if fields == ["status"]:
            return "enabled" if self.status == ACTIVE else "disabled"
        return f"changed ({', '.join(fields)})"
