"""Forms and queries of the console: pydantic models filled from what a browser sends.

Whatever is sent, the answer is a sentence that names the field; nothing odd reaches a database:
no number beyond its column, no NUL, no half character.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.datastructures import ImmutableMultiDict

from bot.web.console.words import gettext as _

M = TypeVar("M", bound="Form")

LARGEST = 2**31 - 1
"""The largest key: PostgreSQL's integer."""


class Form(BaseModel):
    """The fields of a form or a query. A field's `title` is what it is called on the page."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.encode(errors="ignore").decode(errors="ignore").replace("\x00", "")
    return text.replace("\r\n", "\n").strip()


def _line(value: object) -> object:
    value = _clean(value)
    return " ".join(value.split()) if isinstance(value, str) else value


def _blank(value: object) -> object:
    value = _clean(value)
    return None if value == "" else value


Id = Annotated[int, Field(ge=1, le=LARGEST)]
"""A key of a row."""
MaybeId = Annotated[Id | None, BeforeValidator(_blank)]
Line = Annotated[str, BeforeValidator(_line), Field(min_length=1, max_length=200)]
"""One line that must say something."""
MaybeLine = Annotated[str, BeforeValidator(_line), Field(max_length=200)]
Words = Annotated[str, BeforeValidator(_clean), Field(min_length=1, max_length=4000)]
"""A text of several lines that must say something."""
MaybeWords = Annotated[str, BeforeValidator(_clean), Field(max_length=4000)]


class InvalidError(Exception):
    """A form cannot be used. `errors`: field → what is wrong with it, one Indonesian sentence."""

    def __init__(self, errors: Mapping[str, str], given: Mapping[str, Any]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors
        self.given = given


def read(model: type[M], sent: ImmutableMultiDict[str, Any]) -> M:
    """Return the form that was sent; raise `InvalidError` with every mistake at once."""
    given = given_to(model, sent)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidError(_sentences(model, error), given) from None


def read_leniently(model: type[M], sent: ImmutableMultiDict[str, Any]) -> M:
    """Return a query; what is wrong in it counts as not given: an address is no form."""
    given = given_to(model, sent)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        return model.model_validate({k: v for k, v in given.items() if k not in wrong})


def given_to(model: type[Form], sent: ImmutableMultiDict[str, Any]) -> dict[str, Any]:
    """Return what was sent of a model's fields: lists for those that take several values."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in sent:
            found[key] = sent.getlist(key) if _is_list(field.annotation) else sent[key]
    return found


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(_is_list(each) for each in get_args(annotation))
    if origin is Annotated:
        return _is_list(get_args(annotation)[0])
    return origin in (list, tuple, set, frozenset)


def _sentences(model: type[Form], error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        field = model.model_fields.get(name)
        called = (field.title if field else None) or name
        kind = each["type"]
        if kind in ("missing", "string_too_short", "too_short") or each.get("input") in ("", None):
            text = _("%(field)s must be filled in.") % {"field": called}
        elif kind in ("string_too_long", "too_long"):
            most = each.get("ctx", {}).get("max_length", 0)
            text = _("%(field)s may have %(most)s at most.") % {"field": called, "most": most}
        elif kind == "value_error":
            text = str(each.get("ctx", {}).get("error", "")) or each["msg"]
        else:
            text = _("%(field)s cannot be used as it is.") % {"field": called}
        found.setdefault(name, text[:1].upper() + text[1:])
    return found
