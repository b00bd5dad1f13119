//! What was answered is there, whatever is killed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::scratch::Scratch;
use crate::support::House;

const ROUNDS: usize = 3;
const CLIENTS: usize = 16;
/// How many logins are answered before the blow falls.
const ENOUGH: usize = 60;
/// Few enough that new and returning people mix.
const PEOPLE: usize = 40;

/// Signs people in from many clients at once, kills wxlogin in the middle of it, starts it again,
/// and looks for everyone who was answered.
async fn killed_under_load(mut house: House) {
    let mut users = HashMap::<String, String>::new();
    for round in 0..ROUNDS {
        let answered = Arc::new(AtomicUsize::new(0));
        let over = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS).map(|number| {
            let (client, simulator) = (house.client.clone(), house.simulator.clone());
            let (answered, over) = (answered.clone(), over.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for turn in 0.. {
                    let person =
                        format!("oPerson{}", (number * 7 + turn * 3 + round * 11) % PEOPLE);
                    let code = simulator.code(&person).await;
                    match client.try_login(&code).await {
                        Some((user, token)) => seen.push((person, user, token)),
                        None if over.load(Ordering::SeqCst) => break,
                        None => {}
                    }
                    answered.fetch_add(1, Ordering::SeqCst);
                }
                seen
            })
        });
        let clients = clients.collect::<Vec<_>>();
        while answered.load(Ordering::SeqCst) < ENOUGH {
            tokio::task::yield_now().await;
        }
        over.store(true, Ordering::SeqCst);
        house.crash().await;
        let mut seen = Vec::new();
        for client in clients {
            seen.extend(client.await.unwrap());
        }
        assert!(seen.len() >= ENOUGH / 2, "only {} logins were answered", seen.len());
        for (person, user, _) in &seen {
            let known = users.entry(person.clone()).or_insert_with(|| user.clone());
            assert_eq!(known, user, "{person} is two users");
        }
        // The youngest session of each person is certainly within the limit of sessions.
        let youngest = seen.iter().map(|(person, user, token)| (person, (user, token)));
        for (person, (user, _)) in youngest.collect::<HashMap<_, _>>() {
            let again = house.sign_in(person).await;
            assert_eq!(again.body["isNewUser"], false, "{person} was forgotten");
            assert_eq!(again.user_id(), user);
        }
        let (_, user, token) = seen.last().unwrap();
        assert_eq!(house.client.me(token).await.body["id"], user.as_str(), "its session is gone");
    }
}

const SETTINGS: [(&str, &str); 2] = [
    ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
    ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_sqlite() {
    killed_under_load(House::start(&SETTINGS).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_mysql() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
        let settings = [SETTINGS[0], SETTINGS[1], ("WXLOGIN__DATABASE__URL", &scratch.url)];
        killed_under_load(House::start(&settings).await).await;
    }
}
