//! A headless Chromium for tests, spoken to by its DevTools protocol: a message out, its answer and what happened
//! in the meantime in.

use std::cell::{Cell, RefCell};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// Finds faults of accessibility: a JSON list of lines.
pub const ACCESS: &str = include_str!("access.js");

/// Where packages of the usual systems put it.
const PLACES: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/// Longer than this nothing takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A browser that is closed when the test ends.
pub struct Browser {
    process: Child,
    port: u16,
    own: Wire,
    _profile: tempfile::TempDir,
}

/// A page that writes down what it complains about and whom it asks.
pub struct Page<'a> {
    wire: Wire,
    _browser: &'a Browser,
}

/// A line to the browser or to one of its pages.
struct Wire {
    socket: RefCell<WebSocket<MaybeTlsStream<TcpStream>>>,
    last: Cell<u64>,
    events: RefCell<Vec<Value>>,
}

impl Wire {
    fn to(port: u16, path: &str) -> Self {
        let (mut socket, _) = tungstenite::connect(format!("ws://127.0.0.1:{port}{path}")).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_mut() {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        Self { socket: RefCell::new(socket), last: Cell::new(0), events: RefCell::default() }
    }

    /// Sends a command and waits for its answer.
    fn call(&self, method: &str, params: &Value) -> Value {
        let id = self.last.get() + 1;
        self.last.set(id);
        let message = json!({ "id": id, "method": method, "params": params });
        let mut socket = self.socket.borrow_mut();
        socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let Message::Text(text) = socket.read().unwrap() else { continue };
            let mut said: Value = serde_json::from_str(&text).unwrap();
            if said["id"] == id {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].take();
            }
            self.events.borrow_mut().push(said);
        }
    }
}

impl Browser {
    /// The browser of this machine, or a line that there is none.
    pub fn start() -> Option<Self> {
        let named = std::env::var_os("TAILCAP_CHROMIUM").map(PathBuf::from);
        let found = named.or_else(|| PLACES.map(PathBuf::from).into_iter().find(|p| p.exists()));
        let Some(path) = found else {
            eprintln!("left out: no Chromium on this machine (TAILCAP_CHROMIUM names one)");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let process = Command::new(path)
            // Users of containers are root, which the sandbox refuses; the rest keeps the browser off the network.
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-quic"])
            .args(["--disable-component-update", "--disable-sync", "--window-size=1280,900"])
            .args(["--remote-debugging-port=0", "--remote-allow-origins=*"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The browser writes the port it took and the path of its own line into its profile.
        let file = profile.path().join("DevToolsActivePort");
        let (port, path) = patiently("the browser starts", || {
            let text = std::fs::read_to_string(&file).ok()?;
            let (port, path) = text.split_once('\n')?;
            Some((port.parse().ok()?, path.trim().to_owned()))
        });
        Some(Self { process, port, own: Wire::to(port, &path), _profile: profile })
    }

    /// Opens a file.
    pub fn open(&self, file: &Path) -> Page<'_> {
        let file = std::fs::canonicalize(file).unwrap();
        let page = self.page();
        page.go(&format!("file://{}", file.display()));
        page
    }

    /// Opens a page of this text.
    pub fn open_text(&self, html: &str) -> Page<'_> {
        let page = self.page();
        page.text(&format!(
            "document.open(); document.write({}); document.close(); 'done'",
            json!(html)
        ));
        page
    }

    /// A new page, with everything written down from the start.
    fn page(&self) -> Page<'_> {
        let target = self.own.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let path = format!("/devtools/page/{}", target["targetId"].as_str().unwrap());
        let page = Page { wire: Wire::to(self.port, &path), _browser: self };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Tries until there is a value.
fn patiently<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Page<'_> {
    fn call(&self, method: &str, params: Value) -> Value {
        self.wire.call(method, &params)
    }

    fn go(&self, address: &str) {
        self.call("Page.navigate", json!({ "url": address }));
        patiently("the page loads", || {
            (self.text("document.readyState") == "complete").then_some(())
        });
    }

    /// The value of an expression, or of the last of some statements, as text.
    pub fn text(&self, script: &str) -> String {
        self.evaluated(script, false)
    }

    /// The value that a promise comes to.
    pub fn text_later(&self, script: &str) -> String {
        self.evaluated(script, true)
    }

    fn evaluated(&self, script: &str, later: bool) -> String {
        // In the other mode, which does not wait, names of one script do not stand in the way of the next.
        let asked = json!({
            "expression": script, "awaitPromise": later, "returnByValue": true, "replMode": !later,
        });
        let found = self.call("Runtime.evaluate", asked);
        assert!(found["exceptionDetails"].is_null(), "{script}: {}", found["exceptionDetails"]);
        match &found["result"]["value"] {
            Value::String(text) => text.clone(),
            Value::Null => "undefined".to_owned(),
            value => value.to_string(),
        }
    }

    /// Waits until what was said has arrived.
    pub fn rest(&self) {
        std::thread::sleep(Duration::from_millis(300));
        self.text("1");
    }

    /// Errors, warnings and messages so far.
    pub fn complaints(&self) -> Vec<String> {
        let kinds = ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"];
        let events = self.wire.events.borrow();
        let own = events.iter().filter(|event| kinds.iter().any(|kind| event["method"] == *kind));
        own.map(|event| event["params"].to_string()).collect()
    }

    /// Addresses asked so far.
    pub fn requests(&self) -> Vec<String> {
        let events = self.wire.events.borrow();
        let own = events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        own.map(|event| event["params"]["request"]["url"].as_str().unwrap_or("?").to_owned())
            .collect()
    }

    /// Asks for `light` or `dark` colours.
    pub fn prefer(&self, scheme: &str) {
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// Shows the page as it is printed.
    pub fn as_printed(&self) {
        self.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    }

    /// Gives the page another size.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// The whole page as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let wanted = json!({ "format": "png", "captureBeyondViewport": true });
        decoded(&self.call("Page.captureScreenshot", wanted))
    }

    /// The page on paper of this size, inches, as PDF.
    pub fn print(&self, (width, height): (f64, f64)) -> Vec<u8> {
        let paper = json!({ "paperWidth": width, "paperHeight": height, "printBackground": true });
        decoded(&self.call("Page.printToPDF", paper))
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
}
