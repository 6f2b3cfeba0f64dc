// Mercurius with its compiler of queries, over the records of bench/in_process.py: `mercurius.mjs PORT`.
import Fastify from "fastify";
import mercurius from "mercurius";

const ROWS_MAX = 1000;
const two = (number) => String(number).padStart(2, "0");

const areas = Array.from({ length: 104 }, (_, at) => ({
  code: `36.71.${two(Math.floor(at / 8) + 1)}.${1001 + (at % 8)}`,
  name: `Kelurahan ${at}`,
  level: "VILLAGE",
}));
const people = Array.from({ length: 300 }, (_, at) => ({
  number: `36710101018${String(at).padStart(5, "0")}`,
  fullName: `Warga Nomor ${at}`,
}));
const complaints = Array.from({ length: ROWS_MAX }, (_, at) => ({
  ticketNumber: `LAKSA-2026-${String(at).padStart(6, "0")}`,
  status: ["OPEN", "CLOSED"][at % 2],
  statusDetail: ["WAITING", "IN_PROGRESS", "DONE"][at % 3],
  publication: "PUBLIC",
  channel: ["APP", "WEB", "PHONE"][at % 3],
  requestedAt: `2026-${two((at % 12) + 1)}-${two((at % 28) + 1)}T08:${two(at % 60)}:00+07:00`,
  departmentCode: "dpupr",
  address: `Jalan Merdeka No. ${at} RT 001/002`,
  description: `Lampu jalan nomor ${at} padam sejak tiga hari yang lalu dan belum ada yang memperbaikinya.`,
  votes: at,
  reporter: people[(at * 7) % people.length],
  area: areas[(at * 5) % areas.length],
}));

const schema = `
  type Area { code: String! name: String! level: String! }
  type Person { number: String! fullName: String! }
  type Complaint {
    ticketNumber: String! status: String! statusDetail: String! publication: String! channel: String!
    requestedAt: String! departmentCode: String! address: String! description: String! votes: Int!
    reporter: Person area: Area
  }
  type Query { complaints(first: Int!, but: String): [Complaint!]! }
`;

const app = Fastify();
await app.register(mercurius, {
  schema,
  resolvers: { Query: { complaints: (_, { first }) => complaints.slice(0, first) } },
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
