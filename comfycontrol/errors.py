"""The errors of this project, by cause. What a person reads of them is in `locales/*/panel.json`, section `errors`."""

from typing import Any

from .texts import Told, sentence


class ComfyControlError(Told, Exception):
    """An error that a person is told about: a code, a sentence, a next step.

    Args:
        code: a key of the section `errors`.
        field: the form field it concerns, such as `name` or `headers`.
        service_message: the service's own words, shown as text beside ours.
        retry_after: seconds to wait.
        values: fill the sentences' placeholders; never a secret.

    """

    def __init__(
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
        """Further members of the answer, as JSON."""
        return {}

    def _said(self, name: str, language: str) -> str:
        return sentence("errors", self.code, name, language=language, **self.values)


class InvalidInputError(ComfyControlError):
    """What was typed breaks a documented limit."""


class BadRequestError(ComfyControlError):
    """The request is not of the form this route takes."""


class NotAllowedError(ComfyControlError):
    """The caller has not proven to be an owner, or belongs to another account."""


class TooManyTriesError(ComfyControlError):
    """Somebody made this instance call out too often."""


class WrongStateError(ComfyControlError):
    """The instance is in a state in which this is not possible."""


class MachineError(ComfyControlError):
    """Something about this machine's set-up is in the way."""


class ServiceError(ComfyControlError):
    """A call to the service failed."""


class RefusedByServiceError(ServiceError):
    """The service understood and said no: 400, 401, 403, 404, 429. It did no work."""


class NoConnectionError(ServiceError):
    """The request never reached the service. It did no work."""


class AnswerLostError(ServiceError):
    """The service may or may not have done the work: a time-out, a broken connection, a 5xx, an unreadable answer."""
