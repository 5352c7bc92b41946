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
        "conv": "kerasviz.rules.conv:RULE",
        "conv-transpose": "kerasviz.rules.conv_transpose:RULE",
        "separable": "kerasviz.rules.separable:RULE",
        "pooling": "kerasviz.rules.pooling:RULE",
        "resize": "kerasviz.rules.resize:RULE",
        "embedding": "kerasviz.rules.embedding:RULE",
        "encoding": "kerasviz.rules.encoding:RULE",
        "elementwise": "kerasviz.rules.elementwise:RULE",
        "prelu": "kerasviz.rules.prelu:RULE",
        "layer scale": "kerasviz.rules.layer_scale:RULE",
        "softmax": "kerasviz.rules.softmax:RULE",
        "normalisation": "kerasviz.rules.normalisation:RULE",
        "rescaling": "kerasviz.rules.rescaling:RULE",
        "scaled residual": "kerasviz.rules.scaled_residual:RULE",
        "merges": "kerasviz.rules.merges:RULE",
        "products": "kerasviz.rules.products:RULE",
        "routing": "kerasviz.rules.routing:RULE",
        "identity": "kerasviz.rules.identity:RULE",
        "masking": "kerasviz.rules.masking:RULE",
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
