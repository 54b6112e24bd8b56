"""What measures speed, beside the peers that it is measured against."""
