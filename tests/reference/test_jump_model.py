"""The jump model against jumpmodels 0.1.1 (Shu, Yu and Mulvey) on the S&P 500, 1990 to 2022."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from jumpmodels.jump import JumpModel

from titan_research.regimes.features import MODEL_FEATURES, Standardizer, log_returns, regime_features
from titan_research.regimes.jump import fit_jump_model, online_states, online_values


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray]:
    with files("skfolio.datasets.data").joinpath("sp500_index.csv.gz").open("rb") as file:
        prices = pd.read_csv(file, compression="gzip", index_col=0, parse_dates=True).iloc[:, 0]
    features = regime_features(prices)[list(MODEL_FEATURES)].dropna()
    returns = log_returns(prices.tz_localize("UTC")).reindex(features.index)
    return Standardizer.fit(features.to_numpy()).transform(features.to_numpy()), returns.to_numpy()


@pytest.mark.parametrize(("n_regimes", "penalty"), [(2, 0.0), (2, 15.0), (2, 50.0), (3, 15.0)])
def test_labels_objective_and_online_labels_equal_jumpmodels(
    sample: tuple[np.ndarray, np.ndarray], n_regimes: int, penalty: float
) -> None:
    features, returns = sample
    peer = JumpModel(n_components=n_regimes, jump_penalty=penalty, n_init=10, random_state=0)
    peer.fit(features, ret_ser=returns, sort_by="vol")
    ours = fit_jump_model(
        features,
        returns=returns,
        n_regimes=n_regimes,
        penalty=penalty,
        n_starts=20,
        rng=np.random.default_rng(7),
    )
    assert ours.objective == pytest.approx(peer.val_, rel=1e-10)
    np.testing.assert_array_equal(ours.labels, peer.labels_)
    np.testing.assert_allclose(ours.centers, peer.centers_, rtol=1e-9, atol=1e-12)
    online = online_states(online_values(features, ours.centers, penalty))
    np.testing.assert_array_equal(online, peer.predict_online(features))
