"""What services share: one of each of settings, clients, metrics, health, logging."""
