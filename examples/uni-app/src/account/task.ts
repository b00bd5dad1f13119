import { reactive } from "vue";

import { user } from "./index";
import { errorCode } from "./problems";

/** Runs a page's actions one at a time and keeps the last error. */
export function useTask() {
  const task = reactive({
    /** The name of the running action. */
    busy: "",
    /** The code of the last error. */
    problem: "",
    /** Runs an action unless another is running. Returns whether it succeeded. */
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
      const code = errorCode(failure);
      if (code === "other") console.error(failure);
      if (code === "signed_out") user.value = undefined;
      // A refusal by the user is not an error.
      if (code !== "user_denied") task.problem = code;
      return false;
    } finally {
      task.busy = "";
    }
  }

  return task;
}
