"""Plots are SVG whose text is text, whatever is drawn."""

from xml.etree.ElementTree import fromstring

from recommender_api.console.look.plots import Point, columns, over_versions


def parts(svg, name):
    return [one for one in fromstring(str(svg)).iter() if one.tag == name]


def test_columns_stand_on_each_other_and_their_heights_are_their_values():
    svg = columns({"view": [3, 0], "click": [1, 2]}, ["Mon", "Tue"], "by day")

    heights = [float(one.get("height")) for one in parts(svg, "rect")]
    assert len(heights) == 3
    assert heights[0] == 3 * heights[1]
    assert heights[2] == 2 * heights[1]


def test_an_interval_spans_its_bounds_and_the_figure_lies_within():
    (interval,) = (
        one
        for one in parts(over_versions([Point("a", 0.3, 0.1, 0.2, 0.4)], "t"), "line")
        if one.get("class") == "interval"
    )
    (dot,) = parts(over_versions([Point("a", 0.3, 0.1, 0.2, 0.4)], "t"), "circle")

    assert float(interval.get("y1")) < float(dot.get("cy")) < float(interval.get("y2"))


def test_figures_without_anything_beside_them_are_drawn_all_the_same():
    svg = over_versions([Point("a", 0.0), Point("b", 0.5)], "t")

    assert len(parts(svg, "circle")) == 2
    assert len(parts(svg, "polyline")) == 1


def test_labels_are_text_and_no_markup():
    evil = "<script>alert(1)</script>\"'"

    svg = str(columns({"<b>": [1]}, [evil], evil)) + str(over_versions([Point(evil, 1.0)], evil))

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
