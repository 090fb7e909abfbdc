"""Who gets which answer from which route. A route that is not listed here fails the test."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from dam.models import Collection
from recognition.failures import failure_key
from recognition.models import RecognitionRun
from search.models import SavedSearch
from tests.factories import make_asset, make_user

pytestmark = pytest.mark.django_db

LOGIN = 302  # to the login page
NOT_FOUND, FORBIDDEN, WRONG_METHOD, OK, MOVED = 404, 403, 405, 200, 302

# What a GET gives to: anonymous, a viewer who may not see the object, one who may, an editor who
# may not, an editor who may.
EXPECTED = {
    "healthz": (OK, OK, OK, OK, OK),
    "readyz": (OK, OK, OK, OK, OK),
    "metrics": (LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    "login": (OK, MOVED, MOVED, MOVED, MOVED),
    "logout": (LOGIN, WRONG_METHOD, WRONG_METHOD, WRONG_METHOD, WRONG_METHOD),
    "password_change": (LOGIN, OK, OK, OK, OK),
    "search:library": (LOGIN, OK, OK, OK, OK),
    "search:search": (LOGIN, OK, OK, OK, OK),
    "search:facet": (LOGIN, OK, OK, OK, OK),
    "search:saved_searches": (LOGIN, OK, OK, OK, OK),
    "search:save": (LOGIN, OK, OK, OK, OK),
    "search:saved_search": (LOGIN, NOT_FOUND, NOT_FOUND, NOT_FOUND, MOVED),
    "search:saved_menu": (LOGIN, MOVED, MOVED, MOVED, MOVED),
    "search:edit_saved_search": (LOGIN, NOT_FOUND, NOT_FOUND, NOT_FOUND, OK),
    "search:replace_query": (LOGIN, NOT_FOUND, NOT_FOUND, NOT_FOUND, OK),
    "dam:upload": (LOGIN, FORBIDDEN, FORBIDDEN, OK, OK),
    "dam:trash": (LOGIN, FORBIDDEN, FORBIDDEN, OK, OK),
    "dam:empty_trash": (LOGIN, FORBIDDEN, FORBIDDEN, OK, OK),
    "dam:delete_for_ever": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND, MOVED),
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
    "search:delete_saved_search": (LOGIN, NOT_FOUND, NOT_FOUND, NOT_FOUND),
    "recognition:recognise_again": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
    "recognition:retry": (LOGIN, NOT_FOUND, FORBIDDEN, NOT_FOUND),
}
# What is for staff alone. What it gives to staff who look, to staff who would change something
# without the permission to, and to those who have it.
FOR_STAFF = {
    "recognition:overview": (OK, FORBIDDEN, WRONG_METHOD),
    "recognition:failure": (OK, FORBIDDEN, WRONG_METHOD),
    "recognition:retry_failure": (WRONG_METHOD, FORBIDDEN, MOVED),
    "recognition:retry_one": (WRONG_METHOD, FORBIDDEN, MOVED),
    "recognition:pause": (WRONG_METHOD, FORBIDDEN, MOVED),
    "recognition:resume": (WRONG_METHOD, FORBIDDEN, MOVED),
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
    """URLs of an asset and a collection that only their owner and the guest may see, and of a
    saved search of the owner's."""
    asset = make_asset(uploader=people["owner"], tags=["Cat"])
    asset.audiences.all().delete()
    guests = Group.objects.create(name="Guests")
    people["guest"].groups.add(guests)
    asset.audiences.create(group=guests)
    collection = Collection.objects.create(name="Own", creator=people["owner"])
    collection.add(asset)
    saved = SavedSearch.objects.create(name="Cats", querystring="q=cat", owner=people["owner"])
    known = {
        "kind": "tag",
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
            "search:facet": ["kind"],
            "search:saved_search": ["pk"],
            "search:edit_saved_search": ["pk"],
            "search:delete_saved_search": ["pk"],
            "search:replace_query": ["pk"],
        }.get(route)
        if takes is None:
            bare = {
                "dam:upload", "dam:trash", "dam:empty_trash", "dam:collections",
                "dam:create_collection",
            }  # fmt: skip
            takes = ["pk"] if route.startswith(("dam:", "recog")) and route not in bare else []
        pk = collection.pk if route.endswith("_collection") and takes == ["pk"] else asset.pk
        pk = collection.pk if route == "dam:collection" else pk
        pk = asset.pk if route == "dam:add_to_collection" else pk
        is_of_saved = route.endswith("saved_search") or route == "search:replace_query"
        pk = saved.pk if is_of_saved else pk
        values = known | {"pk": pk}
        return reverse(route, kwargs={name: values[name] for name in takes})

    return url


def test_every_route_is_listed():
    assert set(routes()) == set(EXPECTED) | set(CHANGES) | set(FOR_STAFF)


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


@pytest.mark.parametrize("route", FOR_STAFF)
def test_what_is_for_staff(route, client, people):
    asset = make_asset(uploader=people["owner"])
    run = RecognitionRun.objects.get(original=asset.original)
    RecognitionRun.objects.update(state="failed", error="broken", finished_at=timezone.now())
    takes = {
        "recognition:failure": {"key": failure_key(run.recogniser, "failed", "broken")},
        "recognition:retry_failure": {"key": failure_key(run.recogniser, "failed", "broken")},
        "recognition:retry_one": {"run_pk": run.pk},
    }
    url = reverse(route, kwargs=takes.get(route))
    assert client.get(url).status_code == LOGIN
    for name in people:
        client.force_login(people[name])
        assert (client.get(url).status_code, client.post(url).status_code) == (FORBIDDEN, FORBIDDEN)
    staff = make_user(is_staff=True)
    client.force_login(staff)
    seen = [client.get(url).status_code, client.post(url).status_code]
    staff.user_permissions.add(Permission.objects.get(codename="change_recognitionrun"))
    seen.append(client.post(url, {"recogniser": run.recogniser}).status_code)
    assert tuple(seen) == FOR_STAFF[route]
