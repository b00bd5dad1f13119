import { reactive } from "vue";

import { user } from "./index";
import { codeOf } from "./problems";

/** Something a page does, one thing at a time, and what went wrong with it. */
export function useTask() {
  const task = reactive({
    /** What is under way. */
    busy: "",
    /** The code of what went wrong last. */
    problem: "",
    /** Does it, unless something is under way, and says whether it was done. */
    run,
  });

  async function run(name: string, work: () => Promise<void>): Promise<boolean> {
    if (task.busy) return false;
    task.busy = name;
    task.problem = "";
    try {
      await work();
      return true;
    } catch (failure) {
      const code = codeOf(failure);
      if (code === "other") console.error(failure);
      if (code === "signed_out") user.value = undefined;
      // The person's own no is no problem.
      if (code !== "user_denied") task.problem = code;
      return false;
    } finally {
      task.busy = "";
    }
  }

  return task;
}
