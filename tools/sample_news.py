"""Short invented news items on five topics whose words overlap: storms stop matches, clubs trade."""

from __future__ import annotations

from sample_common import Draw, Grammar, expand, gather, polish, table

SEED = 34
COUNT = 1_000
ASIDE = 0.4  # share of items with a second sentence that fits any topic
CROSSED = 0.35  # share of items with a clause from another topic; the main clause decides

SHARED: Grammar = {
    "town": "Aldersee Brinkmouth Corvale Dunmere Eastwick Farrow Glenhaven Hollin Isenford Marrow".split(),
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "when": ["on {day}", "on {day}", "last week", "this week", "yesterday", "after two years", "in the evening"],
    "few": "two three four five six nine twelve".split(),
    "many": "40 90 120 300 800 2,000 5,000 60,000".split(),
    "who": ["the mayor", "a spokeswoman", "the director", "a visitor", "the chairman", "an expert", "the owner"],
    "change": ["rose", "fell", "grew", "shrank", "held steady", "doubled"],
    "good": ["surprisingly", "only just", "clearly", "once more", "for the first time", "against all forecasts"],
    "thing": [
        "season",
        "result",
        "record",
        "plan",
        "show",
        "market",
        "field",
        "star",
        "storm",
        "price",
        "play",
        "cell",
    ],
}
TOPICS: dict[str, list[str]] = {
    "weather": [
        "{heavy} brought traffic in {town} to a standstill {when}.",
        "forecasters expect {heavy} from {day}, with {few} degrees at night.",
        "the driest {month} since records began ends with {heavy}.",
        "after {heavy} the river at {town} {change} by {few} hands.",
        "the sun is back in {town}, {who} speaks of a perfect start to the season.",
        "a match in {town} was stopped by {heavy}.",
        "the cold front loses its race with the warm air, and {town} stays mild.",
        "{heavy} costs the farmers around {town} half of their harvest.",
        "clouds part over {town} {when}, and {many} people watch the stars.",
    ],
    "sport": [
        "{town} {beat} {town} {good} {when}.",
        "the goalkeeper of {town} {change} to the occasion before {many} people.",
        "{who} of the club from {town} hopes for a better season.",
        "a runner from {town} broke the record over {many} metres.",
        "after the storm the field in {town} was too wet to play.",
        "{town} sells its striker to {town} for {many} crowns.",
        "the final starts {when}, {few} players are ill.",
        "a draw was the fair result, said {who} from {town}.",
        "the coach of {town} rehearses a new play with {few} young stars.",
    ],
    "science": [
        "researchers in {town} measured how {study} {change} in {few} years.",
        "a new study of {study} surprises {who}.",
        "the observatory at {town} found {few} unknown stars.",
        "an experiment with {many} samples explains {study}.",
        "a telescope from {town} broke the record for the farthest star.",
        "{study} can be read from old ice, {who} reports.",
        "a team from {town} won the prize for its work on {study}.",
        "a laboratory in {town} gets {many} crowns for research on {study}.",
        "computers learn to forecast {study}, {who} said {when}.",
    ],
    "business": [
        "the shares of a {firm} from {town} {change} {when}.",
        "a {firm} in {town} takes on {many} people.",
        "{who} of the {firm} expects a better season.",
        "the price of bread {change} {good}.",
        "two companies from {town} play for the same market, and {good} both win.",
        "the {firm} in {town} closes after {many} days.",
        "after the storm the insurers pay {many} crowns.",
        "a {firm} buys the theatre in {town} for {many} crowns.",
        "wages in {town} {change} {good}, a study says.",
    ],
    "culture": [
        "the theatre in {town} opens the season with {work}.",
        "{who} praised {work} {when}.",
        "{many} people came to see {work} in {town}.",
        "a {few}-hour play about the stars divides {town}.",
        "the museum in {town} shows {work} until {day}.",
        "an orchestra from {town} plays {work} {good}.",
        "the prize for the best novel goes to a teacher from {town}.",
        "tickets for {work} cost {many} crowns, a record price.",
        "the choir sang in the open air, {heavy} could not stop {work}.",
    ],
}
SLOTS: Grammar = {
    **SHARED,
    "heavy": ["heavy rain", "a storm", "thick fog", "fresh snow", "hail", "a heat wave", "strong wind", "black ice"],
    "month": ["March", "April", "May", "June", "August", "October", "November"],
    "beat": ["beat", "lost to", "drew with", "held", "defeated", "meets"],
    "study": ["the sleep of bees", "sea ice", "the memory of crows", "old cells", "the air over cities", "deep water"],
    "firm": ["bakery", "shipyard", "bank", "paper mill", "brewery", "toy maker", "sports shop", "publisher"],
    "work": [
        "a comedy",
        "an opera",
        "old paintings",
        "a new film",
        "a play about bees",
        "songs of the sea",
        "photographs",
    ],
}
JOINTS = (("while ", ""), ("on the day on which ", ""), ("", ", while "), ("", " in a week in which "))
ASIDES = (
    "{who} spoke of a surprising {thing}.",
    "the {thing} is talked about in the whole town.",
    "{many} people were there.",
    "the {thing} comes at the wrong time, {who} said.",
    "nobody in {town} had expected that.",
    "more is to be known {when}.",
    "whether the {thing} lasts is open.",
    "it was about the {thing} and the {thing}.",
)


def item(draw: Draw) -> list[tuple[str, str]]:
    topic = draw.pick(list(TOPICS))
    text = expand(draw, SLOTS, draw.pick(TOPICS[topic]))
    if draw.chance(CROSSED):
        other = draw.pick([name for name in TOPICS if name != topic])
        aside = expand(draw, SLOTS, draw.pick(TOPICS[other]))
        first, last = draw.pick(JOINTS)
        text = f"{first}{aside[:-1]}, {text}" if first else f"{text[:-1]}{last}{aside}"
    if draw.chance(ASIDE):
        text += " " + expand(draw, SLOTS, draw.pick(ASIDES))
    return [(polish(text), topic)]


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    draw = Draw(SEED)
    return {"tables/news.csv": table(draw, gather(draw, COUNT, lambda: item(draw)))}
