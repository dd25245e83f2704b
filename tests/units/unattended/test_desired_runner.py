"""What the runner shall be called and tagged, and what of it is sent."""

import pytest

from comfycontrol_pack.comfycontrol.comfyui import Gpu
from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.configuration.reading import read_configuration
from comfycontrol_pack.comfycontrol.configuration.variables import Configuration
from comfycontrol_pack.comfycontrol.models.limits import NAME_LENGTH, TAG_COUNT
from comfycontrol_pack.comfycontrol.models.runner import Runner
from comfycontrol_pack.comfycontrol.public_address.surroundings import Surroundings
from comfycontrol_pack.comfycontrol.unattended.desired_runner import (
    DesiredRunner,
    Place,
    desired_runner,
    name_of,
    tags_of,
)

HOME = "https://home.example.com"
RTX = Gpu("cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", 24 * 1024**3)


def place(gpu: Gpu | None = RTX, hostname: str = "studio-3", **environment: str) -> Place:
    return Place(Surroundings(environment=environment, port=8188), hostname, gpu, "Linux")


NAMES = [
    ("{hostname}", place(), "studio-3"),
    ("render-{gpu}", place(), "render-rtx-4090"),
    ("render-{gpu}", place(None), "render-cpu"),
    ("{pod}", place(), "studio-3"),
    ("{pod}", place(RUNPOD_POD_ID="abc123"), "abc123"),
    ("{pod}", place(VAST_CONTAINERLABEL="C.77"), "C.77"),
    ("{hostname}", place(hostname=""), "ComfyUI"),
    # Bytes that are no UTF-8, as Python reads them.
    ("{hostname}-{pod}", place(hostname="studio-\udcff", RUNPOD_POD_ID="\udce4"), "studio-?-?"),
    ("  a   {hostname} ", place(), "a studio-3"),
    ("x" * 90 + "{hostname}-{hostname}", place(), "x" * 90 + "studio-3-s"),
]


@pytest.mark.parametrize(("pattern", "where", "name"), NAMES)
def test_a_name_is_filled_in(pattern: str, where: Place, name: str) -> None:
    assert name_of(pattern, where) == name


def test_a_name_that_is_to_be_found_again_begins_as_reuse_says() -> None:
    assert name_of("{hostname}", place(), "render-") == "render-studio-3"
    assert name_of("render-{hostname}", place(), "render-") == "render-studio-3"
    assert len(name_of("x" * 100, place(), "render-")) == NAME_LENGTH


def test_auto_adds_the_tags_of_the_form_as_far_as_there_is_room() -> None:
    assert tags_of((), place()) == ()
    assert tags_of(("flux",), place()) == ("flux",)
    found = tags_of(("flux", "auto"), place())
    assert found[0] == "flux"
    assert len(found) > 1
    assert "auto" not in found
    own = tuple(map(str, range(TAG_COUNT)))
    assert tags_of((*own, "auto"), place()) == own


def configured(**given: str) -> Configuration:
    configuration, mistakes = read_configuration(
        {f"{PREFIX}{name}": value for name, value in {"TOKEN": "cfc_abc", "REGISTER": "on", **given}.items()}
    )
    assert mistakes == []
    return configuration


def desired(where: Place | None = None, **given: str) -> DesiredRunner:
    found = desired_runner(configured(**given), None, where or place())
    assert found is not None
    return found


def runner(**values: object) -> Runner:
    return Runner.model_validate({"id": "1", "name": "A", "status": "active", "endpoint": HOME, "tags": [], **values})


CHANGES = [
    ({"ENDPOINT": HOME}, {}, {}),
    # The same address, written in another way.
    ({"ENDPOINT": f"{HOME}/"}, {}, {}),
    ({"ENDPOINT": HOME}, {"name": "Renamed by a person", "tags": ["theirs"]}, {}),
    ({"ENDPOINT": HOME, "NAME": "B"}, {}, {"name": "B"}),
    ({"ENDPOINT": HOME, "TAGS": "flux"}, {}, {"tags": ("flux",)}),
    ({"ENDPOINT": "https://new.example.com"}, {}, {"endpoint": "https://new.example.com"}),
    ({"ENDPOINT": HOME}, {"status": "disabled"}, {}),
    ({"ENDPOINT": HOME, "ON_EXIT": "disable"}, {"status": "disabled"}, {"status": "active"}),
]


@pytest.mark.parametrize(("given", "at_service", "change"), CHANGES)
def test_only_what_differs_and_is_decided_is_sent(
    given: dict[str, str], at_service: dict[str, object], change: dict[str, object]
) -> None:
    sent = desired(place(), **given).change_of(runner(**at_service))
    assert {name: getattr(sent, name) for name in sent.model_fields_set} == change


def test_the_header_of_a_platforms_address_goes_with_the_address_and_not_with_an_operators() -> None:
    behind_proxy = place(
        PUBLIC_IPADDR="45.55.66.77",
        PORTAL_CONFIG="localhost:8188:18188:/:ComfyUI",
        VAST_TCP_PORT_8188="40001",
        OPEN_BUTTON_TOKEN="s3cr3t",
    )
    behind_proxy = behind_proxy._replace(
        surroundings=Surroundings(environment=behind_proxy.surroundings.environment, port=18188)
    )
    found = desired(behind_proxy, HEADERS="auto")
    assert found.endpoint.startswith("http://45.55.66.77:40001")
    assert found.headers["Authorization"].get_secret_value() == "Bearer s3cr3t"
    assert found.proof_headers == found.headers
    assert "s3cr3t" not in repr(found)
    assert desired(behind_proxy, HEADERS="auto", ENDPOINT=HOME).headers == {}
    # Nobody said that it may be sent.
    assert desired(behind_proxy).headers == {}


def test_without_any_address_nothing_is_wanted() -> None:
    assert desired_runner(configured(), None, place()) is None
