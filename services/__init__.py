"""What runs: one folder a service, each a thin shell around the pure functions of `pledgewatch`."""
