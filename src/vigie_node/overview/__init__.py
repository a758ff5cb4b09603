"""The first page: what came in, what was found, how the node is. It stands on all the others."""
