"""The use case of templates: save a workflow as one, without making two when an answer gets lost."""

from ..api.client import ComfyControlClient
from ..api.creation import create_once
from ..comfyui import ComfyUser
from ..errors import AnswerLostError, InvalidInputError
from ..log import LOGGER
from ..models.template import Template, TemplateDraft
from ..runners.account_session import AccountSession
from .form import template_form


class TemplateSaving:
    """Saves workflows as templates of the account that this instance is connected to.

    Args:
        session: the account's token and the calls made with it.

    """

    def __init__(self, session: AccountSession) -> None:
        self._session = session

    def save(self, user: ComfyUser, draft: TemplateDraft, template_id: str | None) -> Template:
        """Change the template with this id; without an id, create one.

        Raises:
            InvalidInputError: `template_empty`, `template_faulty`; nothing was sent.
            RefusedByServiceError: `template_gone` when the account has none of this id, `template_limit` and others.
            AnswerLostError: `template_outcome_unknown`, `template_answer_lost` and others.

        """
        form = template_form(draft.workflow)
        if any(problem.blocks for problem in form.problems):
            raise InvalidInputError("template_faulty", field="workflow")
        if form.is_empty:
            raise InvalidInputError("template_empty", field="workflow")
        with self._session.exclusive_client_of(user) as client:
            saved = client.change_template(template_id, draft) if template_id else create_template(client, draft)
        LOGGER.info("ComfyControl: a workflow was saved as template %s.", saved.id)
        return saved


def create_template(client: ComfyControlClient, draft: TemplateDraft) -> Template:
    """Create a template.

    Raises:
        AnswerLostError: `template_outcome_unknown`, `template_answer_lost` and others; see `create_once`.

    """
    known = _known(client)

    def find() -> Template | None:
        there = client.templates()
        if known is None:
            raise AnswerLostError("template_outcome_unknown")
        return next((template for template in there if template.id not in known and template.name == draft.name), None)

    return create_once(
        lambda: client.create_template(draft),
        find,
        not_there="template_answer_lost",
        unknown="template_outcome_unknown",
    )


def _known(client: ComfyControlClient) -> set[str] | None:
    """Give the ids of all templates; None if the list does not have the form we expect.

    We expect that of runners, but it is not documented for templates, so it must not keep anybody from creating one.
    """
    try:
        return {template.id for template in client.templates()}
    except AnswerLostError as error:
        if error.code != "not_the_service":
            raise
        return None
