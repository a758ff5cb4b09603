"""An app of work to try the worker on; only processes that the tests start have it installed."""
