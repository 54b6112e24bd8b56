"""Alert rules and routes: about metrics that exist, each with a runbook."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from pledgewatch.outcome import Outcome, Reason, Stage
from services.common.metrics import (
    DeliveryMetrics,
    FeedMetrics,
    LedgerMetrics,
    Metrics,
    ModelMetrics,
    ReconcileMetrics,
)

PROJECT = Path(__file__).parents[2]
RUNBOOKS = PROJECT / "docs" / "runbooks"
RULES: list[dict[str, Any]] = [
    rule
    for path in (PROJECT / "deploy" / "prometheus" / "rules").glob("*.yml")
    for group in yaml.safe_load(path.read_text()).get("groups", [])
    for rule in group["rules"]
]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
ALERTMANAGER = yaml.safe_load((PROJECT / "deploy/alertmanager/alertmanager.yml").read_text())


def exposed() -> set[str]:
    """The names of the series that our services expose."""
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    reconcile = ReconcileMetrics()
    registries: list[CollectorRegistry] = [reconcile.registry]
    for stage in Stage:
        metrics = Metrics(stage)
        FeedMetrics(metrics.registry)
        ModelMetrics(metrics.registry)
        LedgerMetrics(metrics.registry)
        DeliveryMetrics(metrics.registry, ["desk"])
        registries.append(metrics.registry)
    return {
        family.name + suffix
        for registry in registries
        for family in registry.collect()
        for suffix in suffixes.get(family.type, ())
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule.get("record"))
def test_rule_is_about_series_that_exist(rule: dict[str, Any]) -> None:
    names = set(re.findall(r"[\w:]*pledgewatch_[\w:]*", rule["expr"]))
    assert names <= exposed() | RECORDED
    labels = dict(re.findall(r'(stage|outcome|reason)="(\w+)"', rule["expr"]))
    assert labels.get("stage", "index") in set(Stage)
    assert labels.get("outcome", "indexed") in set(Outcome)
    assert labels.get("reason", "schema") in set(Reason)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_name_is_level_metric_operations(name: str) -> None:
    assert re.fullmatch(r"[a-z_]+:pledgewatch_[a-z_]+:[a-z0-9_]+", name)


@pytest.mark.parametrize("name", ALERTS)
def test_alert_says_what_it_means_and_what_to_do(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("critical", "warning", "info", "none")
    assert set(alert["annotations"]) == {"summary", "description", "runbook"}
    assert alert["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
    runbook = (RUNBOOKS / f"{name}.md").read_text()
    assert runbook.startswith(f"# {name}\n")
    sections = re.findall(r"^## (.+)$", runbook, re.MULTILINE)
    assert sections == ["What it means", "What to look at", "What to do"]


def test_every_runbook_has_an_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == set(ALERTS)


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_runbook_names_services_of_the_compose_file(path: Path) -> None:
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    for line in re.findall(r"^ *docker compose (.+)$", path.read_text(), re.MULTILINE):
        if line.split()[0] != "ps":
            assert set(line.split()) & set(services), line


def test_inhibit_rules_name_alerts_that_exist() -> None:
    for rule in ALERTMANAGER["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            _, value = re.split(r"\s*=~?\s*", matcher)
            assert set(value.strip('"').split("|")) <= set(ALERTS)


def test_no_secret_is_in_the_alertmanager_file() -> None:
    text = (PROJECT / "deploy/alertmanager/alertmanager.yml").read_text()
    assert not re.search(r"\b(password|token|credentials|secret|api_key): ", text)
