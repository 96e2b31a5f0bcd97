import pytest

from tagger.evaluation.calibration import CalibrationSums


def calibration(*given, bins=5):
    sums = CalibrationSums(bins)
    for score, is_right in given:
        sums.add(score, is_right)
    return sums.calibration()


def test_expected_calibration_error_by_hand():
    # bin (0.4, 0.6]: mean score 0.5, 1 of 2 right, off by 0; bin (0.8, 1]: mean score 0.9, 1 of 3 right, off by 17/30
    found = calibration((0.45, True), (0.55, False), (0.85, True), (0.9, False), (0.95, False))
    assert found.error == pytest.approx(2 / 5 * 0 + 3 / 5 * (0.9 - 1 / 3))
    assert (found.count, found.accuracy) == (5, 2 / 5)
    assert found.confidence == pytest.approx((0.45 + 0.55 + 0.85 + 0.9 + 0.95) / 5)
    low, high = found.bins
    assert (low.low, low.high, low.count, low.accuracy) == (0.4, 0.6, 2, 0.5)
    assert (high.low, high.high, high.count, high.accuracy) == (0.8, 1.0, 3, 1 / 3)
    assert high.confidence == pytest.approx(0.9)


@pytest.mark.parametrize(("score", "high"), [(0.0, 0.2), (0.2, 0.2), (0.2000001, 0.4), (1.0, 1.0), (1.0000001, 1.0)])
def test_a_bin_includes_its_upper_end_and_excludes_its_lower(score, high):
    (only,) = calibration((score, True)).bins
    assert only.high == high


def test_no_predictions_have_no_calibration_error():
    assert calibration() == calibration(bins=3)
    assert (calibration().error, calibration().bins) == (0.0, ())
