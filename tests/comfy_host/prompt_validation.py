"""Whether ComfyUI would queue a prompt, and what it says where it would not."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import nodes

Prompt = Mapping[str, Any]
Error = dict[str, Any]


class Validity(NamedTuple):
    """As execution.validate_prompt() gives it: valid or not, the error, the outputs that are good, errors by node."""

    valid: bool
    error: Error | None
    outputs: list[str]
    node_errors: dict[str, Any]


def validate(prompt: Prompt) -> Validity:
    outputs = []
    for node_id, node in prompt.items():
        title = node.get("_meta", {}).get("title")
        if "class_type" not in node:
            said = "has no class_type. The workflow may be corrupted or a custom node is missing."
            return _refused(_missing(node_id, None, title, f"Node '{title or f'ID #{node_id}'}' {said}"))
        class_type = node["class_type"]
        if class_type not in nodes.NODE_CLASS_MAPPINGS:
            title = title or class_type
            said = f"Node '{title}' not found. The custom node may not be installed."
            return _refused(_missing(node_id, class_type, title, said))
        if getattr(nodes.NODE_CLASS_MAPPINGS[class_type], "OUTPUT_NODE", False) is True:
            outputs.append(node_id)
    if not outputs:
        return _refused(_error("prompt_no_outputs", "Prompt has no outputs", ""))
    return _judge_outputs(prompt, outputs)


def _judge_outputs(prompt: Prompt, outputs: list[str]) -> Validity:
    node_errors: dict[str, Any] = {}
    good = []
    for output in outputs:
        bad = {node_id: errors for node_id in _needed(prompt, output) if (errors := list(_errors(prompt, node_id)))}
        if not bad:
            good.append(output)
        for node_id, errors in bad.items():
            known = {"errors": errors, "dependent_outputs": [], "class_type": prompt[node_id]["class_type"]}
            node_errors.setdefault(node_id, known)["dependent_outputs"].append(output)
    if good:
        return Validity(valid=True, error=None, outputs=good, node_errors=node_errors)
    # Only those of the outputs themselves.
    said = [f"{each['message']}: {each['details']}" for node_id in outputs for each in _errors(prompt, node_id)]
    error = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation", "\n".join(said))
    return _refused(error, node_errors)


def _needed(prompt: Prompt, node_id: str) -> Iterator[str]:
    for value in prompt[node_id]["inputs"].values():
        if is_link(value):
            yield from _needed(prompt, value[0])
    yield node_id


def _errors(prompt: Prompt, node_id: str) -> Iterator[Error]:
    node = prompt[node_id]
    kinds = nodes.NODE_CLASS_MAPPINGS[node["class_type"]].INPUT_TYPES()
    required = kinds.get("required", {})
    for name, config in {**required, **kinds.get("optional", {})}.items():
        if name in node["inputs"]:
            yield from _value_errors(prompt, node["inputs"], name, (config[0], config[1] if len(config) > 1 else {}))
        elif name in required:
            yield _error("required_input_missing", "Required input is missing", name, input_name=name)


def _value_errors(prompt: Prompt, inputs: dict[str, Any], name: str, config: tuple[Any, Any]) -> Iterator[Error]:
    value, (kind, limits) = inputs[name], config
    known = {"input_name": name, "input_config": config}
    if isinstance(value, list):
        if len(value) != 2:
            said = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            yield _error("bad_linked_input", said, name, **known, received_value=value)
            return
        received = nodes.NODE_CLASS_MAPPINGS[prompt[value[0]]["class_type"]].RETURN_TYPES[value[1]]
        if received != kind and "*" not in {received, kind}:
            details = f"{name}, received_type({received}) mismatch input_type({kind})"
            said = "Return type mismatch between linked nodes"
            yield _error("return_type_mismatch", said, details, **known, received_type=received, linked_node=value)
        return
    if kind == "INT":
        try:
            value = inputs[name] = int(value)
        except (TypeError, ValueError) as error:
            said = f"Failed to convert an input value to a {kind} value"
            more = {"received_value": value, "exception_message": str(error)}
            yield _error("invalid_input_type", said, f"{name}, {value}, {error}", **known, **more)
            return
    if "min" in limits and value < limits["min"]:
        said = f"Value {value} smaller than min of {limits['min']}"
        yield _error("value_smaller_than_min", said, name, **known, received_value=value)
    elif "max" in limits and value > limits["max"]:
        said = f"Value {value} bigger than max of {limits['max']}"
        yield _error("value_bigger_than_max", said, name, **known, received_value=value)


def is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _missing(node_id: str, class_type: str | None, title: str | None, said: str) -> Error:
    more = {"node_id": node_id, "class_type": class_type, "node_title": title}
    return _error("missing_node_type", said, f"Node ID '#{node_id}'", **more)


def _error(kind: str, message: str, details: str, **extra_info: Any) -> Error:
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}


def _refused(error: Error, node_errors: dict[str, Any] | None = None) -> Validity:
    return Validity(valid=False, error=error, outputs=[], node_errors=node_errors or {})
