"""The page Vanishing gradients: how much of the gradient is left, how far back nets look, and an honest corner."""
