"""What happens to a workflow, one change of it after the other."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Protocol

from .stamps import new_id

# The fields of a workflow that change at once, the status always among them: "accepted" when it is given to a runner.
Change = Mapping[str, Any]
Steps = AsyncGenerator[Change, None]


class Run(Protocol):
    """A workflow that the service is about to have run."""

    def usual(self) -> Steps:
        """On a runner that fits."""

    def on_runner(self, runner_id: str) -> Steps:
        """On this runner of the account, whether it fits or not."""


# What befalls a workflow instead of the usual.
WorkflowFault = Callable[[Run], Steps]


async def told(*changes: Change) -> Steps:
    """What the service says without having done anything."""
    for change in changes:
        yield change


async def usual_until(status: str, run: Run, *then: Change) -> Steps:
    """The usual, and after this status something else; all of the usual, where it ends before."""
    async with contextlib.aclosing(run.usual()) as steps:
        async for change in steps:
            yield change
            if change["status"] == status:
                break
        else:
            return
    for change in then:
        yield change


def done_elsewhere(prompt_id: str) -> tuple[Change, ...]:
    """As after a run that went well, on a ComfyUI that nobody sees."""
    return (
        {"status": "uploaded"},
        {"status": "queued", "prompt_id": prompt_id, "queue_number": 1},
        {"status": "running"},
        {"status": "completed"},
    )


def on_managed_runner() -> Steps:
    """On a machine of the service's own."""
    return told({"status": "accepted", "managed_runner_id": new_id()}, *done_elsewhere(new_id()))


def failed(
    message: str, *, node: str | None = None, exception_type: str | None = None, status: str = "failed"
) -> Change:
    return {
        "status": status,
        "error_node": node,
        "exception_type": exception_type,
        "exception_message": message,
    }
