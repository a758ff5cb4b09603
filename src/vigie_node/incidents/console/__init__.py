"""The pages of incidents: they read through `access`, write through `actions`, say what is there."""
