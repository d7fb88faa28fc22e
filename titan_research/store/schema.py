"""The two tables of the bar store, in the shape that the Django migration gives them."""

from __future__ import annotations

__all__ = ["BAR_FIELDS", "MAX_PRICE", "MAX_VOLUME", "TABLES", "TABLE_NAMES"]

BAR_FIELDS = ("open", "high", "low", "close", "volume")
MAX_PRICE = 1e15
MAX_VOLUME = 1e300
TABLE_NAMES = ("bar_series", "price_bar")

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS bar_series (
        id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
        symbol varchar(32) NOT NULL,
        "interval" varchar(4) NOT NULL,
        revision integer NOT NULL,
        first_time integer NULL,
        last_time integer NULL,
        n_bars integer NOT NULL,
        CONSTRAINT bar_series_symbol_interval UNIQUE (symbol, "interval")
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS price_bar (
        series_id integer NOT NULL REFERENCES bar_series (id),
        time integer NOT NULL,
        open real NULL,
        high real NULL,
        low real NULL,
        close real NOT NULL,
        volume real NULL,
        PRIMARY KEY (series_id, time),
        CONSTRAINT price_bar_close CHECK (close > 0 AND close < 1e15),
        CONSTRAINT price_bar_open CHECK (open IS NULL OR (open > 0 AND open < 1e15)),
        CONSTRAINT price_bar_high CHECK (high IS NULL OR (high > 0 AND high < 1e15)),
        CONSTRAINT price_bar_low CHECK (low IS NULL OR (low > 0 AND low < 1e15)),
        CONSTRAINT price_bar_volume CHECK (volume IS NULL OR (volume >= 0 AND volume < 1e300)),
        CONSTRAINT price_bar_high_low CHECK (high IS NULL OR low IS NULL OR high >= low),
        CONSTRAINT price_bar_high_close CHECK (high IS NULL OR high >= close),
        CONSTRAINT price_bar_low_close CHECK (low IS NULL OR low <= close)
    )
    """,
)
