"""Keep results as files: whole or not at all."""
