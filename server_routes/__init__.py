"""The routes: who may call, what a body may look like, which error becomes which answer."""

from typing import Any

from . import handlers

_PATHS = (
    ("GET", "/comfycontrol/status", handlers.get_status),
    ("GET", "/comfycontrol/suggestions", handlers.get_suggestions),
    ("GET", "/comfycontrol/address-kind", handlers.get_address_kind),
    ("GET", "/comfycontrol/identity", handlers.get_identity),
    ("GET", "/comfycontrol/texts", handlers.get_texts),
    ("GET", "/comfycontrol/runners", handlers.get_runners),
    ("GET", "/comfycontrol/history", handlers.get_history),
    ("GET", "/comfycontrol/diagnostics", handlers.get_diagnostics),
    ("POST", "/comfycontrol/endpoint-check", handlers.post_endpoint_check),
    ("PUT", "/comfycontrol/token", handlers.put_token),
    ("DELETE", "/comfycontrol/token", handlers.delete_token),
    ("POST", "/comfycontrol/runner", handlers.post_runner),
    ("PATCH", "/comfycontrol/runner", handlers.patch_runner),
    ("PATCH", "/comfycontrol/preferences", handlers.patch_preferences),
    ("POST", "/comfycontrol/template-form", handlers.post_template_form),
    ("POST", "/comfycontrol/template", handlers.post_template),
)


def add_routes(routes: Any) -> bool:
    """Add our routes to ComfyUI's table (each is then served bare and under `/api`).

    Args:
        routes: ComfyUI's `RouteTableDef`.

    Returns:
        False when another copy of this extension has done so already; then nothing was added.

    """
    taken = {getattr(route, "path", None) for route in routes}
    if any(path in taken for _, path, _ in _PATHS):
        return False
    for method, path, handler in _PATHS:
        routes.route(method, path)(handler)
    return True
