from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from units.public_address.agent_documents import (
    cloudflared_config,
    in_foreground,
    ngrok_endpoints,
    ngrok_tunnels,
    quicktunnel,
    serve_config,
)

from comfycontrol_pack.comfycontrol.public_address.platforms import PLATFORMS
from comfycontrol_pack.comfycontrol.public_address.suggest import suggest
from comfycontrol_pack.comfycontrol.public_address.surroundings import (
    CloudflaredAnswer,
    Platform,
    ProbeAnswers,
    Surroundings,
)

# source, url, certainty, headers
Expected = tuple[str, str | None, str, dict[str, str]]
SKIP = {"ngrok-skip-browser-warning": "1"}
RUNPOD = {"RUNPOD_POD_ID": "abc123"}
RUNPOD_TCP = {**RUNPOD, "RUNPOD_PUBLIC_IP": "194.26.196.10"}
VAST = {"PUBLIC_IPADDR": "203.0.114.9"}
PORTAL = {
    **VAST,
    "VAST_TCP_PORT_8188": "41234",
    "PORTAL_CONFIG": "localhost:1111:11111:/:Instance Portal|localhost:8188:18188:/:ComfyUI|broken|a:b:c:d:e",
    "OPEN_BUTTON_TOKEN": "t0ken;",
}
BEARER = {"Authorization": "Bearer t0ken"}
QUICK = "https://calm-sea.trycloudflare.com"


class Case(NamedTuple):
    name: str
    expected: list[Expected]
    environment: Mapping[str, str] = {}
    port: int = 8188
    tls: bool = False
    probes: ProbeAnswers = ProbeAnswers()
    forwarded: Mapping[str, str] = {}
    page_url: str | None = None
    guarded: bool = False
    own_tunnel: str | None = None


def one(source: str, url: str | None, certainty: str = "high", **headers: str) -> list[Expected]:
    return [(source, url, certainty, headers)]


def cloudflared(hostname: str, *rules: tuple[str, str | None, str]) -> ProbeAnswers:
    return ProbeAnswers(cloudflared=(CloudflaredAnswer(quicktunnel(hostname), cloudflared_config(*rules)),))


def tailscale(config: dict[str, Any]) -> ProbeAnswers:
    return ProbeAnswers(tailscale=config)


def ngrok(*pairs: tuple[str, str]) -> ProbeAnswers:
    return ProbeAnswers(ngrok_endpoints=ngrok_endpoints(*pairs))


NGROK_FREE = "https://x.ngrok-free.app"
FUNNEL = "https://pc.tail1.ts.net:443/"
PROXY_8188 = {"/": "http://127.0.0.1:8188"}
CONFIGURED = "configuration"
BROWSER = "browser"
FORWARDED = "forwarded"

ENVIRONMENT_CASES = [
    Case("nothing", []),
    Case("an empty variable is none", [], {"RUNPOD_POD_ID": " ", "SPACE_HOST": ""}),
    Case("configured", one(CONFIGURED, "https://a.example"), {"COMFYCONTROL_ENDPOINT": " https://a.example "}),
    Case("configured wrongly", one(CONFIGURED, None), {"COMFYCONTROL_ENDPOINT": "a.example"}),
    Case("configured ngrok", [(CONFIGURED, NGROK_FREE, "high", SKIP)], {"COMFYCONTROL_ENDPOINT": NGROK_FREE}),
    Case("runpod", one("RunPod", "https://abc123-3000.proxy.runpod.net"), RUNPOD, 3000),
    Case(
        "runpod tcp makes the proxy less sure",
        [
            ("RunPod", "https://abc123-8188.proxy.runpod.net", "medium", {}),
            ("RunPod TCP", "http://194.26.196.10:40123", "high", {}),
        ],
        {**RUNPOD_TCP, "RUNPOD_TCP_PORT_8188": "40123"},
    ),
    Case(
        "runpod symmetrical port, tls",
        [
            ("RunPod", "https://abc123-10031.proxy.runpod.net", "medium", {}),
            ("RunPod TCP", "https://194.26.196.10:10031", "high", {}),
        ],
        {**RUNPOD_TCP, "RUNPOD_TCP_PORT_70001": "10031"},
        port=10031,
        tls=True,
    ),
    Case(
        "runpod tcp for ssh only",
        one("RunPod", "https://abc123-8188.proxy.runpod.net"),
        {**RUNPOD_TCP, "RUNPOD_TCP_PORT_22": "8188"},
    ),
    Case(
        "runpod, behind the gateway of an image",
        [
            ("RunPod", "https://abc123-8188.proxy.runpod.net", "high", {}),
            ("RunPod", "https://abc123-18188.proxy.runpod.net", "high", {}),
        ],
        RUNPOD,
        18188,
    ),
    Case("runpod, guarded", one("RunPod", "https://abc123-18188.proxy.runpod.net"), RUNPOD, 18188, guarded=True),
    Case("vast, guarded", [], {**VAST, "VAST_TCP_PORT_8188": "41234"}, 18188, guarded=True),
    Case("runpod serverless", one("RunPod", None), {**RUNPOD, "RUNPOD_WEBHOOK_GET_JOB": "https://api.runpod.ai/v2/x"}),
    Case(
        "runpod serverless with a mapped port",
        [("RunPod", None, "high", {}), ("RunPod TCP", "http://194.26.196.10:40123", "high", {})],
        {**RUNPOD_TCP, "RUNPOD_TCP_PORT_8188": "40123", "RUNPOD_WEBHOOK_GET_JOB": "https://api.runpod.ai/v2/x"},
    ),
    Case(
        "vast, behind the gateway of an image",
        one("Vast.ai", "http://203.0.114.9:41234"),
        {**VAST, "VAST_TCP_PORT_8188": "41234"},
        18188,
    ),
    Case("vast", one("Vast.ai", "http://203.0.114.9:41234"), {**VAST, "VAST_TCP_PORT_8188": "41234"}),
    Case("vast, tls", one("Vast.ai", "https://203.0.114.9:41234"), {**VAST, "VAST_TCP_PORT_8188": "41234"}, tls=True),
    Case("vast, port not mapped", [], {**VAST, "VAST_TCP_PORT_22": "41234"}),
    Case("vast, nonsense", [], {"PUBLIC_IPADDR": "a b", "VAST_TCP_PORT_8188": "41234"}),
    Case("vast, ipv6", one("Vast.ai", "http://[2a01::9]:5"), {"PUBLIC_IPADDR": "2a01::9", "VAST_TCP_PORT_8188": "5"}),
    Case("vast image", one("Vast.ai's proxy", "http://203.0.114.9:41234", **BEARER), PORTAL, 18188),
    Case(
        "vast image, https",
        one("Vast.ai's proxy", "https://203.0.114.9:41234", **BEARER),
        {**PORTAL, "ENABLE_HTTPS": "True"},
        18188,
    ),
    Case(
        "vast image, no auth",
        one("Vast.ai's proxy", "http://203.0.114.9:41234"),
        {**PORTAL, "ENABLE_AUTH": "false"},
        18188,
    ),
    Case(
        "vast image, excluded",
        one("Vast.ai's proxy", "http://203.0.114.9:41234"),
        {**PORTAL, "AUTH_EXCLUDE": "1, 8188"},
        18188,
    ),
    Case(
        "vast image, web password",
        one("Vast.ai's proxy", "http://203.0.114.9:41234", Authorization="Bearer pw"),
        {**PORTAL, "OPEN_BUTTON_TOKEN": "", "WEB_PASSWORD": "pw"},
        18188,
    ),
    Case(
        "vast image, token known to its proxy only",
        one("Vast.ai's proxy", "http://203.0.114.9:41234", Authorization=""),
        {**PORTAL, "OPEN_BUTTON_TOKEN": ""},
        18188,
    ),
    Case("vast image, external port not mapped", [], {**PORTAL, "VAST_TCP_PORT_8188": ""}, 18188),
    Case(
        "vast image, quick tunnel before its proxy",
        [
            ("Vast.ai's proxy", "http://203.0.114.9:41234", "high", BEARER),
            ("cloudflared tunnel", QUICK, "high", {"Authorization": ""}),
        ],
        PORTAL,
        18188,
        probes=cloudflared("calm-sea.trycloudflare.com", ("", None, "http://localhost:8188")),
    ),
    Case(
        "codespaces",
        one("GitHub Codespaces", "https://fluffy-8000.preview.example.dev"),
        {"CODESPACE_NAME": "fluffy", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "preview.example.dev"},
        8000,
    ),
    Case(
        "codespaces, default",
        one("GitHub Codespaces", "https://fluffy-8188.app.github.dev"),
        {"CODESPACE_NAME": "fluffy"},
    ),
    Case(
        "gitpod",
        one("Gitpod", "https://8188-me-x.ws-eu1.gitpod.io"),
        {"GITPOD_WORKSPACE_URL": "https://me-x.ws-eu1.gitpod.io"},
    ),
    Case("gitpod, nonsense", [], {"GITPOD_WORKSPACE_URL": "me-x"}),
    Case("space", one("Hugging Face Space", "https://me-comfy.hf.space"), {"SPACE_HOST": "me-comfy.hf.space"}, 7860),
    Case(
        "lightning",
        one("Lightning.ai", "https://8188-01hyx.cloudspaces.litng.ai", "medium"),
        {"LIGHTNING_CLOUD_SPACE_ID": "01hyx"},
    ),
    Case(
        "azure",
        one("Azure Container Apps", "https://comfy.blue.eastus.azurecontainerapps.io"),
        {"CONTAINER_APP_NAME": "comfy", "CONTAINER_APP_ENV_DNS_SUFFIX": "blue.eastus.azurecontainerapps.io"},
    ),
    Case("azure, half", [], {"CONTAINER_APP_NAME": "comfy"}),
    Case("railway", one("Railway", "https://c.up.railway.app"), {"RAILWAY_PUBLIC_DOMAIN": "c.up.railway.app"}),
    Case(
        "railway, other port",
        one("Railway", "https://c.up.railway.app", "medium"),
        {"RAILWAY_PUBLIC_DOMAIN": "c.up.railway.app", "PORT": "8080"},
    ),
    Case(
        "render",
        one("Render", "https://c.onrender.com"),
        {"RENDER_EXTERNAL_URL": "https://c.onrender.com", "PORT": "8188"},
    ),
    Case("fly", one("Fly.io", "https://comfy.fly.dev", "medium"), {"FLY_APP_NAME": "comfy"}),
    Case(
        "autodl",
        one("AutoDL", "https://u1.seetacloud.com:8443", "medium"),
        {"AutoDLServiceURL": "https://u1.seetacloud.com:8443"},
        6006,
    ),
    Case(
        "autodl 6008",
        one("AutoDL", "https://u2.seetacloud.com", "medium"),
        {"AutoDLService6008URL": "u2.seetacloud.com"},
        6008,
    ),
    Case("autodl, other port", one("AutoDL", None), {"AutoDLService6006URL": "https://u1.seetacloud.com"}),
    Case("cnb", one("CNB", "https://x-8188.cnb.run", "medium"), {"CNB_VSCODE_PROXY_URI": "https://x-{{port}}.cnb.run"}),
    Case(
        "coder",
        one("VS Code's proxy", "https://8188--main--ws--me.coder.example", "medium"),
        {"VSCODE_PROXY_URI": "https://{{port}}--main--ws--me.coder.example"},
    ),
    Case("code-server's relative template", [], {"VSCODE_PROXY_URI": "./proxy/{{port}}"}),
    Case("template without port", [], {"VSCODE_PROXY_URI": "https://coder.example"}),
    Case(
        "jupyterhub",
        one("JupyterHub", "https://hub.example/user/me/proxy/8188/", "medium", Authorization=""),
        {"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/me/", "JUPYTERHUB_API_TOKEN": "secret"},
    ),
    Case(
        "paperspace",
        one("Paperspace", "https://tensorboard-n1.paperspacegradient.com/", "medium"),
        {"PAPERSPACE_FQDN": "n1.paperspacegradient.com"},
        6006,
    ),
    Case("paperspace, other port", one("Paperspace", None), {"PAPERSPACE_FQDN": "n1.paperspacegradient.com"}),
    Case("colab", one("Colab", None), {"COLAB_RELEASE_TAG": "release-colab"}),
    Case("kaggle", one("Kaggle", None), {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}),
    Case("sagemaker", one("SageMaker Studio", None), {"SAGEMAKER_SPACE_NAME": "mine"}),
    Case("modal", one("Modal", None), {"MODAL_TASK_ID": "ta-1"}),
    Case("salad", one("Salad", None), {"SALAD_MACHINE_ID": "m"}),
    Case("kubernetes", one("Kubernetes", None), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}),
]

TUNNEL_CASES = [
    Case(
        "the tunnel that this ComfyUI keeps open",
        one("tunnel", "https://four-plain-words.trycloudflare.com"),
        own_tunnel="https://four-plain-words.trycloudflare.com",
    ),
    Case(
        "the same of ngrok, whose free addresses need a header",
        one("tunnel", "https://a1b2.ngrok-free.app", **{"ngrok-skip-browser-warning": "1"}),
        own_tunnel="https://a1b2.ngrok-free.app",
    ),
    Case("ngrok", [("ngrok", NGROK_FREE, "high", SKIP)], probes=ngrok((NGROK_FREE, "http://localhost:8188"))),
    Case("ngrok, own domain", one("ngrok", "https://c.example"), probes=ngrok(("https://c.example", "8188"))),
    Case("ngrok, another port", [], probes=ngrok((NGROK_FREE, "http://localhost:8189"))),
    Case(
        "ngrok, default port",
        one("ngrok", "https://c.example"),
        port=80,
        probes=ngrok(("https://c.example", "http://localhost")),
    ),
    Case(
        "ngrok, another machine?",
        one("ngrok", "https://c.example", "medium"),
        probes=ngrok(("https://c.example", "http://nas:8188")),
    ),
    Case("ngrok, part of ComfyUI only", [], probes=ngrok(("https://c.example", "http://localhost:8188/view"))),
    Case("ngrok, internal endpoint", [], probes=ngrok(("https://c.internal", "http://localhost:8188"))),
    Case(
        "ngrok, tcp",
        one("ngrok", "http://0.tcp.eu.ngrok.io:1234", "medium", **SKIP),
        probes=ngrok(("tcp://0.tcp.eu.ngrok.io:1234", "localhost:8188")),
    ),
    Case(
        "ngrok, https before http",
        one("ngrok", "https://c.example"),
        probes=ngrok(("http://c.example", "localhost:8188"), ("https://c.example", "localhost:8188")),
    ),
    Case("ngrok, broken upstream", [], probes=ngrok(("https://c.example", "http://[::1"), ("https://c.example", ""))),
    Case(
        "ngrok, older agent",
        [("ngrok", NGROK_FREE, "high", SKIP)],
        probes=ProbeAnswers(ngrok_tunnels=ngrok_tunnels((NGROK_FREE, "http://127.0.0.1:8188"))),
    ),
    Case(
        "ngrok, the newer list counts",
        [],
        probes=ProbeAnswers(ngrok_endpoints(), ngrok_tunnels((NGROK_FREE, "http://127.0.0.1:8188"))),
    ),
    Case(
        "quick",
        one("cloudflared tunnel", QUICK),
        probes=cloudflared("calm-sea.trycloudflare.com", ("", None, "http://127.0.0.1:8188")),
    ),
    Case(
        "quick, another port", [], probes=cloudflared("calm-sea.trycloudflare.com", ("", None, "http://127.0.0.1:3000"))
    ),
    Case(
        "quick, cloudflared without /config",
        one("cloudflared tunnel", QUICK, "medium"),
        probes=ProbeAnswers(cloudflared=(CloudflaredAnswer(quicktunnel("calm-sea.trycloudflare.com")),)),
    ),
    Case(
        "named",
        one("cloudflared tunnel", "https://comfy.example.com"),
        port=8000,
        tls=True,
        probes=cloudflared(
            "",
            ("ssh.example.com", None, "ssh://localhost:22"),
            ("comfy.example.com", None, "https://localhost:8000"),
            ("", None, "http_status:404"),
        ),
    ),
    Case("named, pattern", [], probes=cloudflared("", ("*.example.com", None, "http://localhost:8188"))),
    Case("named, everything", [], probes=cloudflared("", ("", None, "http://localhost:8188"))),
    Case(
        "named, some paths",
        one("cloudflared tunnel", "https://c.example.com", "medium"),
        probes=cloudflared("", ("c.example.com", "^/api", "http://localhost:8188")),
    ),
    Case(
        "named, in another container",
        one("cloudflared tunnel", "https://c.example.com", "medium"),
        probes=cloudflared("", ("c.example.com", None, "http://comfyui:8188")),
    ),
    Case(
        "funnel",
        one("Tailscale Funnel", FUNNEL, "medium"),
        probes=tailscale(serve_config("pc.tail1.ts.net:443", funnel=True, proxies=PROXY_8188)),
    ),
    Case(
        "funnel in the foreground, other port, under a path",
        one("Tailscale Funnel", "https://pc.tail1.ts.net:8443/comfy", "medium"),
        probes=tailscale(
            in_foreground(
                serve_config(
                    "pc.tail1.ts.net:8443", funnel=True, proxies={"/comfy": "8188", "/": "http://127.0.0.1:1"}
                ),
            ),
        ),
    ),
    Case(
        "serve without funnel",
        one("Tailscale Serve", None),
        probes=tailscale(serve_config("pc.tail1.ts.net:443", funnel=False, proxies=PROXY_8188)),
    ),
    Case(
        "funnel for something else",
        [],
        probes=tailscale(serve_config("pc.tail1.ts.net:443", funnel=True, proxies={"/": "3030"})),
    ),
    Case("tailscale without configuration", [], probes=tailscale({})),
]

REQUEST_CASES = [
    Case("browser", one(BROWSER, "https://c.example.com/"), page_url="https://c.example.com/?x=1#y"),
    Case(
        "browser, file name",
        one(BROWSER, "https://c.example.com/comfy/"),
        page_url="https://c.example.com/comfy/index.html",
    ),
    Case(
        "browser, choice of user", one(BROWSER, "https://c.example.com/"), page_url="https://c.example.com/user-select"
    ),
    Case(
        "browser, folder given already",
        one(BROWSER, "https://c.example.com/comfy"),
        page_url="https://c.example.com/comfy",
    ),
    Case("browser, ngrok", [(BROWSER, f"{NGROK_FREE}/", "high", SKIP)], page_url=f"{NGROK_FREE}/"),
    Case("browser, loopback", one(BROWSER, "http://127.0.0.1:8188/", "low"), page_url="http://127.0.0.1:8188/"),
    Case(
        "browser, Colab's page",
        one(BROWSER, "https://x-8188-colab.googleusercontent.com/", "low"),
        page_url="https://x-8188-colab.googleusercontent.com/",
    ),
    Case("browser, nonsense", [], page_url="about:blank"),
    Case(
        "forwarded",
        one(FORWARDED, "https://c.example.com/ui", "low"),
        forwarded={
            "X-Forwarded-Proto": "https, http",
            "x-forwarded-host": "c.example.com, inner",
            "X-Forwarded-Prefix": "/ui/",
        },
    ),
    Case(
        "forwarded, standard",
        one(FORWARDED, "https://c.example.com:8443", "low"),
        forwarded={"Forwarded": 'for="[2001:db8::1]";Proto=https; host="c.example.com:8443", for=10.0.0.1;host=inner'},
    ),
    Case(
        "forwarded, escapes",
        one(FORWARDED, "http://c.example.com", "low"),
        forwarded={"Forwarded": 'host="c.example\\.com"'},
    ),
    Case(
        "forwarded, no scheme named",
        one(FORWARDED, "https://c.example.com", "low"),
        tls=True,
        forwarded={"X-Forwarded-Host": "c.example.com"},
    ),
    Case(
        "forwarded, scheme seen by the browser",
        [(BROWSER, "https://c.example.com/", "high", {}), (FORWARDED, "https://c.example.com", "low", {})],
        forwarded={"X-Forwarded-Host": "c.example.com"},
        page_url="https://c.example.com/",
    ),
    Case("forwarded, no host", [], forwarded={"X-Forwarded-Proto": "https", "Forwarded": "for=1.2.3.4"}),
    *(
        Case(
            f"forwarded, hostile host {host!r}", [], forwarded={"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"}
        )
        for host in ("a.example/b", "u:p@a.example", "a.example?x", "a.example#", "a\\b", "a b", "[::1", "a:x", "<b>")
    ),
    Case(
        "forwarded, hostile scheme", [], forwarded={"X-Forwarded-Host": "a.example", "X-Forwarded-Proto": "javascript"}
    ),
    Case("forwarded, hostile standard header", [], forwarded={"Forwarded": ';;=,"host=a.example'}),
]

CASES = [*ENVIRONMENT_CASES, *TUNNEL_CASES, *REQUEST_CASES]


def surroundings_of(case: Case) -> Surroundings:
    return Surroundings(
        port=case.port,
        environment=case.environment,
        tls=case.tls,
        probes=case.probes,
        forwarded=case.forwarded,
        page_url=case.page_url,
        guarded=case.guarded,
        own_tunnel=case.own_tunnel,
    )


def found_in(case: Case) -> list[Expected]:
    found = [one for row in PLATFORMS for one in row.detect(surroundings_of(case))]
    return [(one.source, one.url, one.certainty, {h.name: h.value for h in one.headers}) for one in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table(case: Case) -> None:
    assert found_in(case) == case.expected


@pytest.mark.parametrize("row", PLATFORMS, ids=lambda row: row.name)
def test_every_row_has_a_case_that_says_what_the_docs_say(row: Platform) -> None:
    found = [one for case in CASES for one in row.detect(surroundings_of(case))]
    # The docs' table promises this certainty, and for rows without an address that there is none.
    assert any(one.certainty == row.certainty for one in found)
    assert (row.address == "none") == all(one.url is None for one in found)
    # What a person reads in the form is what the docs say, except where the docs explain in general.
    assert any(row.note in one.notes for one in found) or row.name == BROWSER


KEYS = st.sampled_from(
    [
        *("endpoints", "url", "upstream", "tunnels", "public_url", "config", "addr", "ingress", "hostname"),
        *("service", "path", "Web", "Handlers", "Proxy", "AllowFunnel", "Foreground", "a.ts.net:443", "/"),
    ],
)
TEXTS = st.sampled_from(["", "a.example", "https://a.example", "http://localhost:8188", "http://[", "8188", "\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answer=st.dictionaries(KEYS, JSON, max_size=4))
def test_a_misbehaving_agent_cannot_raise(answer: dict[str, Any]) -> None:
    probes = ProbeAnswers(answer, answer, (CloudflaredAnswer(answer, answer),), answer)
    suggest(Surroundings(port=8188, probes=probes))


@settings(deadline=None)
@given(text=st.text())
def test_no_text_of_a_request_or_an_environment_can_raise(text: str) -> None:
    headers = {"X-Forwarded-Host": text, "X-Forwarded-Proto": text, "X-Forwarded-Prefix": text, "Forwarded": text}
    surroundings = Surroundings(
        port=8188,
        environment=dict.fromkeys(
            ["COMFYCONTROL_ENDPOINT", "PORTAL_CONFIG", "SPACE_HOST", "RENDER_EXTERNAL_URL"], text
        ),
        forwarded=headers,
        page_url=text,
    )
    for one in suggest(surroundings, saved=text):
        assert one.url is None or one.url.startswith(("http://", "https://"))
