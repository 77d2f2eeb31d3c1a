"""From plain data to pictures and tables: the theme, the notations, the figures."""
