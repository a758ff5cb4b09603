"""One module per method of `vigie detect` beside co-action, and what they share."""
