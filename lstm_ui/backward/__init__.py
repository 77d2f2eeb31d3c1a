"""The page Backward pass: what is differentiated, and one step back at a time."""
