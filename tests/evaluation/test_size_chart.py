import re
from itertools import pairwise

from tagger.evaluation.size_chart import size_chart


def test_names_of_curves_that_end_near_each_other_do_not_overlap():
    curves = {"low": [0.70, 0.80], "near": [0.71, 0.805], "high": [0.94, 0.95], "same": [0.69, 0.80]}
    drawn = str(size_chart("scores", [100, 2000], curves))
    found = re.findall(r'<text x="([^"]+)" y="([^"]+)"[^>]*series-[^>]*>(\w+)<', drawn)
    heights = {name: float(y) for _, y, name in found}
    assert list(heights) == list(curves) and len({x for x, _, _ in found}) == 1
    ordered = sorted(heights.values())
    assert min(after - before for before, after in pairwise(ordered)) >= 12.9
    assert heights["high"] < heights["near"] < heights["low"]  # the better, the further up
