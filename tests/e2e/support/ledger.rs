use std::collections::{HashMap, HashSet};

use super::{House, load::Login};

/// Who was told to be which user, over all rounds of a case.
#[derive(Default)]
pub(crate) struct Ledger {
    rounds: usize,
    answered: usize,
    found: usize,
    users: HashMap<String, HashSet<String>>,
}

impl Ledger {
    /// How many rounds the cases have.
    pub(crate) fn rounds() -> usize {
        let given = std::env::var("WXLOGIN_TEST_ROUNDS").ok();
        given.map_or(3, |rounds| rounds.parse().expect("WXLOGIN_TEST_ROUNDS is a number"))
    }

    /// After a round: looks for the session of every login that was answered.
    pub(crate) async fn look_for(&mut self, house: &House, logins: Vec<Login>) {
        self.rounds += 1;
        self.answered += logins.len();
        for Login { person, user, token } in logins {
            let me = House::patiently(|| house.client.me(&token)).await;
            self.found += usize::from(me.status == 200 && me.body["id"] == user.as_str());
            self.users.entry(person).or_default().insert(user);
        }
    }

    /// After the last round: everything was there, and everybody is still who they were.
    #[expect(clippy::print_stdout, reason = "whoever runs many rounds wants to know the figures")]
    pub(crate) async fn close(mut self, house: &House, case: &str) {
        for (person, users) in &mut self.users {
            let again = House::patiently(|| house.sign_in(person)).await;
            users.insert(again.user_id().to_owned());
        }
        let Self { rounds, answered, found, users } = self;
        let twice = users.values().filter(|users| users.len() > 1).count();
        println!(
            "{case}: {rounds} rounds, {answered} logins answered, {found} of them found again, \
             {} people, {twice} of them with two users",
            users.len()
        );
        assert_eq!(found, answered, "{case}: logins were lost");
        assert_eq!(twice, 0, "{case}: people have two users");
    }
}
