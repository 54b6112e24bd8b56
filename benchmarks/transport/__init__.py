"""From Kafka into Elasticsearch: our indexer, a plain Python loop, and rsyslog, in one run."""
