"""What a detector gives: an address, where it comes from, how sure that is, and what it takes to use it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..errors import InvalidInputError
from ..models.endpoint import check_endpoint
from ..texts import ENGLISH, sentence

Certainty = Literal["high", "medium", "low"]

# The sources that are no names: keys of the section `sources`.
CONFIGURED_SOURCE = "configuration"
SAVED_SOURCE = "saved"
BROWSER_SOURCE = "browser"
FORWARDED_SOURCE = "forwarded"


@dataclass(frozen=True)
class NeededHeader:
    """A header that requests to the address must carry.

    `value` is empty where only the person knows it. With `of_machine` it was found on this machine and is a secret
    (Vast.ai's token opens everything there): it is given to nobody, and sent only where an owner or the operator says
    so. `repr` leaves it out.
    """

    name: str
    value: str = field(repr=False)
    of_machine: bool = False


class Note(NamedTuple):
    """Something to know about an address: a sentence of `locales/*/panel.json` and what goes into it."""

    code: str
    values: tuple[tuple[str, str | int], ...] = ()
    section: Literal["notes", "kinds"] = "notes"

    def sentence_in(self, language: str) -> str:
        """What to know."""
        return sentence(self.section, self.code, language=language, **dict(self.values))


@dataclass(frozen=True)
class Suggestion:
    """An address for the endpoint field.

    `url` is None where a platform is known to have no usable address; then `notes` say so, and what to do. `source` is
    the name of a platform or an agent, or one of the words above.
    """

    url: str | None
    source: str
    certainty: Certainty
    headers: tuple[NeededHeader, ...] = ()
    notes: tuple[Note, ...] = ()

    def note_in(self, language: str = ENGLISH) -> str:
        """All that there is to know."""
        return " ".join(note.sentence_in(language) for note in self.notes)


def source_in(language: str, source: str) -> str:
    """Say a source in a language. The names of platforms and agents are the same everywhere."""
    words = {CONFIGURED_SOURCE, SAVED_SOURCE, BROWSER_SOURCE, FORWARDED_SOURCE}
    return sentence("sources", source, language=language) if source in words else source


def note(code: str, **values: str | int) -> Note:
    """Make the note of this code."""
    return Note(code, tuple(values.items()))


def web_address(text: str) -> str | None:
    """Give the text back, without blanks around it, when the service would take it for an endpoint."""
    try:
        return check_endpoint(text)
    except InvalidInputError:
        return None
