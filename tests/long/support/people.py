"""Rows of millions of people, made from rows that wxlogin has written."""

import random

MASK = (1 << 128) - 1
MIXER = 0x9E3779B97F4A7C15F39CC0605CEDC835
DAY = 86_400_000
ACTIONS = ("user_disabled", "user_enabled", "user_type_changed", "refresh_token_reused",
    "authorization_revoked")


def uuid7(milliseconds, number):
    """A UUIDv7 of this time. The same number gives the same id."""
    mixed = (number + 1) * MIXER & MASK
    bits = milliseconds << 80 | 7 << 76 | (mixed >> 116) << 64 | 2 << 62 | mixed >> 40 & (1 << 62) - 1
    return bits.to_bytes(16, "big")


def name(letter, number):
    """An id as WeChat gives them, with 28 characters. Ids are sorted by number."""
    return f"{letter}{number:08x}{(number + 1) * MIXER >> 20 & (1 << 76) - 1:019x}"


class Shuffle:
    """Numbers below `size` in another order: what is sorted by openid is not sorted by age."""

    def __init__(self, size, seed):
        self.size = size
        self.factor = seed % size or 1
        while True:
            try:
                self.inverse = pow(self.factor, -1, size) if size > 1 else 0
                return
            except ValueError:
                self.factor += 1

    def place(self, number):
        return number * self.factor % self.size

    def at(self, place):
        return place * self.inverse % self.size


class People:
    """Everyone has an identity in the first app, a unionid and a session, and every fifth an identity
    in the second app. User 1 owns the unionid of one conflict in a hundred, and nobody that of another
    one in a hundred. One audit event in a hundred is of user 1. Tables are made in the order of their
    primary keys."""

    crowded = 1

    def __init__(self, apps, users, revocations, conflicts, events, now):
        self.apps, self.users, self.now = apps, users, now
        self.revoked, self.conflicting, self.audited = revocations, conflicts, events
        self.begin = now - 720 * DAY
        self.in_app = Shuffle(users, 0x9E3779B1)
        self.across_apps = Shuffle(users, 0x85EBCA6B)
        self.random = random.Random(1)
        # Conflicts about a unionid that nobody owns.
        self.acceptable = []

    def created_at(self, user):
        return self.begin + user * 700 * DAY // self.users

    def user_id(self, user):
        return uuid7(self.created_at(user), user)

    def open_id(self, user):
        return name("o", self.in_app.place(user))

    def union_id(self, user):
        return name("u", self.across_apps.place(user))

    def event_at(self, event):
        return self.begin + event * 700 * DAY // self.audited

    def event_id(self, event):
        return uuid7(self.event_at(event), event)

    def tables(self):
        """Each table with what distinguishes its rows from the row that wxlogin has written."""
        return {
            "users": self._users, "identities": self._identities, "union_ids": self._union_ids,
            "sessions": self._sessions, "revocations": self._revocations,
            "identity_conflicts": self._conflicts, "audit_events": self._events,
        }

    def _users(self, _):
        for user in range(self.users):
            at = self.created_at(user)
            yield {
                "id": uuid7(at, user), "nickname": f"Person {user}", "status": 1,
                "created_at": at, "updated_at": at, "last_login_at": at,
                "avatar_url": user % 4 and None or f"https://thirdwx.qlogo.cn/mmopen/vi_32/{user:040x}/132",
            }

    def _identities(self, written):
        # Sealed for another row, but as long, and with the same version and key id.
        tag, sealed = self.random.randbytes, written["session_key"]
        for letter, app, every in (("o", self.apps[0], 1), ("p", self.apps[1], 5)):
            for place in range(self.users):
                user = self.in_app.at(place)
                if user % every == 0:
                    yield {
                        "app_id": app, "open_id": name(letter, place), "user_id": self.user_id(user),
                        "union_id": self.union_id(user), "tombstone": tag(32),
                        "session_key": sealed[:5] + tag(len(sealed) - 5),
                        "session_key_tag": tag(32),
                    }

    def _union_ids(self, _):
        for place in range(self.users):
            user = self.across_apps.at(place)
            yield {
                "union_id": name("u", place), "user_id": self.user_id(user),
                "tombstone": self.random.randbytes(32),
            }

    def _sessions(self, written):
        lasts, goes_on = (written[end] - written["last_used_at"] for end in ("expires_at", "ends_at"))
        for session in range(self.users):
            at = self.now - 6 * DAY + session * 5 * DAY // self.users
            user = self.in_app.at(session)
            yield {
                "id": uuid7(at, session), "user_id": self.user_id(user), "app_id": self.apps[0],
                "open_id": name("o", session), "salt": self.random.randbytes(16), "generation": 1,
                "created_at": at, "last_used_at": at, "expires_at": at + lasts, "ends_at": at + goes_on,
            }

    def _revocations(self, _):
        for revocation in range(self.revoked):
            at = self.now - 3_600_000 + revocation * 3_500_000 // self.revoked
            yield {"subject": uuid7(at, revocation), "revoked_at": at, "until": self.now + DAY}

    def _conflicts(self, _):
        seen, place, conflict = Shuffle(self.conflicting, 0xC2B2AE35), 0, 0
        while conflict < self.conflicting and place < self.users:
            user = self.in_app.at(place)
            if user % 5 == 0:
                owner = self.crowded if conflict % 100 == 0 else (user + 1) % self.users
                number = seen.place(conflict)
                at = self.begin + number * 700 * DAY // self.conflicting
                id, is_owned = uuid7(at, number), conflict % 100 != 50
                if not is_owned:
                    self.acceptable.append(id)
                yield {
                    "app_id": self.apps[1], "open_id": name("p", place),
                    "union_id": self.union_id(owner) if is_owned else name("v", place), "id": id,
                    "user_id": self.user_id(user),
                    "owner_id": self.user_id(owner) if is_owned else None, "first_seen_at": at,
                }
                conflict += 1
            place += 1

    def _events(self, _):
        for event in range(self.audited):
            user = self.crowded if event % 100 == 0 else self.across_apps.at(event % self.users)
            yield {
                "id": self.event_id(event), "at": self.event_at(event), "user_id": self.user_id(user),
                "action": ACTIONS[event % len(ACTIONS)], "number": 1000 + event,
                "app_id": (None, *self.apps)[event % 3],
            }
