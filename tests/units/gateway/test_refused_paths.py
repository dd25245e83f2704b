"""What owners see of what was refused."""

from comfycontrol_pack.comfycontrol.gateway.refusals import Refusals, Refused, RefusedPath


def test_the_latest_paths_come_first_with_their_counts() -> None:
    refusals = Refusals()
    for path in ("/settings", "/users", "/settings"):
        refusals.count_path("GET", path)
    refusals.count_path("POST", "/settings")
    expected = (
        RefusedPath("POST", "/settings", 1),
        RefusedPath("GET", "/settings", 2),
        RefusedPath("GET", "/users", 1),
    )
    assert refusals.refused() == Refused(expected)


def test_no_number_of_requests_makes_it_grow() -> None:
    refusals = Refusals()
    for number in range(1000):
        refusals.count_path("X" * 10_000, f"/{number}{'x' * 100_000}")
        refusals.count_key(is_missing=bool(number % 2))
    refused = refusals.refused()
    assert [path.path[:5] for path in refused.paths[:2]] == ["/999x", "/998x"]
    assert len(refused.paths) == 10
    assert {len(path.path) for path in refused.paths} | {len(path.method) for path in refused.paths} == {200}
    assert (refused.wrong_keys, refused.without_key) == (500, 500)


def test_a_path_is_shown_without_signs_that_do_something() -> None:
    refusals = Refusals()
    refusals.count_path("GET", "/a\n\x1b[31m\u202e\udcffb")
    assert refusals.refused().paths[0].path == "/a??[31m??b"
