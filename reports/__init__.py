"""Reports: parameterised notebooks in, one self-contained HTML file out. Knows files and notebooks only."""
