"""Where the service is. A constant, and one way for the operator to change it; never a request, setting or node."""

import ipaddress
from urllib.parse import urlsplit

from ..errors import InvalidInputError, MachineError
from ..models.endpoint import check_endpoint, normalise_endpoint

SERVICE_ORIGIN = "https://api.comfycontrol.app"


def check_origin(chosen: str) -> str:
    """Give a base URL that the service may have, without a slash at the end: https, or http on loopback for tests.

    Raises:
        MachineError: `api_url_invalid`.

    """
    try:
        parts = urlsplit(check_endpoint(chosen))
    except InvalidInputError:
        raise MachineError("api_url_invalid") from None
    secure = parts.scheme == "https" or _is_loopback(parts.hostname or "")
    if not secure or parts.query or parts.fragment:
        raise MachineError("api_url_invalid")
    return normalise_endpoint(chosen)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
