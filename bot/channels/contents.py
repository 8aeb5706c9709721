"""The provider's library of message templates: what a gateway with one must do.

WhatsApp takes a business's first word only as a template that Meta has approved. The provider
holds the templates as contents; neither their names nor their creation is guarded against
repetition, so whoever creates one looks for it first (`bot.templates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Content:
    """One content of the account: the provider's id and the friendly name we gave it."""

    sid: str
    name: str


@dataclass(frozen=True, slots=True)
class ContentStatus:
    """How far Meta's approval of a content has come.

    `status` is the provider's own word: unsubmitted, received, pending, approved, rejected, paused
    or disabled. `reason` is Meta's, where it refused.
    """

    status: str
    reason: str | None = None


@runtime_checkable
class Contents(Protocol):
    """The contents of one account.

    Every method raises `GatewayError` where the provider refuses and `OutcomeUnknownError` where
    it cannot be asked or the line broke (`bot.channels.gateway`).
    """

    def list_contents(self) -> Sequence[Content]:
        """Return every content of the account, those of other programs too."""
        ...

    def create_content(
        self,
        name: str,
        language: str,
        body: str,
        variables: Mapping[str, str],
        buttons: Sequence[tuple[str, str]],
    ) -> str:
        """Create a content and return its id; creating it twice makes two.

        `body` has numbered variables ("{{1}}"), `variables` a sample for each by its number;
        `buttons` are quick replies as (id, title), a plain text content without any.
        """
        ...

    def submit_content(self, sid: str, name: str, category: str) -> None:
        """Ask for WhatsApp's approval, under a name of [a-z0-9_] and a category as UTILITY."""
        ...

    def content_status(self, sid: str) -> ContentStatus:
        """Return how far the approval has come; status unsubmitted where none was asked for."""
        ...
