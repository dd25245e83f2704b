"""What may go wrong with a workflow; each befalls one."""

from .runner_client import BAD_CERTIFICATE, REFUSED, TIMED_OUT, answered
from .workflow_steps import Change, WorkflowFault, done_elsewhere, failed, on_managed_runner, told, usual_until


def never_assigned() -> WorkflowFault:
    """It stays accepted, also where a runner fits."""
    return lambda _: told()


def assigned_to(runner_id: str) -> WorkflowFault:
    """This runner takes it, whether it fits or not."""
    return lambda run: run.on_runner(runner_id)


def managed() -> WorkflowFault:
    """A machine of the service's own takes it, and completes it."""
    return lambda _: on_managed_runner()


def refused() -> WorkflowFault:
    return _instead_after("accepted", failed(REFUSED))


def timed_out() -> WorkflowFault:
    return _instead_after("accepted", failed(TIMED_OUT))


def bad_certificate() -> WorkflowFault:
    return _instead_after("accepted", failed(BAD_CERTIFICATE))


def gateway_answers(status: int) -> WorkflowFault:
    """What stands before the runner does not let the service in."""
    return _instead_after("accepted", failed(answered(status, "/ws")))


def elsewhere(prompt_id: str) -> WorkflowFault:
    """The runner's address leads to another ComfyUI, which completes it under an id that this one does not know."""
    return _instead_after("accepted", *done_elsewhere(prompt_id))


def fails_here(node: str, exception_type: str, message: str) -> WorkflowFault:
    """The runner really runs it, and the service says that a node failed."""
    return _instead_after("running", failed(message, node=node, exception_type=exception_type))


def invalid(node: str) -> WorkflowFault:
    """The runner's ComfyUI does not take it for a workflow."""
    why = failed(
        "Prompt outputs failed validation: Required input is missing: images",
        node=node,
        exception_type="prompt_outputs_failed_validation",
        status="invalid",
    )
    return _instead_after("uploaded", why)


def goes_quiet(after: str) -> WorkflowFault:
    """Nothing changes any more, once it is "accepted" and given to a runner, "uploaded", "queued" or "running"."""
    return _instead_after(after)


def cancelled(after: str = "accepted") -> WorkflowFault:
    """Somebody cancels it in the dashboard, once it has this status."""
    return _instead_after(after, {"status": "cancelled"})


def _instead_after(status: str, *changes: Change) -> WorkflowFault:
    return lambda run: usual_until(status, run, *changes)
