"""Hosts of web applications: one public name for the one port that the platform forwards to."""

from .suggestion import Note, Suggestion, note, web_address
from .surroundings import Surroundings

HUGGING_FACE = note("hugging_face")
AZURE = note("azure")
RAILWAY = note("railway")
RENDER = note("render")
FLY = note("fly")
MODAL = note("modal")
KUBERNETES = note("kubernetes")


def hugging_face(surroundings: Surroundings) -> list[Suggestion]:
    """A Space. Source: huggingface.co/docs/hub/spaces-overview, "Helper environment variables"."""
    return _at_host(surroundings.variable("SPACE_HOST"), "Hugging Face Space", HUGGING_FACE)


def azure(surroundings: Surroundings) -> list[Suggestion]:
    """A container app. Source: learn.microsoft.com/azure/container-apps/environment-variables."""
    name, suffix = surroundings.variable("CONTAINER_APP_NAME"), surroundings.variable("CONTAINER_APP_ENV_DNS_SUFFIX")
    return _at_host(f"{name}.{suffix}" if name and suffix else "", "Azure Container Apps", AZURE)


def railway(surroundings: Surroundings) -> list[Suggestion]:
    """A Railway service. Source: docs.railway.com/reference/variables."""
    return _if_port_fits(surroundings, _at_host(surroundings.variable("RAILWAY_PUBLIC_DOMAIN"), "Railway", RAILWAY))


def render(surroundings: Surroundings) -> list[Suggestion]:
    """A Render web service. Source: render.com/docs/environment-variables."""
    url = web_address(surroundings.variable("RENDER_EXTERNAL_URL"))
    return _if_port_fits(surroundings, [Suggestion(url, "Render", "high", notes=(RENDER,))] if url else [])


def fly(surroundings: Surroundings) -> list[Suggestion]:
    """A Fly machine. Source: fly.io/docs/machines/runtime-environment."""
    app = surroundings.variable("FLY_APP_NAME")
    return [Suggestion(f"https://{app}.fly.dev", "Fly.io", "medium", notes=(FLY,))] if app else []


def modal(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be Modal, and no address. Source: modal.com/docs/guide/environment_variables."""
    return [Suggestion(None, "Modal", "high", notes=(MODAL,))] if surroundings.variable("MODAL_TASK_ID") else []


def kubernetes(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be a pod, and no address. Source: kubernetes.io, "Accessing the API from a Pod"."""
    inside = surroundings.variable("KUBERNETES_SERVICE_HOST")
    return [Suggestion(None, "Kubernetes", "high", notes=(KUBERNETES,))] if inside else []


def _at_host(host: str, source: str, known: Note) -> list[Suggestion]:
    url = web_address(f"https://{host}") if host else None
    return [Suggestion(url, source, "high", notes=(known,))] if url else []


def _if_port_fits(surroundings: Surroundings, found: list[Suggestion]) -> list[Suggestion]:
    """Lower the certainty if the platform says which port it forwards to, and ComfyUI listens on another."""
    forwarded_to = surroundings.variable("PORT")
    if not forwarded_to or forwarded_to == str(surroundings.port):
        return found
    other = note("other_port", forwarded=forwarded_to, port=surroundings.port)
    return [Suggestion(one.url, one.source, "medium", notes=(*one.notes, other)) for one in found]
