"""Who gets which answer from which route. A route that is not listed here fails the test."""

import pytest
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver

from dam.models import Collection
from recognition.models import RecognitionRun
from tests.factories import make_asset, make_user

pytestmark = pytest.mark.django_db

LOGIN = 302  # to the login page
NOT_FOUND, FORBIDDEN, WRONG_METHOD, OK, MOVED = 404, 403, 405, 200, 302

# What a GET gives to: anonymous, a viewer who may not see the object, one who may, an editor who
# may not, an editor who may.
EXPECTED = {
    "healthz": (OK, OK, OK, OK, OK),
    "login": (OK, MOVED, MOVED, MOVED, MOVED),
    "logout": (LOGIN, WRONG_METHOD, WRONG_METHOD, WRONG_METHOD, WRONG_METHOD),
    "password_change": (LOGIN, OK, OK, OK, OK),
    "search:library": (LOGIN, OK, OK, OK, OK),
    "search:search": (LOGIN, OK, OK, OK, OK),
    "dam:upload": (LOGIN, FORBIDDEN, FORBIDDEN, OK, OK),
    "dam:trash": (LOGIN, FORBIDDEN, FORBIDDEN, OK, OK),
    "dam:asset": (LOGIN, NOT_FOUND, OK, NOT_FOUND, OK),
    "dam:knowledge": (LOGIN, NOT_FOUND, OK, NOT_FOUND, OK),
    "dam:edit": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND, OK),
    "dam:original": (LOGIN, NOT_FOUND, OK, NOT_FOUND, OK),
    "dam:rendition": (LOGIN, NOT_FOUND, OK, NOT_FOUND, OK),
    "dam:collections": (LOGIN, OK, OK, OK, OK),
    "dam:collection": (LOGIN, NOT_FOUND, MOVED, NOT_FOUND, MOVED),
    "dam:edit_collection": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND, OK),
}
# What a POST gives to the same five; the editor who may is sent on.
CHANGES = {
    "dam:add_tags": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:remove_tag": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:answer_suggestion": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:add_to_collection": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:remove_from_collection": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:put_in_trash": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:restore": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "dam:create_collection": (LOGIN, FORBIDDEN, FORBIDDEN, None),
    "dam:delete_collection": (LOGIN, FORBIDDEN, FORBIDDEN, NOT_FOUND),
    "recognition:recognise_again": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "recognition:retry": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
}


def routes(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from routes(pattern, pattern.namespace or namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}:{pattern.name}" if namespace else str(pattern.name)


@pytest.fixture
def people(django_user_model):
    return {
        "viewer": make_user("viewer", group="Viewers"),
        "guest": make_user("guest", group="Viewers"),
        "stranger": make_user("stranger"),
        "owner": make_user("owner"),
    }


@pytest.fixture
def url_of(people):
    """URLs of an asset and a collection that only their owner and the guest may see."""
    from django.urls import reverse

    asset = make_asset(uploader=people["owner"], tags=["Cat"])
    asset.audiences.all().delete()
    guests = Group.objects.create(name="Guests")
    people["guest"].groups.add(guests)
    asset.audiences.create(group=guests)
    collection = Collection.objects.create(name="Own", creator=people["owner"])
    collection.add(asset)
    known = {
        "tag_pk": asset.tags.get().pk,
        "collection_pk": collection.pk,
        "run_pk": RecognitionRun.objects.filter(original=asset.original).first().pk,
        "spec": "max-480x480",
    }

    def url(route):
        takes = {
            "dam:collection": ["pk"],
            "dam:edit_collection": ["pk"],
            "dam:delete_collection": ["pk"],
            "dam:remove_tag": ["pk", "tag_pk"],
            "dam:remove_from_collection": ["pk", "collection_pk"],
            "dam:rendition": ["pk", "spec"],
            "recognition:retry": ["pk", "run_pk"],
        }.get(route)
        if takes is None:
            bare = {"dam:upload", "dam:trash", "dam:collections", "dam:create_collection"}
            takes = ["pk"] if route.startswith(("dam:", "recog")) and route not in bare else []
        pk = collection.pk if route.endswith("_collection") and takes == ["pk"] else asset.pk
        pk = collection.pk if route == "dam:collection" else pk
        pk = asset.pk if route == "dam:add_to_collection" else pk
        values = known | {"pk": pk}
        return reverse(route, kwargs={name: values[name] for name in takes})

    return url


def test_every_route_is_listed():
    assert set(routes()) == set(EXPECTED) | set(CHANGES)


@pytest.mark.parametrize("route", EXPECTED)
def test_reading(route, client, people, url_of):
    seen = []
    for name in (None, "viewer", "guest", "stranger", "owner"):
        client.logout()
        if name:
            client.force_login(people[name])
        seen.append(client.get(url_of(route)).status_code)
    assert tuple(seen) == EXPECTED[route]


@pytest.mark.parametrize("route", CHANGES)
def test_changing(route, client, people, url_of):
    data = {"names": "Dog", "name": "New"}
    for name, expected in zip((None, "viewer", "guest", "stranger"), CHANGES[route], strict=True):
        client.logout()
        if name:
            client.force_login(people[name])
        status = client.post(url_of(route), data).status_code
        assert expected is None or status == expected, name
    client.force_login(people["owner"])
    assert client.get(url_of(route)).status_code == WRONG_METHOD
    assert client.post(url_of(route), data).status_code == MOVED
