"""Provisions Kafka, then Elasticsearch."""

from services.common.settings import Settings
from services.provision.change import Change, until_reached
from services.provision.indices import provision_indices
from services.provision.topics import provision_topics


def provision(
    settings: Settings,
    *,
    dry_run: bool = False,
    kafka: bool = True,
    elasticsearch: bool = True,
    run: str | None = None,
    wait: float = 0,
) -> list[Change]:
    """Have every topic, template, index and alias as configured; a repeat changes nothing.

    Args:
        dry_run: only say what would be done.
        kafka: whether to provision the topics.
        elasticsearch: whether to provision templates, indices and aliases.
        run: only what this run has of its own; None: everything, and what the live run has.
        wait: seconds to wait for each server to answer.

    Raises:
        UnreachableError: a server does not answer.
        UserError: a server refuses a setting, or a template file cannot be used.
    """
    changes = []
    if kafka:
        changes += until_reached(
            lambda: provision_topics(settings.kafka, dry_run=dry_run, run=run), wait
        )
    if elasticsearch:
        changes += until_reached(
            lambda: provision_indices(settings.elasticsearch, dry_run=dry_run, run=run), wait
        )
    return changes
