#!/usr/bin/env python
"""Django's command line; ``titan`` is the same thing."""

from django_site.cli import main

if __name__ == "__main__":
    main()
