"""Creates and updates what the services need: topics, templates, indices, aliases."""
