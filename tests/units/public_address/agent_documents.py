"""What the doubled tunnel agents say, in the form of their own documents and sources."""

from typing import Any


def ngrok_endpoints(*pairs: tuple[str, str]) -> dict[str, Any]:
    # Source: ngrok.com/docs/agent/api, "List Endpoints", the example response.
    return {
        "endpoints": [
            {
                "name": "command_line",
                "ID": "8389c87a810dc6edde1ec057ef726c45",
                "uri": "/api/endpoints/command_line",
                "url": url,
                "upstream": {"url": upstream, "protocol": "http1"},
                "inspect": True,
                "traffic_policy": "",
                "pooling_enabled": False,
                "metrics": {"conns": {"count": 0}, "http": {"count": 0}},
            }
            for url, upstream in pairs
        ],
        "uri": "/api/endpoints",
    }


def ngrok_tunnels(*pairs: tuple[str, str]) -> dict[str, Any]:
    # Source: ngrok.com/docs/ngrok-agent/api (the page of the older agent), "List Tunnels", the example response.
    return {
        "tunnels": [
            {
                "name": "command_line",
                "uri": "/api/tunnels/command_line",
                "public_url": url,
                "proto": url.partition(":")[0],
                "config": {"addr": addr, "inspect": True},
                "metrics": {"conns": {"count": 0}, "http": {"count": 0}},
            }
            for url, addr in pairs
        ],
        "uri": "/api/tunnels",
    }


def quicktunnel(hostname: str) -> dict[str, Any]:
    # Source: cloudflare/cloudflared, metrics/metrics.go: {"hostname":"%s"}; empty for every other kind of tunnel.
    return {"hostname": hostname}


def cloudflared_config(*rules: tuple[str, str | None, str]) -> dict[str, Any]:
    # Source: cloudflare/cloudflared, orchestration/orchestrator.go, GetVersionedConfigJSON; ingress/rule.go, Rule.
    # A configuration that was not sent by Cloudflare has version -1.
    return {
        "version": -1,
        "config": {
            "ingress": [
                {
                    "hostname": hostname,
                    "path": path,
                    "rewrite": "",
                    "service": service,
                    "Handlers": None,
                    "originRequest": {"connectTimeout": 30, "noTLSVerify": False},
                }
                for hostname, path, service in rules
            ],
            "warp-routing": {},
            "originRequest": {"connectTimeout": 30},
        },
    }


def serve_config(host: str, *, funnel: bool, proxies: dict[str, str]) -> dict[str, Any]:
    # Source: tailscale/tailscale, ipn/serve.go, ServeConfig (what `tailscale serve status --json` prints).
    config: dict[str, Any] = {
        "TCP": {host.rpartition(":")[2]: {"HTTPS": True}},
        "Web": {host: {"Handlers": {mount: {"Proxy": target} for mount, target in proxies.items()}}},
    }
    if funnel:
        config["AllowFunnel"] = {host: True}
    return config


def in_foreground(config: dict[str, Any]) -> dict[str, Any]:
    # Source: as above; what `tailscale funnel 8188` without --bg makes, one member per session.
    return {"Foreground": {"5f3b2a9c1d7e": config}}
