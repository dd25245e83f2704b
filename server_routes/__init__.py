"""The routes: who may call them, what a body may look like, which error becomes which answer."""

from typing import TYPE_CHECKING, Any

from ..comfycontrol.gateway.listening import Listening, provide
from .handlers import handler_of
from .table import ROUTES

if TYPE_CHECKING:
    from ..comfycontrol.gateway.gate import Gate


def add_routes(routes: Any) -> bool:
    """Add our routes to ComfyUI's table (each is then served bare and under `/api`).

    Args:
        routes: ComfyUI's `RouteTableDef`.

    Returns:
        False if another copy of this extension has done so already; then nothing was added.

    """
    taken = {getattr(route, "path", None) for route in routes}
    if any(route.path in taken for route in ROUTES):
        return False
    for route in ROUTES:
        routes.route(route.method, route.path)(handler_of(route))
    provide(_listen)
    return True


async def _listen(application: Any, gate: "Gate", address: str, port: int) -> Listening:
    # Loaded where somebody wants a guarded port; an aiohttp for which that fails has none.
    from .listener import listen

    return await listen(application, gate, address, port)
