import { reactive } from "vue";

import { user } from "./index";
import { toast } from "../platform/dialogs";
import { errorCode, isFinal, problemText } from "./problems";

/** Runs what the user does on a page, one action at a time. Shows an error where the user looks. */
export function useAction() {
  return useTask((code) => toast(problemText(code)));
}

/** Loads what a page shows. Keeps an error for the page to show in place of it. */
export function useLoading() {
  return useTask();
}

function useTask(show = (_code: string) => {}) {
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
      if (isFinal(code)) user.value = undefined;
      // A refusal by the user is not an error.
      if (code !== "user_denied") {
        task.problem = code;
        show(code);
      }
      return false;
    } finally {
      task.busy = "";
    }
  }

  return task;
}
