"""Loads model files into the runtimes that compute them, once they are as the manifest says.

The runtimes are imported where a model is first loaded: a web process asks a recogniser for its
fingerprint only, and should not pay for them in memory and start-up time.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognition.manifest import PinnedFile, get_model
from recognition.recognisers.base import PermanentError

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

Array = NDArray[Any]


def read_model(folder: Path, name: str) -> bytes:
    """The content of a model file that is as the manifest says.

    Raises PermanentError for one that is missing or differs. Waiting mends neither, so an editor
    should hear of it at once; failed runs can be repeated once the file is there.
    """
    model = get_model(name)
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"The model {name} cannot be read in {folder}: run manage.py fetch_models."
        raise PermanentError(msg) from error
    if not model.is_content(content):
        msg = (
            f"The model {path} is not the one in the manifest (its SHA-256 differs) and is not"
            " used: run manage.py fetch_models."
        )
        raise PermanentError(msg)
    return content


def find_missing(folder: Path, names: Sequence[str]) -> list[PinnedFile]:
    """The models that are absent or of the wrong size; cheap enough for a system check."""
    models = [get_model(name) for name in names]
    return [model for model in models if _size(folder / model.name) != model.size]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


class TfLiteSession:
    """A TensorFlow Lite model; loaded once, at the first call, and safe for many threads."""

    def __init__(self, folder: Path, name: str, *, threads: int) -> None:
        self.folder = folder
        self.name = name
        self.threads = threads
        # An interpreter holds its inputs and outputs: one call has to end before the next begins.
        self._lock = Lock()
        self._interpreter: Interpreter | None = None

    def load(self) -> None:
        """Loads the model unless that has happened. Raises PermanentError as `read_model` does."""
        with self._lock:
            self._loaded()

    def run(self, image: Array) -> list[Array]:
        """The outputs for one image without its batch axis, in the model's order, as they come."""
        with self._lock:
            interpreter = self._loaded()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[np.newaxis])
            interpreter.invoke()
            outputs = interpreter.get_output_details()
            return [interpreter.get_tensor(output["index"])[0] for output in outputs]

    def input_quantisation(self) -> tuple[float, int]:
        """Scale and zero point of the input: real = (byte - zero point) x scale."""
        with self._lock:
            scale, zero_point = self._loaded().get_input_details()[0]["quantization"]
        return float(scale), int(zero_point)

    def _loaded(self) -> "Interpreter":
        if self._interpreter is None:
            from ai_edge_litert.interpreter import Interpreter

            content = read_model(self.folder, self.name)
            interpreter = Interpreter(model_content=content, num_threads=self.threads)
            interpreter.allocate_tensors()
            self._interpreter = interpreter
        return self._interpreter


class OnnxSession:
    """An ONNX model; loaded once, at the first call, and safe to use from many threads."""

    def __init__(self, folder: Path, name: str, *, threads: int) -> None:
        self.folder = folder
        self.name = name
        self.threads = threads
        self._lock = Lock()
        self._session: Any = None

    def load(self) -> None:
        """Loads the model unless that has happened. Raises PermanentError as `read_model` does."""
        with self._lock:
            if self._session is None:
                self._session = self._make()

    def run(self, image: Array) -> list[Array]:
        """The outputs for one image without its batch axis, in the model's order."""
        self.load()
        name = self._session.get_inputs()[0].name
        return [output[0] for output in self._session.run(None, {name: image[np.newaxis]})]

    def _make(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3  # errors only: its warnings are about the graph, not for us
        return onnxruntime.InferenceSession(
            read_model(self.folder, self.name), options, providers=["CPUExecutionProvider"]
        )
