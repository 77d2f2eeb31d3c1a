"""The page Gate heatmaps: a whole sequence and a whole layer at once."""
