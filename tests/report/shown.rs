//! The page in a real browser: on a phone, a laptop and paper, light and dark.
//!
//! With `MAILWARD_PICTURES=FOLDER` the pictures are kept there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailward::engine::incident::Incident;
use mailward::engine::report::html;
use mailward::engine::wording::Language;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::incidents::{hostile, many, story, with_context};

/// What stays of the pictures, where they are wanted.
fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("MAILWARD_PICTURES")?);
    fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

fn is_wanted() -> bool {
    let wanted = std::env::var_os("MAILWARD_REAL_SERVERS").is_some();
    if !wanted {
        eprintln!("passed over: MAILWARD_REAL_SERVERS is not set");
    }
    wanted
}

fn written(folder: &Path, name: &str, incident: &Incident, language: Language) -> PathBuf {
    let path = folder.join(format!("{name}-{}.html", language.name()));
    let page = with_context(language, |context| html::page(incident, context));
    fs::write(&path, page).unwrap();
    path
}

#[test]
fn a_browser_shows_it_on_phone_laptop_and_paper_light_and_dark() {
    if !is_wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let kept = pictures();
    let mut browser = Browser::start();
    for (name, incident) in [("story", story()), ("hostile", hostile()), ("many", many())] {
        for language in Language::ALL {
            let path = written(folder.path(), name, &incident, language);
            for (screen, width, height) in [
                ("phone", 390, 844),
                ("small", 320, 568),
                ("laptop", 1280, 800),
            ] {
                browser.ask(
                    "Emulation.setDeviceMetricsOverride",
                    &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
                );
                for scheme in ["light", "dark"] {
                    browser.ask(
                        "Emulation.setEmulatedMedia",
                        &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
                    );
                    browser.open(&format!("file://{}", path.display()));
                    let what = format!("{name}-{}-{screen}-{scheme}", language.name());
                    if let Some(kept) = &kept {
                        picture(&mut browser, &kept.join(format!("{what}.png")));
                    }
                    is_sound(&mut browser, &what, width);
                    let dark = browser.value(
                        "getComputedStyle(document.body).backgroundColor === 'rgb(20, 22, 26)'",
                    );
                    assert_eq!(dark, json!(scheme == "dark"), "{what}");
                }
            }
            let paper = browser.ask(
                "Page.printToPDF",
                &json!({ "preferCSSPageSize": true, "printBackground": false }),
            );
            let paper = STANDARD.decode(paper["data"].as_str().unwrap()).unwrap();
            let file = folder.path().join("paper.pdf");
            fs::write(&file, paper).unwrap();
            if let Some(kept) = &kept {
                let to = kept.join(format!("{name}-{}-paper", language.name()));
                let status = Command::new("pdftoppm")
                    .args(["-r", "60", "-png", "-l", "4"])
                    .arg(&file)
                    .arg(to)
                    .status();
                assert!(status.unwrap().success());
            }
            on_paper(&file, name);
        }
    }
}

/// The picture of the README is this screen.
#[test]
fn one_screen_holds_the_issuer_the_next_step_and_the_orders_to_read_out() {
    if !is_wanted() {
        return;
    }
    let (width, height) = (820, 1124);
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
    );
    browser.ask(
        "Emulation.setEmulatedMedia",
        &json!({ "features": [{ "name": "prefers-color-scheme", "value": "light" }] }),
    );
    for language in Language::ALL {
        let path = written(folder.path(), "story", &story(), language);
        browser.open(&format!("file://{}", path.display()));
        let end = browser.value("document.querySelector('table').getBoundingClientRect().bottom");
        assert!(end.as_f64().unwrap() <= f64::from(height), "{end}");
        if let Some(kept) = pictures() {
            let name = format!("screen-{}.png", language.name());
            let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 0.78 });
            clipped(&mut browser, &kept.join(name), &clip);
        }
    }
}

/// Nothing ran, nothing was asked for, nothing sticks out, and the marks of the drawing do not lie over each other.
fn is_sound(browser: &mut Browser, what: &str, width: i64) {
    let wide = browser
        .value("document.scrollingElement.scrollWidth")
        .as_i64()
        .unwrap();
    assert!(wide <= width, "{what}: {wide} wide");
    let out = browser.value(
        "[...document.querySelectorAll('svg.drawing text')].filter(t => { \
           const b = t.getBoundingClientRect(), s = t.closest('svg.drawing').getBoundingClientRect(); \
           return b.left < s.left - 1 || b.right > s.right + 1; }).map(t => t.textContent).join()",
    );
    assert_eq!(out, json!(""), "{what}: letters outside of the drawing");
    let over = browser.value(
        "(() => { const b = [...document.querySelectorAll('svg.drawing .tick:not(.day), svg.drawing .gap')] \
           .map(t => t.getBoundingClientRect()); \
           return b.filter((one, i) => b.some((other, j) => j > i && one.left < other.right && other.left < one.right \
             && one.top < other.bottom && other.top < one.bottom)).length; })()",
    );
    assert_eq!(over, json!(0), "{what}: labels over each other");
    assert_eq!(browser.value("document.scripts.length"), json!(0), "{what}");
    let active = "document.querySelectorAll('iframe,img,object,embed,form,base,link,[onerror],[onload]').length";
    assert_eq!(browser.value(active), json!(0), "{what}");
    for event in &browser.events {
        let method = event["method"].as_str().unwrap_or("");
        if method == "Network.requestWillBeSent" {
            let address = event["params"]["request"]["url"].as_str().unwrap();
            assert!(
                address.starts_with("file:///") && address.split('.').next_back() == Some("html"),
                "{what}: {address}"
            );
        }
        assert!(method != "Runtime.exceptionThrown", "{what}: {event}");
        assert!(method != "Log.entryAdded", "{what}: {event}");
    }
}

fn picture(browser: &mut Browser, path: &Path) {
    let metrics = browser.ask("Page.getLayoutMetrics", &json!({}));
    let size = &metrics["cssContentSize"];
    let height = size["height"].as_f64().unwrap().min(4000.0);
    let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1 });
    clipped(browser, path, &clip);
}

fn clipped(browser: &mut Browser, path: &Path, clip: &Value) {
    let shot = browser.ask(
        "Page.captureScreenshot",
        &json!({ "format": "png", "captureBeyondViewport": true, "clip": clip }),
    );
    fs::write(
        path,
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap(),
    )
    .unwrap();
}

/// A4, and the addresses are spelled out.
fn on_paper(file: &Path, name: &str) {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let path = file.to_str().unwrap();
    let about = said("pdfinfo", &[path]);
    assert!(about.contains("A4"), "{about}");
    let text = said("pdftotext", &["-layout", path, "-"]);
    if name == "story" {
        assert!(
            text.contains("https://www.amazon.co.jp/gp/css/order-history"),
            "{text}"
        );
        assert!(text.contains("503-0000007-0000007"), "{text}");
        let pages = about
            .lines()
            .find_map(|line| line.strip_prefix("Pages:"))
            .unwrap();
        assert!(pages.trim().parse::<u32>().unwrap() <= 4, "{about}");
    }
}

#[test]
fn the_page_is_valid_html() {
    if !is_wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, incident) in [("story", story()), ("hostile", hostile()), ("many", many())] {
        for language in Language::ALL {
            let path = written(folder.path(), name, &incident, language);
            let output = Command::new("tidy")
                .args(["-errors", "-quiet", "-utf8", "--show-body-only", "no"])
                .arg(&path)
                .output()
                .unwrap();
            // Tidy knows HTML, but not the attributes of SVG.
            let said = String::from_utf8_lossy(&output.stderr);
            let wrong: Vec<&str> = said
                .lines()
                .filter(|line| {
                    !line.contains("<svg> proprietary") && !line.contains("<title> proprietary")
                })
                .filter(|line| !line.trim().is_empty())
                .collect();
            assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        }
    }
}
