"""From a text to its places: which, how sure, and the place of the event. The embedded default answers."""

from itertools import pairwise

from gazetteer import Gazetteer
from gazetteer.answers import Report
from gazetteer.reading.geoparse import found_in, load_text_weights
from gazetteer.reading.mentions import document_of

IDLIB, ALEPPO, RAQQA = "geonames:169389", "geonames:170063", "geonames:172955"
SARAQIB, TALBISEH, MAARAT = "geonames:164816", "geonames:163779", "geonames:167611"
HOSPITAL = "cg:idlib-national-hospital"

#: Texts of many sorts, for what holds of each.
TEXTS = (
    "Two shells hit Saraqeb in Idlib, Syria. Aleppo's markets were shut.",
    "Homs: Talbiseh: a shell fell near the national hospital.",
    "Shelling in the Idlib countryside near Saraqeb and Maarat al-Numan, and in Damascus.",
    "#Aleppo #Saraqeb mortar fire",
    "قصف الطيران بلدة سراقب بريف إدلب الجنوبي، وحلب وحماة في سوريا.",
    "Syria: the villages of Mansura, Salhiyeh and Zahra were hit, 😀 and قرية المنصورة.",
)


def places(report: Report) -> dict[str, str]:
    """Return the place of each resolved mention, by what is written."""
    found = {mention.text: mention.resolution.best for mention in report.mentions}
    return {text: best.place.id for text, best in found.items() if best}


# ----------------------------------------------------------------------------------- which place


def test_countryside_forms_give_the_area(default: Gazetteer) -> None:
    for text in (
        "Clashes in the countryside of Aleppo", "Clashes in northern Aleppo countryside",
        "اشتباكات في ريف حلب", "اشتباكات في ريف حلب الشمالي",
    ):  # fmt: skip
        assert ["SY02"] == list(places(default.geoparse(text, local=True)).values()), text


def test_a_name_before_what_happened_there_is_the_governorate(default: Gazetteer) -> None:
    for text in ("Homs: Talbiseh: a shell fell.", "HOMS: Talbiseh", "Homs - Talbiseh: a shell fell."):
        assert list(places(default.geoparse(text)).values()) == ["SY04", TALBISEH], text


def test_a_quarter_beside_it_makes_a_name_that_of_the_city(default: Gazetteer) -> None:
    for text in ("Clashes in Sheikh Maqsoud neighbourhood in Aleppo", "Aleppo: Sheikh Maqsoud neighbourhood"):
        assert ALEPPO == places(default.geoparse(text))["Aleppo"], text


def test_arabic_names_are_found_behind_their_prefixes(default: Gazetteer) -> None:
    for text, place in {
        "قصف بحلب": ALEPPO,
        "وصلت القافلة للرقة": RAQQA,
        "القصف على وبلدة سراقب": SARAQIB,
        "قصف معرةالنعمان": MAARAT,
    }.items():
        assert [place] == list(places(default.geoparse(text, local=True)).values()), text


def test_capitals_throughout_hide_no_name(default: Gazetteer) -> None:
    for text in ("SHELLS HIT SARAQEB, IDLIB", "Shells Hit Saraqeb, Idlib"):
        assert list(places(default.geoparse(text)).values()) == [SARAQIB, "SY07"]


def test_a_hospital_named_by_its_role_is_that_of_the_town_in_question(default: Gazetteer) -> None:
    for text in (
        "The national hospital in Idlib was hit.",
        "A shell fell in Idlib. The national hospital was hit.",
        "A shell fell in Aleppo. In Idlib, the national hospital was hit.",
    ):
        assert HOSPITAL == places(default.geoparse(text))["national hospital"], text
    assert {} == places(default.geoparse("The national hospital was hit.", local=True))


def test_a_name_has_one_sense_in_a_text(default: Gazetteer) -> None:
    report = default.geoparse("Shells hit the town of Saraqeb in Idlib. Nobody in Saraqeb slept.")
    first, second = (one.resolution for one in report.mentions if one.text == "Saraqeb")
    assert first.matches[0].place == second.matches[0].place
    assert first.matches[0].confidence == second.matches[0].confidence


# ----------------------------------------------------------------------------------- what is no mention


def test_agencies_brigades_and_persons_are_no_mentions(default: Gazetteer) -> None:
    for text in (
        "The Damascus News Network said so.", "Damascus News said", "the Aleppo Media Centre said",
        "The Aleppo Brigade left.", "the Martyrs of Homs Brigade left", "Colonel Homsi spoke.",
        "President Idlib spoke.", "President Mahdi spoke", "قالت شبكة حلب نيوز", "قال لواء حلب",
    ):  # fmt: skip
        assert default.geoparse(text, local=True).mentions == (), text


def test_the_country_is_no_mention(default: Gazetteer) -> None:
    for text in ("Syria", "In Syria, Syrian doctors", "سوريا", "في سورية"):
        report = default.geoparse(text)
        assert (report.mentions, bool(report.about)) == ((), True), text


def test_common_words_and_persons_are_no_places(default: Gazetteer) -> None:
    for text in (
        "Syria: the hit was home made.",
        "Home sales hit a record in Syria.",
        "Salma was hurt in Syria.",
    ):
        assert {} == places(default.geoparse(text)), text


# ----------------------------------------------------------------------------------- about the country


def test_a_text_about_other_countries_is_not_read(default: Gazetteer) -> None:
    for text in (
        "Stocks fell in Tokyo.", "Hassan Rouhani told reporters in Tehran.", "Shops closed in Tripoli.",
        "Damascus, Virginia", "ارتفعت الأسعار في القاهرة",
    ):  # fmt: skip
        assert Report(text, ()) == default.geoparse(text), text


def test_what_a_text_is_taken_to_be_about_has_a_reason(default: Gazetteer) -> None:
    for text, name in (("Rain in Syria", "Syria"), ("Syrian doctors", "Syrian"), ("A raid on Homs", "Homs")):
        assert default.geoparse(text).about == f"it names {name}"


def test_the_caller_may_say_that_a_text_is_about_the_country(default: Gazetteer) -> None:
    text = "وصلت القافلة للرقة"
    assert default.geoparse(text).mentions == ()
    report = default.geoparse(text, local=True)
    assert (report.about, len(report.mentions)) == ("the caller says so", 1)


def test_more_is_asked_where_another_country_is_named(default: Gazetteer) -> None:
    for text, read in {
        "Shoppers came to Raqqa.": True,
        "Shoppers in Iraq came to Raqqa.": False,
        "Shoppers in Iraq came to Raqqa and Idlib.": True,
    }.items():
        assert read == bool(default.geoparse(text).about), text


# ----------------------------------------------------------------------------------- what holds of every text


def test_mentions_say_what_stands_at_their_span_in_order_and_apart_and_their_confidences_are_shares(
    default: Gazetteer,
) -> None:
    for text in TEXTS:
        mentions = default.geoparse(text, local=True).mentions
        assert mentions
        assert all(text[one.start : one.end] == one.text and one.text in one.sentence for one in mentions)
        assert all(a.end <= b.start for a, b in pairwise(mentions))
        for mention in mentions:
            confidences = [match.confidence for match in mention.resolution.matches]
            assert min(confidences) >= 0.0, mention.text
            assert sum(confidences) <= 1.0 + 1e-9, mention.text


def test_at_most_one_mention_is_the_place_of_the_event_and_it_is_resolved(default: Gazetteer) -> None:
    for text in TEXTS:
        for least in (0.0, 0.7, 1.0):
            report = default.geoparse(text, local=True, min_confidence=least)
            mains = [one for one in report.mentions if one.main]
            assert len(mains) <= 1
            assert all(one.resolution.status == "resolved" for one in mains)


def test_the_place_of_the_event_is_no_area_where_a_place_is_named(default: Gazetteer) -> None:
    for text, name in {
        "Idlib province: Saraqeb was hit.": "Saraqeb",
        "Saraqeb in the Idlib countryside was hit.": "Saraqeb",
        "In Idlib, the national hospital was hit.": "national hospital",
    }.items():
        main = default.geoparse(text).main
        assert main is not None, text
        assert name == main.text


def test_a_mention_counts_as_resolved_from_the_least_confidence_on(default: Gazetteer) -> None:
    for least in (0.0, 0.5, 0.9, 1.0):
        for mention in default.geoparse(TEXTS[0], min_confidence=least).mentions:
            sure = mention.resolution.matches[0].confidence >= least
            assert mention.resolution.status == ("resolved" if sure else "ambiguous")


def test_a_text_without_words_names_nothing(default: Gazetteer) -> None:
    for text in ("", " ", "\n", "!?… ؟", "#", "😀", "\u202b\u200f", "12 345"):
        assert default.geoparse(text, local=True).mentions == (), repr(text)
        assert default.geoparse(text) == Report(text, ())


def test_a_text_of_100_kb_is_read(default: Gazetteer) -> None:
    for part in ("x", "ا", "!?", "#", "\n", "كفر ", "the village of ", "the hospital, "):
        assert default.geoparse(part * (100_000 // len(part)), local=True).mentions == (), part


def test_only_names_round_a_name_say_where_it_lies(default: Gazetteer) -> None:
    """So the time for a long list grows with its length, and not with its square."""
    for between, held in (("", True), ("Palmyra. " * 200, False)):
        document = document_of(f"Idlib province. {between}Saraqeb.")
        *_, last = found_in(document, default.text_reader)
        assert (last.stretch.name, "held" in last.features) == ("Saraqeb", held)


def test_mentions_of_a_sentence_share_its_text(default: Gazetteer) -> None:
    first, second = default.geoparse("Shells hit Saraqeb in Idlib. It rained.").mentions
    assert first.sentence is second.sentence


# ----------------------------------------------------------------------------------- the weights


def test_the_weights_are_for_both_scripts() -> None:
    assert set(load_text_weights()) == {"Latn", "Arab"}


def test_each_weight_is_of_a_feature_that_some_text_has(default: Gazetteer) -> None:
    texts = (
        *TEXTS,
        "Shells fell on Saraqeb. The road to Idlib was cut near Damascus. Talbiseh, Homs, Palmyra",
        "Colonel Abu Saraqeb Smith saw the Damascus, Homs Post. It fled towards hama, to Homs, Virginia.",
        "Damascus Eastern Ghouta. The Palmyra Division Brigade fights in Umm Tuta village on Raqqa crossing.",
        "The press in Homs saw the Homs Ahli fans. Colonel Fast Saraqeb and Omar of Saraqeb, Iraq.",
        "قصف ساراقب و بلدة ثثثث ظظظ. قتل خالد سراقب، وقال جاسم",
        "قرية سراقب، العراق",
        "قال العقيد أبو سراقب إن قرية كذاكذا والغوطة الشرقية قرب مشفى إدلب الوطني نزح إلى تلبيسة.",
        "لواء قرب سراقب.",
    )
    documents = map(document_of, texts)
    found = [one for document in documents for one in found_in(document, default.text_reader)]
    seen = {name for one in found for name in one.features} | {"fallback"}  # rare: a cell half understood
    weighed = {name for weights in load_text_weights().values() for name in weights}
    assert weighed - seen == set()
