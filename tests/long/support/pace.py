"""Work at a steady rate."""

import asyncio
import time
from collections import Counter


class Pace:
    """Starts work at fixed times, whether or not earlier work has ended: a slow service gets no rest. Of
    each kind at most `most` is open, and what would be more is skipped and counted. Notes how late this
    process was, which is not the service's fault."""

    def __init__(self):
        self.late, self.skipped = Counter(), Counter()
        self.began, self.used = time.monotonic(), time.process_time()

    async def run(self, name, rate, seconds, work, most=200):
        loop, open_work = asyncio.get_running_loop(), set()
        begun = loop.time()
        # An exception of `work` ends the measurement.
        async with asyncio.TaskGroup() as group:
            for count in range(int(rate * seconds)):
                due = begun + count / rate
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                self.late[int((loop.time() - due) * 1000)] += 1
                if len(open_work) >= most:
                    self.skipped[name] += 1
                    continue
                task = group.create_task(work())
                open_work.add(task)
                task.add_done_callback(open_work.discard)

    def busy(self):
        """How busy this process was, in words."""
        share = (time.process_time() - self.used) / (time.monotonic() - self.began)
        late, passed = 0, 0
        for late, count in sorted(self.late.items()):
            passed += count
            if passed >= self.late.total() * 0.99:
                break
        return f"{share:.0%} of a core, p99 of being late {late} ms"
