"""No proxy may put a page of its own in the place of an answer of ours."""

import pytest

from comfycontrol_pack.comfycontrol import errors, texts
from comfycontrol_pack.server_routes.answers import error_answer

CODES = sorted(texts._table(texts.ENGLISH)["errors"])
CAUSES = [
    errors.InvalidInputError,
    errors.BadRequestError,
    errors.NotAllowedError,
    errors.TooManyTriesError,
    errors.WrongStateError,
    errors.MachineError,
    errors.ServiceError,
    errors.RefusedByServiceError,
    errors.NoConnectionError,
    errors.AnswerLostError,
]
# Cloudflare replaces the bodies of 502 and 504, and 52x are its own.
PASSES_UNCHANGED = {400, 403, 404, 409, 413, 415, 424, 429, 500, 503}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_every_error_has_a_status_whose_body_proxies_leave_alone(cause: type[errors.ComfyControlError]) -> None:
    assert {error_answer(cause(code)).status for code in CODES} <= PASSES_UNCHANGED
