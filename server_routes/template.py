"""Workflows as templates: the form that one makes, and saving it."""

from typing import Any

from ..comfycontrol.bootstrap import instance
from ..comfycontrol.templates.form import Field, Problem
from ..comfycontrol.templates.form import template_form as form_of
from .bodies import TemplateBody, WorkflowBody
from .guards import Caller


def template_form(caller: Caller, body: WorkflowBody) -> dict[str, Any]:
    """The form that ComfyControl will show for a workflow, and what is wrong with it."""
    found = form_of(body.workflow)
    return {
        "fields": [_field(field) for field in found.fields],
        "filled_in": found.filled_in,
        "problems": [_problem(problem, caller.language) for problem in found.problems],
    }


def save_template(caller: Caller, body: TemplateBody) -> dict[str, Any]:
    """Save a workflow as a template of the account."""
    return {"template": instance().templates.save(caller.user, body, body.template_id).model_dump()}


def _field(field: Field) -> dict[str, Any]:
    return {**field._asdict(), "options": list(field.options), "nodes": list(field.nodes)}


def _problem(problem: Problem, language: str) -> dict[str, Any]:
    return {
        "code": problem.fault.code,
        "message": problem.fault.sentence(language),
        "node": problem.node,
        "blocks": problem.blocks,
    }
