"""The report in Chromium: sorting, filters, a film's overlay, keyboard, phone width, dark mode; nothing leaves it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radcaliper.measurements.types import Analysis, Status
from radcaliper.pipelines.results.overlays import overlay_files
from radcaliper.pipelines.results.report.page import write_report
from radcaliper.pipelines.results.store import ResultStore
from radcaliper.pipelines.results.stored import StoredResults

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromedriver") is None, reason="needs Debian's chromium and chromium-driver"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of selenium's own sockets
]
NAMES = "#films tbody tr:not([hidden]) a[data-film]"


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory,
    save_results: Callable[..., Path],
    chest_analysis: Analysis,
    spine_analysis: Analysis,
    hip_analysis: Analysis,
) -> Path:
    """The report of eight films, one of them refused, with their pictures."""
    out = tmp_path_factory.mktemp("report") / "out"
    chests = [
        replace(
            chest_analysis,
            image=f"ward 1/chest #{number} & ä.png",
            status=Status.REVIEW if number == 2 else Status.OK,
            reasons=("border_cut",) if number == 2 else (),
            measurements=tuple(
                replace(each, value=0.4 + 0.1 * number, lower=0.3 + 0.1 * number, upper=0.5 + 0.1 * number)
                if each.name == "cardiothoracic_ratio"
                else each
                for each in chest_analysis.measurements
            ),
        )
        for number in range(5)
    ]
    hand = replace(chest_analysis, image="hand.png", protocol="", status=Status.REFUSED, reasons=("no_protocol",))
    films = [*chests, spine_analysis, hip_analysis, hand]
    save_results(out, films)
    for film in films:
        for place, content in overlay_files(film).items():
            (out / place).parent.mkdir(parents=True, exist_ok=True)
            (out / place).write_bytes(content)
    store = ResultStore(out / "results.sqlite")
    write_report(StoredResults(out, store))
    store.close()
    return out / "report.html"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-component-update",
                   "disable-background-networking", "disable-sync", "disable-dev-shm-usage"):  # fmt: skip
        options.add_argument(f"--{option}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    yield driver
    driver.quit()


def show(chromium: Any, report: Path, width: int = 1400, scheme: str = "light") -> None:
    """Open the report at a width."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    chromium.get("about:blank")
    chromium.get(report.as_uri())


def run(chromium: Any, code: str) -> Any:
    return chromium.execute_script(code)


def names(chromium: Any) -> list[str]:
    return list(run(chromium, f"return [...document.querySelectorAll('{NAMES}')].map((each) => each.textContent)"))


def click(chromium: Any, selector: str) -> None:
    chromium.find_element("css selector", selector).click()


def press(chromium: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(chromium).send_keys(*keys).perform()


def test_columns_sort_both_ways_and_empty_cells_stay_last(chromium: Any, report: Path) -> None:
    show(chromium, report)
    chests = [f"ward 1/chest #{number} & ä.png" for number in range(5)]
    assert names(chromium)[:2] == ["hand.png", chests[2]]
    click(chromium, "thead button[data-key=c0]")
    assert names(chromium)[:5] == chests
    click(chromium, "thead button[data-key=c0]")
    assert names(chromium)[:5] == chests[::-1]
    assert run(chromium, "return document.querySelector('th[aria-sort=descending]').textContent") == (
        "Cardiothoracic ratio"
    )


def test_filters_by_status_reason_name_and_bar(chromium: Any, report: Path) -> None:
    from selenium.webdriver.support.select import Select

    show(chromium, report)
    click(chromium, "input[value=ok]")
    assert names(chromium) == ["hand.png", "ward 1/chest #2 & ä.png"]
    Select(chromium.find_element("id", "reason")).select_by_value("border_cut")
    assert names(chromium) == ["ward 1/chest #2 & ä.png"]
    assert chromium.find_element("id", "shown").text == "1 of 8 films"
    click(chromium, "button[type=reset]")
    assert len(names(chromium)) == 8
    chromium.find_element("id", "search").send_keys("CHEST #3")
    assert names(chromium) == ["ward 1/chest #3 & ä.png"]
    click(chromium, "button[type=reset]")
    bars = chromium.find_elements("css selector", "figure:first-child svg g")
    bars[-1].click()
    assert names(chromium) == ["ward 1/chest #4 & ä.png"]
    click(chromium, "#bin")
    assert len(names(chromium)) == 8


def test_an_outlier_is_one_click_away(chromium: Any, report: Path) -> None:
    show(chromium, report)
    highest = chromium.find_elements("css selector", "figure:first-child .extremes")[1]
    highest.find_element("css selector", "a").click()
    assert chromium.find_element("id", "film-name").text == "ward 1/chest #4 & ä.png"


def test_a_click_opens_the_overlay_with_numbers_and_definitions(chromium: Any, report: Path) -> None:
    show(chromium, report)
    chromium.find_element("link text", "ward 1/chest #2 & ä.png").click()
    chromium.execute_async_script("document.querySelector('.scroll img').decode().finally(arguments[0])")
    assert run(chromium, "return document.querySelector('.scroll img').naturalWidth") > 1000
    facts = chromium.find_element("css selector", ".facts").text
    assert "Greatest heart width over the greatest distance between the lungs' outer borders" in facts
    assert "A lung reaches the edge of the film" in facts
    assert "0.60 (0.50 to 0.70)" in facts
    click(chromium, "#zoom")
    assert run(chromium, "return document.querySelector('.scroll img').clientWidth") > 1000
    click(chromium, "#close")
    assert run(chromium, "return document.activeElement.textContent") == "ward 1/chest #2 & ä.png"


def test_a_refused_film_has_its_picture(chromium: Any, report: Path) -> None:
    show(chromium, report)
    assert run(chromium, "return document.querySelector('tr .picture img').src").startswith("data:image/webp")
    chromium.find_element("link text", "hand.png").click()
    assert "overlays/hand.png.png" in run(chromium, "return document.querySelector('.scroll img').src")


def test_the_keyboard_reaches_everything(chromium: Any, report: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    show(chromium, report)
    press(chromium, Keys.TAB)
    assert run(chromium, "return document.activeElement.className") == "skip"
    press(chromium, Keys.TAB)
    assert run(chromium, "return document.activeElement.getAttribute('role')") == "button"
    press(chromium, Keys.ENTER)
    assert len(names(chromium)) == 1
    press(chromium, " ")
    assert len(names(chromium)) == 8
    run(chromium, "document.querySelector('#films a[data-film]').focus()")
    press(chromium, Keys.ENTER)
    assert run(chromium, "return document.getElementById('film').open")
    press(chromium, Keys.ARROW_RIGHT)
    assert chromium.find_element("id", "film-name").text == names(chromium)[1]
    for _ in range(12):  # the focus stays in the dialog
        press(chromium, Keys.TAB)
        inside = "const at = document.activeElement; return at === document.body || !!at.closest('dialog')"
        assert run(chromium, inside)
    press(chromium, Keys.ESCAPE)
    assert not run(chromium, "return document.getElementById('film').open")
    assert run(chromium, "return document.activeElement.textContent") == names(chromium)[1]


def test_a_link_to_a_film_opens_it(chromium: Any, report: Path) -> None:
    show(chromium, report)
    chromium.find_element("link text", "ward 1/chest #2 & ä.png").click()
    address = chromium.current_url
    chromium.get("about:blank")
    chromium.get(address)
    assert chromium.find_element("id", "film-name").text == "ward 1/chest #2 & ä.png"


CONTRASTS = """
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((each) => each / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
  if (!own || !element.checkVisibility() || element.closest("script, style, svg, option")) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
  found.push([element.tagName + "." + element.className, (a + 0.05) / (b + 0.05)]);
}
return found;
"""


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_read_at_every_width_in_light_and_dark(
    chromium: Any, report: Path, width: int, scheme: str
) -> None:
    show(chromium, report, width, scheme)
    assert run(chromium, "return document.documentElement.scrollWidth") <= width
    background = run(chromium, "return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    contrasts = run(chromium, CONTRASTS)
    assert len(contrasts) > 50
    assert [each for each in contrasts if each[1] < 4.5] == []
    chromium.find_element("link text", "ward 1/chest #2 & ä.png").click()
    assert run(chromium, "return document.querySelector('.facts').scrollWidth") <= width
    assert [each for each in run(chromium, CONTRASTS) if each[1] < 4.5] == []


def test_nothing_leaves_the_page_and_nothing_is_complained_of(chromium: Any, report: Path) -> None:
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    show(chromium, report)
    chromium.find_element("link text", "ward 1/chest #2 & ä.png").click()
    click(chromium, "#next")
    messages = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert asked
    assert {address.split(":")[0] for address in asked} <= {"file", "data", "about"}
    assert chromium.get_log("browser") == []
