"""How much each kind of address matters. Its sentence is in `locales/*/panel.json`, section `kinds`."""

from types import MappingProxyType
from typing import Literal

Severity = Literal["ok", "note", "warning"]

SEVERITIES: MappingProxyType[str, Severity] = MappingProxyType(
    {
        "public_name": "ok",
        "public_ip": "ok",
        "not_an_address": "warning",
        "loopback": "warning",
        "unspecified": "warning",
        "private": "warning",
        "carrier_grade": "warning",
        "link_local": "warning",
        "unique_local": "warning",
        "reserved": "warning",
        "local_name": "warning",
        "private_name": "warning",
        "single_label": "warning",
        "plain_http": "warning",
        "plain_http_ip": "note",
        "missing_port": "warning",
        "other_port": "note",
        "path": "note",
        "query": "warning",
        "user_info": "warning",
        "no_scheme": "warning",
        "other_scheme": "warning",
        "ipv6": "note",
        "ipv4_in_ipv6": "note",
        "unusual_ipv4": "note",
        "international_name": "note",
    }
)
