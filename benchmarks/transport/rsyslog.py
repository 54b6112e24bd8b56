"""rsyslog's imkafka → omelasticsearch, from Debian's packages (unpacked, not installed)."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from services.local.artifacts import CACHE

ROOT = CACHE / "debian"

PACKAGES = (
    "rsyslog",
    "rsyslog-kafka",
    "rsyslog-elasticsearch",
    "librdkafka1",
    "libestr0",
    "libfastjson4",
    "liblognorm5",
)

CONFIGURATION = """\
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imkafka")
module(load="mmjsonparse")
module(load="omelasticsearch")
template(name="document" type="string" string="%msg%")
template(name="id" type="string" string="%$!id%")
main_queue(queue.size="20000" queue.dequeueBatchSize="1000")
ruleset(
  name="index" queue.type="LinkedList" queue.size="50000" queue.dequeueBatchSize="1000"
  queue.workerThreads="2" queue.workerThreadMinimumMessages="1000"
) {{
  action(type="mmjsonparse" cookie="")
  action(
    type="omelasticsearch" server="http://{host}" serverport="{port}" searchIndex="{index}"
    searchType="" bulkmode="on" maxbytes="10m" dynBulkId="on" bulkid="id" template="document"
    errorfile="{folder}/errors" action.resumeRetryCount="-1"
  )
}}
input(
  type="imkafka" topic="{topic}" broker=["{kafka}"] consumergroup="{group}"
  confParam=["auto.offset.reset=earliest"] ruleset="index"
)
"""


def missing() -> str | None:
    """Unpack rsyslog into the cache; why it cannot be run here, or None."""
    if (ROOT / "usr/sbin/rsyslogd").exists():
        return None
    tools = [tool for tool in ("apt-get", "dpkg") if shutil.which(tool) is None]
    if tools:
        return f"rsyslog is left out: {' and '.join(tools)} is needed to fetch its Debian packages"
    downloads = ROOT / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    fetched = subprocess.run(
        ["apt-get", "download", "-qq", *PACKAGES],
        cwd=downloads,
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        return f"rsyslog is left out: apt-get download failed ({fetched.stderr.strip()[-200:]})"
    for package in downloads.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, ROOT], check=True)
    return None


def command(
    folder: Path, kafka: str, topic: str, group: str, url: str, index: str
) -> tuple[list[str], dict[str, str]]:
    """The command that copies the topic into the index until SIGTERM, and its environment."""
    host, _, port = url.removeprefix("http://").partition(":")
    configuration = folder / "rsyslog.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, host=host, port=port, index=index, topic=topic, kafka=kafka, group=group
        )
    )
    libraries = ROOT / "usr/lib" / f"{platform.machine()}-linux-gnu"
    return (
        [
            str(ROOT / "usr/sbin/rsyslogd"),
            "-n",
            f"-i{folder / 'pid'}",
            f"-f{configuration}",
            f"-M{libraries / 'rsyslog'}",
        ],
        {**os.environ, "LD_LIBRARY_PATH": str(libraries)},
    )
