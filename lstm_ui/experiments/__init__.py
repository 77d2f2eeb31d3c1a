"""The page Experiments: many trainings at once, from the form of a sweep to what came out of it."""
