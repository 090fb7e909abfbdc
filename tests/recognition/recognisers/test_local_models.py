"""What happens to pixels before a model and to numbers after it."""

import numpy as np
import pytest
from PIL import Image

from dam.geometry import BoundingBox
from recognition.recognisers.local import classifier, nsfw
from recognition.recognisers.local.detector import (
    SIDE,
    decode,
    find_objects,
    make_anchors,
    suppress,
)


class TestClassifierInput:
    def test_is_in_the_quantisation_of_the_model(self):
        # (255 - 127) / 128 = 1 and (0 - 127) / 128 = -0.992, at 0.0127 a step from 130.
        white = classifier.prepare(
            Image.new("RGB", (50, 90), "white"), scale=0.0127, zero_point=130
        )
        black = classifier.prepare(
            Image.new("RGB", (50, 90), "black"), scale=0.0127, zero_point=130
        )
        assert white.shape == (280, 280, 3)
        assert white.dtype == np.uint8
        assert (set(white.ravel()), set(black.ravel())) == ({209}, {52})


class TestNsfwInput:
    def test_is_the_middle_in_blue_green_red_less_the_mean(self):
        pixels = nsfw.prepare(Image.new("RGB", (50, 90), (255, 0, 0)))
        assert pixels.shape == (224, 224, 3)
        assert pixels[100, 100].tolist() == [-104, -117, 132]


class TestDetectorAnchors:
    def test_cover_every_cell_of_every_level(self):
        assert make_anchors().shape == (19206, 4)

    def test_begin_at_the_top_left_of_the_finest_level(self):
        centre_y, centre_x, height, width = make_anchors()[0]
        assert (centre_y, centre_x, height, width) == (4, 4, 24, 24)

    def test_go_on_to_the_right(self):
        assert make_anchors()[9].tolist() == [4, 12, 24, 24]


class TestDecode:
    def test_leaves_an_anchor_where_it_is_without_an_offset(self):
        anchor = np.array([[160.0, 80.0, 64.0, 32.0]])
        corners = decode(anchor, np.zeros((1, 4)))
        assert corners[0] == pytest.approx([0.4, 0.2, 0.6, 0.3])

    def test_moves_and_stretches_by_the_size_of_the_anchor(self):
        anchor = np.array([[160.0, 80.0, 64.0, 32.0]])
        corners = decode(anchor, np.array([[0.5, 0.5, np.log(2), 0]]))
        assert corners[0] == pytest.approx([0.4, 0.25, 0.8, 0.35])

    def test_clips_to_the_picture(self):
        corners = decode(np.array([[0.0, SIDE, 64.0, 64.0]]), np.zeros((1, 4)))
        assert corners[0] == pytest.approx([0, 0.9, 0.1, 1])


class TestSuppress:
    A = [0.1, 0.1, 0.5, 0.5]
    NEAR_A = [0.12, 0.1, 0.52, 0.5]
    B = [0.6, 0.6, 0.9, 0.9]

    def test_keeps_the_best_of_boxes_of_one_kind_in_one_place(self):
        assert suppress(np.array([self.A, self.NEAR_A, self.B]), np.array([1, 1, 1])) == [0, 2]

    def test_keeps_different_kinds_in_one_place(self):
        assert suppress(np.array([self.A, self.NEAR_A]), np.array([1, 2])) == [0, 1]

    def test_copes_with_boxes_of_no_size_and_with_none(self):
        assert suppress(np.array([[0.5, 0.5, 0.5, 0.5]] * 2), np.array([1, 1])) == [0, 1]
        assert suppress(np.empty((0, 4)), np.empty(0, int)) == []


class TestFindObjects:
    def test_names_and_places_what_the_model_says(self):
        scores, offsets = np.zeros((19206, 90), np.float32), np.zeros((19206, 4), np.float32)
        middle = np.argmin(np.abs(make_anchors() - [144, 144, 96, 96]).sum(axis=1))
        scores[middle, 16] = 0.75
        (found,) = find_objects(scores, offsets)
        assert (found.category, found.score) == (17, 0.75)
        overlap = found.box.overlap(BoundingBox(left=0.3, top=0.3, width=0.3, height=0.3))
        assert overlap > 0.999

    def test_finds_nothing_in_nothing(self):
        assert find_objects(np.zeros((19206, 90)), np.zeros((19206, 4))) == []
