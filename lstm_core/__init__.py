"""Recurrent cells that record everything, with exact gradients. NumPy only."""
