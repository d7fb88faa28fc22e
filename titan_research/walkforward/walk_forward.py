"""WalkForward: choose pairs and parameters on the past, trade them frozen, again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from titan_research.calendar import periods_per_year
from titan_research.errors import InsufficientData, InvalidInput
from titan_research.panel import Panel
from titan_research.parameters import WalkForwardParameters
from titan_research.walkforward._fold import trade_windows
from titan_research.walkforward._stitching import stitch
from titan_research.walkforward.results import WalkForwardResult
from titan_research.walkforward.splits import windows

__all__ = ["WalkForward"]


class WalkForward:
    """Walk-forward study of pairs trading with everything that is chosen inside the loop.

    In every window: (a) scan all pairs of the panel for cointegration on the formation window alone and take the
    best ``n_pairs``; (b) sweep the grid on the formation window and choose one parameter set a pair; (c) trade
    pair and set, frozen, in the window after it, indicators warmed up with the past, the book flat at its start
    and closed with costs at its end. The pairs share the capital equally.

    Parameters
    ----------
    parameters : window lengths, grid, selection rule, scan, spread, rules, costs, sizing

    Notes
    -----
    The hedge ratio is the causal one of `SpreadParameters` (rolling least squares by default).
    """

    def __init__(self, parameters: WalkForwardParameters | None = None) -> None:
        self.parameters = WalkForwardParameters() if parameters is None else parameters

    def __repr__(self) -> str:
        return f"WalkForward({self.parameters!r})"

    def run(
        self,
        panel: Panel,
        *,
        pairs: Sequence[tuple[str, str]] | None = None,
        opens: Panel | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> WalkForwardResult:
        """Walk through the panel.

        Parameters
        ----------
        panel : closes of the universe
        pairs : (y, x) pairs to trade in every window; None = found by the scan of each formation window. Pairs that
            were found on the whole sample make the study flatter itself.
        opens : opens of the same sessions, for fills; None = fill at closes
        progress : called with (windows done, windows in all); raising from it cancels

        Returns
        -------
        WalkForwardResult

        Raises
        ------
        InsufficientData : not one window fits
        InvalidInput : an empty list of pairs, a symbol paired with itself, opens of other sessions

        Notes
        -----
        Timing: choices of a window know its formation rows only, decisions in it the rows up to each close; what
        is dated t does not change with later prices. Only the last bar of the data knows that it is the last.
        Missing: symbols without any bar in a formation window are left out of its scan; bars without both prices
        fill nothing. A window without a testable pair stays flat.
        """
        parameters = self.parameters
        given = None if pairs is None else _checked(panel, pairs)
        if opens is not None and not opens.index.equals(panel.index):
            raise InvalidInput("opens and closes must have the same sessions; read both with the same dates")
        found = list(
            windows(
                len(panel),
                train=parameters.formation,
                test=parameters.trading,
                purge=parameters.purge,
                anchored=parameters.anchored,
            )
        )
        if not found:
            raise InsufficientData(
                f"walk-forward: {len(panel)} sessions, need {parameters.formation} to form, {parameters.purge} to "
                f"purge and at least {max(1, parameters.trading // 4)} to trade; widen start or shorten the windows",
                n_obs=len(panel),
            )
        periods = periods_per_year(panel.interval)
        folds = trade_windows(panel, opens, found, given, parameters, periods, progress)
        return stitch(panel, folds, parameters, periods, selection_inside=given is None)


def _checked(panel: Panel, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if not pairs:
        raise InvalidInput("walk-forward: expected at least one pair, or pairs=None to let each window find its own")
    for y, x in pairs:
        if y == x:
            raise InvalidInput(f"a pair needs two different symbols; received {y!r} twice")
        panel.select([y, x])
    return tuple((y, x) for y, x in pairs)
