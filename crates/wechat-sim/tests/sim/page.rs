//! The web page.

use crate::harness::{APP, Sim};

#[tokio::test]
async fn the_page_and_its_files_are_served() {
    let sim = Sim::start().await;
    for (path, content_type) in [
        ("/", "text/html"),
        ("/sim", "text/html"),
        ("/sim/", "text/html"),
        ("/sim/page.css", "text/css"),
        ("/sim/page.js", "text/javascript"),
    ] {
        let response = sim.http.get(sim.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        assert!(headers["content-type"].to_str().unwrap().starts_with(content_type));
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
        );
        let body = response.text().await.unwrap();
        assert!(!body.is_empty(), "{path}");
        assert!(!body.contains("https://"), "{path} works offline");
    }
}

#[tokio::test]
async fn the_settings_have_the_apps_and_no_secret() {
    let sim = Sim::start().await;
    let settings = sim.get("/sim/settings").await;
    assert_eq!(settings["apps"][0], APP);
    assert_eq!(settings["wxloginUrl"], "http://127.0.0.1:8080");
    assert_eq!(settings.as_object().unwrap().len(), 2);
}
