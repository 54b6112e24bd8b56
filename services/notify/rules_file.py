"""The file of receivers and rules, in YAML: who is told of which events."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from standardwebhooks.webhooks import Webhook

from pledgewatch.alerts import DEFAULTS, Rule
from pledgewatch.ontology import Event, Family, Level
from services.common.errors import UserError
from services.common.settings import NotifySettings
from services.common.yaml_file import read_yaml

SECRET_BYTES_MIN = 24
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReceiverConfig(_Strict):
    """A receiver: an Alertmanager, or a webhook with the secrets that sign for it."""

    alertmanager: Url | None = Field(None, description="base URL of an Alertmanager")
    webhook: Url | None = Field(None, description="where a webhook is sent")
    secret_files: tuple[Path, ...] = Field(
        (), description="files with one secret (`whsec_…`) each; all sign, so one can be replaced"
    )

    @model_validator(mode="after")
    def _is_one(self) -> "ReceiverConfig":
        if (self.alertmanager is None) is (self.webhook is None):
            raise ValueError("give either alertmanager or webhook")
        if self.webhook is not None and _is_public_http(self.webhook):
            raise ValueError("a webhook to another machine needs https")
        if self.webhook is not None and not self.secret_files:
            raise ValueError("a webhook needs secret_files: what is not signed cannot be trusted")
        return self


class RuleConfig(_Strict):
    """Events that go to some receivers; what is left out is not asked for."""

    to: tuple[str, ...] = Field(min_length=1, description="names of receivers")
    events: tuple[Event, ...] = ()
    actors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    families: tuple[Family, ...] = ()
    level: Level | None = Field(None, description="this or firmer")
    quantity_min: int | None = Field(None, ge=0)
    confirmed: bool | None = None
    severity: Literal["info", "warning", "critical"] = "warning"

    def rule(self) -> Rule:
        """The rule."""
        return Rule(
            to=self.to,
            events=frozenset(self.events),
            actors=frozenset(self.actors),
            recipients=frozenset(self.recipients),
            families=frozenset(self.families),
            level=self.level,
            quantity_min=self.quantity_min,
            confirmed=self.confirmed,
            severity=self.severity,
        )


class _RulesFile(_Strict):
    receivers: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], ReceiverConfig]
    rules: tuple[RuleConfig, ...]

    @field_validator("rules")
    @classmethod
    def _name_receivers(cls, rules: tuple[RuleConfig, ...], info: object) -> tuple[RuleConfig, ...]:
        known = set(getattr(info, "data", {}).get("receivers", {}))
        unknown = sorted({name for rule in rules for name in rule.to} - known)
        if unknown and "receivers" in getattr(info, "data", {}):
            there_are = ", ".join(sorted(known)) or "none"
            raise ValueError(f"to: {', '.join(unknown)} is no receiver (there are {there_are})")
        return rules


def _is_public_http(url: str) -> bool:
    """Whether a URL without TLS may lead out of this machine or its private network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or "." not in host:  # a name without dots is a neighbour's
        return False
    try:
        return not ip_address(host).is_private
    except ValueError:
        return True


@dataclass(frozen=True)
class Routing:
    """Receivers by name, and the rules that send events to them."""

    receivers: dict[str, ReceiverConfig]
    rules: Sequence[Rule]


def routing(settings: NotifySettings) -> Routing:
    """Receivers and rules of the settings' file, or the default ones.

    Raises:
        YamlFileError: the file is missing or wrong; all problems at once.
        UserError: a secret cannot be used.
    """
    if settings.rules is None:
        if settings.alertmanager_url is None:
            return Routing({}, ())
        alertmanager = ReceiverConfig(alertmanager=settings.alertmanager_url)
        return Routing({"alertmanager": alertmanager}, DEFAULTS)
    hint = "copy alerts.example.yaml to it, or unset PLEDGEWATCH_NOTIFY__RULES"
    file = read_yaml(settings.rules, _RulesFile, missing=hint)
    for name, receiver in file.receivers.items():
        signers(name, receiver)
    return Routing(file.receivers, [rule.rule() for rule in file.rules])


def signers(name: str, receiver: ReceiverConfig) -> list[Webhook]:
    """What signs for a webhook: one for each secret.

    Raises:
        UserError: a secret file is missing or holds no secret; the secret itself is not shown.
    """
    found = []
    for path in receiver.secret_files:
        try:
            secret = path.read_text("utf-8").strip()
            if len(b64decode(secret.removeprefix("whsec_") + "==")) < SECRET_BYTES_MIN:
                raise ValueError("too short")
            found.append(Webhook(secret))
        except OSError as error:
            raise UserError(f"{name}: secret file {path} cannot be read: {error}") from error
        except Exception as error:
            raise UserError(
                f"{name}: {path} holds no secret: write `whsec_` and 24 or more bytes in base64"
            ) from error
    return found
