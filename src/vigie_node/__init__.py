"""The node: what remembers, shows and exchanges. Django apps.

Each stands on those to its right: `overview > alerts > sources > people > jobs > ledger > web`. An app has
the same four words: `models`, `access` (the only door to rows), `actions` (every write), and faces
(`console`, `api`, `tasks`) that parse, call and answer.
"""
