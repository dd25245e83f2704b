"""What the environment decides, and the secrets it gives."""

import threading
from collections.abc import Mapping

from pydantic import SecretStr

from ..errors import MachineError
from . import process
from .operator_values import UnclearValueError
from .process import API_URL_VARIABLE, PREFIX
from .reading import Mistake, read_configuration
from .secret_files import read_headers, read_secret_file, read_token_file
from .variables import Configuration


class Environment:
    """What the operator decided; safe to share between threads.

    Args:
        variables: like `os.environ`; read once, because a process's environment does not change.

    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.configuration: Configuration
        self.mistakes: list[Mistake]
        self.configuration, self.mistakes = read_configuration(process.variables() if variables is None else variables)
        self._lock = threading.Lock()
        self._token_of_file: SecretStr | None = None

    @property
    def gives_token(self) -> bool:
        """Whether the token comes from the environment, or would if its variables were right."""
        return self.configuration.has_token or bool(self.mistakes)

    @property
    def decides(self) -> tuple[str, ...]:
        """What people cannot change in the panel: `token`, `runner` (which one it is), and fields of it."""
        return self.configuration.decides

    def check(self) -> None:
        """Raise if a variable is wrong, so that nothing is sent.

        Raises:
            MachineError: `environment_invalid`.

        """
        if self.mistakes:
            raise MachineError("environment_invalid", variable=self.mistakes[0].variable)

    def service_origin(self) -> str:
        """Give the service's base URL without a slash at the end.

        Raises:
            MachineError: `api_url_invalid`.

        """
        if any(mistake.variable == API_URL_VARIABLE for mistake in self.mistakes):
            raise MachineError("api_url_invalid")
        return self.configuration.API_URL

    def token(self) -> SecretStr | None:
        """Give the token; None where the environment gives none.

        Raises:
            MachineError: `environment_invalid`, so that nothing is sent; those of `read_token_file`.

        """
        self.check()
        file = self.configuration.TOKEN_FILE
        if file is None:
            return self.configuration.TOKEN
        with self._lock:
            if self._token_of_file is None:
                self._token_of_file = read_token_file(file, f"{PREFIX}TOKEN_FILE")
            return self._token_of_file

    def look_again(self) -> None:
        """Forget the token of the file: it may have been replaced, since secrets are rotated."""
        with self._lock:
            self._token_of_file = None

    def headers(self) -> dict[str, SecretStr] | None:
        """Give the headers for the runner; None where the environment decides none, or leaves them to the platform.

        Raises:
            MachineError: those of `read_secret_file`; `headers_file_unclear`.

        """
        file = self.configuration.HEADERS_FILE
        if file is None:
            given = self.configuration.HEADERS
            return given if isinstance(given, dict) else None
        lines = read_secret_file(file, f"{PREFIX}HEADERS_FILE")
        try:
            return read_headers(lines)
        except UnclearValueError as error:
            reason = str(error).rstrip(".")
            raise MachineError("headers_file_unclear", variable=f"{PREFIX}HEADERS_FILE", reason=reason) from None
