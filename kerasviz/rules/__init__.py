"""Where a number comes from: one rule for each kind of layer, each in one file, plus one line here.

Other packages add theirs under the entry-point group `kerasviz.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.rules.rule import Rule

__all__ = ["RULES"]

RULES: Registry[Rule] = Registry(
    "rule",
    {
        "dense": "kerasviz.rules.dense:RULE",
        "border": "kerasviz.rules.border:RULE",
        "recurrent": "kerasviz.rules.recurrent:RULE",
        "bidirectional": "kerasviz.rules.wrappers:BIDIRECTIONAL",
        "time distributed": "kerasviz.rules.wrappers:TIME_DISTRIBUTED",
        "attention heads": "kerasviz.rules.attention:PROJECTED",
        "attention": "kerasviz.rules.attention:DIRECT",
        "dot-product attention": "kerasviz.rules.attention:DOT_PRODUCT",
    },
    group="kerasviz.rules",
)
