// References that a daemon passes from one client to another, and the listing of them.
import type { Connection, LiveReference, Remote } from "hearthwire";

declare function is<T>(value: T): void;

declare class Sensor {
  read(factor: number): number;
  get level(): number;
  private wire;
}

declare class Hub {
  take(): Remote<Sensor>;
  all(): Promise<ReadonlyMap<string, Remote<Sensor>>>;
  listener(): Remote<(text: string) => number>;
  leave(sensor: Remote<Sensor>): void;
}

export async function passedOn(hub: Remote<Hub>) {
  const sensor = await hub.take();
  is<Remote<Sensor>>(sensor);
  is<number>(await sensor.read(2));
  is<number>(await sensor.level);
  is<number | undefined>(await (await hub.all()).get("door")?.read(1));
  is<number>(await (await hub.listener())("hello"));
  await hub.leave(sensor);
  await hub.leave(new Sensor());
  // @ts-expect-error -- private to the owner
  void sensor.wire;
  // @ts-expect-error -- not what the owner takes
  await sensor.read("2");
  // @ts-expect-error -- no sensor
  await hub.leave(hub);
}

export function listed(connection: Connection) {
  const [first] = connection.references();
  is<LiveReference | undefined>(first);
  is<"given" | "held" | undefined>(first?.direction);
  is<"function" | "object" | "writable" | "signal" | undefined>(first?.kind);
  is<number | undefined>(first?.count);
  is<readonly string[] | undefined>(first?.members);
  is<string | undefined>(first?.createdAt);
  // @ts-expect-error -- a listing is for reading
  if (first !== undefined) first.count = 0;
}
