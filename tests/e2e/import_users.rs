//! `wxlogin import-users` from the original back end.

use std::collections::BTreeMap;
use std::path::Path;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;

use crate::support::{APP_ID, Finished, Harness, MongoScratch, Process, required_settings};

const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";

/// The `_id` of the original user with this number, created in 2023.
fn old_id(number: u32) -> String {
    format!("64f0{number:04x}0000000000000000")
}

/// A user as the original back end stores it.
fn old_user(number: u32) -> Document {
    doc! {
        "_id": ObjectId::parse_str(old_id(number)).unwrap(),
        "openId": format!("oPerson{number}"),
        "sessionKey": KEY,
        "userType": 2,
        "status": 1,
        "token": "hunter2",
        "userName": format!("爱丽丝 {number}"),
        "avatarUrl": "https://thirdwx.qlogo.cn/mmopen/vi_32/example/132",
        "__v": 0,
    }
}

fn with(mut user: Document, field: &str, value: impl Into<Bson>) -> Document {
    user.insert(field, value.into());
    user
}

fn without(mut user: Document, field: &str) -> Document {
    user.remove(field);
    user
}

/// The number of ordinary users, which are numbered from 0.
const ORDINARY: u32 = 250;

/// Unusual rows that are imported: of a banned user, with missing fields, with other number types,
/// and with values that are lost.
fn unusual() -> Vec<Document> {
    let mut users = (250..).map(old_user);
    let mut next = || users.next().unwrap();
    vec![
        with(next(), "status", 0),
        with(next(), "status", 1.0),
        without(next(), "status"),
        with(next(), "userType", 7_i64),
        without(next(), "userType"),
        with(next(), "_id", "user-of-1999"),
        with(next(), "userName", "微信用户"),
        without(without(next(), "avatarUrl"), "userName"),
        with(next(), "sessionKey", "hunter2"),
        without(next(), "sessionKey"),
    ]
}

/// Rows that are not imported, each with a word of the reason.
fn invalid() -> Vec<(Document, &'static str)> {
    let mut users = (270..).map(old_user);
    let mut next = || users.next().unwrap();
    vec![
        (without(next(), "openId"), "openId"),
        (with(next(), "openId", 5), "openId"),
        (with(next(), "openId", "oHunter2 hunter2"), "openId"),
        (with(next(), "openId", "hunter2".repeat(10)), "openId"),
        (with(next(), "userType", 5_000_000_000_i64), "userType"),
        (with(next(), "status", 7), "status"),
        (with(next(), "status", 7), "status"),
        (with(next(), "status", -1), "status"),
        (with(next(), "_id", "a \"b\", c"), "_id"),
        (with(next(), "status", "frozen"), "status"),
        (with(next(), "status", false), "status"),
        (with(next(), "userType", "vip"), "userType"),
    ]
}

async fn import(harness: &Harness, from: &str, folder: &Path, more: &[&str]) -> Finished {
    let (map, report) = (folder.join("ids.csv"), folder.join("rows.csv"));
    let (map, report) = (map.to_str().unwrap(), report.to_str().unwrap());
    let arguments = ["import-users", "--from", from, "--app", APP_ID, "--map", map];
    let arguments = [&arguments, ["--report", report].as_slice(), more].concat();
    let ended = Process::run(&arguments, &required_settings(&harness.database)).await;
    for text in [&ended.output, &ended.log] {
        for secret in ["hunter2", "Hunter2", "oPerson", KEY, from] {
            assert!(!text.contains(secret), "{secret}: {ended:?}");
        }
    }
    ended
}

/// The number in the line of the summary that contains these words.
fn count(ended: &Finished, what: &str) -> u64 {
    let line = ended.output.lines().find(|line| line.contains(what));
    line.unwrap_or_else(|| panic!("{what}: {ended:?}"))
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn read(folder: &Path, name: &str) -> Vec<String> {
    std::fs::read_to_string(folder.join(name)).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn imported_users_keep_their_ids() {
    let Some(old) = MongoScratch::new().await else { return };
    let harness = Harness::start(&[]).await;
    let here = harness.sign_in("oPerson5").await;
    let second = with(old_user(269), "openId", "oPerson6");
    let mut rows = (0..ORDINARY).map(old_user).collect::<Vec<_>>();
    rows.extend(unusual());
    rows.push(second);
    rows.extend(invalid().into_iter().map(|(row, _)| row));
    old.database.collection::<Document>("users").insert_many(&rows).await.unwrap();
    let imported = u64::from(ORDINARY) + unusual().len() as u64;

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = import(&harness, &old.url, folder, &["--skip-unmapped"]).await;
    assert!(first.success, "{first:?}");
    assert_eq!(count(&first, "imported as new users"), imported - 1);
    assert_eq!(count(&first, "signed in here before"), 1);
    assert_eq!(count(&first, "imported before"), 0);
    assert_eq!(count(&first, "second accounts"), 1);
    assert_eq!(count(&first, "not imported"), invalid().len() as u64);
    assert_eq!(count(&first, "lost something"), 5);
    for said in ["--status 7=disabled", "--status -1=active", &old_id(269), "as new users, without"]
    {
        assert!(first.output.contains(said), "{said}: {first:?}");
    }

    // The file of ids has a line for every imported row.
    let map = read(folder, "ids.csv");
    assert_eq!(map[0], "legacy_id,user_id");
    assert_eq!(map.len() as u64, 1 + imported + 1);
    let users = map[1..].iter().map(|line| line.split_once(',').unwrap());
    let users = users.collect::<BTreeMap<_, _>>();
    assert_eq!(users[old_id(5).as_str()], here.user_id());
    assert_eq!(users[old_id(269).as_str()], users[old_id(6).as_str()]);
    assert!(users.contains_key("user-of-1999"));
    let report = read(folder, "rows.csv");
    assert_eq!(report[0], "legacy_id,result,reason");
    for (row, reason) in invalid() {
        let id = match row.get("_id").unwrap() {
            Bson::ObjectId(id) => id.to_hex(),
            _ => "\"a \"\"b\"\", c\"".into(),
        };
        let line = report.iter().find(|line| line.starts_with(&format!("{id},not imported,")));
        let line = line.unwrap_or_else(|| panic!("{id}: {report:?}"));
        assert!(line.contains(reason) && !line.to_lowercase().contains("hunter2"), "{line}");
    }

    imported_users_can_sign_in(&harness, &users).await;

    // Import again, with the meaning of a status.
    let again =
        import(&harness, &old.url, folder, &["--status", "7=disabled", "--skip-unmapped"]).await;
    assert!(again.success, "{again:?}");
    assert_eq!(count(&again, "imported as new users"), 2);
    assert_eq!(count(&again, "imported before"), imported);
    assert_eq!(count(&again, "not imported"), invalid().len() as u64 - 2);
    let longer = read(folder, "ids.csv");
    assert_eq!(longer.len(), map.len() + 2);
    assert!(map.iter().all(|line| longer.contains(line)));
    let code = harness.simulator.code("oPerson275").await;
    assert_eq!(harness.client.login(&code).await.problem(), "user_disabled");
}

/// Checks what front ends and the operator's other data rely on.
async fn imported_users_can_sign_in(harness: &Harness, users: &BTreeMap<&str, &str>) {
    for number in [1, 5, 6] {
        let code = harness.simulator.code(&format!("oPerson{number}")).await;
        let original = harness.client.post("/wxLogin", &json!({ "code": code })).await;
        let data = &original.body["data"];
        assert_eq!(data["_id"], old_id(number));
        let me = harness.client.me(data["token"].as_str().unwrap()).await;
        assert_eq!(me.body["id"], users[old_id(number).as_str()]);
        assert_eq!(data["userName"], format!("爱丽丝 {number}"));
    }
    let new = harness.sign_in("oPerson1").await;
    assert_eq!((new.user_id(), &new.body["isNewUser"]), (users[old_id(1).as_str()], &json!(false)));
    assert_eq!(new.body["user"]["createdAt"], "2023-08-31T02:50:41+00:00");
    let code = harness.simulator.code("oPerson250").await;
    assert_eq!(harness.client.login(&code).await.problem(), "user_disabled");
    let stranger = harness.simulator.code("oStranger").await;
    let stranger = harness.client.post("/wxLogin", &json!({ "code": stranger })).await;
    let id = stranger.body["data"]["_id"].as_str().unwrap();
    assert_eq!(id.len(), 36, "a new user has a new id");
}

/// Old users whose status, type, name or picture is not as the original back end writes it.
fn edited() -> Vec<Document> {
    let rows = [
        ("oBanned", "status", Bson::from("0")),
        ("oActive", "status", "1".into()),
        ("oTyped", "userType", "2".into()),
        ("oFrozen", "status", "frozen".into()),
        ("oTrue", "status", true.into()),
        ("oVip", "userType", "vip".into()),
        ("oQlogo", "avatarUrl", "http://wx.qlogo.cn/mmopen/vi_32/example/132".into()),
        ("oUploaded", "avatarUrl", "/uploads/1.png".into()),
        ("oControl", "userName", "\u{14}小明".into()),
        ("oPhone", "phone", "13800138000".into()),
        ("oUnion", "unionId", "uUnion".into()),
    ];
    let users = (300..).zip(rows).map(|(number, (open_id, field, value))| {
        with(with(old_user(number), "openId", open_id), field, value)
    });
    let nameless = with(with(old_user(399), "status", "0"), "_id", "no id");
    users.chain([with(nameless, "openId", "oNameless")]).collect()
}

#[tokio::test]
async fn nothing_is_lost_silently_by_an_import() {
    let Some(old) = MongoScratch::new().await else { return };
    let harness = Harness::start(&[]).await;
    old.database.collection::<Document>("users").insert_many(edited()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();

    let refused = import(&harness, &old.url, folder, &[]).await;
    assert!(!refused.success && refused.log.contains("nothing was imported"), "{refused:?}");
    for said in [
        "1  status \"frozen\" has no meaning: add --status frozen=active or --status frozen=disabled",
        "1  status \"true\" has no meaning: add --status true=active or --status true=disabled",
        "1  userType \"vip\" has no meaning: add --user-type vip=2",
    ] {
        assert!(refused.output.contains(said), "{said}: {refused:?}");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);

    let options =
        ["--status", "frozen=disabled", "--status", "true=active", "--user-type", "vip=7"];
    let ended = import(&harness, &old.url, folder, &options).await;
    assert!(ended.success, "{ended:?}");
    assert_eq!(count(&ended, "imported as new users"), edited().len() as u64 - 1);
    assert_eq!(count(&ended, "imported before"), 0);
    assert_eq!(count(&ended, "not imported"), 1);
    assert_eq!(count(&ended, "avatarUrl: an avatar URL is an https URL"), 1);
    assert_eq!(count(&ended, "phone: not a field that is imported"), 1);
    assert_eq!(count(&ended, "unionId: not a field that is imported"), 1);
    for said in ["these people can sign in as new users", "as new, active users: no id"] {
        assert!(ended.output.contains(said), "{said}: {ended:?}");
    }
    let report = read(folder, "rows.csv");
    assert_lists(&report, "no id,disabled but not imported,");
    assert_lists(&report, &format!("{},imported in part,avatarUrl: ", old_id(307)));

    for person in ["oBanned", "oFrozen"] {
        let code = harness.simulator.code(person).await;
        assert_eq!(harness.client.login(&code).await.problem(), "user_disabled");
    }
    let me = async |person: &'static str| harness.sign_in(person).await.body["user"].clone();
    for person in ["oActive", "oTyped", "oTrue"] {
        let signed_in = harness.sign_in(person).await.body;
        assert_eq!(signed_in["isNewUser"], false, "{person}");
        assert_eq!(signed_in["user"]["userType"], 2, "{person}");
    }
    assert_eq!(me("oVip").await["userType"], 7);
    let picture = "https://wx.qlogo.cn/mmopen/vi_32/example/132";
    assert_eq!(me("oQlogo").await["avatarUrl"], picture);
    assert_eq!(me("oUploaded").await["avatarUrl"], json!(null));
    let lost = format!("{},imported in part,userName: ", old_id(308));
    let is_reported = report.iter().any(|line| line.starts_with(&lost));
    assert_ne!(me("oControl").await["nickname"].is_string(), is_reported, "{report:?}");
}

fn assert_lists(report: &[String], start: &str) {
    assert!(report.iter().any(|line| line.starts_with(start)), "{start}: {report:?}");
}

#[tokio::test]
async fn a_user_who_is_disabled_in_the_old_system_only_is_named() {
    let Some(old) = MongoScratch::new().await else { return };
    let harness = Harness::start(&[]).await;
    harness.sign_in("oPerson1").await;
    let rows = [with(old_user(1), "status", "0"), old_user(2)];
    old.database.collection::<Document>("users").insert_many(rows).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ended = import(&harness, &old.url, folder.path(), &[]).await;
    assert!(ended.success, "{ended:?}");
    let named = format!("because they existed here already: {}", old_id(1));
    assert!(ended.output.contains(&named), "{ended:?}");
    let report = read(folder.path(), "rows.csv");
    assert_lists(&report, &format!("{},disabled but active here,status: ", old_id(1)));
}

#[tokio::test]
async fn a_failed_import_is_reported_in_one_line() {
    let harness = Harness::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (["--from", "mongodb://hunter2:hunter2:x@hunter2/x", "--app", APP_ID], "--from: "),
        (["--from", "mongodb://127.0.0.1:9/x", "--app", "wxdev0000000000001"], "--app: "),
        // Nothing listens on the discard port.
        (
            ["--from", "mongodb://127.0.0.1:9/x", "--app", APP_ID],
            "--from: cannot connect to 127.0.0.1:9: ",
        ),
    ] {
        let map = folder.path().join("ids.csv");
        let arguments =
            [&["import-users", "--map", map.to_str().unwrap()], &arguments[..]].concat();
        let ended = Process::run(&arguments, &required_settings(&harness.database)).await;
        assert!(!ended.success && ended.log.contains(said), "{ended:?}");
        assert!(!ended.log.contains("hunter2"), "{ended:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
}
