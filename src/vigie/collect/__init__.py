"""Read exports of open sources into the canonical table of posts."""
