"""docker-compose.yml: hardened, complete, in agreement with the settings and the other files."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.settings import Settings, load

PROJECT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"elasticsearch-users", "provision", "kibana-setup"}
OURS = ("provision", "ingest", "classify", "ledger", "notify", "index", "reconcile", "console")
EDGE = {"ingest", "notify", "console", "kibana", "prometheus", "alertmanager"}
MAKE_SECRETS = PROJECT / "deploy" / "docker" / "make-secrets.sh"

every_service = pytest.mark.parametrize("name", SERVICES)
our_services = pytest.mark.parametrize("name", OURS)


def secrets(name: str) -> dict[str, str]:
    """Source by file name under /run/secrets."""
    result = {}
    for secret in SERVICES[name].get("secrets", []):
        if isinstance(secret, str):
            result[secret] = secret
        else:
            result[secret["target"]] = secret["source"]
    return result


@every_service
def test_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert str(service["user"]).split(":")[0] not in ("0", "root")
    assert service["stop_grace_period"] == "45s"
    assert "privileged" not in service
    assert "cap_add" not in service
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@every_service
def test_is_limited(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["cpus"] > 0
    assert service["pids_limit"] > 0
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@every_service
def test_image_has_a_version_and_no_registry(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].rpartition(":")
    assert re.match(r"v?\d+\.\d+\.\d+$", tag)
    assert "." not in image.split("/")[0]


@every_service
def test_has_a_health_check_or_ends(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert "healthcheck" not in service
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@every_service
def test_is_reached_from_this_machine_alone(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    # Nothing is published from a network without a way out.
    assert ("edge" in SERVICES[name]["networks"]) == (name in EDGE)
    assert bool(ports) == (name in EDGE - {"notify"})  # which only calls out


def test_the_core_network_has_no_way_out() -> None:
    assert COMPOSE["networks"] == {"core": {"internal": True}, "edge": {}}
    assert all("core" in service["networks"] for service in SERVICES.values())


@every_service
def test_no_secret_is_in_the_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        secret = re.search(r"password|token|secret|key", variable, re.IGNORECASE)
        assert secret is None or variable == "PLEDGEWATCH_SECRETS_DIR", f"{variable}={value}"


@every_service
def test_secrets_exist_and_are_files_that_are_not_committed(name: str) -> None:
    for source in secrets(name).values():
        assert COMPOSE["secrets"][source] == {"file": f"./secrets/{source}"}
    assert "/secrets/" in (PROJECT / ".gitignore").read_text().splitlines()


@every_service
def test_waits_for_services_that_can_become_what_it_waits_for(name: str) -> None:
    for other, dependency in SERVICES[name].get("depends_on", {}).items():
        if other in ONE_SHOT:
            assert dependency == {"condition": "service_completed_successfully"}
        else:
            assert dependency == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[other]


@every_service
def test_mounted_files_and_named_volumes_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
        if source == "./feeds.yaml":  # the user's own
            assert volume["bind"] == {"create_host_path": False}
        elif source.startswith("."):
            assert (PROJECT / source).exists()
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def settings_of(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a service makes of its environment and its secret files."""
    for target in secrets(name):
        (tmp_path / target).write_text("from-a-file\n")
    for variable, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PLEDGEWATCH_SECRETS_DIR", str(tmp_path))
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    load.cache_clear()
    settings = load()
    load.cache_clear()
    return settings


@our_services
def test_settings_accept_the_environment_and_the_secrets(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(name, tmp_path, monkeypatch)

    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "from-a-file"
    needs_elasticsearch = name in ("provision", "index", "console")
    assert (settings.elasticsearch.password is not None) == needs_elasticsearch
    assert (settings.elasticsearch.username is not None) == needs_elasticsearch
    if name == "ingest":
        assert settings.ingest.push_enabled
        assert settings.ingest.push_token is not None
    if name != "provision":
        service = getattr(settings, name)
        assert service.http_host == "0.0.0.0"  # noqa: S104
        check = SERVICES[name]["healthcheck"]["test"][-1]
        assert f"http://127.0.0.1:{service.http_port}/healthz" in check


def test_the_dashboards_are_imported_when_kibana_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("kibana-setup", tmp_path, monkeypatch).kibana
    assert settings.url == "http://kibana:5601"
    assert settings.username == "pledgewatch_kibana"
    assert settings.password is not None
    assert settings.password.get_secret_value() == "from-a-file"
    service = SERVICES["kibana-setup"]
    assert service["command"][:2] == ["kibana", "import"]
    assert {"kibana", "provision"} <= service["depends_on"].keys()
    elasticsearch = SERVICES["elasticsearch"]["image"].rpartition(":")[2]
    assert SERVICES["kibana"]["image"].rpartition(":")[2] == elasticsearch


@pytest.mark.parametrize("name", [*OURS, "kibana-setup"])
def test_every_variable_of_ours_is_a_setting(name: str) -> None:
    groups = Settings.model_fields
    for variable in SERVICES[name]["environment"]:
        if variable == "PLEDGEWATCH_SECRETS_DIR":
            continue
        group, field = variable.removeprefix("PLEDGEWATCH_").lower().split("__")
        annotation = groups[group].annotation
        assert annotation is not None
        assert field in annotation.model_fields


@our_services
def test_runs_the_one_image(name: str) -> None:
    service = SERVICES[name]
    assert service["build"] == {"context": ".", "dockerfile": "deploy/docker/Dockerfile"}
    assert service["user"] == "10001:10001"
    assert service["command"][0] == name


def test_prometheus_asks_where_the_services_answer() -> None:
    config = yaml.safe_load((PROJECT / "deploy/prometheus/prometheus.yml").read_text())
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"][0] for job in config["scrape_configs"]
    }
    for name in OURS[1:]:
        port = SERVICES[name]["environment"][f"PLEDGEWATCH_{name.upper()}__HTTP_PORT"]
        assert targets.pop(name) == f"{name}:{port}"
    assert targets == {"prometheus": "127.0.0.1:9090", "alertmanager": "alertmanager:9093"}
    assert config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == [
        "alertmanager:9093"
    ]


def test_the_image_holds_only_what_the_dockerfile_copies() -> None:
    dockerfile = (PROJECT / "deploy" / "docker" / "Dockerfile").read_text()
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    }
    ignore = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    assert all((PROJECT / source).exists() for source in copied)


def test_the_image_is_not_run_by_root() -> None:
    dockerfile = (PROJECT / "deploy" / "docker" / "Dockerfile").read_text()
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in last_stage
    assert 'ENTRYPOINT ["pledgewatch"]' in last_stage
    assert "pip" not in last_stage


def test_secrets_are_made_once_and_guarded_by_their_folder(tmp_path: Path) -> None:
    command = ["sh", str(MAKE_SECRETS), str(tmp_path / "secrets")]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    assert made.keys() == COMPOSE["secrets"].keys()
    passwords = [text.strip() for name, text in made.items() if name != "kibana.yml"]
    assert len(set(passwords)) == len(passwords)
    assert all(re.fullmatch(r"[0-9a-f]{48}", password) for password in passwords)
    assert not any(password in first.stdout + first.stderr for password in passwords)
    kibana = yaml.safe_load(made["kibana.yml"])
    assert kibana["elasticsearch.password"] == made["kibana_system_password"].strip()
    # Kibana refuses encryption keys shorter than 32 characters.
    assert all(len(v) >= 32 for k, v in kibana.items() if k.endswith("encryptionKey"))

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all(p.stat().st_mode & 0o777 == 0o444 for p in (tmp_path / "secrets").iterdir())
    assert os.listdir(tmp_path) == ["secrets"]

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "exists" in again.stderr
    assert {p.name: p.read_text() for p in (tmp_path / "secrets").iterdir()} == made
