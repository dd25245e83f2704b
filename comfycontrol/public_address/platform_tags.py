"""Tags that say on whose machine ComfyUI runs, for those who send work there or keep it away."""

from .platforms import PLATFORMS
from .surroundings import Surroundings

# By the names of rows of `PLATFORMS`. Those that only pass requests on, such as a tunnel, say nothing of the machine.
TAGS = {
    "RunPod": "runpod",
    "RunPod TCP": "runpod",
    "Vast.ai": "vast-ai",
    "Vast.ai's proxy": "vast-ai",
    "GitHub Codespaces": "codespaces",
    "Gitpod": "gitpod",
    "Hugging Face Space": "hugging-face",
    "Lightning.ai": "lightning-ai",
    "Azure Container Apps": "azure",
    "Railway": "railway",
    "Render": "render",
    "Fly.io": "fly-io",
    "AutoDL": "autodl",
    "CNB": "cnb",
    "Paperspace": "paperspace",
    "Colab": "colab",
    "Kaggle": "kaggle",
    "SageMaker Studio": "sagemaker",
    "Modal": "modal",
    "Salad": "salad",
}


def platform_tags(surroundings: Surroundings) -> list[str]:
    """Give the tag of each platform that is recognised, once.

    Asks the rows and not their suggestions, because two of those with one address become one.
    """
    recognised = [row.name for row in PLATFORMS if row.name in TAGS and row.detect(surroundings)]
    return list(dict.fromkeys(TAGS[name] for name in recognised))
