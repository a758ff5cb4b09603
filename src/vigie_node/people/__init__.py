"""Organisations, persons, roles; signing in."""
