"""What is measured, and in which order."""

from .load import Load, drive, measure

LEVELS = [1, 16, 64, 256, 512]
QUICK_LEVELS = [1, 16, 64]
LOGINS = ["new", "returning"]
# Measured at one level; those behind the first need no database.
OTHERS = ["refresh", "me", "verify", "introspect", "healthz"]
OTHERS_AT = 64
WARM_UP_CONNECTIONS = 16
LOADING_CONNECTIONS = 64
OVERLOAD = 3
OVERLOAD_CONNECTIONS = 1024
FORGING_CONNECTIONS = 256


class Plan:
    def __init__(self, options, tools, keep):
        self.options, self.tools, self.keep = options, tools, keep
        self.levels = QUICK_LEVELS if options.quick else LEVELS

    def rounds(self):
        """Every round with the contenders in another order."""
        return range(self.options.rounds)

    def compare(self, database, contenders):
        """Contenders alternate at each level of each round, each in a process that has just started,
        so that the memory is that of the level."""
        for contender in contenders:
            contender.use(database.create(f"bench_{contender.name}"))
            with contender:
                drive(self.tools, contender, "new", LOADING_CONNECTIONS, 600,
                      requests=self.options.users)
            print(f"{database.name}: {contender.name} has {contender.users} users", flush=True)
        for number in self.rounds():
            turn = number % len(contenders)
            for level in self.levels:
                for contender in contenders[turn:] + contenders[:turn]:
                    with contender:
                        drive(self.tools, contender, "returning", WARM_UP_CONNECTIONS,
                              self.options.warm_up)
                        self.at_level(number, database, contender, level)

    def compare_statistics(self, database, contenders):
        """A database made a second ago against the same one after ANALYZE, each time with a service
        that has just started."""
        for number in self.rounds():
            for level in self.levels:
                for at, contender in enumerate(contenders):
                    name = contender.name
                    contender.use(database.create(f"bench_{at}_{number}_{level}"))
                    with contender:
                        contender.name = f"{name} (fresh)"
                        self.logins(number, database, contender, level)
                    database.analyze(contender.url)
                    with contender:
                        contender.name = name
                        self.at_level(number, database, contender, level)

    def at_level(self, number, database, contender, level):
        self.logins(number, database, contender, level)
        if level == OTHERS_AT and contender.is_wxlogin:
            for scenario in OTHERS:
                self.measure(number, database, contender, scenario, level)

    def logins(self, number, database, contender, level):
        for scenario in LOGINS:
            self.measure(number, database, contender, scenario, level)

    def measure(self, number, database, contender, scenario, level):
        seconds = self.options.seconds
        row = measure(self.tools, contender, database, scenario, level, seconds)
        self.keep({"round": number + 1} | row)

    def overload(self, database, contender):
        """Goodput while three times as much is asked for as the service can do, by honest people and
        by somebody who invents refresh tokens, and how soon it is back afterwards."""
        seconds = self.options.seconds
        outcomes = []
        for kind in ("honest", "forged"):
            with contender:
                drive(self.tools, contender, "returning", WARM_UP_CONNECTIONS, self.options.warm_up)
                usual = self.load(contender, "returning", OTHERS_AT, seconds)
                if kind == "honest":
                    good = self.load(contender, "returning", OVERLOAD_CONNECTIONS, 2 * seconds,
                                     rate=OVERLOAD * usual["rate"])
                else:
                    capacity = self.load(contender, "forged", OTHERS_AT, seconds)["rate"]
                    attack = Load(self.tools, contender, "forged", FORGING_CONNECTIONS, 2 * seconds,
                                  rate=OVERLOAD * capacity)
                    honest = Load(self.tools, contender, "returning", OTHERS_AT, 2 * seconds)
                    attack.begin()
                    honest.begin()
                    good = honest.outcome()
                    attack.outcome()
                after = self.load(contender, "returning", OTHERS_AT, 4)
            outcomes.append({
                "contender": contender.name,
                "kind": kind,
                "capacity": usual["rate"],
                "goodput": good["rate"],
                "recovery_s": recovery(after["timeline"], usual["rate"]),
            })
        return outcomes

    def load(self, contender, scenario, connections, seconds, **more):
        return drive(self.tools, contender, scenario, connections, seconds, **more)


def recovery(timeline, rate):
    """After how many seconds half a second first had 80 % of the usual rate; `None` if it never had."""
    for start in range(len(timeline) - 4):
        if sum(timeline[start:start + 5]) >= 0.8 * rate / 2:
            return start / 10
    return None
