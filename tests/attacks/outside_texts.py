"""What comes from outside, as hypothesis makes it up: texts, documents of agents and of the service, environments."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from comfycontrol_pack.comfycontrol.configuration.process import PREFIX
from comfycontrol_pack.comfycontrol.configuration.variables import Configuration
from comfycontrol_pack.comfycontrol.public_address.surroundings import CloudflaredAnswer, ProbeAnswers, Surroundings
from comfycontrol_pack.comfycontrol.templates import placeholders

EXAMPLES = 60
# Bounded, alike in every run, and without a file of its own.
BOUNDS = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
# What each of them cares about, and what has broken parsers before. Halves of surrogate pairs come with headers.
PIECES = (
    *("http", "https", "HTTP", "ftp", "javascript", "://", ":", "//", "/", "\\", "@", "?", "#", "%", "%00", "%2e", "."),
    *("[", "]", "[::1]", "[fe80::1%25eth0]", "::ffff:127.0.0.1", "127.0.0.1", "0x7f.1", "0177.1", "2130706433", "08"),
    *("localhost", "comfy.example.com", "xn--", "xn--a-", "\u3002", "\uff0e", "\u00df", "\u0130", "\u200d", "\u202e"),
    *("8188", "65536", "-1", "99999999999999999999", "1e400", "NaN", "\u0661", "\u00b2", "\u2460", "\u0967", "0", ""),
    *("$text(", "$choice(", "$file(", "$random()", "$timestamp()", ")", "(", ",", ", ", "\n", "\r\n", "\x00", "\x85"),
    *("cfc_", "v1.", "v2.", "====", "-_", "AAAA", '"', "'", "{", "}", "{name}", "{0.__class__}", "{hostname}", "="),
    *("for=", "host=", "proto=", ";", "auto", "Host: x", "X-Key: ", "a" * 64, "a" * 300, " ", "\t", "\ud800", "\udcff"),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(max_size=40),
    st.text(st.characters(), max_size=20),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
BYTES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 50_000, b'{"a":' * 20_000, b"9" * 5000, b'{"a":"\\ud800"}', b"\xff\xfe{\x00}\x00", b""]),
)


def shaped(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A document of about the right form: each member there or not, and each right or anything at all."""
    whole: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {}, optional={name: st.one_of(inner, JSON) for name, inner in members.items()}
    )
    return st.one_of(whole, JSON)


TARGETS = st.sampled_from(["http://localhost:8188", "8188", "localhost:8188", "tcp://[::1]:8188", "https+insecure://x"])
NGROK = shaped(
    endpoints=st.lists(shaped(url=TEXTS, upstream=shaped(url=TARGETS)), max_size=3),
    tunnels=st.lists(shaped(public_url=TEXTS, config=shaped(addr=TARGETS)), max_size=3),
)
INGRESS = st.lists(shaped(hostname=TEXTS, path=TEXTS, service=TARGETS), max_size=3)
WEB = st.dictionaries(TEXTS, shaped(Handlers=st.dictionaries(TEXTS, shaped(Proxy=TARGETS), max_size=2)), max_size=2)
ALLOWED = st.dictionaries(TEXTS, st.just(value=True), max_size=2)
SERVE = shaped(
    Web=WEB, AllowFunnel=ALLOWED, Foreground=st.dictionaries(TEXTS, shaped(Web=WEB, AllowFunnel=ALLOWED), max_size=2)
)
VARIABLES = (
    *("RUNPOD_POD_ID", "RUNPOD_TCP_PORT_8188", "RUNPOD_PUBLIC_IP", "VAST_TCP_PORT_8188", "VAST_CONTAINERLABEL"),
    *("PUBLIC_IPADDR", "OPEN_BUTTON_TOKEN", "OPEN_BUTTON_PORT", "PORTAL_CONFIG", "SPACE_HOST", "WEBSITE_HOSTNAME"),
    *(
        "CODESPACE_NAME",
        "GITPOD_WORKSPACE_URL",
        "CNB_VSCODE_PROXY_URI",
        "VSCODE_PROXY_URI",
        "JUPYTERHUB_SERVICE_PREFIX",
    ),
    *(
        "RAILWAY_PUBLIC_DOMAIN",
        "RENDER_EXTERNAL_URL",
        "FLY_APP_NAME",
        "PORT",
        "COMFYCONTROL_ENDPOINT",
        "PAPERSPACE_FQDN",
    ),
)
ENVIRONMENT = st.dictionaries(st.sampled_from(VARIABLES), TEXTS, max_size=6)
SURROUNDINGS = st.builds(
    Surroundings,
    environment=ENVIRONMENT,
    port=st.just(8188),
    tls=st.booleans(),
    probes=st.builds(
        ProbeAnswers,
        ngrok_endpoints=NGROK,
        ngrok_tunnels=NGROK,
        cloudflared=st.lists(
            st.builds(CloudflaredAnswer, shaped(hostname=TEXTS), shaped(config=shaped(ingress=INGRESS))), max_size=2
        ).map(tuple),
        tailscale=st.one_of(SERVE.filter(lambda one: isinstance(one, Mapping)), st.just({})),
    ),
    forwarded=st.dictionaries(
        st.sampled_from(["Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto"]), TEXTS, max_size=4
    ),
    page_url=st.one_of(st.none(), TEXTS),
)
INPUTS = st.sampled_from(["key", "default", "options", "value", "text", "image"])
WORKFLOWS = st.dictionaries(
    TEXTS,
    shaped(
        class_type=st.one_of(st.sampled_from(sorted(placeholders.ASKING_NODES)), TEXTS),
        inputs=st.dictionaries(INPUTS, JSON, max_size=5),
        _meta=shaped(title=TEXTS),
    ),
    max_size=3,
)
CONFIGURATIONS = st.dictionaries(
    st.sampled_from([f"{PREFIX}{name}" for name in (*Configuration.model_fields, "UNKNOWN", "")]), TEXTS, max_size=5
)
RUNNER = shaped(
    id=TEXTS, name=TEXTS, tags=st.lists(TEXTS, max_size=2), headers=st.dictionaries(TEXTS, TEXTS, max_size=2)
)
ANSWERS = st.one_of(
    BYTES,
    shaped(
        id=TEXTS,
        name=TEXTS,
        message=TEXTS,
        status=st.integers(),
        total=st.integers(),
        runners=st.lists(RUNNER, max_size=2),
        templates=st.lists(RUNNER, max_size=2),
        workflows=st.lists(RUNNER, max_size=2),
    ).map(lambda value: json.dumps(value).encode()),
)
