"""Words of texts, in every script."""

# ruff: noqa: RUF001 # letters that look like others are what this is about
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.words import LONGEST_WORD, fold, has_phrase, is_unspaced, query_words_of, words_of

TEXTS = st.text() | st.text("aÉßœ 山京がガ้ำहि\u0301\u3099-_1٢")
"""Any text, and such as has much of what is not simple."""


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Mount Bromo", ["mount", "bromo"]),
            (
                "flickr_indonesia_2564067897_b.jpg",
                ["flickr", "indonesia", "2564067897", "b", "jpg"],
            ),
            ("Käse, Straße & Œuvre", ["kase", "strasse", "oeuvre"]),
            ("Ångström’s CAFÉ", ["angstrom", "s", "cafe"]),
            ("Łódź Tromsø Þór Đà Nẵng Iğdır", ["lodz", "tromso", "thor", "da", "nang", "igdir"]),
            ("İstanbul ISPARTA", ["istanbul", "isparta"]),
            ("ｆｕｌｌ ｗｉｄｔｈ ﬁ", ["full", "width", "fi"]),
            ("Ёлка й", ["елка", "и"]),
            ("ΟΔΟΣ Ἀθῆναι", ["οδοσ", "αθηναι"]),
            ("한국어 사진", ["한국어", "사진"]),
            ("हिन्दी में", ["हिन्दी", "में"]),
            ("العَرَبِيَّة أسد", ["العربية", "اسد"]),
            ("שָׁלוֹם", ["שלום"]),
            ("Hawaiʻi co\u00adoperate\u200b", ["hawaii", "cooperate"]),
            ("", []),
            ("… — ! ❤️ _", []),
        ],
    )
    def test_are_folded_runs_of_letters_and_digits(self, text, words):
        assert list(words_of(text)) == words

    def test_of_scripts_without_spaces_are_characters_and_pairs(self):
        assert list(words_of("東京都")) == ["東", "京", "都", "東京", "京都"]
        assert list(words_of("富士山Fuji")) == ["富", "士", "山", "富士", "士山", "fuji"]

    def test_of_scripts_without_spaces_end_at_punctuation_and_digits(self):
        assert list(words_of("タワー・夜2")) == ["タ", "ワ", "ー", "タワ", "ワー", "夜", "2"]
        assert query_words_of("ปี๒๐๒๔") == ["ปี", "๒๐๒๔"]

    def test_that_are_very_long_are_cut(self):
        assert [len(word) for word in words_of("x" * 500)] == [LONGEST_WORD]


class TestFolding:
    @given(TEXTS)
    def test_again_changes_nothing(self, text):
        assert fold(fold(text)) == fold(text)

    @given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    def test_makes_one_of_all_ways_to_compose_a_text(self, text, form):
        assert fold(unicodedata.normalize(form, text)) == fold(text)

    @given(TEXTS)
    def test_makes_one_of_small_letters_and_capitals(self, text):
        assert fold(text.casefold()) == fold(text)

    @given(TEXTS)
    def test_leaves_the_words_as_they_are(self, text):
        assert list(words_of(fold(text))) == list(words_of(text))

    def test_keeps_the_marks_that_make_another_letter(self):
        assert fold("が") != fold("か")
        assert fold("\uff76\uff9e") == "ガ"
        assert fold("ปี") != fold("ปา")


class TestWordsAskedFor:
    @pytest.mark.parametrize("part", ["京", "京都", "東京都", "が", "ガイド"])
    def test_are_among_those_of_a_text_around_them(self, part):
        assert set(query_words_of(part)) <= set(words_of(f"これは{part}の写真"))

    @given(TEXTS)
    def test_are_among_those_of_the_text(self, text):
        assert set(query_words_of(text)) <= set(words_of(text))

    def test_are_there_once_each(self):
        assert query_words_of("New York, New York") == ["new", "york"]


class TestAPhrase:
    @pytest.mark.parametrize(
        ("phrase", "is_there"),
        [
            ("Golden Gate", True),
            ("the golden-gate", True),
            ("golden gat", False),
            ("olden gate", False),
            ("gate golden", False),
            ("golden bridge", False),
            ("gate, 東京", True),
            ("京タワー", True),
            ("ワーの夜", False),
            ("夜 café", True),
            ("夜 caf", False),
            ("", False),
            ("!", False),
        ],
    )
    def test_stands_in_a_text_as_whole_words_but_where_there_are_no_spaces(self, phrase, is_there):
        assert has_phrase("The GOLDEN gate; 東京タワー・夜 Cafe\u0301.jpg", phrase) is is_there

    @given(TEXTS)
    def test_stands_in_itself_if_it_has_words(self, text):
        assert has_phrase(text, text) == bool(query_words_of(text))

    @given(TEXTS, TEXTS, TEXTS)
    def test_has_all_its_words_wherever_it_stands(self, before, phrase, after):
        text = f"{before}, {phrase}, {after}"
        if query_words_of(phrase):
            assert has_phrase(text, phrase)
            assert set(query_words_of(phrase)) <= set(words_of(text))

    @given(TEXTS, TEXTS)
    def test_stands_nowhere_without_its_words(self, text, phrase):
        if has_phrase(text, phrase):
            assert set(query_words_of(phrase)) <= set(words_of(text))


def test_whether_a_word_is_of_a_script_without_spaces():
    assert [is_unspaced(word) for word in ("東京", "山", "ภา", "fuji", "한국", "2")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
