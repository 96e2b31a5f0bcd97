from tagger.evaluation import Figures, PlainScores, SpanScores, main_figure


def test_figures_without_counts_are_zero():
    assert Figures.from_counts(right=0, predicted=0, gold=0) == Figures(0.0, 0.0, 0.0, 0)
    assert Figures.mean([]) == Figures(0.0, 0.0, 0.0, 0)


def test_macro_average_is_the_unweighted_mean():
    mean = Figures.mean([Figures(1.0, 0.5, 0.6, 10), Figures(0.0, 0.0, 0.0, 90)])
    assert mean == Figures(0.5, 0.25, 0.3, 100)


def test_main_figure_is_accuracy_of_plain_tags_and_f1_of_spans():
    counts = {"tokens": 0, "sentences": 0, "sentences_right": 0, "sentence_accuracy": 0.0, "unknown_tags": {}}
    plain = PlainScores(0.9, 0.95, 0.7, known_tokens=0, unknown_tokens=0, tags={}, **counts)
    spans = SpanScores(
        0.4, 0.6, 0.48, 3, 0.99, invalid_sequences=0, types={}, macro=Figures(0.0, 0.0, 0.0, 0), **counts
    )
    assert main_figure(plain) == 0.9
    assert main_figure(spans) == 0.48
