from units.runners.registration_desk import code_of
from units.test_run.scripted_run import ScriptedRun

from comfycontrol_pack.comfycontrol.test_run.lent_tag import lend, take_back
from service_double import Fault, ServiceDouble

TAG = "comfycontrol-test-0123456789ab"


def lend_and_die(scripted: ScriptedRun) -> str:
    """As a process that ends between the two calls: nothing but its files is left."""
    runner_id = scripted.register(tags=("gpu",))
    lend(scripted.desk.session, scripted.desk.user, TAG)
    scripted.desk.restart()
    scripted.double.forget_calls()
    return runner_id


def give_back(scripted: ScriptedRun) -> None:
    take_back(scripted.desk.session, scripted.desk.user)


def test_a_tag_that_a_crash_left_is_taken_away_by_the_next_process(scripted: ScriptedRun) -> None:
    lend_and_die(scripted)
    assert scripted.runner["tags"] == ["gpu", TAG]
    give_back(scripted)
    assert scripted.runner["tags"] == ["gpu"]
    assert scripted.desk.remembered.tag_lent_to is None


def test_a_crash_before_the_tag_was_sent_leaves_nothing_to_be_found(scripted: ScriptedRun) -> None:
    scripted.register(tags=("gpu",))
    scripted.double.plan(Fault.close_before(method="PUT"))
    assert code_of(lambda: lend(scripted.desk.session, scripted.desk.user, TAG)) == "service_unreachable"
    give_back(scripted)
    assert scripted.runner["tags"] == ["gpu"]
    assert scripted.desk.remembered.tag_lent_to is None


def test_tags_that_a_person_has_changed_meanwhile_stay(scripted: ScriptedRun) -> None:
    lend_and_die(scripted)
    scripted.desk.change(tags=("gpu", "new"))
    give_back(scripted)
    assert scripted.runner["tags"] == ["gpu", "new"]


def test_a_tag_that_cannot_be_taken_away_is_not_forgotten(scripted: ScriptedRun) -> None:
    runner_id = lend_and_die(scripted)
    scripted.double.plan(Fault.answer(503, "{}", method="PUT"))
    assert code_of(lambda: give_back(scripted)) == "service_trouble"
    assert scripted.desk.remembered.tag_lent_to == runner_id
    give_back(scripted)
    assert scripted.runner["tags"] == ["gpu"]


def test_a_runner_that_is_gone_took_the_tag_with_it(scripted: ScriptedRun, double: ServiceDouble) -> None:
    double.remove_runner(lend_and_die(scripted))
    give_back(scripted)
    assert scripted.desk.remembered.tag_lent_to is None


def test_where_no_tag_was_lent_nobody_is_called(scripted: ScriptedRun) -> None:
    scripted.register()
    give_back(scripted)
    assert scripted.desk.calls == []


def test_the_tag_is_taken_from_the_runner_that_got_it(scripted: ScriptedRun) -> None:
    first = lend_and_die(scripted)
    scripted.desk.register(take_over=scripted.other["id"], name="Other")
    give_back(scripted)
    tags = {one["id"]: one["tags"] for one in scripted.double.runners()}
    assert tags == {first: ["gpu"], scripted.other["id"]: ["other"]}
    remembered = scripted.desk.remembered.runner
    assert remembered is not None
    assert remembered.id == scripted.other["id"]
