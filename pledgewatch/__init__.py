"""What the system knows, as pure functions: no Kafka, no Elasticsearch, no clock, no network."""
