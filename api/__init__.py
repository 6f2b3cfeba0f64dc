"""HTTP: the GraphQL endpoint, health and pages. The only place that knows about the wire."""
