"""The loop that is written first: a consumer, `json.loads`, and `streaming_bulk`.

Run as `python -m benchmarks.transport.plain KAFKA TOPIC GROUP ELASTICSEARCH INDEX COUNT`. It ends
after COUNT records, since `streaming_bulk` keeps its last chunk back as long as more could come.
"""

import itertools
import json
import sys
from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from kafka import KafkaConsumer


def main(kafka: str, topic: str, group: str, url: str, index: str, count: str) -> None:
    """Index the first `count` records of the topic."""
    consumer = KafkaConsumer(
        topic, bootstrap_servers=kafka, group_id=group, auto_offset_reset="earliest"
    )

    def actions() -> Iterator[dict[str, Any]]:
        for record in itertools.islice(consumer, int(count)):
            document = json.loads(record.value)
            yield {"_index": index, "_id": document["id"], "_source": document}

    for ok, item in streaming_bulk(Elasticsearch(url), actions()):
        if not ok:
            sys.exit(f"refused: {item}")


if __name__ == "__main__":
    main(*sys.argv[1:])
