"""Reading the files of an upload form: each with its name as sent, staged as it arrives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict

from dam.staging import LostUpload, StagedFile
from dam.storages import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a form."""

    name: str
    """As the browser sent it: it may be a path or hold control characters."""
    content: StagedFile | LostUpload
    """Whole, or cut off where it became larger than allowed."""


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


class StagingHandler(FileUploadHandler):
    """Stages each file of a form as it arrives; no more of it than shows that it is too large.

    A full disk is no reason to read no further: it is told of each file on its own. Forms are read
    before views are asked whom they are for, so what others send than those who may upload is left.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not (self.request and self.request.user.has_perm("dam.add_asset")):
            raise SkipFile
        self._staged = self._attempt(StagedFile)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        staged = self._staged
        if isinstance(staged, StagedFile) and staged.size <= max_upload_bytes():
            self._staged = self._attempt(lambda: staged.append(raw_data))

    def file_complete(self, file_size: int) -> UploadedFile:
        if isinstance(self._staged, StagedFile):
            self._staged = self._attempt(self._staged.complete)
        return UploadedFile(
            file=self._staged,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )

    def upload_interrupted(self) -> None:
        if staged := getattr(self, "_staged", None):
            staged.close()

    @staticmethod
    def _attempt(write: Callable[[], StagedFile]) -> StagedFile | LostUpload:
        try:
            return write()
        except StorageError as error:
            return LostUpload(error)


class UploadHandler(FileUploadHandler):
    """Parses an upload form in Django's place; `uploads` gives its files afterwards."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._inner = [StagingHandler(request)]
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
            Upload(name=name, content=cast(StagedFile | LostUpload, self._files[number].file))
            for number, name in enumerate(self._names)
            if number in self._files
        ]


def max_upload_bytes() -> int:
    """The size limit of one file, in bytes."""
    return int(settings.BROMO_MAX_UPLOAD_MEGABYTES * 1_000_000)
