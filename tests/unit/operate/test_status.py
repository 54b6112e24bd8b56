"""What a service's own pages say of it."""

import pytest

from services.common.settings import ServiceSettings
from services.operate import status


def test_another_program_at_the_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_page", lambda *_: (200, "<html><body>{x</body></html>"))
    found = status._service("ingest", ServiceSettings(http_port=9101))
    assert found.problem == "another program answers there"
