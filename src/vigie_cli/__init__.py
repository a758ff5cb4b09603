"""The `vigie` command: one module per command, in the order of the data."""
