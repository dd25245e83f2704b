"""The tag of a test run: lent to the runner so that the workflow goes there, and taken away again."""

from ..api.client import ComfyControlClient
from ..comfyui import ComfyUser
from ..errors import RefusedByServiceError, WrongStateError
from ..models.limits import ACTIVE, TAG_COUNT
from ..models.runner import Runner, RunnerChange
from ..runners.account_session import AccountSession


def lend(session: AccountSession, user: ComfyUser, tag: str) -> tuple[Runner, tuple[str, ...]]:
    """Make sure that a workflow can get to this instance's runner; give the runner, and the tags to ask for.

    Two calls to the service, or three. The tag is remembered before it is sent: whatever happens then, it can be taken
    away.

    Raises:
        WrongStateError: `not_registered`, `runner_gone`, `runner_disabled`, or `tags_full`: the runner has as many tags
            as it may, and another has them all.

    """
    with session.exclusive_client_of(user) as client:
        runner = _looked_up(session, client)
        session.remember(runner, None)
        if runner.status != ACTIVE:
            raise WrongStateError("runner_disabled")
        if not runner.tags:
            # It gets every workflow; with a tag it no longer would. No other runner has this one.
            return runner, (tag,)
        if len(runner.tags) >= TAG_COUNT:
            _check_alone(client, runner)
            return runner, runner.tags
        session.store.update(lambda was: was.model_copy(update={"tag_lent_to": runner.id}))
        client.change_runner(runner.id, RunnerChange(tags=(*runner.tags, tag)))
    return runner, (tag,)


def take_back(session: AccountSession, user: ComfyUser) -> None:
    """Take away the tag that a test run has left, of this process or an earlier one. Two calls to the service."""
    if session.remembered.tag_lent_to is None:
        return
    with session.exclusive_client_of(user) as client:
        runner_id = session.remembered.tag_lent_to
        if runner_id is None:
            return
        try:
            # What is read shows no such tag, and a person may have changed the others.
            runner = client.change_runner(runner_id, RunnerChange(tags=client.runner(runner_id).tags))
        except RefusedByServiceError as error:
            if error.code != "runner_gone":
                raise
        else:
            if _is_ours(session, runner):
                session.remember(runner, None)
        session.store.update(lambda was: was.model_copy(update={"tag_lent_to": None}))


def _is_ours(session: AccountSession, runner: Runner) -> bool:
    ours = session.remembered.runner
    return ours is not None and ours.id == runner.id


def _looked_up(session: AccountSession, client: ComfyControlClient) -> Runner:
    try:
        return client.runner(session.runner_id())
    except RefusedByServiceError as error:
        session.note_gone(error)
        raise


def _check_alone(client: ComfyControlClient, runner: Runner) -> None:
    others = (one for one in client.runners() if one.id != runner.id and one.status == ACTIVE and one.tags)
    if any(set(runner.tags) <= set(one.tags) for one in others):
        raise WrongStateError("tags_full", field="tags")
