"""Attribution methods: what did how much for the score? One method per file, plus one line here.

Other packages add theirs under the entry-point group `kerasviz.methods`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.methods.base import Method

__all__ = ["METHODS", "methods"]

METHODS: Registry[type[Method]] = Registry(
    "method",
    {
        "saliency": "kerasviz.methods.saliency:Saliency",
        "gradient-x-input": "kerasviz.methods.gradient_x_input:GradientXInput",
        "integrated-gradients": "kerasviz.methods.integrated_gradients:IntegratedGradients",
        "smoothgrad": "kerasviz.methods.smoothgrad:SmoothGrad",
        "smoothgrad-squared": "kerasviz.methods.smoothgrad_squared:SmoothGradSquared",
        "vargrad": "kerasviz.methods.vargrad:VarGrad",
        "expected-gradients": "kerasviz.methods.expected_gradients:ExpectedGradients",
        "guided-backprop": "kerasviz.methods.guided_backprop:GuidedBackprop",
        "deconvnet": "kerasviz.methods.deconvnet:Deconvnet",
        "grad-cam": "kerasviz.methods.grad_cam:GradCam",
        "grad-cam-plus-plus": "kerasviz.methods.grad_cam_plus_plus:GradCamPlusPlus",
        "hires-cam": "kerasviz.methods.hires_cam:HiResCam",
        "layer-cam": "kerasviz.methods.layer_cam:LayerCam",
        "eigen-cam": "kerasviz.methods.eigen_cam:EigenCam",
        "score-cam": "kerasviz.methods.score_cam:ScoreCam",
        "guided-grad-cam": "kerasviz.methods.guided_grad_cam:GuidedGradCam",
        "occlusion": "kerasviz.methods.occlusion:Occlusion",
        "feature-ablation": "kerasviz.methods.feature_ablation:FeatureAblation",
        "rise": "kerasviz.methods.rise:Rise",
        "blur-integrated-gradients": "kerasviz.methods.blur_integrated_gradients:BlurIntegratedGradients",
        "gradient-x-activation": "kerasviz.methods.gradient_x_activation:GradientXActivation",
        "conductance": "kerasviz.methods.conductance:Conductance",
        "shapley-sampling": "kerasviz.methods.shapley_sampling:ShapleySampling",
        "kernel-shap": "kerasviz.methods.kernel_shap:KernelShap",
        "lime": "kerasviz.methods.lime:Lime",
        "lrp": "kerasviz.methods.lrp:Lrp",
        "deep-lift": "kerasviz.methods.deep_lift:DeepLift",
        "attention-rollout": "kerasviz.methods.attention_rollout:AttentionRollout",
        "attention-x-gradient": "kerasviz.methods.attention_x_gradient:AttentionXGradient",
    },
    group="kerasviz.methods",
)


def methods() -> tuple[str, ...]:
    """The names of all attribution methods."""
    return METHODS.names()
