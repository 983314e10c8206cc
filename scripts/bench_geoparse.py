"""Time `Gazetteer.geoparse` on reports of 200 words, beside a small spaCy model, in one run.

    python -m scripts.bench_geoparse --gazetteer gazetteer.gpkg [--spacy PYTHON] [--model NAME]

The reports are of events that never were, and each names other towns, drawn from the gazetteer, so that
nothing is remembered from the one before. *First* is the time of a report that was never seen, *again* that
of the same one at once after it. Opening the file is not counted.

PYTHON is that of an environment with spaCy and a model that finds entities. It is given the same English
reports, and only finds where a name may stand: which place is meant, and where, is not asked of it.
"""

import argparse
import json
import random
import statistics
import subprocess
import time
from pathlib import Path

from gazetteer import Gazetteer
from gazetteer.kinds import PlaceKind

REPORTS, SEED = 200, 1
GOAL_MS = 25.0
ENGLISH = """
Two people were injured on Tuesday morning when shells landed beside the main market of {}, according to a
local nurse who reached the area by noon. Witnesses said that the first shell was fired from the hills above
{} and that a second one followed some minutes later. Rescue teams from {} and {} came in three vans, but
the road between {} and {} was closed by a landslide, so that one of them had to turn back. By the evening
the council of {} had opened a school for families who left their homes, and bakers in {} sent four hundred
loaves of bread. A spokesman told reporters that no aircraft were seen, although a drone had circled over
the northern outskirts of {} on Monday night. In the governorate of Idlib, where rain has fallen since the
weekend, volunteers repaired a water pump near {} and cleared rubble from two streets. The health
directorate in {} asked for blood of every group and warned drivers to stay away from the bridge until
engineers have looked at it. Residents of {} said that they had heard the explosions but found no damage in
their own quarter.
"""
ARABIC = """
أصيب شخصان صباح يوم الثلاثاء عندما سقطت قذائف قرب السوق الرئيسي في {} بحسب ممرض محلي وصل إلى المكان عند
الظهر. وقال شهود إن القذيفة الأولى أطلقت من التلال الواقعة فوق {} وإن قذيفة ثانية تبعتها بعد دقائق قليلة.
وجاءت فرق الإنقاذ من {} ومن {} في ثلاث سيارات لكن الطريق بين {} و{} كان مغلقا بسبب انهيار ترابي فاضطرت
إحداها إلى العودة. وفي المساء فتح المجلس المحلي في {} مدرسة للعائلات التي تركت بيوتها وأرسل خبازون من مدينة
{} أربعمئة رغيف من الخبز إلى الأهالي. وقال متحدث للصحفيين إن أحدا لم ير طائرات مع أن طائرة مسيرة حلقت فوق
الأطراف الشمالية لبلدة {} ليلة الاثنين الماضي. وفي محافظة إدلب حيث يهطل المطر منذ نهاية الأسبوع أصلح متطوعون
مضخة ماء قرب {} وأزالوا الأنقاض من شارعين في وسط البلدة. وطلبت مديرية الصحة في {} التبرع بالدم من جميع الزمر
وحذرت السائقين من الاقتراب من الجسر حتى يفحصه المهندسون ويعلنوا أنه آمن للعبور. وقال سكان قرية {} إنهم سمعوا
أصوات الانفجارات لكنهم لم يجدوا أي ضرر في حيهم ولم يغادر أحد منهم منزله. وهذه هي الحادثة الخامسة من نوعها
خلال هذا الشهر والثانية منذ الاتفاق الذي وقعه الطرفان في الربيع الماضي بعد محادثات طويلة استمرت عدة أسابيع.
"""
#: What the other Python runs: it says how many ms each text took, and loads only what finds entities.
PEER = """
import json, sys, time, spacy
model = spacy.load(sys.argv[1], exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "tok2vec"])
texts, found = json.load(sys.stdin), []
model("Aleppo is a city.")
for text in texts:
    begun = time.perf_counter()
    model(text).ents
    found.append((time.perf_counter() - begun) * 1e3)
print(json.dumps(found))
"""


def reports(template: str, towns: list[str], seed: int) -> list[str]:
    """Return reports with the same words about towns drawn anew for each."""
    draw, slots = random.Random(seed), template.count("{}")
    return [" ".join(template.format(*draw.sample(towns, slots)).split()) for _ in range(REPORTS)]


def times_ms(gazetteer: Gazetteer, texts: list[str]) -> tuple[list[float], list[float]]:
    """Return how long each text takes when it was never seen, and at once again, in ms."""
    first: list[float] = []
    again: list[float] = []
    for text in texts:
        for times in (first, again):
            begun = time.perf_counter()
            gazetteer.geoparse(text)
            times.append((time.perf_counter() - begun) * 1e3)
    return first, again


def print_line(name: str, times: list[float], goal_ms: float | None = None) -> None:
    mean, median, most = (
        statistics.fmean(times),
        statistics.median(times),
        statistics.quantiles(times, n=20)[-1],
    )
    goal = f"  goal {goal_ms:g}, {'met' if mean <= goal_ms else 'missed'}" if goal_ms else ""
    print(f"{name:44}{mean:>8.1f}{median:>8.1f}{most:>8.1f}{goal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True, help="the full gazetteer file")
    parser.add_argument("--spacy", type=Path, help="the Python of an environment with spaCy and a model")
    parser.add_argument("--model", default="en_core_web_sm")
    args = parser.parse_args()

    gazetteer = Gazetteer.open(args.gazetteer)
    gazetteer.warm()
    gazetteer.geoparse("A shell fell in Idlib.")  # what is made at the first question belongs to opening
    towns = [place for place in gazetteer.places(kinds={PlaceKind.SETTLEMENT}) if place.name_ar]
    english = reports(ENGLISH, [place.name for place in towns], SEED)
    arabic = reports(ARABIC, [place.name_ar for place in towns], SEED)
    print(f"{REPORTS} reports each, ms a report{'':16}{'mean':>8}{'median':>8}{'95 %':>8}")
    for language, texts in (("English", english), ("Arabic", arabic)):
        words = round(statistics.fmean(len(text.split()) for text in texts))
        first, again = times_ms(gazetteer, texts)
        print_line(f"geoparse, {language}, {words} words, first", first, GOAL_MS)
        print_line(f"geoparse, {language}, {words} words, again", again, GOAL_MS)
    if not args.spacy:
        return print("spaCy: left out, name an environment with --spacy")
    command = [str(args.spacy), "-c", PEER, args.model]
    done = subprocess.run(command, check=True, input=json.dumps(english), stdout=subprocess.PIPE, text=True)
    return print_line(f"spaCy {args.model}, English, entities only", json.loads(done.stdout))


if __name__ == "__main__":
    main()
