"""Where this ComfyUI has a prompt."""

from .. import comfyui
from .judgement import Place


def place_of_prompt(prompt_id: str) -> Place:
    """Give the prompt's place. One that ComfyUI has forgotten, because somebody cleared its history, is nowhere."""
    queue = getattr(comfyui.prompt_server(), "prompt_queue", None)
    if queue is None:
        return "nowhere"
    # In the order in which a prompt moves, so that it is not missed on its way.
    running, waiting = queue.get_current_queue()
    if any(prompt[1] == prompt_id for prompt in running):
        return "work"
    if any(prompt[1] == prompt_id for prompt in waiting):
        return "queue"
    return "history" if prompt_id in queue.get_history(prompt_id=prompt_id) else "nowhere"
