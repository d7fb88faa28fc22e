"""The admin: what people keep can be edited, what runs produced can be read."""

from django_site.trading.admin import kept, produced

__all__ = ["kept", "produced"]
