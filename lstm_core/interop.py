"""Parameters from and to PyTorch and Keras.

| here | PyTorch | Keras 3 |
| --- | --- | --- |
| `W_x` (features, gates * hidden) | `weight_ih` transposed | `kernel` |
| `W_h` (hidden, gates * hidden) | `weight_hh` transposed | `recurrent_kernel` |
| `b` of LSTM and RNN | `bias_ih` + `bias_hh` | `bias` |
| `b` of the GRU, rows for x and h | `bias_ih`, `bias_hh` | `bias`, the same rows |
| LSTM i f o g | i f g o | i f c o |
| GRU r z n | r z n | z r h |

Neither side's weights say whether an RNN uses tanh or relu: that travels beside them.
"""

from __future__ import annotations

from lstm_core._keras import from_keras, to_keras
from lstm_core._torch import from_torch, to_torch

__all__ = ["from_keras", "from_torch", "to_keras", "to_torch"]
