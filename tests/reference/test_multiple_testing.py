"""Adjusted p-values against statsmodels.stats.multitest."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from titan_research.pairs.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm

METHODS = {"fdr_by": benjamini_yekutieli, "fdr_bh": benjamini_hochberg, "holm": holm}


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("n", [1, 2, 19, 9_900])
def test_adjusted_p_values_equal_statsmodels(name: str, n: int) -> None:
    rng = np.random.default_rng(n)
    p = rng.random(n) ** 3
    p[rng.random(n) < 0.2] = 0.01
    reference = multipletests(p, method=name)[1]
    np.testing.assert_allclose(METHODS[name](p), reference, rtol=1e-13, atol=1e-16)
