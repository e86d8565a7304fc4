"""The report and TensorBoard in a real browser, without a window and without a network."""

import itertools
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from seq2seq.alignment.weights import Reading, align_words
from seq2seq.analysis.page_file import write_page
from seq2seq.analysis.plots import heads_figure, mean_figure
from seq2seq.analysis.report import build
from seq2seq.run import Run
from seq2seq.training.log import Log
from seq2seq.translator import Translator
from tests.analysis.report.reported import PROBES, SOURCES, STEPS, copied_run, reported_run

LEVEL = 1 / 255  # how exactly the page knows a weight
SECONDS = 120  # that something may take to appear, on a busy machine


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium with the driver that was installed beside it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no chromium and chromedriver on this machine")
    options = ChromeOptions()
    options.binary_location = chromium  # both paths are given: selenium looks for nothing itself
    motion = "--force-prefers-reduced-motion"  # a page that glides is not where one clicks
    for argument in ("--headless=new", "--no-sandbox", "--window-size=1300,1200", motion):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture(scope="module")
def folder(run_folder, tmp_path_factory):
    return reported_run(run_folder, tmp_path_factory.mktemp("browser") / "run")


@pytest.fixture(scope="module")
def translator(folder):
    return Translator.load(str(folder), device="cpu")


@pytest.fixture(scope="module")
def written(folder, translator):
    path = folder / "report.html"
    write_page(build.page(build.gather(Run.open(folder), translator)), path)
    return path


@pytest.fixture
def page(browser, written):
    """The page freshly opened; nothing may have been complained about in the end."""
    browser.get(written.as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []


def find(page, selector):
    return page.find_element(By.CSS_SELECTOR, selector)


def texts(page, selector):
    """All texts, those of SVG included."""
    return page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((node) => node.textContent)",
        selector,
    )


def choose(page, name, value):
    """Press one half of a switch, as a pointer does."""
    find(page, f"input[name={name}][value={value}] + span").click()


def drawn(page):
    """(T, S) weights of the heat map."""
    return np.array(
        page.execute_script(
            """return [...document.querySelectorAll("#drawing .target")].map((row) =>
              [...row.querySelectorAll(".heat")].map((c) => Number(c.getAttribute("fill-opacity"))))
            """
        )
    )


def go_to_step(page, number):
    slider = find(page, "#step")
    slider.send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * number)


def last_probe(translator):
    src, made = next(iter(PROBES.items()))
    return translator.align(src, made[-1])


def test_the_page_opens_from_disk_and_asks_for_nothing_else(page):
    assert page.title == "run – seq2seq report"
    assert find(page, "h1").text == "run"
    assert texts(page, ".card .metric") == ["BLEU", "chrF2", "TER"]
    assert all("version:" in line for line in texts(page, ".signatures code"))
    assert len(texts(page, ".pairs li")) == len(SOURCES)
    assert texts(page, ".health-table h3") == ["Entropy", "Loss added without the head"]
    assert texts(page, ".chart h3")[0] == "Loss"
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_the_first_picture_is_what_the_aligning_heads_see_between_words(page, folder, translator):
    alignment = align_words(last_probe(translator), Run.open(folder).aligning_heads())
    assert texts(page, "#drawing .target .word") == alignment.tgt_words
    assert texts(page, "#drawing > .source") == [*alignment.src_words, "</s>"]
    np.testing.assert_allclose(drawn(page), alignment.weights_TS, atol=2 * LEVEL)


def test_every_head_and_mean_in_either_reading_is_as_python_has_it(page, translator):
    choose(page, "unit", "words")
    for reading, head in itertools.product(Reading, (0, 1, None)):
        find(page, f"[data-choice='1:{'mean' if head is None else head}']").click()
        choose(page, "reading", reading.value)
        heads = slice(None) if head is None else slice(head, head + 1)
        expected = last_probe(translator).to_words(reading).weights_LHTS[1, heads].mean(axis=0)
        np.testing.assert_allclose(drawn(page), expected, atol=2 * LEVEL)
    find(page, "[data-choice=all]").click()
    expected = last_probe(translator).to_words(reading).weights_LHTS.mean(axis=(0, 1))
    np.testing.assert_allclose(drawn(page), expected, atol=2 * LEVEL)


def test_pieces_have_a_row_and_a_column_each(page, translator):
    find(page, "[data-choice='0:1']").click()
    choose(page, "unit", "pieces")
    choose(page, "reading", "output")
    attention = last_probe(translator)
    assert texts(page, "#drawing > .source") == attention.src_pieces
    assert texts(page, "#drawing .target .word") == attention.tgt_pieces[:-1]
    np.testing.assert_allclose(drawn(page), attention.weights_LHTS[0, 1, :-1], atol=2 * LEVEL)


def test_arrow_keys_move_through_the_heads(page):
    before = drawn(page)
    chosen = find(page, "#heads [aria-checked=true]")
    assert chosen.get_attribute("data-choice") == "aligning"
    chosen.send_keys(Keys.ARROW_DOWN)
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert page.switch_to.active_element.get_attribute("data-choice") == "0:1"
    assert find(page, "#choice").text == "Block 1, head 2"
    assert len(page.find_elements(By.CSS_SELECTOR, "#heads [tabindex='0']")) == 1
    assert not np.array_equal(drawn(page), before)


def test_the_slider_goes_through_the_steps_of_training(page):
    for number, step in enumerate(STEPS):
        go_to_step(page, number)
        assert find(page, "#step-value").text == str(step)
        made = PROBES["Hello, how are you?"][number]
        shown = texts(page, "#drawing .target .word")
        assert "".join(shown) == "".join(made.split())
        wrote_nothing = "wrote nothing" in find(page, "#pair").text
        assert wrote_nothing is (not made)


def test_page_keys_and_the_play_button_move_through_the_steps_too(page):
    find(page, "#stage").send_keys(Keys.PAGE_UP)
    assert find(page, "#step-value").text == str(STEPS[-2])
    find(page, "#stage").send_keys(Keys.PAGE_DOWN)
    find(page, "#play").click()
    assert find(page, "#step-value").text == str(STEPS[0])
    wait = WebDriverWait(page, SECONDS)
    wait.until(lambda _: find(page, "#step-value").text == str(STEPS[-1]))
    wait.until(lambda _: find(page, "#play").get_attribute("aria-label").startswith("Play"))


def lit(page):
    """The target word that is lit, and the weights that its source words show."""
    return (
        texts(page, "#drawing .target.on .word"),
        page.execute_script(
            """return [...document.querySelectorAll("#drawing > [data-column]")].map((node) =>
              Number(node.style.getPropertyValue("--weight")))"""
        ),
    )


@pytest.mark.parametrize("picture", ["map", "links"])
def test_arrow_keys_light_up_target_words_and_what_they_look_at(page, picture):
    weights = drawn(page)
    words = texts(page, "#drawing .target .word")
    choose(page, "picture", picture)
    stage = find(page, "#stage")
    keys = {Keys.HOME: 0, Keys.ARROW_RIGHT: 1, Keys.ARROW_DOWN: 2, Keys.ARROW_LEFT: 1, Keys.END: -1}
    for key, row in keys.items():
        stage.send_keys(key)
        word, shown = lit(page)
        assert word == [words[row]]
        np.testing.assert_allclose(shown, weights[row], atol=2e-3)
        number = row % len(words)
        assert stage.get_attribute("aria-activedescendant") == f"target-{number}"
        assert find(page, f"#target-{number}").get_attribute("aria-selected") == "true"
        told = find(page, "#looks").text
        assert told.startswith(f"{words[row]} looks at")
        assert f"{round(100 * weights[row].max()):.0f} %" in told


@pytest.mark.parametrize("picture", ["map", "links"])
def test_the_pointer_lights_up_what_it_is_over(page, picture):
    choose(page, "picture", picture)
    for row in (3, 1):
        word = find(page, f"#target-{row} .word")
        ActionChains(page).move_to_element(word).perform()
        assert lit(page)[0] == [word.text]


def test_links_are_curves_as_faint_as_their_weights(page):
    weights = drawn(page)
    choose(page, "picture", "links")
    found = page.execute_script(
        """return [...document.querySelectorAll("#drawing .link")].map((link) =>
          [Number(link.dataset.row), Number(link.getAttribute("stroke-opacity"))])"""
    )
    expected = [[row, w] for row, line in enumerate(weights) for w in line if w >= 0.03]
    np.testing.assert_allclose(found, expected, atol=2e-3)
    find(page, "#stage").send_keys(Keys.END)
    on = page.find_elements(By.CSS_SELECTOR, "#drawing .link.on")
    assert {link.get_attribute("data-row") for link in on} == {str(len(weights) - 1)}


def test_test_sentences_are_at_hand_with_what_the_final_model_wrote(page):
    button = find(page, ".pairs li button")
    sentence = find(page, ".pairs li")
    src, hypothesis, reference = (d.text for d in sentence.find_elements(By.TAG_NAME, "dd"))
    button.click()
    shown = texts(page, "#sentence option:checked")[0]
    assert shown.endswith(src)
    assert "".join(texts(page, "#drawing .target .word")) == "".join(hypothesis.split())
    assert reference in find(page, "#pair").text
    assert not find(page, "#steps").is_displayed()
    assert page.switch_to.active_element.get_attribute("id") == "stage"


def test_light_and_dark_can_be_switched(page):
    def ground():
        return find(page, "body").value_of_css_property("background-color")

    light, button = ground(), find(page, "#theme")
    assert button.get_attribute("aria-pressed") == "false"
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "true"
    assert brightness(ground()) < 60 < 200 < brightness(light)
    button.click()
    assert ground() == light


def brightness(colour):
    return np.mean([float(x) for x in re.findall(r"[\d.]+", colour)[:3]])


def test_curves_tell_their_values_by_pointer_and_keys(page):
    plot = find(page, ".chart .plot")
    assert plot.get_attribute("aria-valuetext").startswith("step 60: ")
    plot.send_keys(Keys.HOME)
    assert plot.get_attribute("aria-valuetext") == "step 5: training 4.75, validation 5.00"
    plot.send_keys(Keys.ARROW_RIGHT)
    assert texts(page, ".chart .at-step")[0] == "step 10"
    ActionChains(page).move_to_element(plot).perform()
    assert texts(page, ".chart .at-step")[0] == "step 30"
    assert len(page.find_elements(By.CSS_SELECTOR, ".chart:first-child .curve")) == 2


def test_nothing_is_wider_than_a_telephone(page):
    size = page.get_window_size()
    page.set_window_size(500, 900)
    wide = page.execute_script("return document.documentElement.scrollWidth - innerWidth")
    page.set_window_size(size["width"], size["height"])
    assert wide <= 0


def test_a_bare_run_says_what_it_lacks(browser, run_folder, tmp_path):
    folder = copied_run(run_folder, tmp_path / "bare")
    path = folder / "report.html"
    translator = Translator.load(str(folder), device="cpu")
    write_page(build.page(build.gather(Run.open(folder), translator)), path)
    browser.get(path.as_uri())
    text = find(browser, "main").text
    assert "seq2seq evaluate run=bare" in text
    assert "logged no steps" in text
    assert "No validation of this run examined" in text
    assert "There is no sentence short enough" in text or "kept no weights" in text
    assert browser.get_log("browser") == []


@pytest.fixture(scope="module")
def board(folder, translator):
    """The address of a TensorBoard over pictures that a log has drawn."""
    log = Log(folder, 60, 60)
    for step in STEPS:
        attention = last_probe(translator)
        log.figure(step, "attention/1_mean", mean_figure(attention))
        log.figure(step, "attention/1_heads", heads_figure(attention))
    log.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--port=0", "--logdir", folder / "tensorboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    found = (re.search(r"http://\S+:(\d+)", line) for line in process.stderr)
    yield f"http://127.0.0.1:{next(filter(None, found))[1]}"
    process.terminate()
    process.wait()


PICTURES = """
const found = {};
const look = (root) => {
  for (const node of root.querySelectorAll("*")) {
    const picture = node.tagName === "TF-IMAGE-LOADER" && node.shadowRoot.querySelector("img");
    if (picture && picture.complete) found[node.tag] = picture.naturalWidth;
    if (node.shadowRoot) look(node.shadowRoot);
  }
};
look(document);
return found;
"""  # its elements hide in one another's shadow


def test_tensorboard_shows_the_attention_maps_among_its_images(browser, board):
    browser.get(f"{board}/#images")
    wait = WebDriverWait(browser, SECONDS)
    shown = wait.until(lambda _: len(x := browser.execute_script(PICTURES)) == 2 and x)
    assert set(shown) == {"attention/1_mean", "attention/1_heads"}
    assert all(width > 200 for width in shown.values())
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []
