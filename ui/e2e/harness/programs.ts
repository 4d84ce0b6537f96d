import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A process of this machine. */
export interface Program {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function all(): Promise<Program[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The processes of the program `name` that a process has below itself. Needs `ps`, which Windows does not have. */
export async function programsBelow(ancestor: number, name: string): Promise<Program[]> {
  const programs = await all();
  const below = new Set([ancestor]);
  // A child may be listed before its parent.
  for (let known = 0; known < below.size; ) {
    known = below.size;
    for (const { pid, parent } of programs) if (below.has(parent)) below.add(pid);
  }
  const runs = ({ command }: Program) => command.split(" ")[0]?.split("/").at(-1) === name;
  return programs.filter((program) => below.has(program.pid) && runs(program));
}

/** Whether a process is still there. */
export function isAlive({ pid }: Program): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
