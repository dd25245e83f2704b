"""The form that ComfyControl will show for a workflow as a template, and what is wrong with it.

Pure. The workflow is in API format: `{node id: {class_type, inputs, _meta: {title}}}`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .placeholders import (
    ASKING_NODES,
    FEWEST_OPTIONS,
    MOST_OPTIONS,
    NUMBER_NODE,
    OWN_NODES,
    Fault,
    Kind,
    Placeholder,
    can_be_carried,
    fault,
    key_fault,
    number_fault,
    options_fault,
    options_fault_in,
    read_placeholder,
)
from .unreadable import unreadable

_FILLED_IN: tuple[Kind, ...] = ("random", "timestamp")


class Field(NamedTuple):
    """One field of the form, and the titles of the nodes that it fills."""

    kind: Kind
    key: str
    default: str
    options: tuple[str, ...]
    nodes: tuple[str, ...]


class Problem(NamedTuple):
    """What is wrong, and at which node. `blocks` says that it cannot be saved as a template like this."""

    fault: Fault
    node: str
    blocks: bool


class TemplateForm(NamedTuple):
    """The fields in the order of the nodes, how many of each kind ComfyControl fills in by itself, and the problems."""

    fields: tuple[Field, ...]
    filled_in: dict[Kind, int]
    problems: tuple[Problem, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that ComfyControl would replace."""
        return not self.fields and not any(self.filled_in.values())


class _Node(NamedTuple):
    number: str
    title: str
    class_type: str
    asks: Kind | None
    inputs: Mapping[str, Any]

    @property
    def sources(self) -> list[str]:
        """The nodes that it is connected to."""
        return [str(value[0]) for value in self.inputs.values() if isinstance(value, list) and value]


class _Place(NamedTuple):
    """A placeholder in a node, and the default that a run here uses."""

    node: _Node
    found: Placeholder
    default: str


def template_form(workflow: Mapping[str, Any]) -> TemplateForm:
    """Give the form that ComfyControl will show for this workflow."""
    filled_in: dict[Kind, int] = dict.fromkeys(_FILLED_IN, 0)
    asked: dict[tuple[Kind, str], list[_Place]] = {}
    problems: list[Problem] = []
    nodes = list(_nodes(workflow))
    for node in nodes:
        problems += _wrong_in_node(node)
        for value in node.inputs.values():
            found = read_placeholder(value)
            if found is None:
                wrong = unreadable(value) if isinstance(value, str) else None
                problems += [Problem(wrong, node.title, blocks=False)] if wrong else []
            elif found.kind in filled_in:
                filled_in[found.kind] += 1
            else:
                place = _Place(node, found, _default_here(node, found))
                asked.setdefault((found.kind, found.key), []).append(place)
                problems += _wrong_in_placeholder(place)
    fields = tuple(_field(places) for places in asked.values())
    for places in asked.values():
        problems += _wrong_between(places)
    problems += _wrong_between_kinds(fields)
    problems += _without_effect(nodes, asked.values())
    return TemplateForm(fields, filled_in, tuple(dict.fromkeys(problems)))


def _nodes(workflow: Mapping[str, Any]) -> Iterator[_Node]:
    for number, node in workflow.items():
        inputs = node.get("inputs") if isinstance(node, Mapping) else None
        if isinstance(inputs, Mapping):
            meta = node.get("_meta")
            title = meta.get("title") if isinstance(meta, Mapping) else None
            class_type = str(node.get("class_type") or number)
            yield _Node(str(number), str(title or class_type), class_type, ASKING_NODES.get(class_type), inputs)


def _wrong_in_node(node: _Node) -> Iterator[Problem]:
    """What keeps one of our own nodes from writing its placeholder or its default."""
    if node.asks is None:
        return
    wrong = key_fault(node.inputs.get("key"))
    if wrong is None and node.asks == "choice":
        wrong = options_fault_in(node.inputs.get("options"))
    default = node.inputs.get("default")
    key = str(node.inputs.get("key")).strip()
    if wrong is None and node.class_type == NUMBER_NODE and not isinstance(default, list):
        wrong = number_fault(key, default)
    if wrong:
        yield Problem(wrong, node.title, blocks=True)
    elif node.asks == "text":
        if isinstance(default, list):
            yield Problem(fault("default_connected", key=key), node.title, blocks=False)
        elif not can_be_carried(str(default)):
            yield Problem(fault("default_not_carried", key=key), node.title, blocks=False)


def _wrong_in_placeholder(place: _Place) -> Iterator[Problem]:
    """What is wrong with a placeholder that was written by hand."""
    node, found, _ = place
    if node.asks is not None:
        return
    wrong = key_fault(found.key)
    if wrong:
        # The characters are documented for files only.
        yield Problem(wrong, node.title, blocks=found.kind == "file" or not found.key)
    if found.kind == "choice":
        wrong = options_fault(found.options)
        if wrong:
            count_fits = FEWEST_OPTIONS <= len(found.options) <= MOST_OPTIONS
            yield Problem(wrong, node.title, blocks=not count_fits)
    elif not can_be_carried(found.default):
        yield Problem(fault("default_unsure", key=found.key), node.title, blocks=False)


def _wrong_between(places: list[_Place]) -> Iterator[Problem]:
    """Where nodes that share a field disagree about it."""
    first = places[0]
    for place in places[1:]:
        if place.found.options != first.found.options:
            yield Problem(fault("options_differ", key=first.found.key), place.node.title, blocks=True)
    defaults = list(dict.fromkeys(place.default for place in places if place.default))
    if first.found.kind == "text" and len(defaults) > 1:
        wrong = fault("defaults_differ", key=first.found.key, first=defaults[0], second=defaults[1])
        yield Problem(wrong, next(place for place in places if place.default == defaults[1]).node.title, blocks=True)


def _wrong_between_kinds(fields: tuple[Field, ...]) -> Iterator[Problem]:
    # Requests send both in a part named $<key>; a choice's is named #<name>.
    texts = {field.key for field in fields if field.kind == "text"}
    for field in fields:
        if field.kind == "file" and field.key in texts:
            yield Problem(fault("kinds_differ", key=field.key), field.nodes[0], blocks=True)


def _without_effect(nodes: list[_Node], fields: Iterable[list[_Place]]) -> Iterator[Problem]:
    """Fields of our nodes whose outputs lead to none but our own, which keep what they get to themselves."""
    used: set[str] = set()
    ours = {node.number: node for node in nodes if node.class_type in OWN_NODES}
    asked_of = [number for node in nodes if node.number not in ours for number in node.sources]
    while asked_of:
        number = asked_of.pop()
        if number not in used:
            used.add(number)
            asked_of += ours[number].sources if number in ours else []
    for places in fields:
        if all(place.node.number in ours and place.node.number not in used for place in places):
            yield Problem(fault("not_connected", key=places[0].found.key), places[0].node.title, blocks=False)


def _default_here(node: _Node, found: Placeholder) -> str:
    default = node.inputs.get("default")
    # A number is written as in its placeholder: 20 rather than 20.0.
    return default.strip() if node.asks == "text" and isinstance(default, str) else found.default


def _field(places: list[_Place]) -> Field:
    found = next((place.found for place in places if place.found.default), places[0].found)
    titles = tuple(dict.fromkeys(place.node.title for place in places))
    return Field(found.kind, found.key, found.default, found.options, titles)
