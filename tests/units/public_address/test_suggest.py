from typing import Any

import pytest
from units.public_address.agent_documents import cloudflared_config, ngrok_endpoints, quicktunnel

from comfycontrol_pack.comfycontrol.public_address.suggest import best_address, suggest
from comfycontrol_pack.comfycontrol.public_address.suggestion import NeededHeader, Suggestion
from comfycontrol_pack.comfycontrol.public_address.surroundings import CloudflaredAnswer, ProbeAnswers, Surroundings

QUICK = "https://calm-sea.trycloudflare.com"
QUICK_ANSWER = ProbeAnswers(
    cloudflared=(
        CloudflaredAnswer(
            quicktunnel("calm-sea.trycloudflare.com"),
            cloudflared_config(("", None, "http://localhost:8188")),
        ),
    ),
)
FORWARDED = {"X-Forwarded-Host": "front.example.com", "X-Forwarded-Proto": "https"}


def urls(found: list[Suggestion]) -> list[str | None]:
    return [one.url for one in found]


def test_the_order_of_preference() -> None:
    found = suggest(
        Surroundings(
            port=8188,
            environment={"RUNPOD_POD_ID": "abc", "COMFYCONTROL_ENDPOINT": "https://set.example.com"},
            probes=QUICK_ANSWER,
            forwarded=FORWARDED,
            page_url="https://page.example.com/",
        ),
        saved="https://saved.example.com",
    )
    assert urls(found) == [
        "https://set.example.com",
        "https://saved.example.com",
        "https://page.example.com",
        "https://abc-8188.proxy.runpod.net",
        QUICK,
        "https://front.example.com",
    ]


def test_a_private_page_comes_last_and_advice_before_what_is_doubtful() -> None:
    surroundings = Surroundings(
        port=8188,
        environment={"COLAB_RELEASE_TAG": "x"},
        probes=QUICK_ANSWER,
        forwarded=FORWARDED,
        page_url="http://192.168.1.5:8188/",
    )
    assert urls(suggest(surroundings)) == [QUICK, None, "https://front.example.com", "http://192.168.1.5:8188"]


def test_what_nobody_else_can_reach_comes_last_even_where_it_was_registered() -> None:
    surroundings = Surroundings(port=8188, environment={"RUNPOD_POD_ID": "abc"}, page_url="http://127.0.0.1:8188/")
    assert urls(suggest(surroundings, saved="http://192.168.1.5:8188")) == [
        "https://abc-8188.proxy.runpod.net",
        "http://192.168.1.5:8188",
        "http://127.0.0.1:8188",
    ]


@pytest.mark.parametrize(
    ("surroundings", "changes"),
    [
        pytest.param({"environment": {"RUNPOD_POD_ID": "abc"}}, True, id="a pod"),
        pytest.param({"environment": {"RENDER_EXTERNAL_URL": "https://a.onrender.com"}}, False, id="a service"),
        pytest.param({"probes": QUICK_ANSWER}, True, id="a quick tunnel"),
        pytest.param({"own_tunnel": QUICK}, True, id="a quick tunnel of ours"),
        pytest.param({"own_tunnel": "https://pc.tail1234.ts.net"}, False, id="another tunnel of ours"),
        pytest.param({"page_url": QUICK}, True, id="the page at a quick tunnel"),
        pytest.param({"page_url": "https://comfy.example.com/"}, False, id="a name of one's own"),
    ],
)
def test_an_address_that_the_next_tunnel_or_machine_will_not_have_is_told(
    surroundings: dict[str, Any], *, changes: bool
) -> None:
    (found,) = suggest(Surroundings(port=8188, **surroundings))
    assert found.changes is changes


def test_an_address_that_is_found_twice_changes_where_one_of_them_says_so() -> None:
    pod = "https://abc-8188.proxy.runpod.net"
    (found,) = suggest(Surroundings(port=8188, environment={"RUNPOD_POD_ID": "abc"}, page_url=f"{pod}/"), saved=pod)
    assert (found.source, found.changes) == ("saved", True)


def test_what_colab_shows_in_the_browser_is_not_offered_as_good() -> None:
    page = "https://x-8188-colab.googleusercontent.com/"
    advice, shown = suggest(Surroundings(port=8188, environment={"COLAB_RELEASE_TAG": "x"}, page_url=page))
    assert advice.url is None
    assert "tunnel" in advice.note_in()
    assert shown.certainty == "low"


def test_the_surer_of_two_ways_comes_first() -> None:
    environment = {"RUNPOD_POD_ID": "abc", "RUNPOD_PUBLIC_IP": "194.26.196.10", "RUNPOD_TCP_PORT_8188": "40123"}
    found = suggest(Surroundings(port=8188, environment=environment))
    assert urls(found) == ["http://194.26.196.10:40123", "https://abc-8188.proxy.runpod.net"]


def test_one_address_once_with_what_it_takes_to_use_it() -> None:
    # The browser shows it first, but only the environment knows the token.
    environment = {
        "PUBLIC_IPADDR": "203.0.114.9",
        "VAST_TCP_PORT_8188": "41234",
        "PORTAL_CONFIG": "localhost:8188:18188:/:ComfyUI",
        "OPEN_BUTTON_TOKEN": "t0ken",
    }
    surroundings = Surroundings(port=18188, environment=environment, page_url="HTTP://203.0.114.9:41234/")
    (found,) = suggest(surroundings)
    assert found.source == "browser"
    assert found.url == "http://203.0.114.9:41234"
    assert found.headers == (NeededHeader("Authorization", "Bearer t0ken", of_machine=True),)
    assert "proxy" in found.note_in()


def test_a_header_is_asked_for_once() -> None:
    probes = ProbeAnswers(ngrok_endpoints=ngrok_endpoints(("https://a.ngrok-free.dev", "http://localhost:8188")))
    (found,) = suggest(Surroundings(port=8188, probes=probes, page_url="https://a.ngrok-free.dev/"))
    assert found.headers == (NeededHeader("ngrok-skip-browser-warning", "1"),)


def test_forwarded_headers_add_nothing_to_what_is_known() -> None:
    surroundings = Surroundings(port=8188, forwarded=FORWARDED, page_url="https://front.example.com/")
    (found,) = suggest(surroundings)
    assert (found.source, found.note_in()) == ("browser", "")


def test_two_spellings_are_one_address() -> None:
    surroundings = Surroundings(port=8188, page_url="https://COMFY.example.com:443/")
    assert urls(suggest(surroundings, saved="https://comfy.example.com")) == ["https://comfy.example.com"]


def test_a_saved_quick_tunnel_is_doubted_until_it_is_seen_again() -> None:
    (gone,) = suggest(Surroundings(port=8188), saved=QUICK)
    assert gone.certainty == "medium"
    assert "stops working" in gone.note_in()
    (seen,) = suggest(Surroundings(port=8188, probes=QUICK_ANSWER), saved=QUICK)
    assert seen.certainty == "high"
    assert "stops working" not in seen.note_in()


@pytest.mark.parametrize("saved", [None, "", "  ", "nonsense", "ftp://a.example"])
def test_nothing_saved(saved: str | None) -> None:
    assert suggest(Surroundings(port=8188), saved=saved) == []


def test_kubernetes_speaks_only_where_nothing_else_is_known() -> None:
    inside = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    assert [one.source for one in suggest(Surroundings(port=7860, environment=inside))] == ["Kubernetes"]
    space = {**inside, "SPACE_HOST": "me-comfy.hf.space"}
    assert [one.source for one in suggest(Surroundings(port=7860, environment=space))] == ["Hugging Face Space"]


def test_a_wrong_configuration_comes_first_and_is_not_repeated() -> None:
    environment = {"COMFYCONTROL_ENDPOINT": "https://me:pa55word@a.example", "RUNPOD_POD_ID": "abc"}
    first, _ = suggest(Surroundings(port=8188, environment=environment))
    assert first.url is None
    assert "COMFYCONTROL_ENDPOINT" in first.note_in()
    assert "pa55word" not in repr(first)


def test_no_port_is_assumed() -> None:
    environment = {"RUNPOD_POD_ID": "abc", "CODESPACE_NAME": "c", "LIGHTNING_CLOUD_SPACE_ID": "l", "MODAL_TASK_ID": "m"}
    text = repr(suggest(Surroundings(port=8000, environment=environment, page_url="http://127.0.0.1:8000/")))
    assert "8000" in text
    assert "8188" not in text


def test_secrets_are_not_shown_by_repr() -> None:
    surroundings = Surroundings(
        port=8188,
        environment={"OPEN_BUTTON_TOKEN": "s3cret"},
        forwarded={"Authorization": "s3cret"},
    )
    assert "s3cret" not in repr(surroundings)
    assert "s3cret" not in repr(Suggestion("https://a.example", "x", "high", (NeededHeader("A", "Bearer s3cret"),)))


def test_a_tunnel_that_somebody_asked_for_comes_before_the_platform_and_after_what_is_configured() -> None:
    tunnel = "https://four-plain-words.trycloudflare.com"
    pod = {"RUNPOD_POD_ID": "abc"}
    assert best_address(Surroundings(port=8188, environment=pod, own_tunnel=tunnel)) == tunnel
    # It is what this machine knows, not what a page says.
    assert best_address(Surroundings(port=8188, own_tunnel=tunnel, page_url="https://other.example.com")) == tunnel
    configured = {**pod, "COMFYCONTROL_ENDPOINT": "https://comfy.example.com"}
    assert (
        best_address(Surroundings(port=8188, environment=configured, own_tunnel=tunnel)) == "https://comfy.example.com"
    )
