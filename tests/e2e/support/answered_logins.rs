use std::collections::{HashMap, HashSet};

use super::{Harness, load::Login};

/// The logins that were answered over all rounds of a test.
#[derive(Default)]
pub(crate) struct AnsweredLogins {
    rounds: usize,
    answered: usize,
    found: usize,
    users: HashMap<String, HashSet<String>>,
}

impl AnsweredLogins {
    /// The number of rounds of each test.
    pub(crate) fn rounds() -> usize {
        Self::rounds_or(3)
    }

    /// The same, with this number where none is given.
    pub(crate) fn rounds_or(default: usize) -> usize {
        let given = std::env::var("WXLOGIN_TEST_ROUNDS").ok();
        given.map_or(default, |rounds| rounds.parse().expect("WXLOGIN_TEST_ROUNDS is a number"))
    }

    /// After a round: checks that the session of every answered login exists.
    pub(crate) async fn check_round(&mut self, harness: &Harness, logins: Vec<Login>) {
        self.rounds += 1;
        self.answered += logins.len();
        for Login { person, user, token } in logins {
            let me = Harness::retry_while_unavailable(|| harness.client.me(&token)).await;
            self.found += usize::from(me.status == 200 && me.body["id"] == user.as_str());
            self.users.entry(person).or_default().insert(user);
        }
    }

    /// After the last round: checks that no login was lost and that every person is one user.
    #[expect(clippy::print_stdout, reason = "the figures of a long run")]
    pub(crate) async fn finish(mut self, harness: &Harness, case: &str) {
        for (person, users) in &mut self.users {
            let again = Harness::retry_while_unavailable(|| harness.sign_in(person)).await;
            users.insert(again.user_id().to_owned());
        }
        let Self { rounds, answered, found, users } = self;
        let split = users.values().filter(|users| users.len() > 1).count();
        println!(
            "{case}: {rounds} rounds, {answered} logins answered, {found} of them found again, \
             {} people, {split} of them with two users",
            users.len()
        );
        assert_eq!(found, answered, "{case}: logins were lost");
        assert_eq!(split, 0, "{case}: people have two users");
    }
}
