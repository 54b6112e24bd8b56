"""Makes the shipped model from the labelled corpus; needs torch, which run time never does."""
