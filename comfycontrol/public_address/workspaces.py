"""Development environments and notebooks, which forward ports, often behind a login."""

from .suggestion import NeededHeader, Note, Suggestion, note, web_address
from .surroundings import Surroundings

CODESPACES = note("codespaces")
GITPOD = note("gitpod")
CNB = note("cnb")
VSCODE = note("vscode")
JUPYTERHUB = note("jupyterhub")
PAPERSPACE = note("paperspace")
KAGGLE = note("kaggle")
COLAB = note("one_browser_only", platform="Colab")
SAGEMAKER = note("one_browser_only", platform="SageMaker Studio")

# Pages under these names open in one browser only, so the page's address is of no use to others.
HOSTS_BOUND_TO_COOKIES = (".googleusercontent.com", ".colab.dev", ".kaggle.net", ".sagemaker.aws")

_STUDIO = ("SAGEMAKER_APP_TYPE", "SAGEMAKER_APP_TYPE_LOWERCASE", "SAGEMAKER_SPACE_NAME", "SAGEMAKER_INTERNAL_IMAGE_URI")
_TENSORBOARD = 6006


def codespaces(surroundings: Surroundings) -> list[Suggestion]:
    """A forwarded port. Source: docs.github.com, "Default environment variables for your codespace"."""
    name = surroundings.variable("CODESPACE_NAME")
    domain = surroundings.variable("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN") or "app.github.dev"
    url = f"https://{name}-{surroundings.port}.{domain}"
    return [Suggestion(url, "GitHub Codespaces", "high", notes=(CODESPACES,))] if name else []


def gitpod(surroundings: Surroundings) -> list[Suggestion]:
    """A forwarded port. Source: gitpod.io/docs, "Environment variables" and "Ports"."""
    scheme, separator, rest = surroundings.variable("GITPOD_WORKSPACE_URL").partition("://")
    url = web_address(f"{scheme}://{surroundings.port}-{rest}") if separator else None
    return [Suggestion(url, "Gitpod", "high", notes=(GITPOD,))] if url else []


def cnb(surroundings: Surroundings) -> list[Suggestion]:
    """A workspace of cnb.cool. Source: docs.cnb.cool, default environment variables of a workspace."""
    return _from_template(surroundings, "CNB_VSCODE_PROXY_URI", "CNB", CNB)


def vscode(surroundings: Surroundings) -> list[Suggestion]:
    """Coder, code-server. Source: coder.com/docs, "Workspace ports"; coder/code-server, docs/guide.md.

    code-server by itself sets a relative template, which is no address.
    """
    return _from_template(surroundings, "VSCODE_PROXY_URI", "VS Code's proxy", VSCODE)


def jupyterhub(surroundings: Surroundings) -> list[Suggestion]:
    """jupyter-server-proxy. Source: jupyterhub.readthedocs.io, single-user environment; jupyter-server-proxy's docs."""
    base = surroundings.variable("JUPYTERHUB_PUBLIC_URL").rstrip("/")
    url = web_address(f"{base}/proxy/{surroundings.port}/") if base else None
    # The server's own token is in the environment, but opens more than ComfyUI, so it is the person's to give away.
    headers = (NeededHeader("Authorization", ""),)
    return [Suggestion(url, "JupyterHub", "medium", headers, (JUPYTERHUB,))] if url else []


def paperspace(surroundings: Surroundings) -> list[Suggestion]:
    """A Gradient notebook. Source: docs.digitalocean.com/products/paperspace, notebooks, TensorBoard."""
    host = surroundings.variable("PAPERSPACE_FQDN")
    if not host:
        return []
    if surroundings.port != _TENSORBOARD:
        return [Suggestion(None, "Paperspace", "high", notes=(PAPERSPACE,))]
    url = web_address(f"https://tensorboard-{host}/")
    return [Suggestion(url, "Paperspace", "medium", notes=(PAPERSPACE,))] if url else []


def colab(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be Colab, and no usable address."""
    return [Suggestion(None, "Colab", "high", notes=(COLAB,))] if surroundings.variable("COLAB_RELEASE_TAG") else []


def kaggle(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be Kaggle, and no address."""
    inside = surroundings.variable("KAGGLE_KERNEL_RUN_TYPE")
    return [Suggestion(None, "Kaggle", "high", notes=(KAGGLE,))] if inside else []


def sagemaker(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be SageMaker Studio, and no usable address."""
    inside = any(surroundings.variable(name) for name in _STUDIO)
    return [Suggestion(None, "SageMaker Studio", "high", notes=(SAGEMAKER,))] if inside else []


def _from_template(surroundings: Surroundings, variable: str, source: str, known: Note) -> list[Suggestion]:
    template = surroundings.variable(variable)
    if "{{port}}" not in template:
        return []
    url = web_address(template.replace("{{port}}", str(surroundings.port)))
    return [Suggestion(url, source, "medium", notes=(known,))] if url else []
