"""The routes: who may call them, what a body may look like, which error becomes which answer."""

from typing import Any

from .handlers import handler_of
from .table import ROUTES


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
    return True
