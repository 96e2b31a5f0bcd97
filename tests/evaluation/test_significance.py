import itertools
from collections import Counter

import numpy as np
import pytest
import scipy.stats

from tagger.evaluation import evaluate, main_figure, significance
from tagger.evaluation.significance import (
    RESAMPLES,
    bootstrap_interval,
    bootstrap_sums,
    compare_counts,
    exchanged_sums,
    sentence_counts,
)
from tagger.text.sentence import Sentence

# Four sentences and two models: right tokens and all tokens of each sentence, the second and third alike.
FIRST = np.array([[3, 4], [1, 2], [1, 2], [5, 9]])
SECOND = np.array([[4, 4], [1, 2], [1, 2], [8, 9]])


def accuracy(counts):
    return sum(right for right, _ in counts) / sum(tokens for _, tokens in counts)


def models(generator, sentences=400, first=0.9, second=0.92):
    """Counts of two models with these accuracies, on sentences of 1 to 30 tokens."""
    tokens = generator.integers(1, 31, sentences)
    return [np.stack([generator.binomial(tokens, share), tokens], axis=1) for share in (first, second)]


def test_counts_of_a_sentence_by_hand():
    gold, given = ["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "I-PER", "O", "B-PER"]
    assert sentence_counts(gold, given, None) == (3, 4)
    assert sentence_counts(gold, given, "IOB2") == (2, 4)  # one of two predicted spans is right, two are gold
    assert sentence_counts(gold, ["B-PER", "O", "O", "O"], "IOB2") == (0, 3)
    assert sentence_counts(["O"], ["O"], "IOB2") == (0, 0)


@pytest.mark.parametrize("scheme", [None, "IOB2"])
def test_counts_of_sentences_add_up_to_the_score_of_an_evaluation(scheme):
    generator = np.random.default_rng(5)
    tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    pairs, counts = [], []
    for length in generator.integers(1, 12, 60):
        gold, given = (list(generator.choice(tags, length)) for _ in range(2))
        pairs.append([Sentence.from_words(["w"] * length, tags={"task": column}) for column in (gold, given)])
        counts.append(sentence_counts(gold, given, scheme))
    part, whole = np.sum(counts, axis=0)
    assert main_figure(evaluate(pairs, {"task": scheme}, split="test").tasks["task"]) == pytest.approx(part / whole)


def assert_as_likely(drawn, possible):
    """Assert that equally likely outcomes were drawn equally often, within 5 deviations."""
    expected, found = Counter(possible), Counter(drawn)
    assert set(found) <= set(expected)
    for outcome, count in expected.items():
        share = count / len(possible)
        assert abs(found[outcome] - len(drawn) * share) < 5 * np.sqrt(len(drawn) * share * (1 - share)) + 1


def test_the_bootstrap_draws_every_sample_with_its_exact_probability():
    drawn = np.concatenate(list(bootstrap_sums(FIRST, 50_000, np.random.default_rng(1))))
    every = [tuple(np.sum(sample, axis=0).tolist()) for sample in itertools.product(FIRST, repeat=len(FIRST))]
    assert len(every) == 4**4
    assert_as_likely([tuple(sums) for sums in drawn.astype(int).tolist()], every)


def test_randomisation_draws_every_exchange_with_its_exact_probability():
    both = np.concatenate([FIRST, SECOND], axis=1)
    drawn = np.concatenate(list(exchanged_sums(both, 50_000, np.random.default_rng(1))))
    every = []
    for exchanged in itertools.product([False, True], repeat=len(both)):
        rows = [np.roll(row, 2) if change else row for row, change in zip(both, exchanged, strict=True)]
        every.append(tuple(np.sum(rows, axis=0).tolist()))
    assert_as_likely([tuple(sums) for sums in drawn.astype(int).tolist()], every)


def test_p_values_of_a_case_worked_by_hand():
    # The models have 10 and 14 of 17 tokens right. Only the first and last sentence differ, by 1 and 3 tokens: of
    # their four exchanges, none and both give a difference of 4 tokens, the others of 2. So p = 1/2.
    # The exact p-value of the bootstrap is that of all 256 samples.
    found = compare_counts(FIRST, SECOND, resamples=40_000)
    assert (found.first, found.second) == (10 / 17, 14 / 17)
    assert found.difference == pytest.approx(4 / 17)
    assert found.randomization_p == pytest.approx(1 / 2, abs=0.01)
    samples = itertools.product(zip(FIRST, SECOND, strict=True), repeat=4)
    every = [accuracy([b for _, b in sample]) - accuracy([a for a, _ in sample]) for sample in samples]
    exact = np.mean([abs(difference - 4 / 17) >= 4 / 17 - 1e-12 for difference in every])
    assert found.bootstrap_p == pytest.approx(exact, abs=0.01)


def test_p_values_and_intervals_equal_those_of_scipy():
    first, second = models(np.random.default_rng(3), second=0.905)
    found = compare_counts(first, second)

    def difference(*columns, axis=-1):
        right, tokens, other_right, other_tokens = (np.sum(column, axis=axis) for column in columns)
        return other_right / other_tokens - right / tokens

    columns = (*first.T, *second.T)
    drawn = scipy.stats.bootstrap(
        columns, difference, paired=True, n_resamples=RESAMPLES, batch=1000, method="percentile", rng=2
    )
    width = found.high - found.low
    assert found.low == pytest.approx(drawn.confidence_interval.low, abs=0.05 * width)
    assert found.high == pytest.approx(drawn.confidence_interval.high, abs=0.05 * width)
    # With as many tokens in both, exchanging a sentence's answers exchanges its right tokens.
    exchanged = scipy.stats.permutation_test(
        (first[:, 0], second[:, 0]),
        lambda a, b, axis=-1: np.sum(b, axis=axis) - np.sum(a, axis=axis),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=1000,
        rng=2,
    )
    assert 0.02 < exchanged.pvalue < 0.9
    assert found.randomization_p == pytest.approx(exchanged.pvalue, abs=0.015)


def test_the_interval_of_one_score_equals_that_of_scipy():
    counts, _ = models(np.random.default_rng(4))
    low, high = bootstrap_interval(counts)
    drawn = scipy.stats.bootstrap(
        tuple(counts.T),
        lambda right, tokens, axis=-1: np.sum(right, axis=axis) / np.sum(tokens, axis=axis),
        paired=True,
        n_resamples=RESAMPLES,
        batch=1000,
        method="percentile",
        rng=2,
    )
    assert (low, high) == pytest.approx(tuple(drawn.confidence_interval), abs=0.05 * (high - low))
    wider = bootstrap_interval(counts, level=0.99)
    assert wider[0] < low < accuracy(counts.tolist()) < high < wider[1]


def test_equally_good_models_rarely_differ_and_the_interval_covers_the_truth():
    generator = np.random.default_rng(6)
    found = [compare_counts(*models(generator, 150, 0.9, 0.9), resamples=500) for _ in range(300)]
    for p in ([each.bootstrap_p for each in found], [each.randomization_p for each in found]):
        assert 0.02 < np.mean(np.array(p) < 0.05) < 0.09
    assert 0.91 < np.mean([each.low <= 0 <= each.high for each in found]) < 0.98


def test_a_model_compared_with_itself_has_no_difference():
    counts, _ = models(np.random.default_rng(7))
    found = compare_counts(counts, counts)
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert (found.bootstrap_p, found.randomization_p) == (1, 1)


def test_a_large_difference_is_significant_and_no_p_value_is_zero():
    found = compare_counts(*models(np.random.default_rng(8), second=0.99))
    assert 0 < found.low < found.difference < found.high
    assert found.bootstrap_p == found.randomization_p == 1 / (1 + RESAMPLES)


def test_without_spans_score_and_difference_are_zero():
    none, some = np.array([[0, 0], [0, 0]]), np.array([[0, 1], [0, 0]])
    assert bootstrap_interval(none) == (0, 0)
    assert compare_counts(none, some).randomization_p == 1


def test_results_depend_on_the_seed_and_not_on_the_batch_of_resamples(monkeypatch):
    first, second = models(np.random.default_rng(9))
    found = compare_counts(first, second, seed=1)
    assert compare_counts(first, second, seed=1) == found
    assert compare_counts(first, second, seed=2) != found
    monkeypatch.setattr(significance, "NUMBERS_AT_ONCE", 100_000)
    assert len(list(bootstrap_sums(first, RESAMPLES, np.random.default_rng(1)))) > 10
    assert compare_counts(first, second, seed=1) == found


def test_the_random_numbers_in_memory_are_bounded():
    portions = list(significance._portions(10_000, 3_000))
    assert sum(portions) == 10_000
    assert max(portions) * 3_000 <= significance.NUMBERS_AT_ONCE
