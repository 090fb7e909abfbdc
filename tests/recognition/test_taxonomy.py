import csv

import pytest

from recognition.recognisers.local.taxonomy import load_taxonomy
from recognition.recognisers.local.taxonomy._tables import TABLES, parse_taxonomy


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy()


def rows(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class TestTheTaxonomy:
    def test_names_every_class_of_both_models(self, taxonomy):
        assert len(taxonomy.classifier) == 1000
        assert len(taxonomy.detector) == 80
        assert {*taxonomy.classifier, *taxonomy.detector.values()} <= set(taxonomy.labels)

    def test_keeps_the_order_of_the_classifier(self, taxonomy):
        assert taxonomy.classifier[0] == "Tench"
        assert taxonomy.classifier[207] == "Golden Retriever"
        assert taxonomy.classifier[980] == "Volcano"
        assert (taxonomy.detector[1], taxonomy.detector[90]) == ("Person", "Toothbrush")

    def test_gives_a_label_all_its_parents_nearest_first(self, taxonomy):
        assert taxonomy.labels["Golden Retriever"].parents == ("Dog", "Mammal", "Animal")
        assert taxonomy.chain("Person") == ("Person",)

    def test_has_the_chain_that_the_tables_say(self, taxonomy):
        for row in rows("labels.tsv"):
            assert taxonomy.labels[row["label"]].parents[:1] == tuple(filter(None, [row["parent"]]))

    def test_lists_parents_before_their_children(self, taxonomy):
        seen = set()
        for label in taxonomy.labels.values():
            assert seen.issuperset(label.parents)
            seen.add(label.name)

    def test_passes_the_category_of_a_root_down(self, taxonomy):
        for label in taxonomy.labels.values():
            assert label.category
            assert label.category == taxonomy.labels[taxonomy.chain(label.name)[-1]].category

    def test_answers_to_every_alias_of_the_tables(self, taxonomy):
        for row in [*rows("labels.tsv"), *rows("vocabulary.tsv")]:
            words = {word for word in row["aliases"].split(";") if word}
            assert words <= set(taxonomy.labels[row["label"]].aliases)

    def test_comes_with_the_notice_of_wordnet(self):
        assert "WordNet" in (TABLES / "WORDNET-LICENSE.txt").read_text(encoding="utf-8")


class TestParseTaxonomy:
    VOCABULARY = "label\tparent\tcategory\taliases\nAnimal\t\tAnimals\tWildlife\n"
    HEADING = "model\tindex\tsynset\tlabel\taliases\tparent\n"

    def labels(self, parent="Animal"):
        lines = [f"imagenet\t{i}\tn{i:08}\tKind {i}\t\t{parent}" for i in range(1000)]
        return self.HEADING + "\n".join(lines)

    def test_names_a_parent_that_is_unknown(self):
        with pytest.raises(ValueError, match="Beast"):
            parse_taxonomy(labels=self.labels("Beast"), vocabulary=self.VOCABULARY)

    def test_misses_a_class_without_a_label(self):
        with pytest.raises(ValueError, match="1 of 1000"):
            parse_taxonomy(
                labels=self.HEADING + "imagenet\t0\tn0\tTench\t\tAnimal",
                vocabulary=self.VOCABULARY,
            )

    def test_changes_its_digest_with_its_tables(self):
        first = parse_taxonomy(labels=self.labels(), vocabulary=self.VOCABULARY)
        second = parse_taxonomy(
            labels=self.labels(), vocabulary=self.VOCABULARY.replace("Wildlife", "Creature")
        )
        assert first.digest != second.digest
