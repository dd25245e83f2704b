"""An ordinary client of the double."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble() as running:
        yield running


@pytest.fixture
def account(double: ServiceDouble) -> Account:
    return double.add_account(name="Ada Lovelace", tier="pro")


@pytest.fixture
def asking_with(double: ServiceDouble) -> Iterator[Callable[[str], Ask]]:
    with contextlib.ExitStack() as sessions:

        def client(token: str) -> Ask:
            session = sessions.enter_context(requests.Session())
            # No proxy of the machine may come between the client and the double.
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"

            def ask(method: str, path: str, *, timeout: float = 10, **options: Any) -> requests.Response:
                return session.request(method, double.url + path, timeout=timeout, allow_redirects=False, **options)

            return ask

        yield client


@pytest.fixture
def ask(double: ServiceDouble, account: Account, asking_with: Callable[[str], Ask]) -> Ask:
    return asking_with(double.add_token(account))
