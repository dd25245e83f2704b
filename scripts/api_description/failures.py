"""Which errors a route can answer with. The status of each is the one that the routes give it."""

from typing import NamedTuple

from comfycontrol_pack.comfycontrol import errors
from comfycontrol_pack.comfycontrol.models.runner import RunnerExistsError
from comfycontrol_pack.server_routes.answers import error_answer


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


STORAGE = _of(errors.MachineError, "storage_failed")
MACHINE = STORAGE + _of(errors.MachineError, "memory_damaged", "api_url_invalid")
USER = _of(errors.NotAllowedError, "user_unknown")
OWNER = MACHINE + _of(errors.NotAllowedError, "owner_required")
BODY = _of(errors.BadRequestError, "body_invalid", "body_too_large", "body_not_json")
WORKFLOW = _of(errors.BadRequestError, "body_invalid", "workflow_too_large", "body_not_json")
NONCE = _of(errors.BadRequestError, "nonce_invalid")
PACKAGE = _of(errors.MachineError, "cryptography_missing")
# Where the operator configured the instance: what people cannot change, and what is wrong with that configuration.
DECIDED = _of(errors.NotAllowedError, "set_by_environment")
ENVIRONMENT = _of(errors.MachineError, "environment_invalid", "secret_file_unreadable")
STORED_TOKEN = (
    USER
    + PACKAGE
    + ENVIRONMENT
    + _of(errors.WrongStateError, "not_connected", "token_unreadable")
    + _of(errors.NotAllowedError, "other_account")
)
TYPED_TOKEN = _of(errors.InvalidInputError, "token_missing", "token_blanks", "token_prefix", "token_characters")
CLAIM = _of(errors.NotAllowedError, "other_account", "not_from_panel") + _of(errors.TooManyTriesError, "too_many_tries")
CHECKS = _of(errors.TooManyTriesError, "too_many_checks")
ENDPOINT = _of(errors.InvalidInputError, "endpoint_missing", "endpoint_invalid", "endpoint_user_info")
HEADERS = _of(
    errors.InvalidInputError,
    "header_name_invalid",
    "header_name_refused",
    "header_duplicate",
    "header_value_invalid",
    "header_not_known",
)
FIELDS = (
    _of(errors.InvalidInputError, "name_missing", "name_too_long")
    + ENDPOINT
    + HEADERS
    + _of(errors.InvalidInputError, "tags_too_many", "tag_empty", "tag_comma", "tag_blanks", "tag_duplicate")
)
STATUS = _of(errors.InvalidInputError, "status_invalid")
SERVICE = (
    _of(
        errors.RefusedByServiceError, "token_rejected", "access_denied", "rate_limited", "runner_gone", "values_refused"
    )
    + _of(errors.NoConnectionError, "no_network", "proxy_failed", "tls_failed", "not_the_service")
    + _of(errors.AnswerLostError, "service_trouble", "service_unreachable", "service_timeout")
)
OWN_RUNNER = _of(errors.WrongStateError, "not_registered", "runner_gone")
CREATION = (
    _of(errors.RefusedByServiceError, "runner_limit", "chosen_runner_gone")
    + _of(errors.AnswerLostError, "answer_lost", "outcome_unknown")
    + (Failure(RunnerExistsError, "runner_exists"),)
)
TEMPLATE = (
    _of(errors.InvalidInputError, "template_name_missing", "template_name_too_long")
    + _of(errors.InvalidInputError, "description_missing", "description_too_long")
    + _of(errors.InvalidInputError, "template_empty", "template_faulty")
    + _of(errors.RefusedByServiceError, "template_gone", "template_limit")
    + _of(errors.AnswerLostError, "template_answer_lost", "template_outcome_unknown")
)
