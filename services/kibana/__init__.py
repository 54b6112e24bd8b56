"""Kibana: data views, Discover sessions and dashboards, built from a description and imported.

It is a package of `services` and not a script beside its output, since the command that imports
builds for the prefix and the console of whoever runs it; `deploy/kibana` has what it builds for the
defaults.
"""
