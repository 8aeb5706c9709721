"""What Twilio's error codes mean for a message: the reaction to each, and who must hear of it.

21xxx and 20xxx come with the answer to the POST, 30xxx and 63xxx later with the delivery report.
A code that is not in the table is safe: it ends the attempt, the next channel is tried, and
somebody is told.
"""

from __future__ import annotations

from config.terms import Reaction

BUSY = "20429"
"""Too many requests at once: never processed, so always safe to send again."""
AUTHENTICATE = "20003"
"""The account's id and token were refused."""

UNREACHABLE = "unreachable"
"""Our own word: the request never left, nobody was there."""

REACTIONS = {
    # the 24-hour window of WhatsApp: a template was due, and we sent free text
    "63016": Reaction.TEMPLATE,
    # the number is not on WhatsApp
    "63024": Reaction.UNREACHABLE,
    "63003": Reaction.UNREACHABLE,
    "63032": Reaction.NEXT,
    # limits of the sender or the business
    "63018": Reaction.LATER,
    "63049": Reaction.NEXT,
    # the person blocked us, or answered STOP
    "63014": Reaction.OPTED_OUT,
    "21610": Reaction.OPTED_OUT,
    # what we sent is wrong
    "63013": Reaction.CONTENT,
    "63021": Reaction.CONTENT,
    "21656": Reaction.CONTENT,
    "21617": Reaction.CONTENT,
    "63028": Reaction.CONTENT,
    "63027": Reaction.CONTENT,
    "14107": Reaction.CONTENT,  # a loop of messages was cut off
    # the template was rejected, paused, disabled
    "63040": Reaction.TEMPLATE_OFF,
    "63041": Reaction.TEMPLATE_OFF,
    "63042": Reaction.TEMPLATE_OFF,
    # account or configuration
    "63007": Reaction.CHANNEL_OFF,
    "21612": Reaction.CHANNEL_OFF,
    "21408": Reaction.CHANNEL_OFF,
    AUTHENTICATE: Reaction.CHANNEL_OFF,
    "63051": Reaction.CHANNEL_OFF,
    "63020": Reaction.CHANNEL_OFF,
    # it will pass
    "63010": Reaction.LATER,
    "63012": Reaction.LATER,
    "30001": Reaction.LATER,
    "30008": Reaction.LATER,
    "30410": Reaction.LATER,
    # the number
    "21211": Reaction.NO_NUMBER,
    "21614": Reaction.INVALID,
    "21635": Reaction.INVALID,
    "30006": Reaction.INVALID,
    "30005": Reaction.INVALID,
    "30003": Reaction.HANDSET_OFF,
    # filtered on the way
    "30007": Reaction.NEXT,
    # too fast
    BUSY: Reaction.BUSY,
    "429": Reaction.BUSY,
}
"""The reaction to each code that we know."""

QUIET_REACTIONS = frozenset(
    {
        Reaction.BUSY,
        Reaction.LATER,
        Reaction.HANDSET_OFF,
        Reaction.NEXT,
        Reaction.UNREACHABLE,
        Reaction.INVALID,
        Reaction.NO_NUMBER,
        Reaction.OPTED_OUT,
    }
)
"""What concerns one number or one moment; everything else is a mistake somebody must mend."""
LOUD_CODES = frozenset({"63018", "63049", "30007"})
"""Codes with a quiet reaction that are told all the same: limits and filters hit everybody."""

OF_ONE_NUMBER = frozenset({"21408", "21612"})
"""Permission for a country, a route between two numbers: the account's, or one number's alone."""

PASSING = frozenset(
    {
        Reaction.BUSY,
        Reaction.LATER,
        Reaction.HANDSET_OFF,
        Reaction.CHANNEL_OFF,
        Reaction.TEMPLATE,
    }
)
"""Reactions after which the same message may still go the same way, at another time or form."""


def reaction(code: str | None) -> Reaction:
    """Return what follows from an error code; unknown codes, and none, mean the next channel."""
    return REACTIONS.get(code or "", Reaction.NEXT)


def alerts(code: str | None) -> bool:
    """Return whether Kominfo must hear of this code, once, whoever the message was for.

    True for every code that is not in the table. Whether an opted-out officer is told about is
    for the caller, who knows whether the number is an officer's.
    """
    if code is None:
        return False
    if code not in REACTIONS:
        return True
    return code in LOUD_CODES or REACTIONS[code] not in QUIET_REACTIONS


def of_one_number(code: str) -> bool:
    """Return whether a code that stops a channel may be about the one number it came with."""
    return code in OF_ONE_NUMBER


def is_permanent(code: str | None) -> bool:
    """Return whether a message refused with this code is never tried again on the same way."""
    return reaction(code) not in PASSING
