import shutil

import pytest

from recognition.images import ImageSource
from recognition.predictions import Kind
from recognition.recognisers.base import PermanentError
from recognition.recognisers.local import LocalRecogniser
from recognition.recognisers.local.recogniser import MODELS, UNSAFE
from tests.recognition.recognisers.contract import RecogniserContract, as_source, make_picture


@pytest.fixture(scope="module")
def loaded(model_dir):
    """One recogniser for all tests that only ask: its models take a moment to load."""
    return LocalRecogniser(model_dir=model_dir)


def from_file(path):
    return ImageSource(open=lambda: path.open("rb"), width=1, height=1)


@pytest.mark.models
class TestLocalRecogniser(RecogniserContract):
    @pytest.fixture(autouse=True)
    def _models(self, model_dir):
        self.model_dir = model_dir

    def make(self, **options):
        return LocalRecogniser(model_dir=self.model_dir, **options)

    @pytest.fixture
    def recogniser(self, loaded):
        return loaded

    @pytest.mark.parametrize(
        ("photo", "names"),
        [
            ("astronaut.png", {"Person"}),
            ("coffee.png", {"Cup", "Coffee", "Espresso"}),
            ("chelsea.png", {"Cat"}),
            ("rocket.jpg", {"Rocket", "Missile"}),
            ("motorcycle_left.png", {"Motorcycle"}),
        ],
    )
    def test_is_sure_of_the_main_subject_of_a_photo(self, recogniser, demo_photos, photo, names):
        outcome = recogniser.recognise(from_file(demo_photos[photo]))
        sure = {p.name for p in outcome.predictions if p.confidence >= recogniser.default_threshold}
        assert sure & names

    def test_says_where_objects_are(self, recogniser, demo_photos):
        outcome = recogniser.recognise(from_file(demo_photos["astronaut.png"]))
        person = next(p for p in outcome.predictions if p.name == "Person")
        # She fills the middle of the picture, her head nearly at its top.
        assert person.instances[0].box.top < 0.1
        assert 0.3 < person.instances[0].box.centre.x < 0.7
        assert person.instances[0].box.area > 0.3

    def test_is_never_less_sure_of_a_parent_than_of_its_child(self, recogniser, demo_photos):
        for path in demo_photos.values():
            labels = self.labels(recogniser.recognise(from_file(path)))
            by_name = {label.name: label.confidence for label in labels}
            for label in labels:
                assert all(by_name[parent] >= label.confidence for parent in label.parents)

    def test_says_which_model_spoke_for_a_label(self, recogniser, demo_photos):
        labels = self.labels(recogniser.recognise(from_file(demo_photos["chelsea.png"])))
        cat = next(label for label in labels if label.name == "Cat")
        assert set(cat.attributes) == {"classifier", "detector"}
        assert cat.parents == ("Mammal", "Animal")
        assert cat.categories == ("Animals and Pets",)
        assert "Kitten" in cat.aliases

    def test_rates_every_picture_for_unsafe_content(self, recogniser, outcome):
        (rating,) = [p for p in outcome.predictions if p.kind is Kind.MODERATION]
        assert rating.name == UNSAFE
        assert rating.confidence < 50

    def test_reports_no_label_below_its_floor_and_no_more_than_it_may(self, demo_photos):
        everything = self.make(floor=0, max_labels=2000)
        few = self.make(floor=20, max_labels=4)
        source = from_file(demo_photos["coffee.png"])
        best = self.labels(everything.recognise(source))[:4]
        assert self.labels(few.recognise(source)) == best
        assert all(label.confidence >= 20 for label in best)

    def test_has_another_fingerprint_with_options_that_change_answers(self, recogniser):
        assert self.make(floor=20).fingerprint != recogniser.fingerprint
        assert self.make(max_labels=5).fingerprint != recogniser.fingerprint
        assert self.make(threads=2).fingerprint == recogniser.fingerprint

    def test_uses_no_model_that_differs_from_the_manifest(self, tmp_path):
        for name in MODELS:
            shutil.copy(self.model_dir / name, tmp_path / name)
        with (tmp_path / MODELS[1]).open("r+b") as file:
            file.seek(1000)
            file.write(b"\0changed\0")
        with pytest.raises(PermanentError, match=rf"{MODELS[1]}.*fetch_models"):
            LocalRecogniser(model_dir=tmp_path).recognise(as_source(make_picture()))

    def test_recovers_once_a_missing_model_is_there(self, tmp_path):
        recogniser = LocalRecogniser(model_dir=tmp_path)
        with pytest.raises(PermanentError):
            recogniser.warm_up()
        for name in MODELS:
            shutil.copy(self.model_dir / name, tmp_path / name)
        assert recogniser.recognise(as_source(make_picture())).predictions

    def labels(self, outcome):
        return [p for p in outcome.predictions if p.kind is Kind.LABEL]


class TestLocalRecogniserWithoutModels:
    @pytest.mark.parametrize("options", [{"floor": 101}, {"max_labels": 0}, {"threads": 0}])
    def test_refuses_options_that_make_no_sense(self, tmp_path, options):
        with pytest.raises(ValueError, match=next(iter(options))):
            LocalRecogniser(model_dir=tmp_path, **options)

    def test_knows_its_fingerprint(self, tmp_path):
        fingerprint = LocalRecogniser(model_dir=tmp_path).fingerprint
        assert 0 < len(fingerprint) <= 64

    def test_names_the_models_that_are_missing(self, tmp_path):
        problems = list(LocalRecogniser(model_dir=tmp_path).find_problems())
        assert len(problems) == len(MODELS)
        assert not any(problem.is_fatal for problem in problems)
        assert all("fetch_models" in problem.hint for problem in problems)

    def test_says_how_to_get_them_when_asked_about_a_picture(self, tmp_path):
        with pytest.raises(PermanentError, match="fetch_models"):
            LocalRecogniser(model_dir=tmp_path).recognise(as_source(make_picture()))
