"""Short messages, spam and not spam, that share many words: prizes at the school fair, parcels from an aunt."""

from __future__ import annotations

from sample_common import Draw, Grammar, expand, gather, polish, table

SEED = 33
COUNT = 1_200
SPAM_SHARE = 0.42

SHARED: Grammar = {
    "hello": ["", "", "", "hi, ", "hello, ", "hey, ", "good morning, ", "dear {whom}, "],
    "whom": ["friend", "neighbour", "customer", "all", "{name}"],
    "name": ["Ida", "Tom", "Nora", "Ben", "Mila", "Jonas", "Ruth", "Karim", "Lena", "Oskar"],
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "tonight", "tomorrow"],
    "hour": ["six", "seven", "eight", "nine", "ten", "noon", "half past four"],
    "nth": ["the first", "the second", "the third", "the tenth"],
    "sum": ["5", "10", "20", "50", "80", "100", "500", "1000", "2000"],
    "coin": ["crowns", "euros", "pounds", "dollars"],
    "number": ["07 55 12", "0900 441", "31 31 8", "0800 77 10", "62 240", "08 90 90"],
    "goods": ["phone", "watch", "bicycle", "voucher", "lamp", "camera", "coat", "ticket", "pair of shoes", "cake"],
    "shop": ["the bakery", "the bank", "the post office", "the library", "the chemist", "the garage", "the cinema"],
    "now": ["now", "today", "at once", "before {day}", "this week", "soon", "when you can"],
}
HAM: Grammar = {
    **SHARED,
    "start": [
        "{hello}are you free on {day}? {plan}",
        "{hello}I am at {shop}, do we need anything? {end}",
        "{hello}can you call me {now}? {reason}",
        "the {goods} you lent me is on your desk. {thanks}",
        "{hello}I won a {goods} at the school fair! {joy}",
        "your parcel is with me, {name} left it at our door. {fetch}",
        "I owe you {sum} {coin} for the {goods}, is {day} early enough?",
        "{hello}the meeting on {day} is moved to {hour}. {end}",
        "no, I did not click on that link, did you? {end}",
        "please reply {now}, {shop} closes at {hour}.",
        "{name} asks whether you still want the {goods} for {sum} {coin}. {end}",
        "my number is new, it is {number}. {name}",
        "the train is late, I will be with you at {hour}. {sorry}",
        "{shop} called, your {goods} is ready. {fetch}",
        "free seats at the concert on {day}, {name} has two too many. {end}",
        "did the doctor say when the result comes? {end}",
        "congratulations on the exam! {joy}",
        "bring the {goods} and something to drink, we meet at {hour}.",
        "I forgot to pay for your coffee, remind me on {day}.",
        "{hello}happy birthday! {joy}",
        "offer from {name}: soup at {hour}, you bring the bread. {end}",
        "the account of our club holds {sum} {coin}, see you on {day}.",
        "urgent: whose turn is it to feed the cat? {end}",
        "{hello}the new teacher is nice, she gave us no homework. {joy}",
        "who took the blue umbrella from the hall? {end}",
        "the boat trip costs {sum} {coin} each, tell me {now} whether you come.",
        "{hello}I sent you the pictures of the garden. {thanks}",
        "grandmother is better, you can visit her from {day}. {fetch}",
        "we lost for {nth} time, but it was fun. {end}",
        "confirm that you take the dog on {day}? {plan}",
        "there is a gift for {name} in my bag, do not open it. {end}",
        "only {nth} in the queue at {shop}, it goes quickly. {sorry}",
        "they want my card at {shop}, where did you put it? Answer {now}, please.",
    ],
    "plan": [
        "{name} and I go for a walk at {hour}.",
        "We could paint the shed.",
        "There is soup.",
        "It is about the {goods}.",
    ],
    "end": ["", "", "Love, {name}", "See you at {hour}.", "Greetings from {name}.", "Tell {name} too.", "Thanks!"],
    "reason": ["It is about {name}.", "I lost the key.", "Nothing bad.", "The {goods} does not work.", "I have news."],
    "thanks": ["Thank you!", "It helped a lot.", "I owe you a cake.", "I cleaned it."],
    "joy": ["We are so proud.", "You must tell me all about it.", "Cake at {hour}?", "{name} sends love too."],
    "fetch": ["Come by {now}.", "They are open until {hour}.", "I can bring it on {day}.", "Take your card along."],
    "sorry": ["Sorry!", "Start without me.", "Keep some soup for me.", "{name} has the key."],
}
SPAM: Grammar = {
    **SHARED,
    "start": [
        "{hello}you have won a {goods}! {act}",
        "{hello}your parcel could not be delivered. {act}",
        "{shop} has locked your account. {act}",
        "{hello}it is me, this is my new number. {plea}",
        "earn {sum} {coin} a day from home. {act}",
        "{hello}your {goods} is waiting for you. {act}",
        "last chance: a {goods} for only {sum} {coin}. {act}",
        "we owe you {sum} {coin} from last year. {act}",
        "{hello}someone likes you and is near you on {day}. {act}",
        "reply YES {now} and get a free {goods}. {small}",
        "your friend {name} sent you a gift of {sum} {coin}. {act}",
        "congratulations, your number {number} was drawn on {day}! {act}",
        "{hello}a doctor found out how to sleep well. {act}",
        "borrow {sum} {coin} {now}, no questions. {act}",
        "free tickets for {shop}, only until {hour}. {act}",
        "{hello}I saw your picture and want to meet you. {act}",
        "urgent: a payment of {sum} {coin} for a {goods} needs your yes. {act}",
        "{name} has left you a message. {act}",
        "did you forget the {goods} in your basket? {act}",
        "you were late with a payment at {shop}. {act}",
        "{hello}we saw that your computer is slow. {act}",
        "your stars for {day} are in. {act}",
        "you are {nth} visitor today and get {sum} {coin}. {act}",
        "nobody beats our prices: {goods}, {goods}, {goods}. {act}",
        "{hello}grandmother, it is {name}, the phone fell into the water. {plea}",
        "lose weight by {day} without hunger. {act}",
        "a room in town for {sum} {coin}, pay first, see it later. {act}",
        "we tried to call you about the {goods}. {act}",
        "{name} and {name} already took part, what about you? {act}",
        "your homework written by experts for {sum} {coin}. {act}",
    ],
    "act": [
        "Call {number} {now}.",
        "Click on the link {now}.",
        "Reply {now} to claim it.",
        "Send your card number to {number}.",
        "Just tell us your name and your bank.",
        "Text WIN to {number}.",
        "Take it {now}, {day} is too late.",
        "Confirm {now} or lose it. {small}",
        "Open the file for the details.",
        "More at {number}. {small}",
    ],
    "plea": [
        "Can you send {sum} {coin} {now}?",
        "I lost my card, please help {now}.",
        "Buy me a {goods}, I pay on {day}.",
    ],
    "small": ["No cost.", "Rules apply.", "Only for you.", "Stop at any time.", "Each text costs {sum}."],
}


def message(draw: Draw) -> list[tuple[str, str]]:
    spam = draw.chance(SPAM_SHARE)
    return [(polish(expand(draw, SPAM if spam else HAM, "{start}")), "spam" if spam else "not spam")]


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    draw = Draw(SEED)
    return {"tables/messages.csv": table(draw, gather(draw, COUNT, lambda: message(draw)))}
