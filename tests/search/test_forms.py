"""The form that saves a search, which the library's menu has as well."""

import re

import pytest

from search.forms import SavedSearchForm
from tests.factories import make_asset, make_user

pytestmark = pytest.mark.django_db


def fields_of(html):
    """Names, limits and choices."""
    return re.findall(
        r'name="(name|sharing)"|maxlength="(\d+)" required|<option value="(\w+)"', html
    )


class TestTheMenuOfTheLibrary:
    @pytest.mark.parametrize("group", ["Editors", "Viewers"])
    def test_has_the_fields_of_the_form(self, client, group):
        user = make_user("ada", group=group)
        client.force_login(user)
        make_asset()
        page = client.get("/?q=volcano").content.decode()
        menu = page[page.index("saved-menu__form") : page.index("Save this search")]
        assert fields_of(menu) == fields_of(str(SavedSearchForm(user=user)))
        assert ("", "", "collection") in fields_of(menu) or group == "Viewers"
