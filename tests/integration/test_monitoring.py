"""Prometheus and Alertmanager with the configuration of deploy/, watching real services."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pledgewatch.ontology import Level
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from services.local.servers import free_port
from tests.conftest import RunService
from tests.integration.monitoring import (
    hastened,
    running_alertmanager,
    running_prometheus,
    series,
)
from tests.integration.webhook import Received, receiving
from tests.processes import wait_for
from tests.topics import publish_mentions, today
from tests.unit.ledger.test_ledger import mention

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]

DEPLOY = PROJECT / "deploy"


def alertmanager_config(**urls: str) -> str:
    """That of deploy/, sooner, with a webhook for each of these receivers."""
    config = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    for name, url in urls.items():
        config, count = re.subn(
            rf"(?m)^  - name: {name}$", rf"\g<0>\n    webhook_configs: [{{url: '{url}'}}]", config
        )
        assert count == 1
    return hastened(config, group_wait="100ms", group_interval="1s")


def prometheus_config(folder: Path, **ports: int) -> str:
    """That of deploy/, sooner, with its rules in `folder`.

    Its targets are on these ports of loopback; there is nobody where the others should be.
    """

    def target(match: re.Match[str]) -> str:
        return f'"127.0.0.1:{ports.get(match.group(1)) or free_port()}"'

    rules = folder / "rules" / "pledgewatch.yml"
    rules.parent.mkdir()
    rules.write_text(
        hastened((DEPLOY / "prometheus" / "rules" / "pledgewatch.yml").read_text(), for_="1s")
    )
    config = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    config = re.sub(r'"([a-z]+):\d+"', target, config).replace("127.0.0.1:9090", "127.0.0.1:{port}")
    return hastened(config, scrape_interval="500ms", evaluation_interval="500ms")


def told(received: Received) -> list[dict[str, Any]]:
    """The alerts that a receiver was told of."""
    return [one for _, body in received.requests for one in json.loads(body)["alerts"]]


def test_operators_hear_of_a_service_that_is_down_and_the_desk_of_pledges(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    with receiving() as operators, receiving() as desk:
        config = alertmanager_config(operators=operators.url, desk=desk.url)
        with running_alertmanager(config, tmp_path) as alertmanager:
            ledger = run_service("ledger", None, "--serve")
            env = {"PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": alertmanager.url}
            notify = run_service("notify", env, "serve")
            ledger.wait_ready()
            notify.wait_ready()
            config = prometheus_config(
                tmp_path, ledger=ledger.port, notify=notify.port, alertmanager=alertmanager.port
            )
            with running_prometheus(config, tmp_path) as prometheus:
                up = 'up{job=~"ledger|notify|prometheus|alertmanager"} == 1'
                wait_for(lambda: len(series(prometheus, up)) == 4)

                publish_mentions(settings.kafka, [today(mention(Level.ANNOUNCED, number=200))])
                (pledge,) = wait_for(lambda: told(desk))
                assert pledge["labels"]["alertname"] == "PledgeChanged"
                assert pledge["labels"]["actor"] == "NOR"
                changed = 'ALERTS{alertname="PledgesChanged", alertstate="firing", event="new"}'
                wait_for(lambda: series(prometheus, changed), message="the second road")

                def states(job: str) -> list[str]:
                    return [
                        one["status"]
                        for one in told(operators)
                        if one["labels"]["alertname"] == "ServiceDown"
                        and one["labels"]["job"] == job
                    ]

                wait_for(lambda: states("ingest"), message="ingest, which never was there")
                assert not states("ledger")
                ledger.kill()
                wait_for(lambda: states("ledger"), message="ServiceDown")
                (down,) = [one for one in told(operators) if one["labels"]["job"] == "ledger"]
                assert down["labels"]["severity"] == "critical"
                assert down["annotations"]["summary"] == "ledger is down"
                assert f"127.0.0.1:{ledger.port}" in down["annotations"]["description"]
                ledger.start()
                wait_for(lambda: "resolved" in states("ledger"), message="that it is back")
                assert not states("notify")
                assert series(prometheus, 'ALERTS{alertname="Watchdog", alertstate="firing"}')
                names = {one["labels"]["alertname"] for one in told(operators) + told(desk)}
                assert names <= {"ServiceDown", "PledgeChanged"}
            assert ledger.terminate(30) == 0
            assert notify.terminate(30) == 0
