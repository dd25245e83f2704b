"""What an operator may write into the environment, and what is said of what they may not."""

from pathlib import Path

import pytest
from units.pasted_tokens import TOKEN_IN

from comfycontrol_pack.comfycontrol.configuration.environment import Environment
from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.configuration.reading import read_configuration
from comfycontrol_pack.comfycontrol.errors import ComfyControlError

TOKEN = "cfc_0123456789abcdef"
SECRET = "s3cr3t-value"
ON = {"TOKEN": TOKEN, "REGISTER": "on"}

GOOD = [
    ({}, "REGISTER", "off"),
    ({"REGISTER": ""}, "REGISTER", "off"),
    (ON, "REGISTER", "on"),
    ({**ON, "REGISTER": " update "}, "REGISTER", "update"),
    ({**ON, "NAME": "{hostname} {gpu} {pod}"}, "NAME", "{hostname} {gpu} {pod}"),
    ({**ON, "ENDPOINT": "https://comfy.example.com"}, "ENDPOINT", "https://comfy.example.com"),
    ({**ON, "TAGS": "flux, 24gb,"}, "TAGS", ("flux", "24gb")),
    ({**ON, "TAGS": "flux, auto, 24gb"}, "TAGS", ("flux", "24gb", "auto")),
    ({**ON, "ON_EXIT": "disable"}, "ON_EXIT", "disable"),
    ({**ON, "TEST_RUN": "True"}, "TEST_RUN", "on"),
    ({**ON, "REUSE": "render-"}, "REUSE", "render-"),
    ({**ON, "API_URL": "http://127.0.0.1:9000"}, "API_URL", "http://127.0.0.1:9000"),
]

# What was set, and the variables that the lines of the log name.
WRONG = [
    ({"TOKEN": SECRET}, ["TOKEN"]),
    ({**ON, "REGISTER": "maybe"}, ["REGISTER"]),
    ({**ON, "REGISTER": "2"}, ["REGISTER"]),
    ({**ON, "NAME": "x" * 101}, ["NAME"]),
    ({**ON, "NAME": "{host}"}, ["NAME"]),
    ({**ON, "ENDPOINT": "comfy.example.com:8188"}, ["ENDPOINT"]),
    ({**ON, "ENDPOINT": f"https://ada:{SECRET}@comfy.example.com"}, ["ENDPOINT"]),
    ({**ON, "TAGS": ",".join(map(str, range(11)))}, ["TAGS"]),
    ({**ON, "TAGS": "a, a"}, ["TAGS"]),
    ({**ON, "HEADERS": SECRET}, ["HEADERS"]),
    ({**ON, "HEADERS": f"X-Key: {SECRET}\nX-Key: other"}, ["HEADERS"]),
    ({**ON, "HEADERS": f"Host: {SECRET}"}, ["HEADERS"]),
    ({**ON, "ON_EXIT": "delete"}, ["ON_EXIT"]),
    ({**ON, "API_URL": "http://api.example.com"}, ["API_URL"]),
    ({**ON, "NAME": "{host}", "ON_EXIT": "delete"}, ["NAME", "ON_EXIT"]),
    ({**ON, "ENDPOINT": "$(URL)", "ON_EXIT": "delete"}, ["ENDPOINT", "ON_EXIT"]),
    # Each is right, and together they are not.
    ({**ON, "TOKEN_FILE": "/run/secrets/token"}, ["TOKEN"]),
    ({**ON, "HEADERS": "A: b", "HEADERS_FILE": "/run/secrets/headers"}, ["HEADERS"]),
    ({"REGISTER": "on"}, ["REGISTER"]),
    ({"TOKEN": TOKEN, "REUSE": "render-"}, ["REUSE"]),
    ({**ON, "REGISTER": "update", "REUSE": "render-"}, ["REUSE"]),
    ({"TOKEN": TOKEN, "ON_EXIT": "disable"}, ["ON_EXIT"]),
    ({"TOKEN": TOKEN, "TEST_RUN": "on"}, ["TEST_RUN"]),
    ({**ON, "TEST_RUN": "once"}, ["TEST_RUN"]),
    ({"TUNNEL": "frp"}, ["TUNNEL"]),
    ({"TUNNEL": "ngrok", "GATEWAY": "off"}, ["TUNNEL"]),
    ({"TUNNEL_PROGRAM": "bin/cloudflared"}, ["TUNNEL_PROGRAM"]),
    ({**ON, "GATEWAY": "maybe"}, ["GATEWAY"]),
    *(
        ({**ON, "GATEWAY_PORT": port}, ["GATEWAY_PORT"])
        for port in ("0", "65536", "-1", "http", "18188-18199", "18188.5", "127.0.0.1:18188")
    ),
    *(
        ({**ON, "GATEWAY_LISTEN": address}, ["GATEWAY_LISTEN"])
        for address in ("localhost", "*", "0.0.0.0:18188", "10.0.0.0/8", "127.0.0.1, ::1", "256.0.0.1")
    ),
]


def variables(given: dict[str, str]) -> dict[str, str]:
    return {"PATH": "/bin", **{f"{PREFIX}{name}": value for name, value in given.items()}}


@pytest.mark.parametrize(("given", "name", "value"), GOOD)
def test_what_is_allowed_is_taken(given: dict[str, str], name: str, value: object) -> None:
    configuration, mistakes = read_configuration(variables(given))
    assert mistakes == []
    assert getattr(configuration, name) == value


@pytest.mark.parametrize(("given", "wrong"), WRONG)
def test_what_is_wrong_is_named_with_what_is_allowed_and_without_its_value(
    given: dict[str, str], wrong: list[str]
) -> None:
    configuration, mistakes = read_configuration(variables(given))
    assert sorted(mistake.variable for mistake in mistakes) == [f"{PREFIX}{name}" for name in wrong]
    told = "\n".join(map(str, mistakes))
    assert all(mistake.allowed for mistake in mistakes)
    assert SECRET not in told
    assert TOKEN not in told
    # None of the rest counts: half of what was meant could register the wrong thing.
    assert not configuration.is_active
    assert configuration.decides == ()


@pytest.mark.parametrize("given", [given for given, _ in WRONG])
def test_nothing_is_sent_while_a_variable_is_wrong(given: dict[str, str]) -> None:
    environment = Environment(variables(given))
    with pytest.raises(ComfyControlError) as raised:
        environment.token()
    assert raised.value.code == "environment_invalid"
    assert PREFIX in raised.value.message
    assert SECRET not in raised.value.message


def test_headers_are_lines_and_their_values_are_not_shown() -> None:
    configuration, _ = read_configuration(variables({**ON, "HEADERS": f"X-Key: {SECRET}\n\n X-Other : a:b \n"}))
    assert isinstance(configuration.HEADERS, dict)
    assert {name: value.get_secret_value() for name, value in configuration.HEADERS.items()} == {
        "X-Key": SECRET,
        "X-Other": "a:b",
    }
    assert SECRET not in repr(configuration)
    assert TOKEN not in repr(configuration)


DECIDED = [
    ({}, ()),
    ({"GATEWAY": "on"}, ("gateway",)),
    ({"GATEWAY": "off", "GATEWAY_PORT": "18188"}, ("gateway",)),
    ({"GATEWAY_PORT": "18188"}, ()),
    ({"TUNNEL": "ngrok"}, ("tunnel",)),
    ({"TUNNEL_PROGRAM": "/opt/cloudflared"}, ()),
    ({"TOKEN": TOKEN}, ("token",)),
    (ON, ("token", "runner", "endpoint")),
    ({**ON, "NAME": "A"}, ("token", "runner", "endpoint", "name")),
    ({**ON, "TAGS": "auto", "HEADERS": "A: b"}, ("token", "runner", "endpoint", "tags", "headers")),
]


@pytest.mark.parametrize(("given", "decided"), DECIDED)
def test_people_cannot_change_what_is_set_and_may_change_the_rest(
    given: dict[str, str], decided: tuple[str, ...]
) -> None:
    assert Environment(variables(given)).decides == decided


def from_file(file: Path, name: str = "TOKEN_FILE") -> Environment:
    given = {"REGISTER": "on", "TOKEN_FILE": str(file)}
    return Environment(variables(given if name == "TOKEN_FILE" else {**ON, name: str(file)}))


def test_a_token_file_is_read_again_when_it_may_have_been_rotated(tmp_path: Path) -> None:
    file = tmp_path / "token"
    # As editors on Windows leave it.
    file.write_bytes(b"\xef\xbb\xbf" + TOKEN.encode() + b"\r\n")
    environment = from_file(file)
    first = environment.token()
    assert first is not None
    assert first.get_secret_value() == TOKEN
    file.write_text("cfc_another0token", encoding="ascii")
    assert environment.token() == first
    environment.look_again()
    second = environment.token()
    assert second is not None
    assert second.get_secret_value() == "cfc_another0token"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pasted", TOKEN_IN)
def test_the_one_token_in_a_file_is_taken(tmp_path: Path, pasted: str, encoding: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(pasted.format(token=TOKEN).encode(encoding))
    found = from_file(file).token()
    assert found is not None
    assert found.get_secret_value() == TOKEN


@pytest.mark.parametrize("pasted", TOKEN_IN)
def test_the_one_token_in_a_variable_is_taken(pasted: str) -> None:
    configuration, mistakes = read_configuration(variables({"TOKEN": pasted.format(token=TOKEN)}))
    assert mistakes == []
    assert configuration.TOKEN is not None
    assert configuration.TOKEN.get_secret_value() == TOKEN


NO_TOKEN_IN_FILE = [
    (b"", "secret_file_empty"),
    (b" \n", "secret_file_empty"),
    (b"\xef\xbb\xbf", "secret_file_empty"),
    (b"\xff\xfe", "secret_file_empty"),
    (b"no token", "secret_file_other"),
    (b"sk-0123456789abcdef\n", "secret_file_other"),
    (b"OTHER_KEY=0123456789abcdef\n", "secret_file_other"),
    (b"\x89PNG\r\n\x1a\n\xff", "secret_file_other"),
    (b"Y2ZjXzAxMjM0NTY3ODlhYmNkZWY=\n", "secret_file_base64"),
    (b"cfc_one\ncfc_two", "secret_file_several"),
    (b"cfc_with-a-dash", "secret_file_unreadable"),
    (b"cfc_" + b"0" * 70_000, "secret_file_unreadable"),
]


@pytest.mark.parametrize(("content", "code"), NO_TOKEN_IN_FILE)
def test_a_file_that_holds_no_token_is_told_by_its_variable_and_looked_at_again(
    tmp_path: Path, content: bytes, code: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    environment = from_file(file)
    with pytest.raises(ComfyControlError) as raised:
        environment.token()
    assert raised.value.code == code
    assert f"{PREFIX}TOKEN_FILE" in raised.value.message
    file.write_text(TOKEN, encoding="ascii")
    assert environment.token() is not None


@pytest.mark.parametrize("name", ["TOKEN_FILE", "HEADERS_FILE"])
def test_a_path_that_leads_to_no_file_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="ascii")
    for place, code in {
        tmp_path: "secret_file_folder",
        tmp_path / "other": "secret_file_missing",
        tmp_path / "token" / "token": "secret_file_missing",
        tmp_path / ("x" * 300): "secret_file_unreadable",
    }.items():
        environment = from_file(place, name)
        with pytest.raises(ComfyControlError) as raised:
            environment.token() if name == "TOKEN_FILE" else environment.headers()
        assert raised.value.code == code
        assert f"{PREFIX}{name}" in raised.value.message
        assert str(tmp_path) not in str(raised.value)


HEADERS_UNCLEAR = [
    (SECRET, "no colon"),
    (f"X-Key={SECRET}", "no colon"),
    (f"X-Key: X-Key: {SECRET}", "only the part after the colon"),
    (f"X-Key: {SECRET}, X-Other: {SECRET}", "several headers on one line"),
    (f"X-Key: {SECRET}\nX-Key: {SECRET}", "is listed twice"),
    ("Authorization: Bearer $KEY", "was not filled in"),
]


@pytest.mark.parametrize(("lines", "reason"), HEADERS_UNCLEAR)
def test_a_file_of_headers_that_are_none_is_told_with_the_reason_and_without_them(
    tmp_path: Path, lines: str, reason: str
) -> None:
    file = tmp_path / "headers"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(ComfyControlError) as raised:
        from_file(file, "HEADERS_FILE").headers()
    assert raised.value.code == "headers_file_unclear"
    assert reason in raised.value.message
    assert SECRET not in str(raised.value)


def test_a_secret_that_is_mounted_late_is_found(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    environment = from_file(file, "HEADERS_FILE")
    with pytest.raises(ComfyControlError) as raised:
        environment.headers()
    assert raised.value.code == "secret_file_missing"
    file.write_text(f"X-Key: {SECRET}\n", encoding="utf-8")
    headers = environment.headers()
    assert headers is not None
    assert headers["X-Key"].get_secret_value() == SECRET
