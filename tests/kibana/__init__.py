"""What tests of the dashboards share: a linter, and Kibana's way from a panel to a query."""
