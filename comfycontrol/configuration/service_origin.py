"""Where the service is: a constant that only the operator can change, never a request, a setting or a node."""

import ipaddress
from urllib.parse import urlsplit

from ..errors import InvalidInputError, MachineError
from ..models.endpoint import check_endpoint, normalise_endpoint

SERVICE_ORIGIN = "https://api.comfycontrol.app"


def check_origin(chosen: str) -> str:
    """Check the service's base URL (https, or http on loopback for tests) and drop slashes at its end.

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
