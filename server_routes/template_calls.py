"""What the two routes of templates do, in a thread; see `calls`."""

from typing import TYPE_CHECKING, Any

from .calls import registration_for_owner, validated
from .guards import Caller

if TYPE_CHECKING:
    from ..comfycontrol.templates.form import Field, Problem


def form(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """The form that ComfyControl will show for a workflow, and what is wrong with it."""
    from ..comfycontrol.templates.form import template_form
    from .bodies import WorkflowBody

    registration_for_owner(caller)
    found = template_form(validated(WorkflowBody, body).workflow)
    return {
        "fields": [_field(field) for field in found.fields],
        "filled_in": found.filled_in,
        "problems": [_problem(problem, caller.language) for problem in found.problems],
    }


def save(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Save a workflow as a template of the account."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import instance
    from .bodies import TemplateBody

    registration_for_owner(caller)
    wanted = validated(TemplateBody, body)
    saved = instance().templates.save(comfyui.user_of(caller.request), wanted, wanted.template_id)
    return {"template": saved.model_dump()}


def _field(field: "Field") -> dict[str, Any]:
    return {**field._asdict(), "options": list(field.options), "nodes": list(field.nodes)}


def _problem(problem: "Problem", language: str) -> dict[str, Any]:
    return {
        "code": problem.fault.code,
        "message": problem.fault.sentence(language),
        "node": problem.node,
        "blocks": problem.blocks,
    }
