"""The ledger: what was done, by whom, when; each entry holds the hash of the one before. Also the outbox."""
