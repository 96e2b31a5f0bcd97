from tagger.training.epoch_steps import EpochSteps


def test_epochs_of_gold_alone_count_at_the_end():
    steps = EpochSteps(epochs=5, gold_epochs=2, mixed=10, gold=4)
    assert [steps.before(epoch) for epoch in range(6)] == [0, 10, 20, 30, 34, 38]
    assert steps.total == 38 and steps.mixed_epochs == 3
    assert EpochSteps(5, 0, 4, 4).total == 20


def test_steps_that_were_taken_correct_those_to_come_in_proportion():
    steps = EpochSteps(epochs=5, gold_epochs=2, mixed=10, gold=4)
    assert steps.total_after([]) == 38
    assert steps.total_after([20]) == 3 * 20 + 2 * 8
    assert steps.total_after([20, 22, 21, 7]) == 63 + 7 + 7
    assert EpochSteps(4, 0, 9, 9).total_after([10, 11]) == 21 + 2 * 10  # round(10.5) is 10
    assert EpochSteps(2, 0, 9, 9).total_after([10, 11]) == 21
