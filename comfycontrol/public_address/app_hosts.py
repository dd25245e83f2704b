"""Hosts of web applications: one public name for the one port that the platform forwards to."""

from .suggestion import Suggestion, web_address
from .surroundings import Surroundings

HUGGING_FACE = (
    "ComfyUI must listen on the Space's app_port (7860 unless changed). A private Space wants the header Authorization:"
    " Bearer and a Hugging Face token that may read it."
)
AZURE = "External ingress must be enabled, with ComfyUI's port as its target port."
RAILWAY = "The domain must be generated for ComfyUI's port (Settings, Networking)."
RENDER = "Only a web service has an address, and Render forwards to the port in PORT."
FLY = "The app needs a public IP address and a service in fly.toml whose internal_port is ComfyUI's."
MODAL = (
    "Modal does not tell a container its address. Serve ComfyUI with modal.web_server, and enter the address that"
    " modal serve or modal deploy prints (it ends in .modal.run)."
)
KUBERNETES = (
    "A pod is not told its address. Make an Ingress or a Service of type LoadBalancer, and set COMFYCONTROL_ENDPOINT to"
    " its address."
)


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
    return _if_port_fits(surroundings, [Suggestion(url, "Render", "high", note=RENDER)] if url else [])


def fly(surroundings: Surroundings) -> list[Suggestion]:
    """A Fly machine. Source: fly.io/docs/machines/runtime-environment."""
    app = surroundings.variable("FLY_APP_NAME")
    return [Suggestion(f"https://{app}.fly.dev", "Fly.io", "medium", note=FLY)] if app else []


def modal(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be Modal, and no address. Source: modal.com/docs/guide/environment_variables."""
    return [Suggestion(None, "Modal", "high", note=MODAL)] if surroundings.variable("MODAL_TASK_ID") else []


def kubernetes(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be a pod, and no address. Source: kubernetes.io, "Accessing the API from a Pod"."""
    inside = surroundings.variable("KUBERNETES_SERVICE_HOST")
    return [Suggestion(None, "Kubernetes", "high", note=KUBERNETES)] if inside else []


def _at_host(host: str, source: str, note: str) -> list[Suggestion]:
    url = web_address(f"https://{host}") if host else None
    return [Suggestion(url, source, "high", note=note)] if url else []


def _if_port_fits(surroundings: Surroundings, found: list[Suggestion]) -> list[Suggestion]:
    """Less sure where the platform says which port it forwards to, and ComfyUI listens on another."""
    forwarded_to = surroundings.variable("PORT")
    if not forwarded_to or forwarded_to == str(surroundings.port):
        return found
    other = f"PORT is {forwarded_to}, but ComfyUI listens on {surroundings.port}."
    return [Suggestion(one.url, one.source, "medium", note=f"{one.note} {other}") for one in found]
