"""The sentence and the severity of every kind of address."""

from types import MappingProxyType
from typing import Literal

Severity = Literal["ok", "note", "warning"]

SENTENCES: MappingProxyType[str, tuple[Severity, str]] = MappingProxyType(
    {
        "public_name": ("ok", "A public name."),
        "public_ip": ("ok", "A public IP address. It may change when the machine or the router starts again."),
        "not_an_address": ("warning", "This is not an address. It should look like https://comfy.example.com."),
        "loopback": ("warning", "This address means the machine itself: only programs on it can reach it."),
        "unspecified": (
            "warning",
            "This address only says that ComfyUI listens everywhere; nobody can call it from elsewhere.",
        ),
        "private": (
            "warning",
            "A private address: only the same network can reach it, and a 172.x address is often only a container's.",
        ),
        "carrier_grade": (
            "warning",
            "An address inside a provider's or a Tailscale network (100.64-127.x): the internet cannot reach it.",
        ),
        "link_local": ("warning", "A link-local address: only the same network segment can reach it."),
        "unique_local": ("warning", "A private IPv6 address (fc00::/7): only the same network can reach it."),
        "reserved": ("warning", "This address is reserved for special uses: nothing on the internet answers there."),
        "local_name": ("warning", "A name ending in .local is known only in the same network."),
        "private_name": ("warning", "A name with this ending is known only inside a private network."),
        "single_label": ("warning", "A name without a dot is known only in the same network."),
        "plain_http": (
            "warning",
            "Plain http: headers, workflows and pictures travel unencrypted. Use https:// if the server has it.",
        ),
        "plain_http_ip": (
            "note",
            "Plain http: headers, workflows and pictures travel unencrypted between ComfyControl and this machine.",
        ),
        "missing_port": ("warning", "The address names no port, and ComfyUI listens on port {port}."),
        "other_port": (
            "note",
            "The address names another port than the one ComfyUI listens on ({port}). Right if something forwards it.",
        ),
        "path": ("note", "The address has a path. Right if a proxy serves ComfyUI under it, and takes it off again."),
        "query": ("warning", "What stands after ? or # is no part of an endpoint."),
        "user_info": ("warning", "A name or password does not belong in the address. Add an Authorization header."),
        "no_scheme": ("warning", "The address should begin with https:// or http://."),
        "other_scheme": ("warning", "Only addresses that begin with https:// or http:// can be called."),
        "ipv6": ("note", "An IPv6 address: ComfyControl can use it only if it can reach IPv6 from where it runs."),
        "ipv4_in_ipv6": ("note", "An IPv4 address written inside an IPv6 address. Better write the IPv4 address."),
        "unusual_ipv4": ("note", "An IP address in an unusual spelling. Better write four numbers with dots."),
        "international_name": (
            "note",
            "The name has letters outside the Latin alphabet (or xn--, their plain form): check that each is right.",
        ),
    }
)
