"""The table of all places that an address can come from, for the suggestions and for the docs."""

from ..configuration.process import ENDPOINT_VARIABLE
from . import app_hosts, gpu_clouds, request_address, tunnels, workspaces
from .suggestion import BROWSER_SOURCE, CONFIGURED_SOURCE, FORWARDED_SOURCE, TUNNEL_SOURCE
from .surroundings import Platform

PLATFORMS: tuple[Platform, ...] = (
    Platform(
        *("configured", CONFIGURED_SOURCE, f"`{ENDPOINT_VARIABLE}`", "as given", "high"),
        note=request_address.CONFIGURED,
        detect=request_address.configured,
    ),
    Platform(
        *(
            "configured",
            TUNNEL_SOURCE,
            "opened in the panel, or by `COMFYCONTROL_TUNNEL`",
            "`https://{hostname}`",
            "high",
        ),
        note=tunnels.OWN,
        detect=tunnels.own_tunnel,
    ),
    Platform(
        *("browser", BROWSER_SOURCE, "the page's own address", "as it is, without the file name", "high"),
        remark="The best evidence there is, if the name is public: you are using it right now.",
        detect=request_address.browser,
    ),
    Platform(
        *("platform", "RunPod", "`RUNPOD_POD_ID`", "`https://{id}-{port}.proxy.runpod.net`", "high"),
        note=gpu_clouds.RUNPOD,
        detect=gpu_clouds.runpod,
        changes=True,
    ),
    Platform(
        *("platform", "RunPod TCP", "`RUNPOD_PUBLIC_IP`, `RUNPOD_TCP_PORT_{port}`", "`http://{ip}:{mapped}`", "high"),
        note=gpu_clouds.RUNPOD_TCP,
        detect=gpu_clouds.runpod_tcp,
        changes=True,
    ),
    Platform(
        *("platform", "Vast.ai", "`PUBLIC_IPADDR`, `VAST_TCP_PORT_{port}`", "`http://{ip}:{mapped}`", "high"),
        note=gpu_clouds.VAST,
        detect=gpu_clouds.vast,
        changes=True,
    ),
    Platform(
        *("platform", "Vast.ai's proxy", "`PORTAL_CONFIG` with ComfyUI's port as the internal one"),
        address="`http://{ip}:{mapped}` of the external port; https when `ENABLE_HTTPS` is true",
        certainty="high",
        note=gpu_clouds.VAST_FRONT,
        remark="The header is offered with the address.",
        detect=gpu_clouds.vast_front,
        changes=True,
    ),
    Platform(
        *("platform", "GitHub Codespaces", "`CODESPACE_NAME`, `GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN`"),
        address="`https://{name}-{port}.app.github.dev`",
        certainty="high",
        note=workspaces.CODESPACES,
        detect=workspaces.codespaces,
    ),
    Platform(
        *("platform", "Gitpod", "`GITPOD_WORKSPACE_URL`", "`https://{port}-{workspace}`", "high"),
        note=workspaces.GITPOD,
        detect=workspaces.gitpod,
    ),
    Platform(
        *("platform", "Hugging Face Space", "`SPACE_HOST`", "`https://{host}`", "high"),
        note=app_hosts.HUGGING_FACE,
        detect=app_hosts.hugging_face,
    ),
    Platform(
        *("platform", "Lightning.ai", "`LIGHTNING_CLOUD_SPACE_ID`", "`https://{port}-{id}.cloudspaces.litng.ai`"),
        certainty="medium",
        note=gpu_clouds.LIGHTNING,
        detect=gpu_clouds.lightning,
    ),
    Platform(
        *("platform", "Azure Container Apps", "`CONTAINER_APP_NAME`, `CONTAINER_APP_ENV_DNS_SUFFIX`"),
        address="`https://{name}.{suffix}`",
        certainty="high",
        note=app_hosts.AZURE,
        detect=app_hosts.azure,
    ),
    Platform(
        *("platform", "Railway", "`RAILWAY_PUBLIC_DOMAIN`", "`https://{domain}`", "high"),
        note=app_hosts.RAILWAY,
        detect=app_hosts.railway,
    ),
    Platform(
        *("platform", "Render", "`RENDER_EXTERNAL_URL`", "as given", "high"),
        note=app_hosts.RENDER,
        detect=app_hosts.render,
    ),
    Platform(
        *("platform", "Fly.io", "`FLY_APP_NAME`", "`https://{app}.fly.dev`", "medium"),
        note=app_hosts.FLY,
        detect=app_hosts.fly,
    ),
    Platform(
        *("platform", "AutoDL", "`AutoDLService{port}URL`, `AutoDLServiceURL` for 6006", "as given", "medium"),
        note=gpu_clouds.AUTODL,
        detect=gpu_clouds.autodl,
    ),
    Platform(
        *("platform", "CNB", "`CNB_VSCODE_PROXY_URI`", "with the port put in", "medium"),
        note=workspaces.CNB,
        detect=workspaces.cnb,
    ),
    Platform(
        *("platform", "VS Code's proxy", "`VSCODE_PROXY_URI` (Coder, code-server)", "with the port put in", "medium"),
        note=workspaces.VSCODE,
        detect=workspaces.vscode,
    ),
    Platform(
        *("platform", "JupyterHub", "`JUPYTERHUB_PUBLIC_URL`", "`{url}proxy/{port}/`", "medium"),
        note=workspaces.JUPYTERHUB,
        detect=workspaces.jupyterhub,
    ),
    Platform(
        *("platform", "Paperspace", "`PAPERSPACE_FQDN`", "`https://tensorboard-{fqdn}/`, for port 6006 only", "medium"),
        note=workspaces.PAPERSPACE,
        detect=workspaces.paperspace,
    ),
    Platform(
        *("platform", "Colab", "`COLAB_RELEASE_TAG`", "none", "high"),
        note=workspaces.COLAB,
        detect=workspaces.colab,
    ),
    Platform(
        *("platform", "Kaggle", "`KAGGLE_KERNEL_RUN_TYPE`", "none", "high"),
        note=workspaces.KAGGLE,
        detect=workspaces.kaggle,
    ),
    Platform(
        *("platform", "SageMaker Studio", "`SAGEMAKER_APP_TYPE`, `SAGEMAKER_SPACE_NAME`", "none", "high"),
        note=workspaces.SAGEMAKER,
        detect=workspaces.sagemaker,
    ),
    Platform(
        *("platform", "Modal", "`MODAL_TASK_ID`", "none", "high"),
        note=app_hosts.MODAL,
        detect=app_hosts.modal,
    ),
    Platform(
        *("platform", "Salad", "`SALAD_MACHINE_ID`", "none", "high"),
        note=gpu_clouds.SALAD,
        detect=gpu_clouds.salad,
    ),
    Platform(
        *("platform", "Kubernetes", "`KUBERNETES_SERVICE_HOST`, and no other platform", "none", "high"),
        note=app_hosts.KUBERNETES,
        detect=app_hosts.kubernetes,
        # Many of the platforms above run on Kubernetes, and it shows in their containers.
        fallback=True,
    ),
    Platform(
        *("tunnel", "ngrok", "the agent's API on port 4040", "the one whose upstream is ComfyUI's port", "high"),
        note=tunnels.NGROK,
        remark="The header is offered with the address.",
        detect=tunnels.ngrok,
    ),
    Platform(
        *("tunnel", "cloudflared quick tunnel", "cloudflared's metrics, ports 20241 to 20245", "`https://{hostname}`"),
        certainty="high",
        note=tunnels.QUICK,
        detect=tunnels.cloudflared_quick,
        changes=True,
    ),
    Platform(
        *("tunnel", "cloudflared named tunnel", "the same, ingress rules that end at ComfyUI's port"),
        address="`https://{hostname}`",
        certainty="high",
        note=tunnels.NAMED,
        detect=tunnels.cloudflared_named,
    ),
    Platform(
        *("tunnel", "Tailscale Funnel", "`tailscale serve status --json`, a proxy to ComfyUI's port"),
        address="`https://{host}`, when Funnel is on",
        certainty="medium",
        note=tunnels.FUNNEL,
        remark="Without Funnel the address is private.",
        detect=tunnels.tailscale,
    ),
    Platform(
        *("forwarded", FORWARDED_SOURCE, "`X-Forwarded-Host`, `-Proto`, `-Prefix`, `Forwarded`"),
        address="what they name",
        certainty="low",
        note=request_address.FORWARDED,
        detect=request_address.forwarded,
    ),
)
