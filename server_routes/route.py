"""What a row of the table of routes says."""

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any, Literal, NamedTuple

from .guards import MOST_BYTES

Who = Literal["owners", "anyone", "anyone; owners get more"]
OPEN: tuple[Who, ...] = ("anyone", "anyone; owners get more")


class Query(NamedTuple):
    """A parameter of the query, as the document describes it."""

    name: str
    description: str
    example: str
    pattern: str | None = None
    required: bool = False


class Route(NamedTuple):
    """One route. Unless its row says otherwise, only owners may call it.

    Args:
        method: of HTTP.
        path: without `/api`, under which ComfyUI serves it as well.
        use_case: `module.function` in this package. It takes a `Caller` and, where there is one, the body as a model.
        answer: the name of the answer's schema.
        summary: what it does, in a sentence.
        description: what else there is to know.
        who: who may call it; checked before any of the body is read.
        needs_own_header: whether it requires a header of ours, which pages of other sites cannot send.
        decides: what it changes; refused with `set_by_environment` where the environment decides one of these.
        queries: its query parameters.
        body: the name of the body's model in `bodies`.
        most_bytes: the size limit of the body.
        status: the HTTP status of success.
        own_thread: whether it has a thread of its own instead of sharing those of the other routes.

    """

    method: str
    path: str
    use_case: str
    answer: str
    summary: str
    description: str = ""
    who: Who = "owners"
    needs_own_header: bool = False
    decides: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    body: str | None = None
    most_bytes: int = MOST_BYTES
    status: int = HTTPStatus.OK
    own_thread: bool = False

    @property
    def name(self) -> str:
        """The name of the use case, as OpenAPI writes names."""
        first, *others = self.use_case.partition(".")[2].split("_")
        return first + "".join(map(str.capitalize, others))

    def load_use_case(self) -> Callable[..., dict[str, Any]]:
        """Import what the route does."""
        module, _, function = self.use_case.partition(".")
        found: Callable[..., dict[str, Any]] = getattr(import_module(f".{module}", _PACKAGE), function)
        return found


# This package, whatever the pack's folder is called.
_PACKAGE = Route.__module__.rpartition(".")[0]
