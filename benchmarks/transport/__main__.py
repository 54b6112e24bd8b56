"""`python -m benchmarks.transport`: documents per second from Kafka into Elasticsearch."""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch as Client
from kafka.errors import KafkaError

from benchmarks.transport import rsyslog
from benchmarks.transport.mentions import mentions
from pledgewatch.records import encode
from services.common import cloudevents, kafka
from services.common.settings import ElasticsearchSettings, KafkaSettings, Settings, variable
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch, Kafka, start_all
from services.provision.provision import provision

FOLDER = PROJECT / ".run" / "benchmarks" / "transport"
PARTITIONS = 3
RUN_SECONDS_MAX = 600
STUCK_SECONDS = 60
STOP_SECONDS = 30
TICKS = os.sysconf("SC_CLK_TCK")

EXPLANATION = """\
What each does for a document, all from the same topic (zstd, {partitions} partitions, CloudEvents
headers; {size} bytes each) into one shard without replicas, refreshed each second:
  pledgewatch  `pledgewatch index`: the record decoded and checked in full, ECS fields put around
               its own bytes, version, end-to-end time, each item's answer read, then committed
  plain loop   kafka-python, json.loads, elasticsearch.helpers.streaming_bulk (chunks of 500),
               offsets committed by a clock; the bare record, by its id
  plain, as pip  the same as `pip install kafka-python elasticsearch` gives it: without crc32c,
               which kafka-python does not ask for, checksums are computed in Python
  rsyslog      imkafka, mmjsonparse for the id, omelasticsearch (bulks of 1,000, two workers),
               queues in memory, so a crash loses what is queued; the bare record, by its id
The bare records get the same field types as ours, without the ECS names."""


@dataclass(frozen=True)
class Bench:
    """The servers, and what is on the topic."""

    kafka: KafkaSettings
    url: str
    client: Client
    count: int

    @property
    def topic(self) -> str:
        """Where the mentions are."""
        return kafka.Topics(self.kafka.topic_prefix).mentions


@dataclass(frozen=True)
class Run:
    """One way's figures in one round; times in seconds."""

    name: str
    steady: float  # documents per second between 5 % and 95 %
    whole: float  # documents per second from start of the process to the last document
    cpu: float  # of the process, per document, in microseconds
    elasticsearch_cpu: float
    distinct: int


def main() -> None:
    """Start the servers, fill the topic, run each way in turn, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transport", description=__doc__)
    parser.add_argument("--docs", type=int, default=200_000, help="documents (default: 200000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way (default: 3)")
    options = parser.parse_args()
    ways: dict[str, Way] = {
        "pledgewatch": ours,
        "plain loop": plain,
        "plain, as pip": plain_as_pip,
        "rsyslog": by_rsyslog,
    }
    if problem := rsyslog.missing():
        print(problem)
        del ways["rsyslog"]
    with started(options.docs) as bench:
        print(f"filling the topic with {options.docs:,} mentions ...", flush=True)
        size = fill(bench)
        print("warming Elasticsearch up (not counted) ...", flush=True)
        for name, way in ways.items():
            if way in (ours, by_rsyslog):
                way(bench, name, 0)
        runs = []
        for number in range(1, options.rounds + 1):
            for name, way in ways.items():
                run = way(bench, name, number)
                runs.append(run)
                print(
                    f"round {number}  {name:<13} {run.steady:7,.0f}/s  "
                    f"(load of the machine {os.getloadavg()[0]:.1f})",
                    flush=True,
                )
    print()
    report(runs, list(ways), options.docs)
    print(EXPLANATION.format(partitions=PARTITIONS, size=size))
    wrong = [run for run in runs if run.distinct != options.docs]
    if wrong:
        sys.exit(f"{wrong[0].name} left {wrong[0].distinct:,} of {options.docs:,} documents")


@contextmanager
def started(count: int) -> Iterator[Bench]:
    """A Kafka and an Elasticsearch of our own."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    broker, cluster = Kafka(FOLDER / "kafka"), Elasticsearch(FOLDER / "elasticsearch")
    start_all(broker, cluster)
    try:
        settings = KafkaSettings(
            bootstrap_servers=broker.address, topic_prefix="bench.", partitions=PARTITIONS
        )
        provision(Settings(kafka=settings), elasticsearch=False)
        with Client(cluster.address, request_timeout=60) as client:
            yield Bench(settings, cluster.address, client, count)
    finally:
        cluster.stop()
        broker.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)


def fill(bench: Bench) -> int:
    """Publish the mentions as the classifier does; their mean size in bytes."""
    producer = kafka.producer(bench.kafka, "bench", linger_ms=50, batch_size=256 * 1024)
    size = 0
    for number, mention in enumerate(mentions(bench.count)):
        value = encode(mention)
        size += len(value)
        producer.send(
            bench.topic,
            key=f"{mention.actor.code if mention.actor else ''}|UKR".encode(),
            value=value,
            headers=cloudevents.headers("mention", mention.id, "/pledgewatch/classify"),
            partition=number % PARTITIONS,
        )
    producer.close()
    return round(size / bench.count)


Way = Callable[[Bench, str, int], Run]


def ours(bench: Bench, name: str, number: int) -> Run:
    """`pledgewatch index`, as it is shipped."""
    prefix = f"ours-{number}-"
    target = ElasticsearchSettings(url=bench.url, index_prefix=prefix)
    provision(Settings(elasticsearch=target), kafka=False)
    environment = {
        **os.environ,
        variable("kafka", "bootstrap_servers"): bench.kafka.bootstrap_servers,
        variable("kafka", "topic_prefix"): bench.kafka.topic_prefix,
        variable("elasticsearch", "url"): bench.url,
        variable("elasticsearch", "index_prefix"): prefix,
        variable("index", "http_port"): "0",
    }
    command = [sys.executable, "-m", "services.cli", "index"]
    run = measure(bench, name, f"{prefix}mentions-v1", command, environment)
    forget(bench)
    return run


PLAIN = "benchmarks.transport.plain"
AS_PIP = f"""
import runpy, sys
sys.modules["crc32c"] = None  # as if it were not installed
runpy.run_module({PLAIN!r}, run_name="__main__")
"""


def plain(bench: Bench, name: str, number: int) -> Run:
    """The plain loop, with kafka-python's optional crc32c."""
    return _plain(bench, name, f"plain-{number}", [sys.executable, "-m", PLAIN])


def plain_as_pip(bench: Bench, name: str, number: int) -> Run:
    """The plain loop, without it."""
    return _plain(bench, name, f"plain-pip-{number}", [sys.executable, "-c", AS_PIP])


def _plain(bench: Bench, name: str, index: str, command: list[str]) -> Run:
    bare_index(bench, index)
    broker = bench.kafka.bootstrap_servers
    arguments = [broker, bench.topic, index, bench.url, index, str(bench.count)]
    return measure(bench, name, index, [*command, *arguments], dict(os.environ))


def by_rsyslog(bench: Bench, name: str, number: int) -> Run:
    """rsyslog."""
    index = bare_index(bench, f"rsyslog-{number}")
    folder = FOLDER / index
    folder.mkdir()
    broker = bench.kafka.bootstrap_servers
    command, environment = rsyslog.command(folder, broker, bench.topic, index, bench.url, index)
    return measure(bench, name, index, command, environment)


def bare_index(bench: Bench, index: str) -> str:
    """An index for bare mentions, with the field types that ours have."""
    template = PROJECT / "deploy" / "elasticsearch" / "component" / "mention.json"
    mappings = json.loads(template.read_text())["template"]["mappings"]
    bench.client.indices.create(
        index=index,
        settings={"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "1s"},
        mappings={
            "dynamic": "strict",
            **mappings["properties"]["pledgewatch"]["properties"]["mention"],
        },
    )
    return index


def forget(bench: Bench) -> None:
    """Delete our consumer group, so that the next round reads from the start again."""
    admin = kafka.admin(bench.kafka)
    group = kafka.Topics(bench.kafka.topic_prefix).group("index")
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            admin.delete_groups([group])
            break
        except KafkaError:  # it leaves the group a moment after its end
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    admin.close()


def measure(
    bench: Bench, name: str, index: str, command: list[str], environment: dict[str, str]
) -> Run:
    """Run a command until the index has all documents, and take its time."""
    before = elasticsearch_cpu(bench)
    start = time.monotonic()
    log = FOLDER / f"{index}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=PROJECT, stdout=output, stderr=output
        )
    samples = [(start, 0)]
    cpu = 0.0
    while samples[-1][1] < bench.count:
        time.sleep(0.1)
        now = time.monotonic()
        cpu = max(cpu, process_cpu(process.pid))
        done = indexed(bench, index)
        if done > samples[-1][1]:
            samples.append((now, done))
        stuck = now - samples[-1][0] > (STUCK_SECONDS if process.poll() is None else 3)
        if stuck or now - start > RUN_SECONDS_MAX:
            break
    used = elasticsearch_cpu(bench) - before
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    bench.client.indices.refresh(index=index)
    distinct = bench.client.count(index=index)["count"]
    bench.client.indices.delete(index=index)
    if distinct != bench.count:
        print(log.read_text(errors="replace")[-2000:], file=sys.stderr)
    first = next((s for s in samples if s[1] >= 0.05 * bench.count), samples[-1])
    last = next((s for s in samples if s[1] >= 0.95 * bench.count), samples[-1])
    return Run(
        name=name,
        steady=(last[1] - first[1]) / max(last[0] - first[0], 0.001),
        whole=samples[-1][1] / max(samples[-1][0] - start, 0.001),
        cpu=cpu / bench.count * 1e6,
        elasticsearch_cpu=used / bench.count * 1e6,
        distinct=distinct,
    )


def indexed(bench: Bench, index: str) -> int:
    """Documents written so far, searchable or not."""
    stats: Any = bench.client.indices.stats(index=index, metric="indexing")
    return int(stats["_all"]["primaries"]["indexing"]["index_total"])


def elasticsearch_cpu(bench: Bench) -> float:
    """Seconds of CPU that the node has used."""
    stats: Any = bench.client.nodes.stats(metric="process")
    milliseconds = [node["process"]["cpu"]["total_in_millis"] for node in stats["nodes"].values()]
    return float(sum(milliseconds)) / 1000


def process_cpu(pid: int) -> float:
    """Seconds of CPU that a process has used; 0 when it has ended, or where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def report(runs: list[Run], names: list[str], count: int) -> None:
    """Medians with their range, and how they compare with ours."""
    print(f"{count:,} documents; {os.cpu_count()} cores of {processor()}; medians (range)")
    columns = ("docs/s", "from start", "CPU us/doc", "its ES us/doc", "ours is")
    print(f"{'':<12} " + " ".join(f"{column:>24}" for column in columns))
    median = statistics.median(run.steady for run in runs if run.name == names[0])
    for name in names:
        own = [run for run in runs if run.name == name]
        cells = [
            spread([run.steady for run in own]),
            spread([run.whole for run in own]),
            spread([run.cpu for run in own]),
            spread([run.elasticsearch_cpu for run in own]),
            f"{median / statistics.median(run.steady for run in own):.2f} x",
        ]
        print(f"{name:<12} " + " ".join(f"{cell:>24}" for cell in cells))
    print()


def spread(values: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}-{max(values):,.0f})"


def processor() -> str:
    """The name of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"


if __name__ == "__main__":
    main()
