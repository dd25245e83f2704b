"""Which addresses may be this ComfyUI's, best first. Pure: everything was looked up beforehand."""

from collections.abc import Callable, Collection
from dataclasses import replace

from pydantic import SecretStr

from ..errors import InvalidInputError
from ..models.endpoint import normalise_endpoint, same_endpoint, split_url
from .kinds import kind_of
from .platforms import PLATFORMS
from .suggestion import SAVED_SOURCE, Suggestion, note, web_address
from .surroundings import Platform, Surroundings
from .tunnels import headers_for

_SAVED_QUICK = note("saved_quick_tunnel")

# The order of preference. "advice" is what a platform without an address says, "unreachable" the browser's address if
# others cannot reach it.
_ORDER = ("configured", "saved", "browser", "platform", "tunnel", "advice", "forwarded", "unreachable")
_CERTAINTIES = ("high", "medium", "low")


def suggest(surroundings: Surroundings, saved: str | None = None) -> list[Suggestion]:
    """Every address that may be this ComfyUI's, best first, each once, normalised; those that are not public come last.

    `saved` is the endpoint last registered.
    """
    ranked = [(_ORDER.index("saved"), one) for one in _saved(saved)]
    recognised = False
    for row in PLATFORMS:
        if row.fallback and recognised:
            continue
        detected = row.detect(surroundings)
        recognised = recognised or (row.group == "platform" and bool(detected))
        for one in detected:
            told = replace(one, changes=row.changes or _is_quick_tunnel(one.url))
            ranked.append((_ORDER.index(_place(row, one)), told))
    # Stable: equals stay in the order of the table.
    ranked.sort(key=lambda pair: (pair[0], _CERTAINTIES.index(pair[1].certainty)))
    found = _each_once([one for _, one in ranked])
    return sorted(found, key=lambda one: one.url is not None and not kind_of(one.url, surroundings.port).is_public)


def best_address(surroundings: Surroundings) -> str | None:
    """The best address that is certain: configured, the platform's or a tunnel's; None if there is none.

    Not the page's, because it must be right without anybody looking at it.
    """
    found = best_suggestion(surroundings)
    return found.url if found else None


def best_suggestion(
    surroundings: Surroundings, registered: str = "", is_ruled_out: Callable[[str], bool] = lambda _: False
) -> Suggestion | None:
    """The same, with the headers that the address needs.

    Args:
        surroundings: this moment of this ComfyUI.
        registered: the address that the service has. While it is one of the sure ones, it is the best of them.
        is_ruled_out: whether an address is known not to lead here; counts where another one may.

    """
    sure = [
        one
        for one in suggest(surroundings.without_page())
        if one.url is not None and one.certainty == "high" and kind_of(one.url, surroundings.port).is_public
    ]
    sure.sort(key=lambda one: (is_ruled_out(one.url or ""), not same_endpoint(one.url or "", registered)))
    return sure[0] if sure else None


def advice(surroundings: Surroundings) -> str:
    """What a platform that gives no usable address says to do, in English; empty where there is none such."""
    found = (one for one in suggest(surroundings) if one.url is None)
    return next((f"{one.source}: {one.note_in()}" for one in found), "")


def headers_of_machine(surroundings: Surroundings, endpoint: str, names: Collection[str]) -> dict[str, SecretStr]:
    """Give those of these headers whose values this machine knows, for this address of its own and no other.

    Raises:
        InvalidInputError: `header_not_known`.

    """
    wanted = {name.lower() for name in names}
    found = {
        header.name: SecretStr(header.value)
        for one in suggest(surroundings.without_page())
        for header in one.headers
        if one.url == normalise_endpoint(endpoint) and header.of_machine and header.name.lower() in wanted
    }
    for name in names:
        if name.lower() not in {known.lower() for known in found}:
            raise InvalidInputError("header_not_known", field="headers", name=name[:100])
    return found


def _place(row: Platform, suggestion: Suggestion) -> str:
    if row.group == "browser" and suggestion.certainty == "low":
        return "unreachable"
    return "advice" if suggestion.url is None and row.group != "configured" else row.group


def _saved(saved: str | None) -> list[Suggestion]:
    url = web_address(saved or "")
    if url is None:
        return []
    passing = _is_quick_tunnel(url)
    return [
        Suggestion(
            url,
            SAVED_SOURCE,
            "medium" if passing else "high",
            headers_for(url),
            (_SAVED_QUICK,) if passing else (),
            changes=passing,
        )
    ]


def _is_quick_tunnel(url: str | None) -> bool:
    parts = split_url(url or "")
    return parts is not None and (parts.hostname or "").endswith(".trycloudflare.com")


def _each_once(suggestions: list[Suggestion]) -> list[Suggestion]:
    once: dict[str, Suggestion] = {}
    for one in suggestions:
        url = None if one.url is None else normalise_endpoint(one.url)
        key = url or f"{one.source}\n{one.notes}"
        first = once.get(key)
        once[key] = replace(one, url=url) if first is None else first
        # The browser may show the same address, but only the platform or the agent knows what it needs.
        if first is not None and one.certainty != "low":
            once[key] = _with_advice(first, one)
    return list(once.values())


def _with_advice(first: Suggestion, other: Suggestion) -> Suggestion:
    known = {header.name.lower() for header in first.headers}
    headers = (*first.headers, *(header for header in other.headers if header.name.lower() not in known))
    certainty = min(first.certainty, other.certainty, key=_CERTAINTIES.index)
    # Found again, the saved quick tunnel is not "gone".
    notes = dict.fromkeys((*(one for one in first.notes if one != _SAVED_QUICK), *other.notes))
    changes = first.changes or other.changes
    return replace(first, certainty=certainty, headers=headers, notes=tuple(notes), changes=changes)
