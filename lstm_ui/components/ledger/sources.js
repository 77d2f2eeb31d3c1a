// The tokens coloured by their bars: the coloured text, with the words of a ledger.

class Sources extends Text {
  // A token that has not been read has no bar and no colour.
  fill(book, row) {
    const values = Float32Array.from(book.tokens, (_, t) => (book.wasRead(t) ? book.barsOf(row)[t] : NaN));
    const high = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0) || 1;
    const { tokens, words } = book;
    this.read = { book, row };
    const data = { tokens, words, values, scale: { kind: "signed", low: -high, high }, curves: [] };
    if (this.book !== book) {
      this.build(data);
      this.scrollTo(book.step);
    } else this.data = data;
    this.book = book;
    this.paint();
  }

  // Of a long text the token in question is to be seen; the page itself must not jump.
  scrollTo(t) {
    const { cell } = this.tokens[t];
    this.box.scrollTop = cell.offsetTop - this.box.offsetTop - this.box.clientHeight + 2 * cell.offsetHeight;
  }

  describe(t) {
    const { book, row } = this.read;
    return book.describe(row, book.placeOf(t));
  }
}
