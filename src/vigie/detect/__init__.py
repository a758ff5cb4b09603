"""One module per method: an id, a version, a source, a method card, an oracle in the tests."""
