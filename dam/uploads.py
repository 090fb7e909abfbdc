"""Reading the files of an upload form: each with its name as sent, none larger than allowed."""

from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, load_handler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a form; without content where it was larger than allowed."""

    name: str
    """As the browser sent it: it may be a path or hold control characters."""
    content: BinaryIO | None


class _NumberingParser(MultiPartParser):
    """Gives files numbers for names.

    Django would clean a name silently before anybody sees it; ours is refused aloud instead.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sent_names: list[str] = []

    def sanitize_file_name(self, file_name: str) -> str:
        self.sent_names.append(file_name)
        return str(len(self.sent_names) - 1)


class _SizeLimit(FileUploadHandler):
    """Drops a file as soon as it is too large, so that it cannot fill the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > max_upload_bytes():
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class UploadHandler(FileUploadHandler):
    """Parses an upload form in Django's place; `uploads` gives its files afterwards."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._inner = [
            _SizeLimit(request),
            *(load_handler(path, request) for path in settings.FILE_UPLOAD_HANDLERS),
        ]
        self._names: list[str] = []
        self._files: dict[int, UploadedFile] = {}

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django passes it by this name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
        parser = _NumberingParser(META, input_data, self._inner, encoding)
        post, files = parser.parse()
        self._names = parser.sent_names
        for field in files:
            for file in files.getlist(field):
                self._files[int(file.name or 0)] = file
        return post, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    @property
    def uploads(self) -> list[Upload]:
        return [
            Upload(name=name, content=cast(BinaryIO, self._files.get(number)))
            for number, name in enumerate(self._names)
        ]


def max_upload_bytes() -> int:
    """The size limit of one file, in bytes."""
    return int(settings.BROMO_MAX_UPLOAD_MEGABYTES * 1_000_000)
