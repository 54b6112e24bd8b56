"""A real Kafka and a real Elasticsearch as child processes on loopback ports.

Each stays in one folder (config, data, log), which survives stop, kill and start.
"""

import base64
import contextlib
import fcntl
import http.client
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.common.children import die_with_parent
from services.local.artifacts import CACHE, elasticsearch_home, fetch
from services.local.errors import LocalServerError
from services.local.java import java_home

HOST = "127.0.0.1"

START_SECONDS = 180
"""Deadline of a start: Elasticsearch takes 18 s on two idle cores, many times that on busy ones."""

STOP_SECONDS = 30
"""Time between SIGTERM and SIGKILL."""

DISK_BYTES_MIN = 1 << 30
"""Free space without which a server is not started."""

RECORD_BATCH_BYTES_MAX = 9 << 20
"""Kafka's limit is on the batch: a record of 8 MiB, its headers and the batch's own frame."""

UNPRIVILEGED_USER = "nobody"
"""Runs Elasticsearch, which refuses to run as root, when we are root."""

ELASTICSEARCH_JAVA = ("-Xms512m", "-Xmx512m", "-XX:-HeapDumpOnOutOfMemoryError", "-Xlog:disable")
BRIEF_JAVA = ("-XX:TieredStopAtLevel=1",)
"""The second compiler takes minutes of CPU before it pays."""

_THROWN = re.compile(r"(Caused by: |Exception in .*)?[\w.$]+(Exception|Error): ")
"""A line of a Java stack trace that says what was the matter."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class LocalServer(ABC):
    """A server that runs as a child process, from `start` until `stop`, `kill` or our own end.

    As a context manager it starts on entry and stops on exit. Start it from a thread that lives as
    long as it should: on Linux it dies with the thread that started it.

    Args:
        folder: where config, data and log are kept.
        port: port to listen on; a free one if None or 0, and the same again after a restart.
        cache: where `artifacts.fetch` puts the programs.
        brief: for a life of minutes: Java starts sooner, compiles less and never gets as fast.
    """

    title: ClassVar[str]
    """Its name in sentences."""

    option: ClassVar[str]
    """The command-line option that chooses its port."""

    def __init__(
        self, folder: Path, *, port: int | None = None, cache: Path = CACHE, brief: bool = False
    ) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self.log = self.folder / f"{self.title.lower()}.log"
        self._cache = cache
        self._brief = brief
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = contextlib.ExitStack()

    @property
    def pid(self) -> int | None:
        """Process id, which is also the process group's; None when it was not started."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether the process exists (it may not answer yet)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            LocalServerError: it cannot be started; says why and what to change.
        """
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start without waiting for an answer, so that several can start at once."""
        if self.running:
            return
        fetch(self._cache)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_disk()
        self._take_folder()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        try:
            self._check_port()
            command, options = self._prepare(java_home())
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603
                    command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for us: we stop the servers in order
                    preexec_fn=die_with_parent,
                    **options,
                )
        except BaseException:
            self._lock.close()
            raise

    def wait_ready(self, timeout: float = START_SECONDS) -> None:
        """Wait until it answers; `timeout` in seconds.

        Raises:
            LocalServerError: it ended or did not answer in time.
        """
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self.kill()
                raise LocalServerError(f"{self.title} ended while starting; {self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise LocalServerError(
                    f"{self.title} did not answer within {timeout:.0f} s; {self._last_words()}"
                )
            time.sleep(0.2)

    def stop(self) -> None:
        """End it: SIGTERM, then SIGKILL after 30 s. Nothing happens if it is not running."""
        if self._process is not None:
            self.resume()
            self._process.terminate()
        self._wait_gone(STOP_SECONDS)

    def kill(self) -> None:
        """End it as a crash does: SIGKILL."""
        self._signal(signal.SIGKILL)
        self._wait_gone(STOP_SECONDS)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    @abstractmethod
    def address(self) -> str:
        """What clients are given to connect."""

    @abstractmethod
    def _prepare(self, java: Path) -> tuple[list[str], Mapping[str, Any]]:
        """Write the config; the command to run, and its `Popen` options."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it serves requests now."""

    def _signal(self, number: signal.Signals) -> None:
        # To the whole group: Elasticsearch is a launcher and the server that it starts and ends.
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _wait_gone(self, timeout: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        deadline = time.monotonic() + timeout
        while not bindable(self.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._lock.close()

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < DISK_BYTES_MIN:
            raise LocalServerError(
                f"{self.title} needs {DISK_BYTES_MIN >> 20} MiB of disk and {self.folder} has "
                f"{free >> 20} MiB left: free some, or choose another folder with --data"
            )

    def _check_port(self) -> None:
        if not bindable(self.port):
            raise LocalServerError(
                f"{self.title} cannot listen on port {self.port} of {HOST}, which another program "
                f"has taken: end that program, or choose another port with {self.option}"
            )

    def _take_folder(self) -> None:
        lock = self._lock.enter_context((self.folder / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise LocalServerError(
                f"{self.title} is running in {self.folder} already: stop it, or choose another "
                "folder with --data"
            ) from error

    def _last_words(self) -> str:
        lines = self.log.read_bytes()[self._log_start :].decode(errors="replace").splitlines()
        thrown = [line for line in lines if _THROWN.match(line)]
        errors = [line for line in lines if "ERROR" in line]
        said = (thrown or errors or lines or ["nothing"])[-1][:500]
        return f"its last error is `{said}` and its log is {self.log}"


class Kafka(LocalServer):
    """One Kafka node, broker and controller in one. Topics are never created by themselves."""

    title = "Kafka"
    option = "--kafka-port"

    @property
    def address(self) -> str:
        """`host:port` for bootstrap_servers."""
        return f"{HOST}:{self.port}"

    def _prepare(self, java: Path) -> tuple[list[str], Mapping[str, Any]]:
        data, config = self.folder / "data", self.folder / "server.properties"
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        config.write_text(_properties(self._config(data)))
        logging_config = self.folder / "log4j2.properties"
        logging_config.write_text(_properties(_LOG4J))
        command = [
            str(java / "bin" / "java"),
            "-Xms192m",
            "-Xmx512m",
            *(BRIEF_JAVA if self._brief else ()),
            "-XX:+ExitOnOutOfMemoryError",
            f"-Djava.io.tmpdir={temporary}",
            f"-Dlog4j2.configurationFile={logging_config}",
            "-cp",
            f"{self._cache / 'kafka'}/*",
        ]
        if not (data / "meta.properties").exists():
            self._format(command, config)
        return [*command, "kafka.Kafka", str(config)], {}

    def _config(self, data: Path) -> dict[str, object]:
        controller = free_port()
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"BROKER://{self.address},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"BROKER://{self.address}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "message.max.bytes": RECORD_BATCH_BYTES_MAX,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # A killed broker can come back only when its old session has ended.
            "broker.session.timeout.ms": 3_000,
            "broker.heartbeat.interval.ms": 500,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
        }

    def _format(self, command: list[str], config: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        result = subprocess.run(  # noqa: S603
            [
                *command,
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={cluster}",
                "--config",
                str(config),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(result.stdout + result.stderr)
        if result.returncode != 0:
            raise LocalServerError(
                f"Kafka could not format {self.folder / 'data'}; {self._last_words()}"
            )

    def _answers(self) -> bool:
        if bindable(self.port):
            return False
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.address, bootstrap_timeout_ms=2_000, request_timeout_ms=5_000
            )
            try:
                return bool(admin.describe_cluster()["brokers"])
            finally:
                admin.close()
        except KafkaError:
            return False


class Elasticsearch(LocalServer):
    """One Elasticsearch node with a heap of 512 MB, without security, on loopback only."""

    title = "Elasticsearch"
    option = "--elasticsearch-port"

    @property
    def address(self) -> str:
        """Base URL."""
        return f"http://{HOST}:{self.port}"

    def _prepare(self, java: Path) -> tuple[list[str], Mapping[str, Any]]:
        home = elasticsearch_home(self._cache)
        config, data, temporary = (self.folder / name for name in ("config", "data", "tmp"))
        for folder in (config, data, temporary):
            folder.mkdir(exist_ok=True)
        (config / "elasticsearch.yml").write_text(
            "".join(f"{name}: {value}\n" for name, value in self._config(data).items())
        )
        (config / "log4j2.properties").write_text(_properties(_LOG4J))
        (config / "jvm.options").write_text((home / "config" / "jvm.options").read_text())
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(temporary),
            "ES_JAVA_HOME": str(java),
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(temporary),
            "ES_JAVA_OPTS": " ".join([*ELASTICSEARCH_JAVA, *(BRIEF_JAVA if self._brief else ())]),
        }
        command = [str(home / "bin" / "elasticsearch")]
        if os.geteuid() != 0:
            return command, {"env": environment}
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        if _open_to_all(home) and _open_to_all(self.folder.parent) and _open_to_all(java):
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            return command, {"env": environment, **options}
        return [*_reaching_everything(user), *command], {"env": environment}

    def _config(self, data: Path) -> dict[str, object]:
        return {
            "cluster.name": "pledgewatch",
            "node.name": "local",
            "path.data": data,
            "path.logs": self.folder / "tmp",
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": 0,
            "discovery.type": "single-node",
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=2s")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def start_all(*servers: LocalServer) -> None:
    """Start several at once and wait until all answer; if one fails, none is left.

    Raises:
        LocalServerError: one cannot be started.
    """
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_ready()
    except BaseException:
        for server in servers:
            server.stop()
        raise


_LOG4J = {
    "rootLogger.level": "warn",
    "rootLogger.appenderRef.console.ref": "console",
    "appender.console.type": "Console",
    "appender.console.name": "console",
    "appender.console.layout.type": "PatternLayout",
    "appender.console.layout.pattern": "%d{ISO8601} %p %c: %m%n",
}


def _properties(values: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _open_to_all(path: Path) -> bool:
    """Whether any user can read this folder and pass through those above it."""
    path = path.resolve()
    return path.stat().st_mode & 0o005 == 0o005 and all(
        parent.stat().st_mode & 0o001 for parent in path.parents
    )


def _reaching_everything(user: pwd.struct_passwd) -> list[str]:
    """A prefix that runs a command as `user` who can still reach root's own folders.

    Raises:
        LocalServerError: the system has no `setpriv`.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LocalServerError(
            f"Elasticsearch refuses to run as root, and {user.pw_name} cannot enter {CACHE.parent}:"
            " run this as an ordinary user, or `chmod o+x` the folders above it"
        )
    return [
        setpriv,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        "--securebits=+no_setuid_fixup",  # else access(2), which Java asks, knows nothing of it
        "--pdeathsig=KILL",
        "--",
    ]
