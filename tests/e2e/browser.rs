//! Pages in a browser: CORS, and the example that `wxlogin dev` serves.

use std::path::Path;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Dev, Harness, Process};

const VITE: &str = "http://localhost:5173";
const APP: &str = "https://app.example.com";

fn http() -> Client {
    let policy = reqwest::redirect::Policy::none();
    Client::builder().no_proxy().redirect(policy).build().unwrap()
}

fn allowed(response: &Response) -> &str {
    let origin = response.headers().get("access-control-allow-origin");
    origin.map_or("", |origin| origin.to_str().unwrap())
}

/// The preflight request that a browser sends before a page of this origin may send JSON.
async fn preflight(url: &str, origin: &str) -> Response {
    let request = http().request(Method::OPTIONS, url).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "content-type").send().await.unwrap()
}

#[tokio::test]
async fn only_listed_origins_may_call() {
    let harness = Harness::start(&[("WXLOGIN__SERVER__CORS_ORIGINS", APP)]).await;
    let login = format!("{}/v1/login", harness.client.base);
    let asked = preflight(&login, APP).await;
    assert_eq!((asked.status(), allowed(&asked)), (StatusCode::OK, APP));
    let request = || harness.client.request(Method::POST, "/v1/login").json(&json!({ "code": "" }));
    let answer = harness.client.send(request().header("origin", APP)).await;
    assert_eq!(answer.problem(), "login_code_invalid");
    assert_eq!(answer.header("access-control-allow-origin"), APP);
    let foreign = harness.client.send(request().header("origin", VITE)).await;
    assert_eq!(foreign.problem(), "login_code_invalid");
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    assert_eq!(allowed(&preflight(&login, VITE).await), "");
}

#[tokio::test]
async fn an_invalid_origin_is_reported_in_one_line() {
    for (arguments, settings) in [
        (&["sim", "--cors-origin", "*"][..], &[][..]),
        (&["sim", "--cors-origin", "localhost:5173"], &[]),
        (&["check-config"], &[("WXLOGIN__SERVER__CORS_ORIGINS".to_owned(), "*".to_owned())]),
    ] {
        let mut all = crate::support::required_settings("sqlite:wxlogin.db");
        all.extend_from_slice(settings);
        let ended = Process::run(arguments, &all).await;
        assert!(!ended.success, "{ended:?}");
        assert_eq!(ended.log.lines().count(), 1, "{ended:?}");
        assert!(ended.log.contains("origin"), "{ended:?}");
    }
}

#[tokio::test]
async fn the_standalone_simulator_has_its_own_origins() {
    let arguments = ["sim", "--listen", "127.0.0.1:0", "--cors-origin", VITE];
    let sim = Process::start(&arguments, &[]);
    let base = sim.printed_after("answers at ").await;
    assert_eq!(allowed(&preflight(&format!("{base}sim/codes"), VITE).await), VITE);
}

#[tokio::test]
async fn dev_allows_its_own_origins_and_vites() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let port = dev.base.rsplit(':').next().unwrap();
    let own = format!("http://localhost:{port}");
    for origin in [VITE, "http://127.0.0.1:5173", &own, &dev.base] {
        let asked = preflight(&format!("{}/v1/login", dev.base), origin).await;
        assert_eq!(allowed(&asked), origin);
        for path in ["/sim/codes", "/sim/phone-codes", "/sim/open-data"] {
            let asked = preflight(&format!("{}{path}", dev.simulator), origin).await;
            assert_eq!(allowed(&asked), origin, "{path}");
        }
        let made = http().post(format!("{}/sim/codes", dev.simulator)).header("origin", origin);
        let made = made.json(&json!({})).send().await.unwrap();
        assert_eq!((made.status(), allowed(&made)), (StatusCode::OK, origin));
    }
    let foreign = http().get(&dev.simulator).header("host", "evil.example");
    assert_eq!(foreign.header("origin", VITE).send().await.unwrap().status(), 403);
}

/// Creates the files of a build of the example.
fn build(folder: &Path) {
    std::fs::create_dir_all(folder.join("assets/empty")).unwrap();
    for (name, text) in [
        ("index.html", "<!doctype html><title>我的</title><script src=assets/app.js></script>"),
        ("assets/app.js", "console.log('hello')"),
        ("assets/app.css", "body { margin: 0 }"),
        ("assets/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn dev_serves_the_built_example() {
    let folder = tempfile::tempdir().unwrap();
    let example = folder.path().join("h5");
    build(&example);
    std::fs::write(folder.path().join("secret"), "s3cret").unwrap();
    let data = folder.path().join("data");
    let dev = Dev::start_with(&data, &["--example", example.to_str().unwrap()]).await;
    let open = format!("open {}/example/\n", dev.base);
    assert!(dev.process.output().contains(&open), "{}", dev.process.output());
    let get = |path: &str| http().get(format!("{}{path}", dev.base)).send();
    for (path, media_type, content) in [
        ("/example/", "text/html; charset=utf-8", "我的"),
        ("/example/index.html", "text/html; charset=utf-8", "我的"),
        ("/example/assets/app.js", "text/javascript", "hello"),
        ("/example/assets/app.css", "text/css; charset=utf-8", "margin"),
        ("/example/assets/logo.svg", "image/svg+xml", "svg"),
    ] {
        let answer = get(path).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let found = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(found, media_type, "{path}");
        assert!(answer.text().await.unwrap().contains(content), "{path}");
    }
    let redirected = get("/example").await.unwrap();
    assert_eq!(redirected.headers()["location"], "/example/");
    for path in [
        "/example/nope.js",
        "/example/assets/",
        "/example/assets/empty/",
        "/example/%2e%2e/secret",
        "/example/..%2fsecret",
        "/example/assets/..%2f..%2fsecret",
    ] {
        let answer = get(path).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let problem = answer.json::<Value>().await.unwrap();
        assert_eq!(problem["code"], "not_found", "{path}");
    }
    let head = http().head(format!("{}/example/assets/app.js", dev.base)).send().await.unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn dev_gives_the_example_its_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let printed = dev.process.output();
    assert!(printed.contains("npm ci && npm run build:h5"), "{printed}");
    let url = format!("{}/example/config.json", dev.base);
    let config = http().get(&url).header("origin", VITE).send().await.unwrap();
    assert_eq!(allowed(&config), VITE);
    assert_eq!(config.headers()["content-type"], "application/json");
    assert_eq!(config.headers()["cache-control"], "no-store");
    let expected =
        json!({ "wxlogin": dev.base, "simulator": dev.simulator, "appId": "wxdev0000000000001" });
    assert_eq!(config.json::<Value>().await.unwrap(), expected);
    let missing = http().get(format!("{}/example/", dev.base)).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn serve_has_no_example() {
    let harness = Harness::start(&[]).await;
    for path in ["/example/", "/example/config.json"] {
        let answer = harness.client.send(harness.client.request(Method::GET, path)).await;
        assert_eq!((answer.status, answer.problem()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn dev_accepts_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let post = |url: String| http().post(url).header("content-type", "application/json");
    let made = post(format!("{}/sim/codes", dev.simulator)).body("{}").send().await.unwrap();
    let code = &made.json::<Value>().await.unwrap()["code"];
    let login = post(format!("{}/v1/login", dev.base)).body(json!({ "code": code }).to_string());
    let login = login.send().await.unwrap().json::<Value>().await.unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    let image = image::DynamicImage::new_rgb8(20, 20);
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let head = b"--e\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n".as_slice();
    let form = [head, png.get_ref(), b"\r\n--e--\r\n"].concat();
    let upload = http().post(format!("{}/v1/me/avatar", dev.base)).body(form);
    let upload = upload.header("content-type", "multipart/form-data; boundary=e");
    let upload = upload.bearer_auth(login["accessToken"].as_str().unwrap()).send().await.unwrap();
    let user = upload.json::<Value>().await.unwrap();
    let address = user["avatarUrl"].as_str().unwrap();
    assert!(address.starts_with(&format!("{}/avatars/", dev.base)), "{user}");
    let shown = http().get(address).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/jpeg");
}
