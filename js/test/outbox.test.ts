import { expect, test } from "vitest";
import { outbox } from "../src/outbox";
import { PROTOCOL } from "../src/protocol.gen";

test("messages of one turn go as one, a single one as it is", async () => {
  const sent: object[] = [];
  const send = outbox(
    (message) => sent.push(message),
    () => {},
  );

  send({ id: 1 });
  send({ id: 2 });
  await Promise.resolve();
  send({ id: 3 });
  await Promise.resolve();

  expect(sent).toEqual([
    { v: PROTOCOL, kind: "batch", messages: [{ id: 1 }, { id: 2 }] },
    { id: 3 },
  ]);
});

test("a kernel that is gone is told of once, and later messages are tried", async () => {
  let lost = 0;
  const sent: object[] = [];
  const send = outbox(
    (message) => {
      if (sent.length === 0 && lost === 0) throw new Error("no comm");
      sent.push(message);
    },
    () => {
      lost += 1;
    },
  );

  send({ id: 1 });
  send({ id: 2 });
  await Promise.resolve();
  send({ id: 3 });
  await Promise.resolve();

  expect(lost).toBe(1);
  expect(sent).toEqual([{ id: 3 }]);
});

test("buffers of a batch follow one another", async () => {
  const sent: [object, unknown][] = [];
  const [first, second] = [new ArrayBuffer(4), new ArrayBuffer(8)];
  const send = outbox(
    (message, buffers) => sent.push([message, buffers]),
    () => {},
  );

  send({ id: 1 }, [first]);
  send({ id: 2 });
  send({ id: 3 }, [second]);
  await Promise.resolve();

  const messages = [{ id: 1 }, { id: 2 }, { id: 3 }];
  expect(sent).toEqual([[{ v: PROTOCOL, kind: "batch", messages }, [first, second]]]);
});
