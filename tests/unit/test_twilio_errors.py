"""Every row of the table of Twilio's error codes, and what becomes of codes that are not in it."""

from __future__ import annotations

import pytest

from bot.channels import twilio_errors
from config.terms import Reaction

QUIET, ALERT = False, True
STAYS, PASSES = True, False

ROWS = [
    ("63016", Reaction.TEMPLATE, ALERT, PASSES),  # outside the window: our bug
    ("63024", Reaction.UNREACHABLE, QUIET, STAYS),  # not on WhatsApp
    ("63003", Reaction.UNREACHABLE, QUIET, STAYS),
    ("63032", Reaction.NEXT, QUIET, STAYS),
    ("63018", Reaction.LATER, ALERT, PASSES),  # limit of the sender
    ("63049", Reaction.NEXT, ALERT, STAYS),  # Meta withheld it: look at the category
    ("63014", Reaction.OPTED_OUT, QUIET, STAYS),  # blocked us
    ("21610", Reaction.OPTED_OUT, QUIET, STAYS),  # STOP
    ("63013", Reaction.CONTENT, ALERT, STAYS),
    ("63021", Reaction.CONTENT, ALERT, STAYS),
    ("21656", Reaction.CONTENT, ALERT, STAYS),
    ("21617", Reaction.CONTENT, ALERT, STAYS),
    ("63028", Reaction.CONTENT, ALERT, STAYS),
    ("63027", Reaction.CONTENT, ALERT, STAYS),
    ("14107", Reaction.CONTENT, ALERT, STAYS),  # a loop
    ("63040", Reaction.TEMPLATE_OFF, ALERT, STAYS),
    ("63041", Reaction.TEMPLATE_OFF, ALERT, STAYS),
    ("63042", Reaction.TEMPLATE_OFF, ALERT, STAYS),
    ("63007", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("21612", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("21408", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("20003", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("63051", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("63020", Reaction.CHANNEL_OFF, ALERT, PASSES),
    ("63010", Reaction.LATER, QUIET, PASSES),
    ("63012", Reaction.LATER, QUIET, PASSES),
    ("30001", Reaction.LATER, QUIET, PASSES),
    ("30008", Reaction.LATER, QUIET, PASSES),
    ("30410", Reaction.LATER, QUIET, PASSES),
    ("21211", Reaction.NO_NUMBER, QUIET, STAYS),
    ("21614", Reaction.INVALID, QUIET, STAYS),
    ("21635", Reaction.INVALID, QUIET, STAYS),
    ("30006", Reaction.INVALID, QUIET, STAYS),
    ("30005", Reaction.INVALID, QUIET, STAYS),
    ("30003", Reaction.HANDSET_OFF, QUIET, PASSES),
    ("30007", Reaction.NEXT, ALERT, STAYS),  # filtered
    ("20429", Reaction.BUSY, QUIET, PASSES),
    ("429", Reaction.BUSY, QUIET, PASSES),
    # not in the table: the next channel, and somebody hears of it
    ("99999", Reaction.NEXT, ALERT, STAYS),
    ("", Reaction.NEXT, ALERT, STAYS),
    ("queued", Reaction.NEXT, ALERT, STAYS),
    # a failure that came without a code
    (None, Reaction.NEXT, QUIET, STAYS),
]


@pytest.mark.parametrize(("code", "reaction", "alert", "stays"), ROWS)
def test_each_code_has_its_reaction(
    code: str | None, reaction: Reaction, *, alert: bool, stays: bool
) -> None:
    assert twilio_errors.reaction(code) is reaction
    assert twilio_errors.alerts(code) is alert
    assert twilio_errors.is_permanent(code) is stays


def test_no_row_of_the_table_goes_untested() -> None:
    assert {code for code, *_ in ROWS} >= twilio_errors.REACTIONS.keys()
