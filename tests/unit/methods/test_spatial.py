"""Blurring, resizing and integrating, against plain sums."""

import numpy as np

from kerasviz.attribution.quadrature import RULES, quadrature
from kerasviz.attribution.spatial import blur, blur_matrix, resize


def test_a_blur_is_a_weighted_mean_that_keeps_constants():
    matrix = blur_matrix(5, 1.3)
    weights = [np.exp(-((i - 2) ** 2) / (2 * 1.3**2)) for i in range(5)]
    np.testing.assert_allclose(matrix[2], np.array(weights) / sum(weights))
    np.testing.assert_allclose(blur(np.full((2, 6, 7, 3), 4.0), 2.0, (1, 2)), 4.0)
    image = np.random.default_rng(0).random((1, 6, 7, 2))
    np.testing.assert_array_equal(blur(image, 0, (1, 2)), image)
    assert blur(image, 3, (1, 2)).var() < image.var() / 4


def test_resizing_is_linear_between_pixel_centres():
    np.testing.assert_allclose(resize(np.array([0.0, 4.0]), (4,), (0,)), [0, 1, 3, 4])
    np.testing.assert_allclose(resize(np.array([[1.0, 3.0]]), (3, 1), (0, 1)), [[2.0], [2.0], [2.0]])
    array = np.random.default_rng(0).random((2, 5, 3))
    np.testing.assert_array_equal(resize(array, (5,), (1,)), array)


def test_every_rule_integrates_a_line_and_gauss_legendre_a_polynomial():
    for rule in RULES:
        places, weights = quadrature(rule, 16)
        assert len(places) == len(weights) == 16
        np.testing.assert_allclose(weights.sum(), 1)
        assert abs((weights * places).sum() - 0.5) <= 1 / 32
    places, weights = quadrature("gauss-legendre", 5)
    np.testing.assert_allclose((weights * places**9).sum(), 1 / 10)
