import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A process on this machine. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function allProcesses(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The descendants of a process that run the executable `name`. Needs `ps`, which Windows does not have. */
export async function descendantsNamed(ancestor: number, name: string): Promise<Process[]> {
  const processes = await allProcesses();
  const descendants = new Set([ancestor]);
  // `ps` may list a child before its parent, so this repeats until nothing is added.
  for (let known = 0; known < descendants.size; ) {
    known = descendants.size;
    for (const { pid, parent } of processes) if (descendants.has(parent)) descendants.add(pid);
  }
  const executable = ({ command }: Process) => command.split(" ")[0]?.split("/").at(-1);
  return processes.filter((process) => descendants.has(process.pid) && executable(process) === name);
}

/** Whether a process is still running. */
export function isAlive({ pid }: Process): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
