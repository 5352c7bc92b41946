"""Words: what was measured about a sample, as sentences. Facts are measured first; a sentence only repeats them.

Nothing is said that was not measured, and every number in a text is a fact with the call that gives it again. Rejected:
a language model (it would say what sounds right). One language is one file plus one line here; other packages add
theirs under the entry-point group `kerasviz.languages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.words.language import Language

__all__ = ["LANGUAGES"]

LANGUAGES: Registry[Language] = Registry(
    "language",
    {
        "en": "kerasviz.words.english:ENGLISH",
        "zh": "kerasviz.words.chinese:CHINESE",
    },
    group="kerasviz.languages",
)
