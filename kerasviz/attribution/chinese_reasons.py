"""Why a method does not fit, and what has to be known about a result, in 中文: sentences with gaps, found in the English text."""

from __future__ import annotations

import re
from functools import cache, partial

__all__ = ["REASONS", "in_chinese"]

REASONS = {
    "{method} attributes the units of a layer; none was given. Choose one: layer={layer}, for example.": (
        "{method} 归因于某层的单元，但没有给出层。请选择一层，例如 layer={layer}。"
    ),
    "{method} needs a gradient, and layer {layer} has none (its dtype is {dtype}). Choose another layer.": (
        "{method} 需要梯度，而层 {layer} 没有梯度（其 dtype 为 {dtype}）。请选择另一层。"
    ),
    "{method} needs a layer with positions (height and width, or time); this model has none.": (
        "{method} 需要一个有位置（高和宽，或时间）的层，此模型没有。"
    ),
    "Layer {layer} cannot be explained with {method}: it has no positions and channels (output shape {shape}, axes {axes}).": (
        "层 {layer} 不能用 {method} 解释：它没有位置和通道（输出形状 {shape}，轴 {axes}）。"
    ),
    "Choose one that has, e.g. {layer}, or use {other}.": "请选择有位置的层，例如 {layer}，或使用 {other}。",
    "{method} masks positions, and {place} has none.": "{method} 遮住位置，而 {place} 没有位置。",
    "{method} blurs positions, and {place} has none.": "{method} 模糊位置，而 {place} 没有位置。",
    "{method} blurs positions, and the inputs' positions are blurred, not a layer's.": (
        "{method} 模糊位置：模糊的是输入的位置，而不是某层的。"
    ),
    "{method} has no rule for {layers} and {count} more. Use {other}, which needs none.": (
        "{method} 对 {layers} 和另外 {count} 层没有规则。请使用不需要规则的 {other}。"
    ),
    "{method} has no rule {rule} for {layers} and {count} more. Use {other}, which needs none.": (
        "{method} 对 {layers} 和另外 {count} 层没有规则 {rule}。请使用不需要规则的 {other}。"
    ),
    "{method} has no rule for {layers}. Use {other}, which needs none.": (
        "{method} 对 {layers} 没有规则。请使用不需要规则的 {other}。"
    ),
    "{method} has no rule {rule} for {layers}. Use {other}, which needs none.": (
        "{method} 对 {layers} 没有规则 {rule}。请使用不需要规则的 {other}。"
    ),
    "{method} hands back a logit; score='output' was asked for. Use it with score='auto'.": (
        "{method} 交还的是 logit，而要求的是 score='output'。请与 score='auto' 一起使用。"
    ),
    "{method} explains a logit; score='output' was asked for. Use it with score='auto'.": (
        "{method} 解释的是 logit，而要求的是 score='output'。请与 score='auto' 一起使用。"
    ),
    "{method} runs samples beside baselines; this model takes batches of one size.": (
        "{method} 把样本与基线放在同一批中运行，而此模型只接受一种批大小。"
    ),
    (
        "{method} changes how gradients pass a ReLU, and this model has none as a layer, an activation or an operation: it "
        "would be {same}. Use that, or {other}."
    ): "{method} 改变梯度穿过 ReLU 的方式，而此模型没有 ReLU：结果就是 {same}。请用它，或用 {other}。",
    "{method} follows the weights of MultiHeadAttention layers, and this model has none.": (
        "{method} 跟随 MultiHeadAttention 层的权重，而此模型没有这样的层。"
    ),
    "{method} follows all attention layers; the layer {layer} was given. Use it without one.": (
        "{method} 跟随所有注意力层，却给出了层 {layer}。请不要指定层。"
    ),
    (
        "{method} fits a linear model with scikit-learn, which is not installed. Install it (pip install {package}), or use "
        "{one} or {other}."
    ): "{method} 用 scikit-learn 拟合线性模型，而它没有安装。请安装（pip install {package}），或使用 {one} 或 {other}。",
    "{place} holds whole numbers, which have no gradient: attributed at the output of {layer}, summed over its units.": (
        "{place} 是整数，没有梯度：归因于 {layer} 的输出，并对其单元求和。"
    ),
    "{place} holds whole numbers, which have no gradient: attributed at the output of {layer}.": (
        "{place} 是整数，没有梯度：归因于 {layer} 的输出。"
    ),
    "All values are zero: the score does not depend on what was attributed.": "所有值都为零：得分不依赖于被归因的部分。",
    (
        "All values are zero: the score does not depend on what was attributed, no gradient gets there (rounding, comparing "
        "and whole numbers cut it off), or this method cuts off all of it. 'occlusion' needs no gradient."
    ): (
        "所有值都为零：得分不依赖于被归因的部分，或者梯度到不了那里（取整、比较和整数会截断它），或者此方法把它全部截断。"
        "'occlusion' 不需要梯度。"
    ),
    (
        "The model's weights changed while this ran: the values mix several models. Compute it again when training rests."
    ): "运行期间模型的权重改变了：这些值混合了几个模型。请在训练暂停时重新计算。",
    "Use {one} or {other}.": "请使用 {one} 或 {other}。",
    "Use {other}.": "请使用 {other}。",
}
"""By the English, with the same gaps; what comes first is looked for first."""

_NAME = r"'[^']*'"  # most gaps are names in quotes
_OPEN = {"layers": r".+?", "shape": r"\(.*?\)", "axes": r".+?", "dtype": r"\w+", "count": r"\d+", "package": r'"[^"]*"'}


def in_chinese(text: str) -> str:
    """The sentences that are known, translated where they stand; the others as they are."""
    for english, chinese in REASONS.items():
        text = _pattern(english).sub(partial(_filled, chinese), text)
    return text.replace("。 ", "。")


def _filled(chinese: str, found: re.Match[str]) -> str:
    return chinese.format(**found.groupdict())


@cache
def _pattern(english: str) -> re.Pattern[str]:
    parts = enumerate(re.split(r"\{(\w+)\}", english))  # words and gaps in turn
    return re.compile(
        "".join(f"(?P<{part}>{_OPEN.get(part, _NAME)})" if i % 2 else re.escape(part) for i, part in parts)
    )
