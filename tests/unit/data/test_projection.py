"""PCA against scikit-learn, and what cannot be projected."""

import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA

from kerasviz.data.projection import LEAST, WAYS, missing, pca, project
from kerasviz.errors import InputError, KerasvizError


def cloud(samples, numbers, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.normal(size=(samples, numbers)) * np.linspace(3, 0.1, numbers) + 5).astype(np.float32)


@pytest.mark.parametrize("shape", [(60, 7), (12, 300), (30, 30)])
def test_pca_gives_what_scikit_learn_gives_up_to_the_sign(shape):
    values = cloud(*shape)
    expected = PCA(2, svd_solver="full").fit(values.astype(np.float64))

    found = pca(values)

    signs = np.sign((found.axes * expected.components_).sum(axis=1))
    np.testing.assert_allclose(found.axes, expected.components_ * signs[:, None], atol=1e-6)
    np.testing.assert_allclose(found.points, expected.transform(values.astype(np.float64)) * signs, atol=1e-5)
    np.testing.assert_allclose(found.explained, expected.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(found.place(values[3]), found.points[3], atol=1e-8)
    assert (found.axes[[0, 1], np.abs(found.axes).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize(
    "values", [np.ones((5, 3)), np.ones((1, 4)), np.arange(4.0)[:, None]], ids=["constant", "one", "narrow"]
)
def test_few_or_equal_numbers_give_points_all_the_same(values):
    found = pca(values)

    assert found.points.shape == (len(values), 2)
    assert np.isfinite(found.points).all()
    np.testing.assert_allclose(found.points[:, 1], 0, atol=1e-12)


def test_what_is_not_finite_has_no_place():
    found = pca(cloud(20, 3))

    assert found.place(np.array([0, np.nan, 0])) is None
    assert found.place(np.zeros(4)) is None


def test_tsne_keeps_two_clouds_apart():
    values = np.concatenate([cloud(20, 60), cloud(20, 60, seed=1) + 40])

    points = project("t-sne", values).points

    centres = points[:20].mean(axis=0), points[20:].mean(axis=0)
    spread = max(points[:20].std(), points[20:].std())
    assert np.linalg.norm(centres[0] - centres[1]) > spread


def test_a_way_whose_package_is_missing_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr("kerasviz.data.projection.find_spec", lambda _: None)

    assert [missing(way) for way in WAYS] == ["", "umap-learn", "scikit-learn"]
    with pytest.raises(InputError, match="pip install scikit-learn"):
        project("t-sne", cloud(9, 3))


def test_too_few_neighbours_and_unknown_ways_are_refused():
    with pytest.raises(InputError, match=str(LEAST)):
        project("t-sne", cloud(LEAST - 1, 3))
    with pytest.raises(KerasvizError, match="pca"):
        project("pcs", cloud(9, 3))
