"""What is missing of the set-up, as far as this machine can tell without asking anybody."""

import os
from collections.abc import Iterator

import botocore.session
from botocore.exceptions import BotoCoreError

from recognition.recognisers.base import Problem
from recognition.recognisers.rekognition.place import problems_of_place, read_place

_LOCAL = frozenset({"env", "shared-credentials-file", "config-file"})
"""Ways to credentials that ask no server and run no program, by botocore's names for them."""
_ELSEWHERE = frozenset(
    {
        "role_arn",
        "credential_process",
        "web_identity_token_file",
        "sso_session",
        "sso_start_url",
        "login_session",
    }
)
"""What a profile has where credentials come from a server or a program."""
_ELSEWHERE_BY_VARIABLE = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_HINT_FOR_ROLES = (
    "Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile. Where this machine has a role "
    "of Amazon's, nothing is missing."
)


def find_problems(
    *, profile: str = "", region: str = "", custom_labels_arn: str = ""
) -> Iterator[Problem]:
    """Names what is wrong with boto3's chain: with the place, the profile, credentials.

    `custom_labels_arn` is the model that is asked; empty where none is.
    """
    session = botocore.session.Session(profile=profile or None)
    try:
        place = read_place(session, region)
        has_credentials = _has_credentials(session)
    except BotoCoreError as error:
        yield Problem(
            message=f"The AWS configuration cannot be used: {error}.",
            hint=(
                "See BROMO_REKOGNITION_PROFILE, AWS_PROFILE, AWS_CONFIG_FILE and "
                "AWS_SHARED_CREDENTIALS_FILE."
            ),
            is_fatal=False,
        )
        return
    yield from problems_of_place(place, custom_labels_arn)
    if not has_credentials:
        yield Problem(
            message="No AWS credentials are found in variables and files.",
            hint=_HINT_FOR_ROLES,
            is_fatal=False,
        )


def _has_credentials(session: botocore.session.Session) -> bool:
    """Whether variables or files hold credentials, or name who gives them."""
    is_named = session.instance_variables().get("profile") is not None
    if not is_named and any(os.environ.get(name) for name in _ELSEWHERE_BY_VARIABLE):
        return True
    if _ELSEWHERE & session.get_scoped_config().keys():
        return True
    providers = session.get_component("credential_provider").providers
    return any(p.load() is not None for p in providers if p.METHOD in _LOCAL)
