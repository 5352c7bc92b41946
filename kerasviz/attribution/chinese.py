"""What methods and options are called in 中文: what each shows, and when not to trust it, as the docstrings say it in English."""

from __future__ import annotations

__all__ = ["LABELS", "WORDS"]

WORDS: dict[str, tuple[str, str]] = {
    "saliency": (
        "每个数稍微变化时，得分会变化多少：∂score/∂x。",
        "它说明模型对什么敏感，而不是用了什么；模型分段线性时噪声大，模型饱和时接近零。",
    ),
    "gradient-x-input": (
        "若把模型在此处视为线性，每个数对得分的贡献：x · ∂score/∂x。",
        "对无偏置的线性模型是精确的。值为零处得到零，即使“为零”本身很重要（黑色笔画）；模型饱和时不可信。",
    ),
    "integrated-gradients": (
        "与基线的得分之差如何分配：(x - b) · 从 b 到 x 的直线上 ∂score/∂x 的积分。",
        "各值之和等于 score(x) - score(b)；`delta` 给出差多少（此时增加步数有帮助）。结果取决于基线：与基线相同处得不到任何值。",
    ),
    "smoothgrad": (
        "在 x 附近，每个数稍微变化时得分平均变化多少：E[x + 噪声处的 ∂score/∂x]。",
        "噪声比显著图小，但同样不能说明模型用了什么：它描述的是一个邻域，其宽度就是噪声。",
    ),
    "smoothgrad-squared": (
        "在 x 附近，得分对每个数的反应有多强，不论方向：E[(x + 噪声处的 ∂score/∂x)²]。",
        "平方使少数像素突出，但不说明是支持还是反对。",
    ),
    "vargrad": (
        "在 x 附近，对每个数的敏感程度变化有多大：Var[x + 噪声处的 ∂score/∂x]。",
        "梯度变化处才大，而不是梯度大处才大：线性模型全为零。",
    ),
    "expected-gradients": (
        "对许多基线取平均的积分梯度：E[(x - b) · b + α (x - b) 处的 ∂score/∂x]，b 与 α 随机。",
        "各值之和等于 score(x) 减去基线的平均得分，误差来自采样，由 `delta` 显示。`background` 决定什么算正常：请按您的意思选择。",
    ),
    "guided-backprop": (
        "梯度，但在每个 ReLU 处，凡梯度或 ReLU 的输入为负即截断。",
        "边缘清晰：但打乱权重或换一个类别时几乎不变（Adebayo et al. 2018），因此很少说明决策本身。",
    ),
    "deconvnet": (
        "梯度，但在每个 ReLU 处，凡梯度为负即截断，不论 ReLU 的输入如何。",
        "与引导反向传播一样，它更多显示什么能激发单元，而不是此样本为何得到该得分。",
    ),
    "grad-cam": (
        "某层的通道在何处支持得分：ReLU(Σ_c 通道 c 的平均梯度 · 通道 c 的激活)。",
        "整个通道只有一个权重：在此处支持、在彼处反对得分的通道会被平均掉，因此图可能指向并未使用的地方（见 'hires-cam'）。",
    ),
    "grad-cam-plus-plus": (
        "对位置加权的 Grad-CAM，使多个物体都被计入：ReLU(Σ_c A_c · Σ α · ReLU(∂score/∂A_c))。",
        "α = g² / (2 g² + Σ A · g³)，如同得分在指数之下（其对所有通道相同的因子被略去）。除数接近零处 α 没有意义。",
    ),
    "hires-cam": (
        "某层的激活在何处支持或反对得分，各用自己的梯度：Σ_c g_c · A_c。",
        "若网络以一个线性层结束，在最后一个卷积处，图之和等于得分减去偏置；更前面的层只是线性猜测。",
    ),
    "layer-cam": (
        "某层的激活在何处支持得分：ReLU(Σ_c ReLU(g_c) · A_c)，对靠前的层也足够精细。",
        "反对得分的部分被略去。",
    ),
    "eigen-cam": (
        "某层看到最多的是什么：激活沿第一主方向的投影 A · v₁。",
        "它对得分一无所知：每个目标都是同一张图。方向的正负号取使图大部分为正者。",
    ),
    "score-cam": (
        "提高得分的通道在何处活跃：ReLU(Σ_c softmax_c(score(x · A_c) - score(基线)) · A_c)。",
        "A_c 被拉伸到输入并缩放到 0 … 1。每个通道运行一次模型。一旦得分相差较大，softmax 就让少数通道决定一切。",
    ),
    "guided-grad-cam": (
        "Grad-CAM 所指之处的引导反向传播：两者相乘，图被拉伸到输入。",
        "`layer` 说明 Grad-CAM 取自何处。细节来自引导反向传播，它的所有缺点也一并存在。",
    ),
    "occlusion": (
        "遮住一个窗口时得分下降多少：score(x) - score(窗口换成基线的 x)。",
        "每个数取覆盖它的各窗口的平均。被遮的样本是模型从未见过的；互为替代的部分什么也得不到，因为总有一个被留下。",
    ),
    "feature-ablation": (
        "一组数被基线替换时得分下降多少：score(x) - score(去掉它的 x)。",
        "组可以是表格的单个数、图像的小块，或由您给出（超像素、属于一起的列）。互为替代的部分什么也得不到；见 'shapley-sampling'。",
    ),
    "rise": (
        "看得见某处时得分有多高：随机软掩码下的平均得分，按该处的掩码加权。",
        "E[score(x · M) · M] / E[M]。只有图内的差别才有意义。掩码少于几千个时噪声大，大的物体比小的更容易找到。",
    ),
    "blur-integrated-gradients": (
        "与模糊样本的得分之差如何分配：模糊 σ 归零时 ∂score/∂x · ∂x/∂σ 对 σ 的积分。",
        "途中不会像黑色基线那样引入新的颜色。各值之和等于 score(x) - score(以 `sigma` 模糊的 x)；`delta` 给出差多少。",
    ),
    "gradient-x-activation": (
        "若把其后的部分视为线性，某层每个单元对得分的贡献：A · ∂score/∂A。",
        "若其后只有无偏置的线性层则是精确的；否则只是从一点出发的猜测。",
    ),
    "conductance": (
        "与基线的得分之差有多少流经某层的每个单元：∂score/∂y · ∂y/∂α 对 α 的积分。",
        (
            "沿两个输入之间的直线。若一切都经过该层，各值之和等于 score(x) - score(基线)；`delta` 给出差多少。"
            "给出 `unit` 时，则是经过该单元的部分如何分配给输入。"
        ),
    ),
    "shapley-sampling": (
        "各组数按随机顺序逐一加入时，每组平均给得分增加多少。",
        "各值之和等于 score(x) - score(基线)。互相依赖的部分被拆开：许多混合样本并不存在。",
    ),
    "kernel-shap": (
        "Shapley 值：对随机用基线替换若干组数时的得分作加权线性拟合。",
        "`num_samples` 达到全部 2^组数 - 2 种组合时是精确的，否则只是拟合：减少组数或增加采样有帮助。各值之和按构造等于 score(x) - score(基线)。",
    ),
    "lime": (
        "一个线性模型的权重：它拟合随机用基线替换若干组数时的得分。",
        "岭回归，样本按 exp(-d² / width²) 加权，d 是被替换的组的比例，取余弦距离。宽度、分组和种子都会改变答案：请比较几次。",
    ),
    "lrp": (
        "得分逐层交还，每个数得到自己的份额：R_i = Σ_j x_i w_ij R_j / (z_j + ε sign z_j)。",
        (
            "所有带权重的层用同一规则；γ 与 z⁺ 见 Montavon et al. 2019。规则 ε：ε 小则噪声大（在 ReLU 下等于梯度 × 输入），ε 大则只显示强的部分。"
            "规则 γ：以 w + γ max(w, 0) 代替 w，使支持的部分更重。规则 z⁺：以 max(w, 0) 代替 w 且不计偏置：没有反对，各目标看起来几乎相同。"
            "偏置和 ε 会留下一部分；没有它们时各值之和等于得分。"
        ),
    ),
    "deep-lift": (
        "与基线的得分之差如何逐个激活地分配：(x - b) · 回程上 Π Δy / Δz。",
        (
            "rescale 规则，只需一遍；各值之和等于 score(x) - score(b)。作用相互抵消或依赖时，它会无缘无故地不同于积分梯度。"
            "最大值上升的部分归于样本的所在处，下降的部分归于基线的所在处。"
            "基线 'samples' 指背景中的每个样本，各值取平均（DeepSHAP，Lundberg & Lee 2017）。"
        ),
    ),
    "attention-rollout": (
        "经过所有层，每个位置听从了谁：(A + I) / 2 的连乘，A 是各头的平均。",
        "它不知道得分、值以及其他层做了什么：每个目标都相同。`row` 是回答的位置：有类别词元时为 0，否则取平均。",
    ),
    "attention-x-gradient": (
        "每个位置听从了谁，且因此提高了得分：R ← R + E_heads[ReLU(A · ∂score/∂A)] R，从 R = 1 开始。",
        "只看位置，且只看经过注意力的部分：绕过它的视为不变。`row` 是回答的位置：有类别词元时为 0，否则取平均。",
    ),
}
"""By the method's name: what it shows, when not to trust it."""

LABELS = {
    "Rows at once": "每批行数",
    "Without sign": "不计正负",
    "Steps": "步数",
    "Integration": "积分方法",
    "Baseline": "基线",
    "Seed": "种子",
    "Noisy copies": "带噪副本",
    "Noise (share of range)": "噪声（占取值范围）",
    "Samples": "采样数",
    "Only what speaks for it": "只看支持的部分",
    "Only so many channels": "通道数上限",
    "Window": "窗口",
    "Stride": "步幅",
    "Patches a side": "每边分块数",
    "Masks": "掩码数",
    "Cells a side": "每边格数",
    "Share that is kept": "保留比例",
    "Blur at the start": "起始模糊",
    "Orders": "排列数",
    "Width of the kernel": "核宽度",
    "Ridge": "岭参数",
    "Rule": "规则",
    "ε": "ε",
    "γ": "γ",
    "Position that answers": "回答的位置",
}
"""By the option's label."""
