from tagger.service.service_metrics import ROW, Metrics


def numbers_of(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_the_numbers_of_all_workers_are_summed():
    shared = [0.0] * (2 * ROW)
    one, two = Metrics(shared), Metrics(shared, 1)
    one.answered(0, 200, 0.004)
    two.answered(0, 200, 0.2)
    two.answered(1, 499, 9)
    two.answered(4, 418, 0)  # no status that the service has
    one.characters(10)
    two.characters(5)
    for size in (1, 3, 200):
        two.batch(size)
    one.gauge(in_flight=2, connections=3)
    two.gauge(in_flight=1, connections=4)
    numbers = numbers_of(two.text())
    assert numbers['tagger_requests_total{route="tag",status="200"}'] == "2"
    assert numbers['tagger_requests_total{route="stream",status="499"}'] == "1"
    assert numbers['tagger_requests_total{route="other",status="500"}'] == "1"
    assert numbers['tagger_tag_seconds_bucket{le="0.0025"}'] == "0"
    assert numbers['tagger_tag_seconds_bucket{le="0.005"}'] == "1"
    assert numbers['tagger_tag_seconds_bucket{le="+Inf"}'] == numbers["tagger_tag_seconds_count"] == "2"
    assert float(numbers["tagger_tag_seconds_sum"]) == 0.204
    assert [numbers[f'tagger_batch_requests_bucket{{le="{bound}"}}'] for bound in (1, 2, 4, 128, "+Inf")] == list(
        "11223"
    )
    assert (numbers["tagger_characters_total"], numbers["tagger_workers"]) == ("15", "2")
    assert (numbers["tagger_in_flight"], numbers["tagger_connections"]) == ("3", "7")
    assert int(numbers["tagger_resident_bytes"]) > 10**6
    assert numbers == numbers_of(one.text())


def test_a_worker_that_takes_anothers_place_counts_on_but_has_no_requests_in_work():
    shared = [0.0] * ROW
    killed = Metrics(shared)
    killed.characters(10)
    killed.gauge(in_flight=2, connections=3)
    numbers = numbers_of(Metrics(shared).text())
    assert (numbers["tagger_characters_total"], numbers["tagger_in_flight"]) == ("10", "0")
