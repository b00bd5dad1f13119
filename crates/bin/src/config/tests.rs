use std::collections::HashMap;

use super::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn complete() -> HashMap<String, String> {
    [
        ("WXLOGIN__MASTER_KEY", KEY),
        ("WXLOGIN__SERVER__PUBLIC_URL", "https://login.example.com"),
        ("WXLOGIN__DATABASE__URL", "sqlite:wxlogin.db"),
        ("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", "0123456789abcdef0123456789abcdef"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn load(text: &str, environment: HashMap<String, String>) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let source = Environment::with_prefix("WXLOGIN").source(Some(environment));
    check::check(read(Some(file.path()), source)?).map_err(|error| {
        assert!(!error.0.contains('\n'), "one line: {error}");
        error
    })
}

fn with(name: &str, value: &str) -> Result<Config, ConfigError> {
    let mut environment = complete();
    environment.insert(name.into(), value.into());
    load("", environment)
}

#[test]
fn the_environment_alone_is_enough() {
    let config = load("", complete()).unwrap();
    let app = config.apps.resolve(None).unwrap();
    assert_eq!(app.id.as_str(), "wx0123456789abcdef");
    assert_eq!(app.secret.expose(), "0123456789abcdef0123456789abcdef");
    assert_eq!(config.tokens.issuer, "https://login.example.com");
    assert_eq!(config.kind, DeploymentKind::Production);
    assert_eq!(config.original_app, None);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[sessions]\nmax_per_user = 3\nlifetime_days = 4\n[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.1\"]";
    let mut environment = complete();
    environment.insert("WXLOGIN__SESSIONS__LIFETIME_DAYS".into(), "5".into());
    let config = load(file, environment).unwrap();
    assert_eq!(config.sessions.max_per_user, 3);
    assert_eq!(config.sessions.lifetime, Duration::from_hours(120));
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.limits.failed_logins_per_minute.get(), 120);
    let config = with("WXLOGIN__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32").unwrap();
    assert_eq!(config.server.trusted_proxies.len(), 2);
}

#[test]
fn cors_and_avatars_are_off_by_default() {
    let config = load("", complete()).unwrap();
    assert!(config.server.cors_origins.is_empty());
    assert_eq!(config.avatars.directory, None);
    assert_eq!(config.avatars.max_upload_bytes, 5_000_000);
    let origins = "https://app.example.com, http://localhost:5173";
    let config = with("WXLOGIN__SERVER__CORS_ORIGINS", origins).unwrap();
    assert_eq!(config.server.cors_origins, ["https://app.example.com", "http://localhost:5173"]);
    let config = with("WXLOGIN__AVATARS__DIRECTORY", "/var/lib/wxlogin/avatars").unwrap();
    assert_eq!(config.avatars.directory.unwrap(), Path::new("/var/lib/wxlogin/avatars"));
}

#[test]
fn secrets_that_look_like_numbers_stay_unchanged() {
    let config = with("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", "0123").unwrap();
    assert_eq!(config.apps.resolve(None).unwrap().secret.expose(), "0123");
    let config = with("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", "12e4").unwrap();
    assert_eq!(config.apps.resolve(None).unwrap().secret.expose(), "12e4");
}

#[test]
fn secrets_can_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "from-a-file\n").unwrap();
    let mut environment = complete();
    environment.remove("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET");
    environment.insert(
        "WXLOGIN__APPS__WX0123456789ABCDEF__SECRET_FILE".into(),
        path.display().to_string(),
    );
    let config = load("", environment.clone()).unwrap();
    assert_eq!(config.apps.resolve(None).unwrap().secret.expose(), "from-a-file");
    environment.insert("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET".into(), "x".into());
    let both = load("", environment).unwrap_err();
    assert!(both.0.contains("not both"), "{both}");
}

#[test]
fn a_second_secret_is_optional_and_has_one_source() {
    let second = |config: Config| {
        let app = config.apps.resolve(None).unwrap();
        app.second_secret.as_ref().map(|secret| secret.expose().to_owned())
    };
    assert_eq!(second(load("", complete()).unwrap()), None);
    let value = "WXLOGIN__APPS__WX0123456789ABCDEF__SECOND_SECRET";
    assert_eq!(second(with(value, "0123").unwrap()).as_deref(), Some("0123"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "from-a-file\n").unwrap();
    let mut environment = complete();
    environment.insert(format!("{value}_FILE"), file.path().display().to_string());
    let config = load("", environment.clone()).unwrap();
    assert_eq!(second(config).as_deref(), Some("from-a-file"));
    environment.insert(value.into(), "hunter2".into());
    let both = load("", environment).unwrap_err();
    assert!(both.0.contains("second_secret") && both.0.contains("not both"), "{both}");
    assert!(!both.0.contains("hunter2"), "{both}");
}

#[test]
fn all_missing_settings_are_named_at_once() {
    let error = load("", HashMap::new()).unwrap_err();
    for name in ["master_key", "server.public_url", "database.url", "apps."] {
        assert!(error.0.contains(name), "{error}");
    }
}

#[test]
fn errors_name_the_setting_and_never_its_value() {
    let cases = [
        ("WXLOGIN__MASTER_KEY", "hunter2", "master_key"),
        ("WXLOGIN__SERVER__LISTEN", "hunter2", "server.listen"),
        ("WXLOGIN__SERVER__PUBLIC_URL", "http://hunter2.example", "server.public_url"),
        ("WXLOGIN__SERVER__PUBLIC_URL", "https://hunter2.example/", "server.public_url"),
        ("WXLOGIN__SERVER__PUBLIC_URL", " https://hunter2.example\n", "server.public_url"),
        ("WXLOGIN__SERVER__PUBLIC_URL", "https://HUNTER2.example", "server.public_url"),
        ("WXLOGIN__SERVER__TRUSTED_PROXIES", "hunter2", "server.trusted_proxies"),
        ("WXLOGIN__SERVER__CORS_ORIGINS", "*", "server.cors_origins"),
        ("WXLOGIN__SERVER__CORS_ORIGINS", "https://hunter2.example/", "server.cors_origins"),
        ("WXLOGIN__AVATARS__MAX_UPLOAD_BYTES", "hunter2", "avatars.max_upload_bytes"),
        ("WXLOGIN__AVATARS__MAX_UPLOAD_BYTES", "0", "avatars.max_upload_bytes"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "hunter2", "sessions.max_per_user"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "0", "sessions.max_per_user"),
        ("WXLOGIN__WECHAT__UNOFFICIAL", "hunter2", "wechat.unofficial"),
        ("WXLOGIN__WECHAT__BASE_URL", "http://127.0.0.1:8081", "wechat.base_url"),
        ("WXLOGIN__WECHAT__BASE_URL", "https://api.weixin.qq.com.hunter2", "wechat.base_url"),
        ("WXLOGIN__ORIGINAL__APP_ID", "wxhunter2000000000", "original.app_id"),
        ("WXLOGIN__LOG__FORMAT", "hunter2", "log.format"),
        ("WXLOGIN__LOG__FILTER", "hunter2=hunter2", "log.filter"),
        ("WXLOGIN__APPS__WX0123456789ABCDEF__SIGN_UP", "hunter2", "sign_up"),
        ("WXLOGIN__APPS__WXDEV0000000000001__SECRET", "hunter2", "wxlogin dev"),
    ];
    for (name, value, named) in cases {
        let error = with(name, value).unwrap_err().0;
        assert!(error.contains(named), "{name}: {error}");
        assert!(!error.contains("hunter2"), "{name}: {error}");
    }
}

#[test]
fn unknown_settings_are_rejected() {
    for (text, name) in [("[server]\nlisen = 1", "lisen"), ("lisen = 1", "lisen")] {
        let error = load(text, complete()).unwrap_err();
        assert!(error.0.contains(name), "{error}");
    }
    let error = with("WXLOGIN__SERVER__LISEN", "1").unwrap_err();
    assert!(error.0.contains("lisen"), "{error}");
}

#[test]
fn a_syntax_error_names_the_line_without_quoting_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[server]\n\nlisten = hunter2").unwrap();
    let error = Config::load(Some(file.path())).unwrap_err();
    assert!(error.0.contains("line 3"), "{error}");
    assert!(!error.0.contains("hunter2"), "{error}");
}

#[test]
fn a_given_file_must_exist() {
    assert!(Config::load(Some(Path::new("/nowhere/wxlogin.toml"))).is_err());
}

#[test]
fn debug_output_hides_secrets() {
    let printed = format!("{:?}", load("", complete()).unwrap());
    for secret in [KEY, "0123456789abcdef0123456789abcdef"] {
        assert!(!printed.contains(secret));
    }
}

#[test]
fn push_settings_of_an_app_are_checked() {
    const TOKEN: &str = "WXLOGIN__APPS__WX0123456789ABCDEF__PUSH_TOKEN";
    const AES_KEY: &str = "WXLOGIN__APPS__WX0123456789ABCDEF__ENCODING_AES_KEY";
    assert!(load("", complete()).unwrap().pushes.is_empty());
    let plain = with(TOKEN, "token").unwrap().pushes;
    assert_eq!(plain[0].id.as_str(), "wx0123456789abcdef");
    assert_eq!(plain[0].token.expose(), "token");
    assert_eq!(plain[0].key, None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let mut environment = complete();
    environment.insert(TOKEN.into(), "token".into());
    environment.insert(format!("{AES_KEY}_FILE"), path.display().to_string());
    std::fs::write(&path, format!("{}\n", "A".repeat(43))).unwrap();
    let encrypted = load("", environment.clone()).unwrap().pushes;
    assert_eq!(encrypted[0].key.as_ref().unwrap().expose(), &[0; 32]);
    std::fs::write(&path, "too short").unwrap();
    let wrong = load("", environment).unwrap_err().0;
    assert!(wrong.starts_with("apps.wx0123456789abcdef.encoding_aes_key: "), "{wrong}");
    assert!(!wrong.contains("too short"));
    let alone = with(AES_KEY, &"A".repeat(43)).unwrap_err().0;
    assert!(alone.starts_with("apps.wx0123456789abcdef.push_token: required"), "{alone}");
}

#[test]
fn previous_master_keys_come_from_values_and_files() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{}\n", KEY.replace('0', "3"))).unwrap();
    let mut environment = complete();
    let values = format!("{}, {}", KEY.replace('0', "1"), KEY.replace('0', "2"));
    environment.insert("WXLOGIN__PREVIOUS_MASTER_KEYS".into(), values);
    let files = file.path().display().to_string();
    environment.insert("WXLOGIN__PREVIOUS_MASTER_KEY_FILES".into(), files);
    let keys = load("", environment).unwrap().previous_master_keys;
    let expected = ["1", "2", "3"].map(|digit| MasterKey::parse(&KEY.replace('0', digit)).unwrap());
    assert_eq!(keys.len(), expected.len());
    assert!(keys.iter().zip(&expected).all(|(key, expected)| key.equals(expected)));
    let text = format!("previous_master_keys = [\"{}\"]", KEY.replace('0', "1"));
    assert_eq!(load(&text, complete()).unwrap().previous_master_keys.len(), 1);
    assert!(load("", complete()).unwrap().previous_master_keys.is_empty());
}

#[test]
fn a_master_key_is_set_once_and_has_an_id_of_its_own() {
    const NAME: &str = "WXLOGIN__PREVIOUS_MASTER_KEYS";
    let other = KEY.replace('0', "1");
    for value in [KEY, &KEY.to_uppercase(), &format!("{other},{other}")] {
        let error = with(NAME, value).unwrap_err();
        assert!(error.0.contains("is set twice") && !error.0.contains(value), "{error}");
    }
    let id = "0e2c7520";
    assert!(with(NAME, KEY).unwrap_err().0.contains(id));
    let (one, two) = (format!("{:064x}", 0x9aaa), format!("{:064x}", 0x1_4610));
    let error = with(NAME, &format!("{one},{two}")).unwrap_err();
    assert!(error.0.contains("have the id e0239edb") && !error.0.contains(&one), "{error}");
    for value in ["hunter2", &format!("{other},hunter2")] {
        let error = with(NAME, value).unwrap_err();
        assert!(
            error.0.contains("previous_master_keys") && !error.0.contains("hunter2"),
            "{error}"
        );
    }
    let error = with("WXLOGIN__PREVIOUS_MASTER_KEY_FILES", "/nowhere/at/all").unwrap_err();
    assert!(error.0.contains("previous_master_key_files"), "{error}");
}
