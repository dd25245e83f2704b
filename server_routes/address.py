"""Addresses for the form: suggestions, their kinds, and whether one leads here."""

import platform
from typing import Any

from ..comfycontrol import comfyui
from ..comfycontrol.bootstrap import instance, port_for_service
from ..comfycontrol.bootstrap import surroundings as look_around
from ..comfycontrol.public_address.kinds import kind_of
from ..comfycontrol.public_address.quick_tunnel import QuickTunnel, quick_tunnel
from ..comfycontrol.public_address.suggest import suggest
from ..comfycontrol.public_address.suggestion import NeededHeader, Suggestion, source_in
from ..comfycontrol.public_address.surroundings import Surroundings
from ..comfycontrol.runners.tags import suggest_tags
from .answers import verdict_content
from .bodies import EndpointCheck
from .guards import FORWARDED_HEADERS, Caller
from .machine_headers import with_machine_headers


def suggestions(caller: Caller) -> dict[str, Any]:
    """What the form is filled in with. The page sends its own address, which behind some proxies only it knows."""
    forwarded = {name: caller.request.headers.get(name, "") for name in FORWARDED_HEADERS}
    surroundings = look_around(forwarded, caller.request.query.get("page"))
    found = suggest(surroundings, instance().registration.saved_endpoint())
    return {
        "name": platform.node(),
        "endpoints": [_endpoint(one, surroundings.port, caller.language) for one in found],
        "tags": suggest_tags(comfyui.gpu(), platform.system(), surroundings),
        "tunnel": {name: text for name, text in _tunnel(surroundings)._asdict().items() if text},
    }


def address_kind(caller: Caller) -> dict[str, Any]:
    """What kind of address this is."""
    return {"kind": _kinds(caller.query("endpoint"), port_for_service(), caller.language)}


def check_endpoint(caller: Caller, body: EndpointCheck) -> dict[str, Any]:
    """Whether an address leads here, or what is there instead; without anything that it answered."""
    headers = with_machine_headers(body, body.endpoint).headers
    found = instance().address_monitor.check(body.endpoint, headers)
    content = verdict_content(found, caller.language)
    return {**content, "address": found.address} if found.address else content


def _tunnel(surroundings: Surroundings) -> QuickTunnel:
    return quick_tunnel(surroundings.port, platform.system(), platform.machine(), tls=surroundings.tls)


def _endpoint(suggestion: Suggestion, port: int, language: str) -> dict[str, Any]:
    return {
        "url": suggestion.url,
        "source": source_in(language, suggestion.source),
        "certainty": suggestion.certainty,
        "kind": _kinds(suggestion.url, port, language) if suggestion.url else [],
        "headers": [_header(header) for header in suggestion.headers],
        "note": suggestion.note_in(language),
        "changes": suggestion.changes,
    }


def _header(header: NeededHeader) -> dict[str, Any]:
    return {"name": header.name, "value": "" if header.of_machine else header.value, "known": header.of_machine}


def _kinds(endpoint: str, port: int, language: str) -> list[dict[str, str]]:
    kinds = kind_of(endpoint, port).kinds
    return [{"code": kind.code, "severity": kind.severity, "sentence": kind.sentence_in(language)} for kind in kinds]
