"""The rules file: what is wrong in it is told with line and field, and no secret is shown."""

from pathlib import Path

import pytest

from services.common.errors import UserError
from services.common.settings import NotifySettings
from services.local.artifacts import PROJECT
from services.notify.rules_file import routing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def route(tmp_path: Path, text: str) -> None:
    """Read a rules file with this text."""
    (tmp_path / "alerts.yaml").write_text(text)
    routing(NotifySettings(rules=tmp_path / "alerts.yaml"))


def test_nobody_is_told_where_nothing_is_set() -> None:
    assert routing(NotifySettings()).receivers == {}


def test_the_example_is_what_is_done_by_default() -> None:
    example = routing(NotifySettings(rules=PROJECT / "alerts.example.yaml"))
    default = routing(NotifySettings(alertmanager_url="http://127.0.0.1:9093"))
    assert list(example.rules) == list(default.rules)
    assert example.receivers == default.receivers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("receivers: {a: {webhook: 'https://x.example/'}}\nrules: []", "a webhook needs secret_"),
        ("receivers: {a: {webhook: 'http://x.example/'}}\nrules: []", "needs https"),
        ("receivers: {}\nrules: [{to: [b]}]", "b is no receiver .there are none"),
        ("receivers: {a: {}}\nrules: []", "give either alertmanager or webhook"),
        (
            "receivers: {a: {alertmanager: 'http://x:1'}}\nrules: [{to: [b]}]",
            r"alerts.yaml:2: rules.*b is no receiver \(there are a\)",
        ),
        (
            "receivers: {a: {alertmanager: 'http://x:1'}}\nrules:\n  - to: [a]\n    evnts: [new]",
            r"alerts.yaml:4: rules\[1\]\.evnts",
        ),
        (
            "receivers: {a: {alertmanager: 'http://x:1'}}\nrules:\n  - to: [a]\n    events: [nu]",
            r"rules\[1\]\.events\[1\].*'new'",
        ),
        ("receivers: [", "not YAML"),
        ("receivers: {a: {webhook: 'ftp://x', secret_files: [s]}}\nrules: []", "webhook"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        route(tmp_path, text)


def test_a_secret_that_is_none_is_named_by_its_file_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    text = f"receivers: {{a: {{webhook: 'https://x.example/', secret_files: ['{secret}']}}}}"
    with pytest.raises(UserError, match="cannot be read"):
        route(tmp_path, f"{text}\nrules: []")
    secret.write_text("whsec_")
    with pytest.raises(UserError, match="holds no secret") as error:
        route(tmp_path, f"{text}\nrules: []")
    assert "whsec_:" not in str(error.value)
    secret.write_text(SECRET)
    route(tmp_path, f"{text}\nrules: []")
