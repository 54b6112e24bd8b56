"""What integration tests share: receivers of alerts."""

from collections.abc import Iterator

import pytest

from tests.integration.webhook import Received, receiving


@pytest.fixture
def webhook() -> Iterator[Received]:
    """A receiver on loopback."""
    with receiving() as received:
        yield received
