"""What a text says, whatever its script: written one way for comparison, and in which language."""

from vigie.text.languages import IDENTIFIED, LANGUAGES, UNDETERMINED, identify, installed_model
from vigie.text.normalising import normalise, words_alone

__all__ = [
    "IDENTIFIED",
    "LANGUAGES",
    "UNDETERMINED",
    "identify",
    "installed_model",
    "normalise",
    "words_alone",
]
