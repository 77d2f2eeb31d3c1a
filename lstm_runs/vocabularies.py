"""Vocabularies of other programs: JSON that says which token has which id, and what a net makes of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_core.arrays import Ints
from lstm_core.encoding import Vocabulary
from lstm_core.series import short
from lstm_runs._foreign_values import Net
from lstm_runs._headers import whole
from lstm_runs.model_files import MOST_SYMBOLS

LARGEST = 2 * 2**20  # bytes
SHARE_OF_PIECES = 0.05  # of tokens with marks of pieces of words, from which on a note warns

# Under which names programs keep the one table, and the other, next to further settings.
_WRAPPERS = (
    "stoi", "token_to_id", "token2id", "word2idx", "word_to_ix", "word2id", "char_to_ix", "char2idx", "char_to_id",
    "word_index", "vocab", "vocabulary", "tokens",
    "itos", "id_to_token", "id2token", "idx2word", "ix_to_word", "id2word", "ix_to_char", "idx2char", "id_to_char",
    "index_word",
)  # fmt: skip
_UNKNOWN = re.compile(r"[<\[{(|]+ *(unk|unknown|oov) *[>\]})|]+|UNK", re.ASCII | re.IGNORECASE)
_BEFORE, _BEHIND = ("##", "▁", "Ġ"), "</w>"  # marks of pieces of words, of the usual ways to cut them
_NO_TOKEN = "write a list of strings, or an object from each token to its id"


def read_vocabulary(data: bytes) -> tuple[str, ...]:
    r"""The tokens of a vocabulary in JSON, in the order of their ids.

    Parameters
    ----------
    data : bytes
        A list of tokens, an object from tokens to ids or from ids to tokens; or an object that holds one of these
        under a usual name such as "stoi", "itos", "token_to_id" or "vocab".

    Returns
    -------
    tuple of str
        Token k has the id k. The empty string may be among them: Keras has it for padding.

    Raises
    ------
    ValueError
        No JSON, something that is no string, a token or an id twice, ids that leave one out, more than 20,010 tokens or
        2 MB.

    Examples
    --------
    >>> read_vocabulary(b'["<unk>", "a", "b"]'), read_vocabulary(b'{"b": 1, "a": 0}')
    (('<unk>', 'a', 'b'), ('a', 'b'))
    """
    if len(data) > LARGEST:
        raise ValueError(
            f"vocabulary: expected at most {LARGEST >> 20} MB, got {len(data) / 2**20:.1f} MB; keep the net's tokens"
        )
    try:
        found = json.loads(bytes(data).decode("utf-8-sig"), object_pairs_hook=_once_each, parse_int=whole)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(f"vocabulary: expected JSON in UTF-8, got something else; {_NO_TOKEN}") from None
    tokens = _tokens(_unwrapped(found))
    if not 1 <= len(tokens) <= MOST_SYMBOLS:
        raise ValueError(
            f"vocabulary: expected 1 to {MOST_SYMBOLS:,} tokens, got {len(tokens):,}; open a net with fewer"
        )
    for k, token in enumerate(tokens):
        if not isinstance(token, str):
            raise ValueError(f"vocabulary: expected strings, got {_shown(token)} for id {k}; {_NO_TOKEN}")
        if not token.isascii() and any("\ud800" <= character <= "\udfff" for character in token):
            raise ValueError(f"vocabulary: expected characters, got half of one for id {k}; write the file in UTF-8")
    if len(set(tokens)) < len(tokens):
        double = Counter(tokens).most_common(1)[0][0]
        first, second = [k for k, token in enumerate(tokens) if token == double][:2]
        raise ValueError(
            f"vocabulary: expected each token once, got {short(double)} for ids {first} and {second}; rename one"
        )
    return tuple(tokens)


def check_fits(tokens: Sequence[str], net: Net) -> None:
    """Refuse a vocabulary of another size than the net's.

    A net without an embedding reads tokens as one-hot vectors: then it has an input for each.

    Raises
    ------
    ValueError
        With both numbers.
    """
    if net.embedding is not None:
        wanted, what = len(net.embedding), "one for each row of the embedding"
        remedy = "name every id, those for padding and unknown tokens too, or choose another embedding"
    else:
        wanted, what = len(net.layers[0].forward.W_x), "one for each input of a net without an embedding"
        remedy = "choose the embedding, or give the inputs as numbers"
    if len(tokens) != wanted:
        raise ValueError(f"vocabulary: expected {wanted:,} tokens, {what}, got {len(tokens):,}; {remedy}")


def arrange(tokens: Sequence[str]) -> tuple[Vocabulary, Ints]:
    """A vocabulary of ours: the unknown token, where there is one, comes first.

    Parameters
    ----------
    tokens : sequence of str
        As `read_vocabulary` gives them. An unknown token is one like "<unk>", "[UNK]" or "<OOV>".

    Returns
    -------
    vocabulary : Vocabulary
        Without an unknown token where `tokens` have none: then it refuses other tokens. An empty token is "<pad>" here.
    order : ndarray of int, shape (symbols,)
        Token k of the vocabulary is token `order[k]` of `tokens`: in this order belong the rows of the embedding.

    Examples
    --------
    >>> vocabulary, order = arrange(["", "[UNK]", "a"])
    >>> vocabulary.tokens, vocabulary.unknown, order
    (('[UNK]', '<pad>', 'a'), '[UNK]', array([1, 0, 2]))
    """
    named = list(tokens)
    if "" in named:
        named[named.index("")] = next(name for name in _pads() if name not in tokens)
    place = unknown(named)
    order = np.arange(len(named))
    if place is None:
        return Vocabulary(tuple(named), None), order
    order[: place + 1] = [place, *range(place)]
    return Vocabulary(tuple(named[k] for k in order), named[place]), order


def unknown(tokens: Sequence[str]) -> int | None:
    """The id of the token that stands for all that are not there; None: there is none.

    Examples
    --------
    >>> unknown(["<pad>", "<UNK>", "unknown"]), unknown(["a", "b"])
    (1, None)
    """
    return next((k for k, token in enumerate(tokens) if _UNKNOWN.fullmatch(token)), None)


def notes(tokens: Sequence[str]) -> tuple[str, ...]:
    """What a reader should know of a vocabulary before typing a text.

    Examples
    --------
    >>> notes(["<unk>", "a", "b"])
    ('It has no capital letters: write in small ones.',)
    """
    found = []
    pieces = sum(token.startswith(_BEFORE) or token.endswith(_BEHIND) for token in tokens)
    if pieces > SHARE_OF_PIECES * len(tokens):
        found.append("Its tokens are pieces of words; a text is cut into whole words or characters here.")
    letters = "".join(token for token in tokens if not re.fullmatch(r"[<\[].*[>\]]", token, re.DOTALL))
    if letters == letters.lower() != letters.upper():
        found.append("It has no capital letters: write in small ones.")
    if unknown(tokens) is None:
        found.append("It has no token for what it does not know: that is left out of a text.")
    return tuple(found)


def _unwrapped(found: Any) -> Any:
    """The table itself, if there are settings around it."""
    if not isinstance(found, Mapping):
        return found
    tables = {name: value for name, value in found.items() if isinstance(value, (list, Mapping)) and value}
    if not tables:
        return found
    known = [name for name in tables if name.lower() in _WRAPPERS]
    read = [_tokens(tables[name]) for name in known]
    if not read or any(tokens != read[0] for tokens in read):
        what = "several that differ" if read else f"{short(next(iter(tables)))} that is neither"
        raise ValueError(f'vocabulary: expected one table such as "stoi" or "itos", got {what}; {_NO_TOKEN}')
    return tables[known[0]]


def _tokens(table: Any) -> list[Any]:
    """Tokens in the order of their ids; strings yet to be checked."""
    if isinstance(table, list):
        return table
    if not isinstance(table, Mapping):
        raise ValueError(f"vocabulary: expected a list or an object, got {_shown(table)}; {_NO_TOKEN}")
    if table and all(isinstance(token, str) for token in table.values()):
        if strange := next((key for key in table if not (key.isdecimal() and key.isascii())), None):
            raise ValueError(f"vocabulary: expected ids as names, got {short(strange)}; {_NO_TOKEN}")
        pairs = [(whole(key), token) for key, token in table.items()]
    else:
        pairs = [(number, token) for token, number in table.items()]
    for number, token in pairs:
        if type(number) is not int or number < 0:
            raise ValueError(
                f"vocabulary: expected whole numbers as ids, got {_shown(number)} for {short(str(token))}; {_NO_TOKEN}"
            )
    return _in_order(dict(pairs), pairs)


def _in_order(by_id: Mapping[int, Any], pairs: Sequence[tuple[int, Any]]) -> list[Any]:
    if len(by_id) < len(pairs):
        double = Counter(number for number, _ in pairs).most_common(1)[0][0]
        names = " and ".join(short(str(token)) for number, token in pairs if number == double)[:200]
        raise ValueError(f"vocabulary: expected each id once, got {double} for {names}; number them from 0")
    for k in range(len(by_id)):
        if k not in by_id:
            hint = 'add the token that 0 stands for, such as "<pad>"' if k == 0 else "name every id"
            raise ValueError(
                f"vocabulary: expected ids from 0 to {len(by_id) - 1:,} without gaps, got none for {k:,}; {hint}"
            )
    return [by_id[k] for k in range(len(by_id))]


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        double = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"vocabulary: expected each name once, got {short(double)} twice; rename one of them")
    return found


def _shown(value: object) -> str:
    return short(json.dumps(value, ensure_ascii=False)[:100])


def _pads() -> Any:
    yield "<pad>"
    yield from (f"<pad {k}>" for k in range(2, MOST_SYMBOLS))
