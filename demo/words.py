"""The words that the demo's people, firms and messages are made of. All are invented."""

from __future__ import annotations

__all__ = [
    "BOOKMARKS",
    "COMPANIES",
    "ENDINGS",
    "FIRST_NAMES",
    "LAST_NAMES",
    "PERSONAL_SUBJECTS",
    "FEES",
    "PLANS",
    "SUBJECTS",
    "THINGS",
]

FIRST_NAMES = [
    "Amara", "Beatriz", "Chidi", "Daria", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kateryna",
    "Liam", "Mei", "Noor", "Oscar", "Priya", "Quentin", "Rosa", "Sofia", "Tomas", "Uma", "Viktor",
    "Wanjiru", "Ximena", "Yusuf", "Zoe", "Anders", "Bilal", "Clara", "Dmitri", "Elena", "Felix", "Giulia",
    "Hugo", "Ivy", "Jamal",
]  # fmt: skip

LAST_NAMES = [
    "Adeyemi", "Bianchi", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hassan", "Ivanova",
    "Jansen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quiroga", "Rossi",
    "Schneider", "Tanaka", "Umarov", "Varga", "Weber", "Xu", "Yilmaz", "Zhang", "Brennan", "Costa",
    "Novak", "Sato",
]  # fmt: skip

# Name and country.
COMPANIES = [
    ("Aldgate Books", "United Kingdom"), ("Alpenblick Hotels", "Switzerland"),
    ("Baobab Logistics", "Kenya"), ("Blue Fjord Fishing", "Norway"),
    ("Bright Harbour Dental", "Australia"), ("Casa Verde Studio", "Portugal"), ("Cedar & Finch", "Canada"),
    ("Copper Kettle Foods", "Ireland"), ("Delta Optics", "Netherlands"), ("Eastwind Turbines", "Denmark"),
    ("Ferro e Figli", "Italy"), ("Glasswing Media", "Brazil"), ("Granite Peak Outdoors", "United States"),
    ("Hanover Type Foundry", "Germany"), ("Inkwell School", "India"),
    ("Jade Garden Supplies", "Singapore"), ("Karoo Solar", "South Africa"),
    ("Lakeside Veterinary", "Finland"), ("Lumen & Daughters", "France"), ("Meridian Maps", "Spain"),
    ("Northgate Cycles", "United Kingdom"), ("Oakline Furniture", "Sweden"),
    ("Pampas Leather", "Argentina"), ("Paper Crane Press", "Japan"), ("Quarry Street Bakery", "Canada"),
    ("Redwood Robotics", "United States"), ("Saffron Travel", "Turkey"), ("Silverline Rail", "Austria"),
    ("Tidewater Museum", "New Zealand"), ("Vistula Instruments", "Poland"),
]  # fmt: skip

PLANS = ["trial", "team", "team", "team", "enterprise"]
FEES = {"trial": None, "team": "49", "enterprise": "1249.5"}  # a month

THINGS = {
    "place": [
        "the invoice page", "the mobile app", "the weekly report", "our dashboard", "the sign-in page",
        "the calendar", "the search box", "the contacts list", "the orders table", "the settings page",
    ],
    "browser": [
        "Firefox", "Safari", "Chrome", "Edge", "Opera",
    ],
    "system": [
        "our accounting", "a spreadsheet", "our web shop", "our telephone system", "a warehouse scanner",
    ],
    "month": [
        "January", "March", "April", "June", "September", "October", "December",
    ],
    "list": [
        "CSV", "Excel", "JSON",
    ],
    "format": [
        "CSV", "Excel", "PDF", "JSON",
    ],
    "action": [
        "save a draft", "upload a logo", "print a label", "invite a colleague", "change an address",
        "merge two contacts", "delete a test order", "attach a file", "sort by date",
    ],
    "feature": [
        "two-step sign-in", "a dark theme", "shared calendars", "keyboard shortcuts",
        "automatic reminders", "a French translation", "bulk editing", "webhooks", "an approval step",
    ],
    "count": [
        "2", "5", "12", "40", "150",
    ],
    "person": [
        "our accountant", "a new colleague", "the night shift", "my manager", "a customer", "our intern",
    ],
}  # fmt: skip

# Subject, how urgent it tends to be (1 can wait, 4 is urgent), and its tags.
SUBJECTS: list[tuple[str, int, tuple[str, ...]]] = [
    ("Cannot {action} since this morning", 3, ("bug",)),
    ("{place} stays empty in {browser}", 3, ("bug", "browser")),
    ("{place} is very slow with {count} people online", 3, ("bug", "speed")),
    ("Error 500 when I try to {action}", 4, ("bug", "outage")),
    ("Nobody of us can sign in", 4, ("outage", "account")),
    ("{place} shows yesterday's numbers", 3, ("bug", "reports")),
    ("Dates are a day off in {place}", 2, ("bug", "time zone")),
    ("Letters with accents look wrong in {place}", 2, ("bug", "languages")),
    ("The button to {action} is gone in {browser}", 2, ("bug", "browser")),
    ("Duplicate entries after importing {list}", 3, ("import", "bug")),
    ("Import of {count} contacts stops half-way", 3, ("import", "bug")),
    ("Which columns does the {list} import expect?", 1, ("import", "question")),
    ("How do we export {place} to {format}?", 1, ("export", "question")),
    ("{format} export lacks the totals for {month}", 2, ("export", "reports")),
    ("Invoice for {month} was charged twice", 4, ("billing",)),
    ("Please send the invoice for {month} again", 2, ("billing",)),
    ("Our VAT number is missing on the {month} invoice", 2, ("billing",)),
    ("Moving from monthly to yearly payment", 1, ("billing", "question")),
    ("Card was declined, will we lose access?", 3, ("billing", "account")),
    ("Can we have {count} more seats until {month}?", 2, ("billing", "account")),
    ("Do you plan {feature}?", 1, ("idea",)),
    ("{feature} would save us hours", 1, ("idea",)),
    ("Does our plan include {feature}?", 1, ("question", "billing")),
    ("Connecting {system}: where do I find the key?", 2, ("sync", "question")),
    ("{system} has stopped syncing", 3, ("sync", "bug")),
    ("Sync with {system} creates {count} copies of each order", 4, ("sync", "bug")),
    ("Who changed the settings of {place}?", 2, ("security", "question")),
    ("A sign-in from a country where we have nobody", 4, ("security", "account")),
    ("Please remove the account of {person}", 2, ("account",)),
    ("{person} did not get the invitation", 2, ("account", "mail")),
    ("{person} left: who owns their records now?", 2, ("account", "question")),
    ("Reset link arrives after it has run out", 3, ("mail", "account")),
    ("Your mails land in our spam folder", 2, ("mail",)),
    ("Reminders for {month} went out twice", 3, ("mail", "bug")),
    ("Can {person} see {place} without editing it?", 1, ("question", "account")),
    ("How long do you keep deleted records?", 1, ("question", "privacy")),
    ("We need a data processing agreement", 2, ("privacy", "billing")),
    ("Training for {count} people in {month}?", 1, ("question",)),
    ("Screen reader reads {place} in the wrong order", 3, ("accessibility", "bug")),
    ("Thank you! {place} works again", 1, ("thanks",)),
    ("Thanks for the quick help with {system}", 1, ("thanks",)),
]  # fmt: skip

# What half of the senders add: their own number for it.
ENDINGS = ["", "", "", " (order {number})", " (case {number})", " [ref {number}]"]

PERSONAL_SUBJECTS = [
    "Ordering spare parts for the bicycle", "Ask the landlord about the boiler",
    "Question about the library card", "Warranty of the headphones", "Change of address at the bank",
    "Concert tickets arrived twice", "Appointment for the passport",
]  # fmt: skip

BOOKMARKS = {
    "alice": [
        ("How we answer: the team's guide", "https://www.example.com/handbook/answers", ["team"]),
        ("Status page of the hosting", "https://status.example.net/", ["operations"]),
        ("HTTP status codes", "https://www.rfc-editor.org/rfc/rfc9110#name-status-codes", ["reference"]),
        ("Plain language, with examples", "https://www.example.org/plain-language", ["writing"]),
        ("Holiday calendar", "https://www.example.com/calendar", ["team"]),
    ],
    "bob": [
        ("Regular expressions, tried out", "https://www.example.org/regex", ["reference"]),
        ("Time zones of the world", "https://www.iana.org/time-zones", ["reference", "time"]),
        ("Lunch menu", "https://www.example.com/lunch", ["team"]),
    ],
    "charlie": [
        ("Second-hand bicycles", "https://www.example.org/bicycles", ["home"]),
        ("Bread without kneading", "https://www.example.org/bread", ["home", "food"]),
    ],
    "dana": [
        ("Django: the admin", "https://docs.djangoproject.com/en/5.2/ref/contrib/admin/", ["reference"]),
        ("Backups: when did we last restore one?", "https://www.example.com/backups", ["operations"]),
    ],
}
