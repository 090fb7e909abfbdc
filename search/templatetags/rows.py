"""Rows that a page has hundreds of."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def rows(name: str, **context: object) -> SafeString:
    """What a template of Jinja2 makes of this context."""
    return mark_safe(render_to_string(name, context, using="jinja2"))  # noqa: S308 - it escapes
