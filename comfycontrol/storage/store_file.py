"""The content of the store: what ComfyUI processes that share one folder know together, and what each by itself.

They share the token in ComfyUI's settings, so account, owners and preferences are everybody's. The runner is not: one
process per GPU, each on a port of its own, is one runner each, and none may take up another's.
"""

from pydantic import Field

from ..models.frozen import Frozen
from ..models.runner import Runner
from ..models.test_run import LastRun
from .remembered import Remembered, new_instance_id


class OwnPart(Frozen):
    """What one process knows by itself. `runner_account` is the id of the account that the runner belongs to."""

    instance_id: str = Field(default_factory=new_instance_id)
    runner: Runner | None = None
    attention: str | None = None
    seen_at: str | None = None
    last_run: LastRun | None = None
    tag_lent_to: str | None = None
    runner_account: str = ""


class StoreFile(Remembered):
    """The content of the file.

    `instance` is the process whose own part is at the top level, as in files of releases that knew only one process.
    Such a file becomes that of the process which first writes it. `others` has the own parts of all other processes.
    """

    runner_account: str = ""
    instance: str | None = None
    others: dict[str, OwnPart] = Field(default_factory=dict)

    def seen_by(self, instance: str) -> Remembered:
        """What one of the processes remembers."""
        own = _own_part(self) if self.instance in {None, instance} else self.others.get(instance, OwnPart())
        account = self.account.id if self.account else ""
        if own.runner_account not in {"", account}:
            # Another process has connected to another account since.
            own = OwnPart(instance_id=own.instance_id)
        return Remembered(**{**_fields(self, Remembered), **_fields(own, OwnPart)})

    def with_seen_by(self, instance: str, remembered: Remembered) -> "StoreFile":
        """The file after one of the processes has changed what it remembers."""
        account = remembered.account.id if remembered.account and remembered.runner else ""
        own = _own_part(remembered).model_copy(update={"runner_account": account})
        is_first = self.instance in {None, instance}
        first = own if is_first else _own_part(self)
        others = self.others if is_first else {**self.others, instance: own}
        top = {**_fields(remembered, Remembered), **_fields(first, OwnPart)}
        return StoreFile(**top, instance=instance if is_first else self.instance, others=others)


def _own_part(of: Remembered) -> OwnPart:
    return OwnPart(**_fields(of, OwnPart))


def _fields(of: Frozen, model: type[Frozen]) -> dict[str, object]:
    return {name: getattr(of, name) for name in model.model_fields if hasattr(of, name)}
