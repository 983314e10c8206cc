"""ACLED's geo_precision, UCDP's where_prec and GTD's specificity, after their codebooks."""

from itertools import product

from gazetteer.kinds import PlaceKind
from gazetteer.notation.precision import geo_precision, gtd_specificity, where_prec
from tests.builders import a_place


def test_kind_and_radius_give_all_three_codes() -> None:
    for kind, uncertainty_m, *codes in (
        (PlaceKind.SETTLEMENT, 2_000, 1, 1, 1),
        (PlaceKind.SETTLEMENT, 12_000, 1, 1, 1),  # a large town is still a named town
        (PlaceKind.CAMP, 800, 1, 1, 1),
        (PlaceKind.NEIGHBOURHOOD, 1_100, 1, 1, 1),
        (PlaceKind.HOSPITAL, 100, 1, 1, 1),
        (PlaceKind.HOSPITAL, 8_000, 2, 2, 3),  # known only by its town: round a place
        (PlaceKind.DAM, 500, 1, 1, 1),
        (PlaceKind.SUBDISTRICT, 15_000, 2, 3, 3),
        (PlaceKind.DISTRICT, 40_000, 3, 3, 3),
        (PlaceKind.GOVERNORATE, 60_000, 3, 4, 4),
        (PlaceKind.COUNTRY, 400_000, 3, 6, 5),
        (PlaceKind.REGION, 4_000, 2, 1, 3),
        (PlaceKind.REGION, 15_000, 2, 2, 3),
        (PlaceKind.REGION, 60_000, 3, 5, 3),
        (PlaceKind.POINT, 100, 1, 1, 1),
        (PlaceKind.POINT, 7_000, 2, 2, 3),
        (PlaceKind.POINT, 30_000, 3, 2, 3),
        (PlaceKind.POINT, 250_000, 3, 5, 5),
    ):
        place = a_place(kind=kind, uncertainty_m=uncertainty_m)
        assert codes == [geo_precision(place), where_prec(place), gtd_specificity(place)], place


def test_an_area_that_stands_for_an_unknown_town_is_gtds_two() -> None:
    expected = {
        PlaceKind.SETTLEMENT: 1,
        PlaceKind.SUBDISTRICT: 2,
        PlaceKind.DISTRICT: 2,
        PlaceKind.GOVERNORATE: 4,
        PlaceKind.COUNTRY: 5,
    }
    assert expected == {kind: gtd_specificity(a_place(kind=kind), fallback=True) for kind in expected}


def test_codes_lie_on_the_scales_and_a_wider_radius_is_never_more_exact() -> None:
    radii_m = (1.0, 5_000.0, 5_001.0, 20_000.0, 20_001.0, 25_000.0, 200_001.0, 500_000.0)
    scales = ((geo_precision, {1, 2, 3}), (where_prec, set(range(1, 7))), (gtd_specificity, {1, 3, 4, 5}))
    for kind, (code, scale) in product(PlaceKind, scales):
        codes = [code(a_place(kind=kind, uncertainty_m=radius_m)) for radius_m in radii_m]
        assert sorted(codes) == codes
        assert scale.issuperset(codes), kind
