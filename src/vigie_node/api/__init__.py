"""The same acts and the same doors to rows, for machines: JSON over HTTP with a person's token.

Nothing is decided here: `access` gives the rows, `actions` write, as for the pages. An operation says which
permission it needs; a token never allows more than its person may do now.
"""
