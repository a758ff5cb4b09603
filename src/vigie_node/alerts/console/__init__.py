"""The pages of alerts and runs: they read through `access`, write through `actions`, say what is there."""
