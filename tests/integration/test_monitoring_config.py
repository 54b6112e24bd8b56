"""Files of deploy/ and docker-compose.yml, checked by the tools of those who read them."""

import json
import os
import shutil
import subprocess
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from services.local.artifacts import CACHE, PROJECT
from tests.debian import required, unavailable

pytestmark = pytest.mark.integration

DEPLOY = PROJECT / "deploy"
RULES = DEPLOY / "prometheus" / "rules"
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"
COMPOSE_GO = "github.com/compose-spec/compose-go/v2@v2.16.2"


def run(*command: str | Path, cwd: Path = PROJECT, **env: str) -> str:
    """Standard output; a failure shows all that the command said."""
    result = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ | env
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_prometheus_accepts_its_configuration_and_rules() -> None:
    promtool = required("promtool")
    run(promtool, "check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_alerts_fire_when_they_should_and_only_then() -> None:
    promtool = required("promtool")
    run(promtool, "test", "rules", *sorted(RULES.glob("*tests.yml")))


def test_alertmanager_accepts_its_configuration() -> None:
    amtool = required("amtool")
    run(amtool, "check-config", ALERTMANAGER)


def alert_labels() -> list[Any]:
    rules = yaml.safe_load((RULES / "pledgewatch.yml").read_text())
    return [
        pytest.param(rule["alert"], rule["labels"]["severity"], id=rule["alert"])
        for group in rules["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


@pytest.mark.parametrize(("name", "severity"), alert_labels())
def test_alerts_reach_the_operators_and_the_watchdog_nobody(name: str, severity: str) -> None:
    amtool = required("amtool")
    labels = (f"alertname={name}", f"severity={severity}", "job=index")
    receiver = run(amtool, "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)
    nobody = name == "Watchdog" or severity == "info"
    assert receiver.strip() == ("null" if nobody else "operators")


def test_changes_of_pledges_reach_the_desk() -> None:
    amtool = required("amtool")
    for severity in ("info", "warning", "critical"):
        labels = ("alertname=PledgeChanged", f"severity={severity}", "actor=FRA", "event=new")
        config = f"--config.file={ALERTMANAGER}"
        receiver = run(amtool, "config", "routes", "test", config, *labels)
        assert receiver.strip() == "desk"


def test_compose_file_keeps_to_the_compose_specification(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        unavailable("needs Go, to fetch the schema of the compose specification")
    assert go is not None
    cache = CACHE / "go"
    answer = run(
        go,
        "mod",
        "download",
        "-modcacherw",
        "-json",
        COMPOSE_GO,
        cwd=tmp_path,
        GOMODCACHE=str(cache),
        GOFLAGS="",
    )
    schema_file = Path(json.loads(answer)["Dir"]) / "schema" / "compose-spec.json"
    validator = Draft7Validator(json.loads(schema_file.read_text()))
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    assert [error.message for error in validator.iter_errors(compose)] == []


@dataclass
class Request:
    """One call to the scripted Elasticsearch."""

    method: str
    path: str
    login: str
    body: dict[str, Any]


@dataclass
class ScriptedElasticsearch:
    """Records calls; answers each with `status`."""

    url: str = ""
    status: int = 200
    requests: list[Request] = field(default_factory=list)


@pytest.fixture
def scripted() -> Iterator[ScriptedElasticsearch]:
    script = ScriptedElasticsearch()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            login = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            script.requests.append(Request(self.command, self.path, login, body))
            self.send_response(script.status)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield script
        server.shutdown()
        thread.join()


def create_users(script: ScriptedElasticsearch, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    docker = DEPLOY / "docker"
    run("sh", docker / "make-secrets.sh", tmp_path / "secrets")
    return subprocess.run(
        ["bash", str(docker / "elasticsearch" / "users.sh")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {
            "ELASTICSEARCH_URL": script.url,
            "SECRETS_DIR": str(tmp_path / "secrets"),
            "ROLES_DIR": str(docker / "elasticsearch" / "roles"),
        },
    )


def test_users_get_the_generated_passwords_and_least_privilege(
    scripted: ScriptedElasticsearch, tmp_path: Path
) -> None:
    result = create_users(scripted, tmp_path)
    assert result.returncode == 0, result.stderr

    def password(name: str) -> str:
        return (tmp_path / "secrets" / name).read_text().strip()

    assert {request.login for request in scripted.requests} == {
        f"elastic:{password('elastic_password')}"
    }
    assert password("elastic_password") not in result.stdout + result.stderr
    bodies = {request.path: request.body for request in scripted.requests}
    assert bodies.pop("/_security/user/kibana_system/_password") == {
        "password": password("kibana_system_password")
    }
    for user, role in (
        ("pledgewatch_provision", "pledgewatch_provision"),
        ("pledgewatch_index", "pledgewatch_index"),
        ("pledgewatch_kibana", "kibana_admin"),
        ("pledgewatch_console", "pledgewatch_console"),
        ("analyst", "viewer"),
    ):
        secret = password(f"{user.removeprefix('pledgewatch_')}_password")
        assert bodies.pop(f"/_security/user/{user}") == {"roles": [role], "password": secret}
    roles = {path.rpartition("/")[2]: bodies.pop(path) for path in list(bodies)}
    assert roles.keys() == {"pledgewatch_provision", "pledgewatch_index", "pledgewatch_console"}
    for role_body in roles.values():
        assert [entry["names"] for entry in role_body["indices"]] == [["pledgewatch-*"]]
        assert "all" not in role_body["cluster"]
    assert not {"all", "manage", "create_index", "delete", "delete_index", "write"} & set(
        roles["pledgewatch_index"]["indices"][0]["privileges"]
    )
    assert "index" not in roles["pledgewatch_console"]["indices"][0]["privileges"]


def test_a_refused_login_ends_the_provisioning(
    scripted: ScriptedElasticsearch, tmp_path: Path
) -> None:
    scripted.status = 401
    result = create_users(scripted, tmp_path)
    assert result.returncode != 0
    assert len(scripted.requests) == 1
    assert "401" in result.stderr
