"""The environment of templates for rows that a page has hundreds of.

Jinja2 renders them several times as fast as Django's templates do, which render the rest of every
page. See docs/adr/0013-rows-are-jinja2.md.
"""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from jinja2 import Environment, StrictUndefined

from dam.templatetags.icons import icon


def environment(**options: Any) -> Environment:
    """What Django asks for: its options, and what the templates call."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = Environment(**options)  # noqa: S701 - Django has it escape
    made.globals |= {"icon": icon, "partial": partial}
    return made


def partial(template: str, /, **context: object) -> SafeString:
    """A part that pages rendered by Django's templates have as well."""
    return render_to_string(template, context)
