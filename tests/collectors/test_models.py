from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.collectors.models import read_models
from triage.errors import SourceError, UsageError
from triage.evidence import ClassModel, ColumnPair, Direction, Models, RelationshipModel

APP = "tests.collectors.mapped_app"
NOW = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)


def read(attribute: str) -> Models:
    evidence = read_models(f"{APP}:{attribute}", collected_at=NOW)
    assert evidence.models
    return evidence.models


MODELS = read("Base")
RELATIONSHIPS = {each.label: each for each in MODELS.relationships}


def one(label: str) -> RelationshipModel:
    return RELATIONSHIPS[label]


def of(name: str) -> ClassModel:
    return next(each for each in MODELS.classes if each.name == name)


# What cannot be read


@pytest.mark.parametrize(
    ("spec", "says", "hint"),
    [
        ("no_such_module:Base", "no_such_module cannot be imported: ModuleNotFoundError", "app's environment"),
        (f"{APP}:Missing", "cannot be read: AttributeError", "has Base, Empty, Wrong"),
        (f"{APP}:nothing", "is no declarative base", "has Base, Empty, Wrong"),
        (f"{APP}:Empty", "no class is mapped on", "imports all models"),
        (f"{APP}:Wrong", "cannot be configured: InvalidRequestError", "imports all models"),
    ],
)
def test_what_is_no_base_is_an_error_that_says_what_would_be_one(spec: str, says: str, hint: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        read_models(spec, collected_at=NOW)
    assert hint in caught.value.hint


def test_an_app_that_fails_when_it_is_imported_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app_that_fails_on_import.py").write_text("raise RuntimeError('password=hunter2 is wrong')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="RuntimeError") as caught:
        read_models("app_that_fails_on_import:Base", collected_at=NOW)
    assert "hunter2" not in caught.value.message


# What is a base


@pytest.mark.parametrize("attribute", ["Base", "Base.registry", "db", "db.Model", "Person"])
def test_a_base_can_be_named_by_what_has_it(attribute: str) -> None:
    assert read(attribute) == MODELS


def test_a_registry_of_its_own() -> None:
    assert [each.name for each in read("older").classes] == ["Old"]


# Classes


def test_a_class_knows_its_table_with_its_schema_and_what_it_calls_its_columns() -> None:
    assert of("Person") == ClassModel(
        name="Person",
        table="app.tbl_person",
        tables=("app.tbl_person",),
        primary_key=("id",),
        attributes={"id": "id", "nm": "full_name", "txt_notes": "notes"},
        deferred=frozenset({"txt_notes"}),
    )


def test_a_key_of_two_columns() -> None:
    assert of("Order").primary_key == ("shop", "number")


def test_joined_inheritance_has_two_tables() -> None:
    dog = of("Dog")
    assert (dog.table, dog.base) == ("dogs", "Animal")
    assert set(dog.tables) == {"animals", "dogs"}
    assert dog.attributes == {"id": "id", "tricks": "tricks"}


def test_single_table_inheritance_has_the_base_class_s() -> None:
    cat = of("Cat")
    assert (cat.table, cat.base) == ("animals", "Animal")


# Relationships


def test_a_collection() -> None:
    assert one("Person.sent") == RelationshipModel(
        owner="Person",
        name="sent",
        direction=Direction.ONE_TO_MANY,
        target="Message",
        tables=("messages",),
        pairs=(ColumnPair(local_table="app.tbl_person", local="id", remote_table="messages", remote="sender_id"),),
    )


def test_two_keys_of_one_table_are_told_apart() -> None:
    assert one("Person.received").pairs[0].remote == "to_id"
    assert one("Message.sender").pairs[0].local == "sender_id"
    assert one("Message.recipient").pairs[0].local == "to_id"


def test_a_scalar() -> None:
    sender = one("Message.sender")
    assert sender.direction is Direction.MANY_TO_ONE
    assert not sender.uselist
    assert sender.tables == ("app.tbl_person",)


@pytest.mark.parametrize("label", ["Person.badge", "Person.passport"])
def test_a_one_to_one_is_no_list(label: str) -> None:
    assert one(label).direction is Direction.ONE_TO_MANY
    assert not one(label).uselist


def test_a_secondary_is_named_with_the_key_of_the_owner() -> None:
    teams = one("Person.teams")
    assert teams.direction is Direction.MANY_TO_MANY
    assert teams.secondary == "memberships"
    assert teams.pairs == (
        ColumnPair(local_table="app.tbl_person", local="id", remote_table="memberships", remote="person_id"),
    )


def test_a_table_that_refers_to_itself() -> None:
    down, up = one("Team.subteams"), one("Team.above")
    assert (down.direction, down.pairs[0].remote, down.bind_left) == (Direction.ONE_TO_MANY, "parent_id", True)
    assert (up.direction, up.pairs[0].local) == (Direction.MANY_TO_ONE, "parent_id")


def test_a_composite_key_has_two_pairs() -> None:
    assert [pair.remote for pair in one("Order.lines").pairs] == ["shop", "order_number"]


def test_a_custom_primaryjoin_keeps_its_order_and_says_that_it_filters() -> None:
    assert (one("Person.unread").bind_left, one("Person.unread").filtered) == (True, True)
    assert (one("Person.reversed").bind_left, one("Person.reversed").filtered) == (False, False)
    assert (one("Person.sent").bind_left, one("Person.sent").filtered) == (True, False)


def test_the_way_it_loads() -> None:
    assert one("Person.later").lazy == "write_only"
    assert one("Person.sent").lazy == "select"


def test_an_inherited_relationship_is_its_base_class_s() -> None:
    assert {label.partition(".")[0] for label in RELATIONSHIPS} == {
        *("Person", "Message", "Badge", "Passport", "Team", "Order"),
    }


def test_a_name_without_its_base_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"shop\.models is not module:Base") as caught:
        read_models("shop.models", collected_at=NOW)
    assert "shop.models:Base" in caught.value.hint
