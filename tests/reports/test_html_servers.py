"""The HTML report of `triage report` on real servers: what came between two runs is new in the second, and gone in the third."""

from pathlib import Path

from tests.cli.run import triage
from tests.incidents import bookstore, row_lock
from tests.reports.documents import Element, parsed
from tests.servers.model import Database


def looked(folder: Path, database: Database) -> Element:
    run = triage("report", "--format", "html", cwd=folder, environment={"SHOP_URL": database.url})
    assert run.code in {0, 1}, run.err
    return parsed(run.out)


def test_a_queue_that_formed_between_two_runs_is_new_and_then_gone(database: Database, tmp_path: Path) -> None:
    bookstore(database.url)
    (tmp_path / "triage.toml").write_text('[targets.shop]\nurl_env = "SHOP_URL"\n', encoding="utf-8")
    before = looked(tmp_path, database)
    assert not [each for each in before.all("article") if "is-critical" in (each.attributes["class"] or "")]
    with row_lock(database.url):
        during = looked(tmp_path, database)
    after = looked(tmp_path, database)

    leak = next(each for each in during.all("article") if "idle-in-transaction" in each.one("h3").words)
    assert leak.one("h3").words.startswith("◆ critical")
    assert leak.all("span", class_="change")[0].words == "new"
    chain = next(each for each in during.all("article") if "blocking-chain" in each.one("h3").words)
    assert (
        chain.one("svg").one("title", id=(chain.attributes["id"] or "") + ".chain-title").words == "Who waits for whom"
    )
    assert chain.one("svg").words.count("below it") == 2
    assert "Sessions by state over time" in {each.words for each in during.all("figcaption")}
    assert "idle-in-transaction" in during.one("section", id="summary").words
    assert "UPDATE books SET title" in chain.words

    assert "Gone was ◆ critical idle-in-transaction" in after.one("section", id="summary").words
    assert not [each for each in after.all("article") if "idle-in-transaction" in each.one("h3").words]


def test_triage_check_writes_a_page(database: Database, tmp_path: Path) -> None:
    run = triage("check", database.url, "--format", "html", "--output", tmp_path / "look.html")
    assert run.code in {0, 1}, run.err
    page = parsed((tmp_path / "look.html").read_text(encoding="utf-8"))
    assert page.one("h1").words.startswith("Health report")
    assert database.name in page.one("section", id="summary").words
    assert database.password not in page.text
