"""The tables of docs/results.md: `scripts/results` runs them, one function a table (`tables.TABLES`)."""
