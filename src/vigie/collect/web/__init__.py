"""What the open web hands out, as plain values: feeds, site maps, articles, and captures of pages.

Nothing here asks the network: bytes come in. None of these formats is trusted: each has a limit of size, no
entity is expanded and nothing that a document names is opened.
"""
