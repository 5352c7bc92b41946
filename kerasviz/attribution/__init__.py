"""Attribution methods: what did how much for the score? One method per file, plus one line here.

Other packages add theirs under the entry-point group `kerasviz.methods`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasviz.registry import Registry

if TYPE_CHECKING:
    from kerasviz.attribution.base import Method

__all__ = ["METHODS", "methods"]

METHODS: Registry[type[Method]] = Registry(
    "method",
    {
        "saliency": "kerasviz.attribution.saliency:Saliency",
        "gradient-x-input": "kerasviz.attribution.gradient_x_input:GradientXInput",
        "integrated-gradients": "kerasviz.attribution.integrated_gradients:IntegratedGradients",
        "smoothgrad": "kerasviz.attribution.smoothgrad:SmoothGrad",
        "smoothgrad-squared": "kerasviz.attribution.smoothgrad_squared:SmoothGradSquared",
        "vargrad": "kerasviz.attribution.vargrad:VarGrad",
        "expected-gradients": "kerasviz.attribution.expected_gradients:ExpectedGradients",
        "guided-backprop": "kerasviz.attribution.guided_backprop:GuidedBackprop",
        "deconvnet": "kerasviz.attribution.deconvnet:Deconvnet",
        "grad-cam": "kerasviz.attribution.grad_cam:GradCam",
        "grad-cam-plus-plus": "kerasviz.attribution.grad_cam_plus_plus:GradCamPlusPlus",
        "hires-cam": "kerasviz.attribution.hires_cam:HiResCam",
        "layer-cam": "kerasviz.attribution.layer_cam:LayerCam",
        "eigen-cam": "kerasviz.attribution.eigen_cam:EigenCam",
        "score-cam": "kerasviz.attribution.score_cam:ScoreCam",
        "guided-grad-cam": "kerasviz.attribution.guided_grad_cam:GuidedGradCam",
        "occlusion": "kerasviz.attribution.occlusion:Occlusion",
        "feature-ablation": "kerasviz.attribution.feature_ablation:FeatureAblation",
        "rise": "kerasviz.attribution.rise:Rise",
        "blur-integrated-gradients": "kerasviz.attribution.blur_integrated_gradients:BlurIntegratedGradients",
        "gradient-x-activation": "kerasviz.attribution.gradient_x_activation:GradientXActivation",
        "conductance": "kerasviz.attribution.conductance:Conductance",
        "shapley-sampling": "kerasviz.attribution.shapley_sampling:ShapleySampling",
        "kernel-shap": "kerasviz.attribution.kernel_shap:KernelShap",
        "lime": "kerasviz.attribution.lime:Lime",
        "lrp": "kerasviz.attribution.lrp:Lrp",
        "deep-lift": "kerasviz.attribution.deep_lift:DeepLift",
        "attention-rollout": "kerasviz.attribution.attention_rollout:AttentionRollout",
        "attention-x-gradient": "kerasviz.attribution.attention_x_gradient:AttentionXGradient",
    },
    group="kerasviz.methods",
)


def methods() -> tuple[str, ...]:
    """The names of all attribution methods."""
    return METHODS.names()
