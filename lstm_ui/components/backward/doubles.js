// Numbers that came as base64 of float64.

function doublesOf(text) {
  return new Float64Array(bytesOf(text).buffer);
}
