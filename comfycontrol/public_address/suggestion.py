"""What a detector finds: an address, its source, how certain it is, and what it needs."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..errors import InvalidInputError
from ..models.endpoint import check_endpoint
from ..texts import ENGLISH, sentence

Certainty = Literal["high", "medium", "low"]

# Sources that are not proper names, and so have texts in the section `sources`.
CONFIGURED_SOURCE = "configuration"
SAVED_SOURCE = "saved"
BROWSER_SOURCE = "browser"
FORWARDED_SOURCE = "forwarded"
TUNNEL_SOURCE = "tunnel"


@dataclass(frozen=True)
class NeededHeader:
    """A header that requests to the address must carry.

    `value` is empty if only the person knows it. With `of_machine` it was found on this machine and is a secret
    (Vast.ai's token opens the whole machine): it is shown to nobody, and sent only if an owner or the operator says so.
    `repr` leaves it out.
    """

    name: str
    value: str = field(repr=False)
    of_machine: bool = False


class Note(NamedTuple):
    """Something to know about an address: the code of a sentence, and the values in it."""

    code: str
    values: tuple[tuple[str, str | int], ...] = ()
    section: Literal["notes", "kinds"] = "notes"

    def sentence_in(self, language: str) -> str:
        """What to know."""
        return sentence(self.section, self.code, language=language, **dict(self.values))


@dataclass(frozen=True)
class Suggestion:
    """An address for the endpoint field.

    `url` is None if a platform is known to have no usable address; then `notes` say so, and what to do. `source` is the
    name of a platform or an agent, or one of the words above. `changes` says that the next tunnel or machine has
    another address.
    """

    url: str | None
    source: str
    certainty: Certainty
    headers: tuple[NeededHeader, ...] = ()
    notes: tuple[Note, ...] = ()
    changes: bool = False

    def note_in(self, language: str = ENGLISH) -> str:
        """All the notes."""
        return " ".join(note.sentence_in(language) for note in self.notes)


def source_in(language: str, source: str) -> str:
    """Name a source in a language; proper names are the same in all of them."""
    words = {CONFIGURED_SOURCE, SAVED_SOURCE, BROWSER_SOURCE, FORWARDED_SOURCE, TUNNEL_SOURCE}
    return sentence("sources", source, language=language) if source in words else source


def note(code: str, **values: str | int) -> Note:
    """Make the note of this code."""
    return Note(code, tuple(values.items()))


def web_address(text: str) -> str | None:
    """Trim the text; None if the service would not take it for an endpoint."""
    try:
        return check_endpoint(text)
    except InvalidInputError:
        return None
