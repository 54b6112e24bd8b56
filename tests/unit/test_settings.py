"""Settings say what is wrong by the variable's name, and keep secrets."""

from pathlib import Path

import pytest

from services.common import configuration
from services.common.settings import Settings, SettingsError, load, variable


@pytest.fixture(autouse=True)
def _fresh() -> None:
    load.cache_clear()


def test_defaults_need_no_environment() -> None:
    settings = load()
    assert settings.kafka.bootstrap_servers == "127.0.0.1:9092"
    assert settings.ingest.http_host == "127.0.0.1"
    assert settings.ingest.push_enabled is False


def test_environment_sets_a_nested_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__PARTITIONS", "3")
    monkeypatch.setenv("PLEDGEWATCH_INGEST__ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    settings = load()
    assert settings.kafka.partitions == 3
    assert [str(network) for network in settings.ingest.allowed_networks] == ["127.0.0.0/8"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLEDGEWATCH_KAFKA__PARTITIONS", "0"),
        ("PLEDGEWATCH_KAFKA__PARTITIONS", "many"),
        ("PLEDGEWATCH_KAFKA__SECURITY_PROTOCOL", "HTTPS"),
        ("PLEDGEWATCH_INGEST__HTTP_PORT", "70000"),
        ("PLEDGEWATCH_LOG__LEVEL", "LOUD"),
        ("PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVER", "typo:9092"),
        ("PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS", "broker"),
        ("PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS", "broker:port,other:9092"),
        ("PLEDGEWATCH_ELASTICSEARCH__URL", "localhost:9200"),
        ("PLEDGEWATCH_ELASTICSEARCH__URL", "https://localhost"),
        ("PLEDGEWATCH_INGEST__ALLOWED_NETWORKS", "10.0.0.0/8"),
        ("PLEDGEWATCH_INGEST__ALLOWED_NETWORKS", '["10.0.0.1/8"]'),
        ("PLEDGEWATCH_RETENTION__METRICS_DAYS", "0"),
        ("PLEDGEWATCH_RETENTION__MENTIONS_DAYS", "-2"),
        ("PLEDGEWATCH_METRICS__SECONDS", "-1"),
        ("PLEDGEWATCH_SECRETS_DIR", __file__),
        ("PLEDGEWATCH_KAFKA__SSL_CAFILE", "missing.pem"),
        ("PLEDGEWATCH_ELASTICSEARCH__CA_CERTS", "missing.pem"),
    ],
)
def test_a_wrong_value_or_name_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as error:
        load()
    assert "\n" not in str(error.value)


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__PARTITIONS", "0")
    monkeypatch.setenv("PLEDGEWATCH_INDEX__BULKS_IN_FLIGHT", "99")
    with pytest.raises(SettingsError) as error:
        load()
    assert "PLEDGEWATCH_KAFKA__PARTITIONS" in str(error.value)
    assert "PLEDGEWATCH_INDEX__BULKS_IN_FLIGHT" in str(error.value)


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pledgewatch_kafka__sasl_password").write_text("swordfish\n")
    monkeypatch.setenv("PLEDGEWATCH_SECRETS_DIR", str(tmp_path))
    password = load().kafka.sasl_password
    assert password is not None
    assert password.get_secret_value().strip() == "swordfish"


def test_the_environment_wins_over_a_secret_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pledgewatch_kafka__topic_prefix").write_text("file.")
    monkeypatch.setenv("PLEDGEWATCH_SECRETS_DIR", str(tmp_path))
    assert load().kafka.topic_prefix == "file."
    load.cache_clear()
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__TOPIC_PREFIX", "environment.")
    assert load().kafka.topic_prefix == "environment."


def test_a_secret_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA__SASL_PASSWORD", "ELASTICSEARCH__API_KEY", "INGEST__PUSH_TOKEN"):
        monkeypatch.setenv(f"PLEDGEWATCH_{name}", "swordfish")
    settings = load()
    for text in (str(settings), repr(settings), settings.model_dump_json(), f"{settings.kafka}"):
        assert "swordfish" not in text


def test_a_wrong_secret_is_not_repeated_by_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__SASL_PASSWORD", "swordfish")
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__SASL_PASSWORT", "swordfish")
    with pytest.raises(SettingsError) as error:
        load()
    assert "swordfish" not in str(error.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().kafka.partitions = 1  # type: ignore[misc]  # as a program would that is not checked


def test_configuration_reference_is_the_generated_one() -> None:
    committed = configuration.FILE.read_text(encoding="utf-8")
    assert committed == configuration.reference(), "run `python -m services.common.configuration`"


def test_configuration_reference_has_every_setting() -> None:
    page = configuration.reference()
    for group, field in Settings.model_fields.items():
        assert field.annotation is not None
        for name in field.annotation.model_fields:
            assert f"| `{variable(group, name)}` |" in page
