"""The whole service is told to end while people upload and images are recognised."""

import signal
import socket
import threading
import time
from http.client import HTTPResponse

from tests.faults.client import Answer, Client
from tests.faults.judge import Findings
from tests.faults.ledger import Ledger
from tests.faults.people import People, account_for
from tests.faults.photos import Photo
from tests.faults.processes import wait_until_ended, wait_until_read
from tests.faults.trial import Row, Scenario, Trial

BODY_BYTES = 3_000_000
HALFWAY = 0.5
PATIENCE_SECONDS = 60.0
"""More than the service takes to end; supervisors of services wait 90."""


class HalfUpload:
    """An upload of which the server has read a half when it is told to end."""

    def __init__(self, client: Client, photo: Photo) -> None:
        self.photo, self._began = photo, time.monotonic()
        self._request = client.upload_request(photo)
        self._connection = socket.create_connection(("127.0.0.1", client.port), timeout=60)
        self._connection.sendall(self._request[: self._half])
        wait_until_read(client.port, self._connection.getsockname()[1])

    def complete(self, ledger: Ledger) -> str:
        """Sends the rest; gives the reason why it was not taken after all, or nothing."""
        try:
            with self._connection as connection:
                connection.sendall(self._request[self._half :])
                response = HTTPResponse(connection)
                response.begin()
                answer = Answer(status=response.status, body=response.read(), cookies={})
        except OSError as error:
            return repr(error)
        seconds = time.monotonic() - self._began
        return account_for(answer, self.photo, ledger, seconds=seconds)

    @property
    def _half(self) -> int:
        return int(len(self._request) * HALFWAY)


def terminate(trial: Trial) -> Row:
    photos = trial.photos(trial.pick(small=40, full=200))
    halves = trial.photos(4, size=BODY_BYTES)
    with trial.installation(has_services=False) as here:
        service = here.start_everything()
        here.sign_in()
        with People(here.client, photos, trial.ledger):
            trial.wait_until_amid(here, photos)
            open_uploads = [HalfUpload(here.client, photo) for photo in halves]
            service.send_signal(signal.SIGTERM)
            lost = _complete(open_uploads, trial.ledger)
            status = wait_until_ended(service, PATIENCE_SECONDS)
            stuck = _complaints(status, here.processes())
            ended = time.monotonic()
            here.start_everything(log="serve-again")
        extra = Findings(lost=lost, stuck=stuck)
        return trial.row(here, since=ended, extra=extra)


def _complaints(status: int | None, left: dict[int, str]) -> tuple[str, ...]:
    """What is wrong with how the service ended."""
    told = [] if status == 0 else [f"It ended with {status} in place of 0."]
    return (*told, *(f"It left a process behind: {command}" for command in left.values()))


def _complete(uploads: list[HalfUpload], ledger: Ledger) -> tuple[str, ...]:
    """Completes all of them at once; tells which were not answered as uploads are."""
    reasons: list[str] = []

    def complete(upload: HalfUpload) -> None:
        if reason := upload.complete(ledger):
            reasons.append(f"{upload.photo.name} was under way and was cut off: {reason}")

    threads = [threading.Thread(target=complete, args=(upload,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(reasons)


SCENARIOS = (
    Scenario(name="sigterm", title="SIGTERM to the whole service under load", play=terminate),
)
