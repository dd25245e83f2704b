"""Which errors a route can answer with: by its row of the table, its body, and what its use case meets.

The status of each is the one that the routes give it.
"""

from typing import NamedTuple

from comfycontrol_pack.comfycontrol import errors
from comfycontrol_pack.comfycontrol.models.runner import RunnerExistsError
from comfycontrol_pack.server_routes.answers import error_answer
from comfycontrol_pack.server_routes.guards import MOST_BYTES
from comfycontrol_pack.server_routes.route import Route


class Failure(NamedTuple):
    """One error that a route can answer with: its cause and its code."""

    cause: type[errors.ComfyControlError]
    code: str

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        if self.cause is RunnerExistsError:
            return error_answer(RunnerExistsError([])).status
        return error_answer(self.cause(self.code)).status


Failures = tuple[Failure, ...]


def _of(cause: type[errors.ComfyControlError], *codes: str) -> Failures:
    return tuple(Failure(cause, code) for code in codes)


_STORAGE = _of(errors.MachineError, "storage_failed")
_MACHINE = _STORAGE + _of(errors.MachineError, "memory_damaged", "api_url_invalid")
_USER = _of(errors.NotAllowedError, "user_unknown")
_OWNER = _MACHINE + _of(errors.NotAllowedError, "owner_required")
_BODY = _of(errors.BadRequestError, "body_invalid", "body_too_large", "body_not_json")
_WORKFLOW = _of(errors.BadRequestError, "body_invalid", "workflow_too_large", "body_not_json")
_NONCE = _of(errors.BadRequestError, "nonce_invalid")
_PACKAGE = _of(errors.MachineError, "cryptography_missing")
# Where the operator configured the instance: what people cannot change, and what is wrong with that configuration.
_DECIDED = _of(errors.NotAllowedError, "set_by_environment")
_ENVIRONMENT = _of(
    errors.MachineError,
    "environment_invalid",
    "secret_file_unreadable",
    "secret_file_missing",
    "secret_file_folder",
    "secret_file_empty",
    "secret_file_base64",
    "secret_file_several",
    "secret_file_other",
)
_STORED_TOKEN = (
    _USER
    + _PACKAGE
    + _ENVIRONMENT
    + _of(errors.WrongStateError, "not_connected", "token_unreadable")
    + _of(errors.NotAllowedError, "other_account")
)
_TYPED_TOKEN = _of(
    errors.InvalidInputError,
    "token_missing",
    "token_several",
    "token_blanks",
    "token_prefix",
    "token_characters",
    "token_base64",
)
_OWN_HEADER = _of(errors.NotAllowedError, "not_from_panel")
_CLAIM = _of(errors.NotAllowedError, "other_account") + _of(errors.TooManyTriesError, "too_many_tries")
_CHECKS = _of(errors.TooManyTriesError, "too_many_checks")
_ENDPOINT = _of(
    errors.InvalidInputError,
    "endpoint_missing",
    "endpoint_no_scheme",
    "endpoint_invalid",
    "endpoint_user_info",
    "endpoint_unspecified",
)
_HEADERS = _of(
    errors.InvalidInputError,
    "header_name_invalid",
    "header_name_refused",
    "header_duplicate",
    "header_value_invalid",
    "header_value_is_line",
    "header_not_known",
)
_FIELDS = (
    _of(errors.InvalidInputError, "name_missing", "name_too_long")
    + _ENDPOINT
    + _HEADERS
    + _of(errors.InvalidInputError, "tags_too_many", "tag_empty", "tag_comma", "tag_blanks", "tag_duplicate")
)
_STATUS = _of(errors.InvalidInputError, "status_invalid")
_SERVICE = (
    _of(
        errors.RefusedByServiceError,
        "token_rejected",
        "access_denied",
        "rate_limited",
        "runner_gone",
        "values_refused",
        "not_encodable",
    )
    + _of(errors.NoConnectionError, "no_network", "proxy_failed", "tls_failed", "not_the_service")
    + _of(errors.AnswerLostError, "service_trouble", "service_unreachable", "service_timeout")
)
_OWN_RUNNER = _of(errors.WrongStateError, "not_registered", "runner_gone")
_CREATION = (
    _of(errors.RefusedByServiceError, "runner_limit", "chosen_runner_gone")
    + _of(errors.AnswerLostError, "answer_lost", "outcome_unknown")
    + (Failure(RunnerExistsError, "runner_exists"),)
)
_TEMPLATE_FIELDS = _of(
    errors.InvalidInputError,
    "template_name_missing",
    "template_name_too_long",
    "description_missing",
    "description_too_long",
)
_TEMPLATE = (
    _of(errors.InvalidInputError, "template_empty", "template_faulty")
    + _of(errors.RefusedByServiceError, "template_gone", "template_limit")
    + _of(errors.AnswerLostError, "template_answer_lost", "template_outcome_unknown")
)
_GUARDED_PORT = _of(errors.MachineError, "guarded_port_taken", "guarded_port_refused", "guarded_port_unsupported")

_ACCOUNT = _STORED_TOKEN + _SERVICE
_OF_WHO: dict[str, Failures] = {"owners": _OWNER, "anyone": (), "anyone; owners get more": _MACHINE + _USER}
_OF_BODY: dict[str, Failures] = {
    "EndpointCheck": _ENDPOINT + _HEADERS,
    "TokenBody": _TYPED_TOKEN,
    "NewRunner": _FIELDS,
    "RunnerChange": _FIELDS + _STATUS,
    "PreferencesChange": (),
    "GuardedPortChange": (),
    "TunnelChoice": (),
    "WorkflowBody": (),
    "TemplateBody": _TEMPLATE_FIELDS,
}
# A use case that is not here meets nothing else.
_OF_USE_CASE: dict[str, Failures] = {
    "identity": _NONCE + _STORAGE,
    "runners": _ACCOUNT,
    "history": _ACCOUNT + _OWN_RUNNER,
    "diagnostics": _USER,
    "checkEndpoint": _CHECKS,
    "connect": _PACKAGE + _CLAIM + _ENVIRONMENT + _SERVICE,
    "register": _ACCOUNT + _CREATION + _GUARDED_PORT,
    "change": _ACCOUNT + _OWN_RUNNER + _DECIDED + _GUARDED_PORT,
    "changeGuardedPort": _ACCOUNT + _OWN_RUNNER,
    "startTestRun": _STORED_TOKEN + _OWN_RUNNER,
    "saveTemplate": _ACCOUNT + _TEMPLATE,
}


def failures_of(route: Route) -> Failures:
    """Every error that the route can answer with, but for a fault of our own."""
    found = _OF_WHO[route.who] + _OF_USE_CASE.get(route.name, ())
    if route.needs_own_header:
        found += _OWN_HEADER
    if route.decides:
        found += _DECIDED
    if route.body is not None:
        found += (_BODY if route.most_bytes == MOST_BYTES else _WORKFLOW) + _OF_BODY[route.body]
    return found
