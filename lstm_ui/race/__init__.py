"""The section Race of the page Vanishing gradients: RNN, GRU and LSTM train side by side on one task."""
