// Which drawing a cell has: one for wide screens, one for narrow ones.

const CELL_DRAWINGS = {
  lstm: [drawLstm, LSTM_WIDE, LSTM_NARROW],
  gru: [drawGru, GRU_WIDE, GRU_NARROW],
  rnn: [drawRnn, RNN_WIDE, RNN_NARROW],
};

function sizeFor(cell, width) {
  const [, wide, narrow] = CELL_DRAWINGS[cell];
  return width < 560 ? narrow : wide;
}

// The diagram, with its cell drawn into it.
function drawn(diagram) {
  CELL_DRAWINGS[diagram.model.cell][0](diagram);
  return diagram;
}
