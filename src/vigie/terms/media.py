"""What may be known of a file's look and origin, in words."""

from __future__ import annotations

from vigie.terms.languages import say

PROBLEMS = {  # why there is no hash of what a file shows
    "undecoded": say("Files of this kind are kept, not decoded."),
    "refused": say("A drawing of this kind can hold scripts: it is kept, never opened."),
    "oversized": say("The picture is too large to be decoded safely; it is kept."),
    "damaged": say("The picture is damaged or incomplete: it has no hash of what it shows."),
    "unread": say("The web archive is damaged, altered or too large to be read safely; it is kept."),
    "exhausted": say("Decoding the picture took too much time or memory and was stopped; it is kept."),
}
CREDENTIALS = {  # content credentials (C2PA)
    "absent": say("no content credentials: this says nothing against it"),
    "trusted": say("content credentials present, signed by somebody on this node’s trust list"),
    "untrusted": say("content credentials present and intact; their signer is on no trust list here"),
    "invalid": say("content credentials present and broken: the file was altered since, or they are forged"),
    "elsewhere": say("content credentials are said to be kept elsewhere; they were not fetched"),
}
