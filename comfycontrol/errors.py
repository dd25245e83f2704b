"""The errors of this project, by cause. What a person reads of them is in `locales/*/panel.json`, section `errors`."""

from typing import Any

from .texts import Told, sentence


class ComfyControlError(Told, Exception):
    """Anything that can be told to a person: a code, a sentence, a next step.

    Args:
        code: a key of the section `errors`.
        field: the field of the form it concerns, such as `name` or `headers`.
        service_message: the service's own words, shown as text beside ours.
        retry_after: seconds to wait.
        values: what the sentences' placeholders stand for; never a secret.

    """

    def __init__(  # one per thing a person may be told
        self,
        code: str,
        *,
        field: str | None = None,
        service_message: str | None = None,
        retry_after: int | None = None,
        **values: str | int,
    ) -> None:
        if retry_after is not None:
            values["retry_after"] = retry_after
        self.code = code
        self.field = field
        self.service_message = service_message
        self.retry_after = retry_after
        self.values = values
        super().__init__(code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def details(self) -> dict[str, Any]:
        """What an answer says beside the error, as JSON."""
        return {}

    def _said(self, name: str, language: str) -> str:
        return sentence("errors", self.code, name, language=language, **self.values)


class InvalidInputError(ComfyControlError):
    """What was typed breaks a documented limit."""


class BadRequestError(ComfyControlError):
    """The request is not of the form this route takes."""


class NotAllowedError(ComfyControlError):
    """The caller has not shown to be an owner, or is one of another account."""


class TooManyTriesError(ComfyControlError):
    """Others may not make this instance call out as often as they like."""


class WrongStateError(ComfyControlError):
    """The instance is not in the state that this needs."""


class MachineError(ComfyControlError):
    """Something of this machine's own set-up is in the way."""


class ServiceError(ComfyControlError):
    """The call to the service did not give what was asked for."""


class RefusedByServiceError(ServiceError):
    """The service understood and said no: 400, 401, 403, 404, 429. It did no work."""


class NoConnectionError(ServiceError):
    """The request never reached the service. It did no work."""


class AnswerLostError(ServiceError):
    """Nobody knows whether the service did the work: a time-out, a break, a 5xx, an answer nobody understands."""
