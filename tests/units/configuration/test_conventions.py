"""Values in the conventions of other tools: each is understood, or refused with the reason and the right spelling."""

import json
from pathlib import Path
from typing import Any

import pytest

from comfycontrol_pack.comfycontrol.configuration import process
from comfycontrol_pack.comfycontrol.configuration.environment import Environment
from comfycontrol_pack.comfycontrol.configuration.operator_values import items
from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.configuration.reading import read_configuration
from comfycontrol_pack.comfycontrol.configuration.unknown_names import remarks_on_names
from comfycontrol_pack.comfycontrol.configuration.variables import Configuration

# The page's own understanding is run over the same table.
SPELLINGS = json.loads((Path(__file__).parents[2] / "spelling_cases.json").read_text(encoding="ascii"))
TOKEN = "cfc_0123456789abcdef"
ON = {"TOKEN": TOKEN, "REGISTER": "on"}
URL = "https://comfy.example.com"
TWO = {"X-A": "1", "X-B": "2 3"}

UNDERSTOOD: list[tuple[str, str, object]] = [
    *(("REGISTER", word, "on") for word in ("ON", "On", "True", "true", "TRUE", "1", "yes", "Enabled", '"on"', "'on'")),
    *(("REGISTER", word, "on") for word in ("on # comment", "on #comment", "\ufeffon", "on\r", '"on" # comment')),
    *(("REGISTER", word, "off") for word in ("OFF", "False", "0", "no", "# comment", "#comment")),
    ("REGISTER", "Update", "update"),
    ("ON_EXIT", "Disable", "disable"),
    ("TUNNEL", "Cloudflared # no account", "cloudflared"),
    ("ON_EXIT", '"leave"  # comment', "leave"),
    ("NAME", '"Studio"', "Studio"),
    ("NAME", "'Studio'", "Studio"),
    ("NAME", "Studio # comment", "Studio"),
    ("NAME", '"Studio" # comment', "Studio"),
    ("NAME", "Studio #2", "Studio #2"),
    ("NAME", 'The "big" one', 'The "big" one'),
    ("NAME", '"A" and "B"', '"A" and "B"'),
    ("NAME", "{hostname}-{gpu}", "{hostname}-{gpu}"),
    ("ENDPOINT", f'"{URL}"', URL),
    ("ENDPOINT", f"{URL} # comment", URL),
    ("ENDPOINT", f"{URL}/#top", f"{URL}/#top"),
    ("REUSE", "'render-'", "render-"),
    ("INSTANCE", "gpu0 # the first", "gpu0"),
    *(("GATEWAY", word, "on") for word in ("on", "TRUE", "1", '"yes"', "on # comment")),
    *(("GATEWAY", word, "off") for word in ("Off", "0", "false", "disabled")),
    ("GATEWAY", "# comment", None),
    ("GATEWAY_PORT", "18188", 18188),
    ("GATEWAY_PORT", "'18188' # comment", 18188),
    ("GATEWAY_PORT", "tcp://10.96.0.9:18188", None),
    ("GATEWAY_LISTEN", "0.0.0.0", "0.0.0.0"),
    ("GATEWAY_LISTEN", "[::]", "::"),
    ("GATEWAY_LISTEN", "::1 # comment", "::1"),
    *(
        ("TAGS", text, ("flux", "24gb"))
        for text in (
            "flux,24gb",
            "flux\uff0c24gb",
            "flux\u300124gb",
            "flux\u060c 24gb",
            "flux, 24gb # comment",
            '"flux,24gb"',
            '"flux", "24gb"',
            '["flux", "24gb"]',
            "['flux', '24gb']",
            "flux,, 24gb,",
            "flux\n24gb\n",
            "flux\\n24gb",
            "- flux\n- 24gb",
            "flux,\u200b24gb",
        )
    ),
    ("TAGS", "flux, AUTO", ("flux", "auto")),
    ("TAGS", "Auto", ("auto",)),
    ("TAGS", "[]", ()),
    ("TAGS", "flux one, #2", ("flux one", "#2")),
    ("HEADERS", "Auto", "auto"),
    *(
        ("HEADERS", text, TWO)
        for text in (
            "X-A: 1\nX-B: 2 3",
            "X-A: 1\r\nX-B: 2 3\r\n",
            "X-A: 1\\nX-B: 2 3",
            "X-A: 1\\r\\nX-B: 2 3\\n",
            "X-A: 1; X-B: 2 3",
            "X-A: 1 ;X-B: 2 3;",
            '"X-A: 1\\nX-B: 2 3"',
            "'X-A: 1; X-B: 2 3'",
            '"X-A: 1"\n"X-B: 2 3"',
            '{"X-A": "1", "X-B": "2 3"}',
            '["X-A: 1", "X-B: 2 3"]',
            "# of the gateway\nX-A: 1\n#X-Old: 0\nX-B: 2 3",
            "X-A: '1'\nX-B: \"2 3\"",
        )
    ),
    ("HEADERS", "Cookie: a=1; b=2", {"Cookie": "a=1; b=2"}),
    ("HEADERS", "X-Key: DOMAIN\\name", {"X-Key": "DOMAIN\\name"}),
    ("HEADERS", "X-Key: pa$$word $1", {"X-Key": "pa$$word $1"}),
    ("HEADERS", "X-Urls: http://a.example, http://b.example", {"X-Urls": "http://a.example, http://b.example"}),
]

# And what the line in the log says of it, beside the name of the variable and what it may be.
NOT_FILLED_IN = "such as $(NAME) or ${NAME} in it was not filled in. Write the value itself"
REFUSED = [
    ("NAME", "$(POD_NAME)", NOT_FILLED_IN),
    ("NAME", "comfy-${HOSTNAME}", NOT_FILLED_IN),
    ("NAME", "$HOSTNAME", NOT_FILLED_IN),
    ("NAME", "comfy-$HOSTNAME", NOT_FILLED_IN),
    ("NAME", "%COMPUTERNAME%", NOT_FILLED_IN),
    ("NAME", "{{ pod }}", NOT_FILLED_IN),
    ("NAME", "Studio\nBasement", "several lines"),
    ("NAME", "Studio #two", " # after a space may start a comment. Remove it"),
    ("NAME", "Studio \udcff", "not valid UTF-8"),
    ("TOKEN", "$(TOKEN)", NOT_FILLED_IN),
    ("TOKEN", "${TOKEN}", NOT_FILLED_IN),
    ("TOKEN", "Bearer $TOKEN", NOT_FILLED_IN),
    ("TOKEN", f"{TOKEN}\udcff", "not valid UTF-8"),
    ("TOKEN", "cfc_one, cfc_two", "more than one API token"),
    ("TOKEN_FILE", "${CREDENTIALS_DIRECTORY}/token", NOT_FILLED_IN),
    ("TOKEN_FILE", "/run/secrets/\udcff", "not valid UTF-8"),
    ("ENDPOINT", "https://$HOST:8188", NOT_FILLED_IN),
    ("ENDPOINT", "https://${HOST}:8188", NOT_FILLED_IN),
    ("ENDPOINT", "https://comfy.example.com/\udce4", "not valid UTF-8"),
    ("ENDPOINT", "http://0.0.0.0:8188", "0.0.0.0 only means that ComfyUI listens on every network"),
    ("ENDPOINT", "http://[::]:8188", "0.0.0.0 only means that ComfyUI listens on every network"),
    ("ENDPOINT", "comfy.example.com", "such as https://comfy.example.com"),
    ("ENDPOINT", "http://<host>:8188", "Enter an http or https address, such as"),
    ("ENDPOINT", "http://%HOST%:8188", "Enter an http or https address, such as"),
    ("ENDPOINT", "https://comfy.example.com;", "Enter an http or https address, such as"),
    ("ENDPOINT", "192.168.1.5:8188", "Start the address with https:// or http://"),
    ("ENDPOINT", "https://comfy.example.com https://other.example.com", "Enter an http or https address, such as"),
    ("TAGS", "flux, ${TAG}", NOT_FILLED_IN),
    ("TAGS", "flux, \udcff", "not valid UTF-8"),
    ("TAGS", '["flux", 24]', "Write a, b, c"),
    ("TAGS", '["flux", "24gb"', "Write a, b, c"),
    ("TAGS", "flux, flux", "is already in the list"),
    ("TAGS", "flux; 24gb", "Write a, b, c"),
    ("TAGS", "flux\uff1b24gb", "Write a, b, c"),
    ("TAGS", '"flux" "24gb"', "Write a, b, c"),
    ("TAGS", "'flux' '24gb'", "Write a, b, c"),
    ("TAGS", "flux, 24gb #comment", " # after a space may start a comment"),
    ("HEADERS", "X-Key: ${KEY}", NOT_FILLED_IN),
    ("HEADERS", "X-Key: $KEY", NOT_FILLED_IN),
    ("HEADERS", "Authorization: Bearer $KEY", NOT_FILLED_IN),
    ("HEADERS", "Authorization: Bearer %KEY%", NOT_FILLED_IN),
    ("HEADERS", "X-Key: \udcff", "not valid UTF-8"),
    ("HEADERS", "X-Key: abc # comment", " # after a space may start a comment"),
    ("HEADERS", "X-A: 1; X-B:2", "Write each on its own line"),
    ("HEADERS", "X-A: 1, X-B: 2", "Write each on its own line"),
    ("HEADERS", "X-A=1", "Write lines Name: value"),
    ("HEADERS", '{"X-A": 1}', "Write lines Name: value"),
    ("HEADERS", "X-A: X-A: 1", "only the part after the colon"),
    ("HEADERS", "X-Key: Authorization: Bearer abc", "only the part after the colon"),
    ("HEADERS", "X-A: 1\nX-A: 2", "is listed twice"),
    ("HEADERS", "X-A: \u00e9", "Enter the value"),
    ("HEADERS_FILE", "%HEADERS%", NOT_FILLED_IN),
    ("REUSE", "$(PREFIX)", NOT_FILLED_IN),
    ("INSTANCE", "$(POD_NAME)", NOT_FILLED_IN),
    ("GATEWAY", "$(GATEWAY)", NOT_FILLED_IN),
    ("GATEWAY_PORT", "${PORT}", NOT_FILLED_IN),
    ("GATEWAY_LISTEN", "$HOST", NOT_FILLED_IN),
    ("API_URL", "api.comfycontrol.app", "must be an https address"),
    ("REGISTER", "$(REGISTER)", NOT_FILLED_IN),
    ("ON_EXIT", "${ON_EXIT}", NOT_FILLED_IN),
]


def variables(given: dict[str, str]) -> dict[str, str]:
    return {f"{PREFIX}{name}": value for name, value in given.items()}


@pytest.mark.parametrize("case", SPELLINGS["tags"])
def test_tags_are_understood_as_in_the_panel(case: dict[str, Any]) -> None:
    assert items(case["value"]) == case["items"]


@pytest.mark.parametrize(("name", "value", "meant"), UNDERSTOOD)
def test_a_value_with_one_meaning_is_understood(name: str, value: str, meant: object) -> None:
    configuration, mistakes = read_configuration(variables({**ON, name: value}))
    assert [str(mistake) for mistake in mistakes] == []
    found = getattr(configuration, name)
    if isinstance(found, dict):
        found = {header: secret.get_secret_value() for header, secret in found.items()}
    assert found == meant


@pytest.mark.parametrize(("name", "value", "reason"), REFUSED)
def test_any_other_is_refused_with_the_reason_and_without_its_value(name: str, value: str, reason: str) -> None:
    given = {**ON, name: value}
    if name == "TOKEN_FILE":
        del given["TOKEN"]
    configuration, mistakes = read_configuration(variables(given))
    assert [mistake.variable for mistake in mistakes] == [f"{PREFIX}{name}"]
    told = str(mistakes[0])
    title = (Configuration.model_fields[name].title or "").replace("`", "")
    assert told.startswith(f"{PREFIX}{name}: must be {title}. ")
    assert reason in told
    assert "\n" not in told
    assert configuration == Configuration()
    assert value not in told or value in f"{title} {reason}"


@pytest.mark.parametrize("value", ["on", "ON", "True", "1", "'on'", "on # comment", "Update"])
def test_what_makes_a_runner_is_understood_alike_before_all_else_is_loaded(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}REGISTER", value)
    assert process.asks_for_runner()


@pytest.mark.parametrize("value", ["", " ", "off", "False", "0", "# on", "$(REGISTER)", "\udcff"])
def test_what_does_not_ask_for_a_runner_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(f"{PREFIX}REGISTER", value)
    assert not process.asks_for_runner()


# What Kubernetes makes of a Service of our name, and Docker of a linked container.
OF_KUBERNETES = {
    "SERVICE_HOST": "10.96.0.7",
    "SERVICE_PORT": "8188",
    "SERVICE_PORT_HTTP": "8188",
    "PORT": "tcp://10.96.0.7:8188",
    "PORT_8188_TCP": "tcp://10.96.0.7:8188",
    "PORT_8188_TCP_PROTO": "tcp",
    "PORT_8188_TCP_PORT": "8188",
    "PORT_8188_TCP_ADDR": "10.96.0.7",
    "API_SERVICE_HOST": "10.96.0.8",
    "API_PORT": "tcp://10.96.0.8:80",
}
OF_DOCKER = {"PORT": "tcp://172.17.0.2:8188", "NAME": "/web/comfycontrol", "ENV_PATH": "/usr/bin", "ENV_TOKEN": "x"}


@pytest.mark.parametrize("foreign", [OF_KUBERNETES, OF_DOCKER])
def test_what_a_platform_names_as_us_is_ignored_without_a_word(foreign: dict[str, str]) -> None:
    environment = variables({**ON, "TAGS": "flux", **foreign})
    configuration, mistakes = read_configuration(environment)
    assert mistakes == []
    assert configuration == read_configuration(variables({**ON, "TAGS": "flux"}))[0]
    assert list(remarks_on_names(environment, Configuration.model_fields)) == []


def test_a_name_that_looks_like_a_path_is_a_name_where_nothing_is_linked() -> None:
    assert read_configuration(variables({**ON, "NAME": "/web/comfycontrol"}))[0].NAME == "/web/comfycontrol"


UNKNOWN = [
    ({"FLAVOUR": "sweet"}, ["COMFYCONTROL_FLAVOUR: unknown, so ignored"]),
    ({"B": "1", "A": "1", "C": "1"}, ["COMFYCONTROL_A and 2 more that start with COMFYCONTROL_: unknown, so ignored"]),
    ({"TAG": "flux"}, ["COMFYCONTROL_TAG is unknown and has no effect. You may have meant COMFYCONTROL_TAGS"]),
    (
        {"REGISTRE": "on", "ENDPIONT": URL, "HEADER": "A: b", "Tags": "flux"},
        [
            "COMFYCONTROL_ENDPIONT is unknown and has no effect. You may have meant COMFYCONTROL_ENDPOINT",
            "COMFYCONTROL_HEADER is unknown and has no effect. You may have meant COMFYCONTROL_HEADERS",
            "COMFYCONTROL_REGISTRE is unknown and has no effect. You may have meant COMFYCONTROL_REGISTER",
            "COMFYCONTROL_Tags is unknown and has no effect. You may have meant COMFYCONTROL_TAGS",
        ],
    ),
]


@pytest.mark.parametrize(("given", "lines"), UNKNOWN)
def test_a_name_that_is_not_known_stops_nothing_and_a_typo_has_its_line(
    given: dict[str, str], lines: list[str]
) -> None:
    environment = variables({**ON, **given})
    configuration, mistakes = read_configuration(environment)
    assert (mistakes, configuration.is_active) == ([], True)
    assert Environment(environment).token() is not None
    assert list(remarks_on_names(environment, Configuration.model_fields)) == lines
